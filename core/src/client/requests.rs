//! SUBSCRIBE and UNSUBSCRIBE: waiting, sent, answered; and the subscriptions granted.

use alloc::collections::{BTreeMap, VecDeque};
use alloc::vec::Vec;

use crate::packet::{
    Packet, PacketId, Properties, ReasonCode, Subscribe, SubscribeFilter, Unsubscribe,
};
use crate::topic::Utf8;

use super::event::RequestToken;
use super::ids::{Holder, PacketIds};

/// What is asked of the server.
#[derive(Clone, Debug)]
pub(super) enum Ask {
    Subscribe(Vec<SubscribeFilter>),
    Unsubscribe(Vec<Utf8>),
}

/// A SUBSCRIBE or UNSUBSCRIBE without its answer.
#[derive(Clone, Debug)]
pub(super) struct Request {
    pub(super) token: RequestToken,
    pub(super) ask: Ask,
    pub(super) properties: Properties,
    /// Made by the client itself, from what it remembers.
    again: bool,
}

impl Request {
    pub(super) fn new(token: RequestToken, ask: Ask, properties: Properties) -> Self {
        Self {
            token,
            ask,
            properties,
            again: false,
        }
    }

    /// The packet with the identifier `packet_id`.
    pub(super) fn packet(&self, packet_id: PacketId) -> Packet {
        let properties = self.properties.clone();
        match &self.ask {
            Ask::Subscribe(filters) => Packet::Subscribe(Subscribe {
                packet_id,
                properties,
                filters: filters.clone(),
            }),
            Ask::Unsubscribe(filters) => Packet::Unsubscribe(Unsubscribe {
                packet_id,
                properties,
                filters: filters.clone(),
            }),
        }
    }
}

/// A granted SUBSCRIBE, reduced to the filters still in force.
#[derive(Clone, Debug)]
struct Granted {
    token: RequestToken,
    filters: Vec<SubscribeFilter>,
    properties: Properties,
}

/// All requests without an answer, and what is subscribed.
#[derive(Clone, Debug, Default)]
pub(super) struct Requests {
    next_token: u64,
    waiting: VecDeque<Request>,
    sent: BTreeMap<PacketId, Request>,
    granted: Vec<Granted>,
}

impl Requests {
    pub(super) fn len(&self) -> usize {
        self.waiting.len() + self.sent.len()
    }

    pub(super) fn push(&mut self, ask: Ask, properties: Properties) -> RequestToken {
        let token = RequestToken(self.next_token);
        self.next_token += 1;
        self.waiting.push_back(Request::new(token, ask, properties));
        token
    }

    pub(super) fn front(&self) -> Option<&Request> {
        self.waiting.front()
    }

    /// Gives up the request that would be sent next.
    pub(super) fn drop_front(&mut self) -> Option<RequestToken> {
        self.waiting.pop_front().map(|request| request.token)
    }

    /// The next request, as a packet to send.
    pub(super) fn next(&mut self, ids: &mut PacketIds) -> Option<Packet> {
        let request = self.waiting.front()?;
        let id = ids.take(Holder::Request)?;
        let packet = request.packet(id);
        let request = self.waiting.pop_front()?;
        self.sent.insert(id, request);
        Some(packet)
    }

    /// The sent request with this identifier.
    pub(super) fn sent(&self, id: PacketId) -> Option<&Request> {
        self.sent.get(&id)
    }

    /// The answer came: the request is over. With `remember_max` above 0, granted filters are
    /// remembered, and at most so many.
    pub(super) fn answered(
        &mut self,
        id: PacketId,
        reasons: &[ReasonCode],
        remember_max: usize,
        ids: &mut PacketIds,
    ) {
        let Some(request) = self.sent.remove(&id) else {
            return;
        };
        ids.free(id);
        let Request {
            token,
            ask,
            properties,
            again: _,
        } = request;
        match ask {
            Ask::Subscribe(filters) => {
                for filter in &filters {
                    self.forget(&filter.filter); // [MQTT-3.8.4-3]
                }
                let granted = filters.into_iter().zip(reasons);
                let granted = granted.filter(|(_, reason)| !reason.is_error());
                let room = remember_max.saturating_sub(self.granted_filters().count());
                let filters: Vec<_> = granted.map(|(filter, _)| filter).take(room).collect();
                if !filters.is_empty() {
                    self.granted.push(Granted {
                        token,
                        filters,
                        properties,
                    });
                }
            }
            Ask::Unsubscribe(filters) => {
                let reasons = reasons
                    .iter()
                    .copied()
                    .map(Some)
                    .chain(core::iter::repeat(None));
                for (filter, reason) in filters.iter().zip(reasons) {
                    if !reason.is_some_and(ReasonCode::is_error) {
                        self.forget(filter);
                    }
                }
            }
        }
    }

    fn forget(&mut self, filter: &Utf8) {
        for granted in &mut self.granted {
            granted.filters.retain(|granted| granted.filter != *filter);
        }
        self.granted.retain(|granted| !granted.filters.is_empty());
    }

    /// The connection ended: unanswered requests wait again, in their old order and with fresh
    /// identifiers. Those made from memory are made anew if they are needed.
    pub(super) fn connection_ended(&mut self, ids: &mut PacketIds) {
        let mut back: Vec<Request> = Vec::new();
        for (id, request) in core::mem::take(&mut self.sent) {
            ids.free(id);
            back.push(request);
        }
        back.extend(self.waiting.drain(..));
        back.retain(|request| !request.again);
        back.sort_by_key(|request| request.token);
        self.waiting.extend(back);
    }

    /// The server has lost the session: everything granted is asked for again, before what waits.
    pub(super) fn subscribe_again(&mut self) {
        for granted in self.granted.iter().rev() {
            self.waiting.push_front(Request {
                token: granted.token,
                ask: Ask::Subscribe(granted.filters.clone()),
                properties: granted.properties.clone(),
                again: true,
            });
        }
    }

    /// The session ended for good: nothing is subscribed any more.
    pub(super) fn forget_all(&mut self) {
        self.granted.clear();
    }

    pub(super) fn tokens(&self) -> Vec<RequestToken> {
        let all = self.sent.values().chain(&self.waiting);
        let mut tokens: Vec<_> = all.map(|request| request.token).collect();
        tokens.sort_unstable();
        tokens
    }

    pub(super) fn granted_filters(&self) -> impl Iterator<Item = &Utf8> {
        self.granted
            .iter()
            .flat_map(|granted| granted.filters.iter().map(|filter| &filter.filter))
    }
}
