//! A real broker at the other end: the same clients, and sockets somebody else has.
//!
//! What is known of it is what goes in and what comes out, by our own clock. How long a packet
//! was on its way is concluded from the last round trip: half of it each way.

use std::collections::{BTreeMap, VecDeque};
use std::rc::Rc;

use bytes::{Bytes, BytesMut};
use tidings_core::codec::{Status, frame_len};
use tidings_core::packet::ReasonCode;
use tidings_core::time::Instant;

use super::link::{self, Packet};
use super::player::{Manner, Player};
use super::scout::Scout;
use super::witness::Line;
use super::{Far, LAG, Pen, Run, instant, micros};
use crate::cast::Cast;
use crate::engine::{SocketId, SocketNews, SocketOrder};
use crate::log::{Seq, What};
use crate::view::{ActorId, Direction, Micros, PacketKind, RemoteBroker, Trouble, TroubleKind};

/// Sockets of a run, by their actors.
#[derive(Clone, Debug)]
pub(super) struct Remote {
    url: String,
    sockets: BTreeMap<ActorId, Socket>,
    hosts: Hosts,
    scout: Scout,
    /// Somebody was let in.
    known: bool,
}

/// Names sockets, and holds what is to be done with them. Goes from run to run, so that no name
/// is used twice.
#[derive(Clone, Debug, Default)]
pub(crate) struct Hosts {
    pub(crate) orders: VecDeque<SocketOrder>,
    next: u32,
}

#[derive(Clone, Debug)]
struct Socket {
    id: SocketId,
    /// What came and is no whole packet yet.
    input: BytesMut,
    /// Half of the last round trip.
    half: Option<Micros>,
    /// Packets that want an answer: when they left, and their places.
    asked: BTreeMap<(PacketKind, Option<u16>), (Micros, Seq)>,
}

/// Before anything is known of a way it is drawn as one in the same house.
const FIRST_HALF: Micros = Micros(5_000);
/// So often in a row a client tries an address where nobody was let in yet: seven seconds in all.
const TRIES: u32 = 4;
/// The same where somebody was: two minutes, as long as a broker takes to start again.
const TRIES_KNOWN: u32 = 9;
/// So many packets without an answer are remembered.
const ASKED_MAX: usize = 10_000;

impl Hosts {
    /// Orders a socket to be opened.
    pub(super) fn open(&mut self, url: &str) -> SocketId {
        let socket = SocketId(self.next);
        self.next += 1;
        let url = url.to_owned();
        self.orders.push_back(SocketOrder::Open { socket, url });
        socket
    }
}

impl Remote {
    pub(super) fn open(&mut self, line: Line, _: &Player) {
        let before = self.sockets.get(&line.actor).and_then(|socket| socket.half);
        self.close(line.actor);
        let socket = Socket {
            id: self.hosts.open(&self.url),
            input: BytesMut::new(),
            half: before,
            asked: BTreeMap::new(),
        };
        self.sockets.insert(line.actor, socket);
    }

    /// Somebody was let in.
    pub(super) fn let_in(&mut self, now: Instant) {
        self.known = true;
        self.scout.begin(now, &self.url, &mut self.hosts);
    }

    pub(super) fn next_at(&self) -> Option<Micros> {
        self.scout.poll_timeout().map(micros)
    }

    pub(super) fn timeout(&mut self, now: Instant) {
        self.scout.timeout(now, &self.url, &mut self.hosts);
    }

    pub(super) fn close(&mut self, actor: ActorId) {
        if let Some(socket) = self.sockets.remove(&actor) {
            let socket = socket.id;
            self.hosts.orders.push_back(SocketOrder::Close { socket });
        }
    }

    pub(super) fn send(
        &mut self,
        pen: &mut Pen,
        now: Micros,
        player: &Player,
        cause: Option<Seq>,
        content: Bytes,
        packets: &[Packet],
    ) {
        let Some(socket) = self.sockets.get_mut(&player.id) else {
            return;
        };
        let arrives = Micros(now.0 + socket.half.unwrap_or(FIRST_HALF).0);
        for packet in packets {
            let to = Direction::ToBroker;
            let what = link::sent(player.id, to, arrives, packet, player.actor.version, None);
            let asks = match &what {
                What::Sent(sent) => answer(sent.kind).map(|kind| (kind, sent.facts.packet_id)),
                _ => None,
            };
            let seq = pen.note(now, cause, what);
            pen.note(arrives, None, What::Arrived(seq));
            if let Some(asks) = asks
                && socket.asked.len() < ASKED_MAX
            {
                socket.asked.insert(asks, (now, seq));
            }
        }
        self.hosts.orders.push_back(SocketOrder::Send {
            socket: socket.id,
            bytes: content,
        });
    }
}

/// What answers a packet of a client.
fn answer(kind: PacketKind) -> Option<PacketKind> {
    Some(match kind {
        PacketKind::Connect => PacketKind::ConnAck,
        PacketKind::Publish => PacketKind::PubAck,
        PacketKind::PubRel => PacketKind::PubComp,
        PacketKind::PubRec => PacketKind::PubRel,
        PacketKind::Subscribe => PacketKind::SubAck,
        PacketKind::Unsubscribe => PacketKind::UnsubAck,
        PacketKind::PingReq => PacketKind::PingResp,
        _ => return None,
    })
}

impl Run {
    /// The same scene against a real broker. `suffix` makes Client Identifiers unique.
    pub(crate) fn remote(
        cast: Rc<Cast>,
        broker: &RemoteBroker,
        suffix: String,
        hosts: Hosts,
        pen: &mut Pen,
    ) -> Self {
        let manner = Manner {
            suffix,
            username: broker.username.clone(),
            password: broker.password.clone(),
        };
        let remote = Remote {
            url: broker.url.clone(),
            sockets: BTreeMap::new(),
            hosts,
            scout: Scout::new(&manner),
            known: false,
        };
        Self::begin(cast, Far::Remote(Box::new(remote)), manner, pen)
    }

    /// The next thing to do with a socket.
    pub(crate) fn poll_socket(&mut self) -> Option<SocketOrder> {
        match &mut self.far {
            Far::Remote(remote) => remote.hosts.orders.pop_front(),
            Far::Glass(_) => None,
        }
    }

    /// What a real broker says it is.
    pub(crate) fn says(&self) -> Option<&str> {
        match &self.far {
            Far::Remote(remote) => remote.scout.says(),
            Far::Glass(_) => None,
        }
    }

    /// Half of an actor's last round trip.
    pub(crate) fn half(&self, id: ActorId) -> Option<Micros> {
        match &self.far {
            Far::Remote(remote) => remote.sockets.get(&id)?.half,
            Far::Glass(_) => None,
        }
    }

    /// Everybody says goodbye; what is left to do with sockets is in the result.
    pub(crate) fn part(mut self, pen: &mut Pen) -> Hosts {
        let ids: Vec<ActorId> = self.players.keys().copied().collect();
        for id in ids {
            self.depart(pen, id, true);
        }
        let now = instant(self.now);
        match self.far {
            Far::Remote(mut remote) => {
                let url = std::mem::take(&mut remote.url);
                remote.scout.leave(now, &url, &mut remote.hosts);
                remote.hosts
            }
            Far::Glass(_) => Hosts::default(),
        }
    }

    /// Something happened to a socket.
    pub(crate) fn socket(&mut self, pen: &mut Pen, id: SocketId, news: SocketNews) {
        let Far::Remote(remote) = &mut self.far else {
            return;
        };
        let now = instant(self.now);
        let (url, hosts) = (&remote.url, &mut remote.hosts);
        if remote.scout.hear(now, id, &news, url, hosts) {
            return;
        }
        let owner = remote.sockets.iter().find(|(_, socket)| socket.id == id);
        let Some(actor) = owner.map(|(actor, _)| *actor) else {
            return;
        };
        match news {
            SocketNews::Opened { subprotocol } if subprotocol.starts_with("mqtt") => {
                if let Some(player) = self.players.get_mut(&actor) {
                    player.client.transport_opened(now);
                }
                self.settle(pen, actor, None);
            }
            SocketNews::Opened { .. } => {
                remote.close(actor);
                let sentence = "It opened, but did not say “mqtt”. A proxy that drops Sec-WebSocket-Protocol does that, or a WebSocket server that is no MQTT broker.";
                self.fail(pen, actor, TroubleKind::Subprotocol, sentence);
            }
            SocketNews::Text => {
                remote.close(actor);
                let sentence =
                    "It sent text, and MQTT travels in binary messages. Is this an MQTT broker?";
                self.fail(pen, actor, TroubleKind::Protocol, sentence);
            }
            SocketNews::Bytes(bytes) => {
                if let Some(socket) = remote.sockets.get_mut(&actor) {
                    socket.input.extend_from_slice(&bytes);
                }
                self.came(pen, actor);
            }
            SocketNews::Closed { code, known } => {
                remote.sockets.remove(&actor);
                let player = self.players.get(&actor);
                let was_in = player.is_some_and(|player| player.client.is_connected());
                let (kind, sentence) = match known {
                    Some(TroubleKind::MixedContent) => (
                        TroubleKind::MixedContent,
                        "This page came by https, so the browser forbids ws://. Use wss://, or open the page over http.".into(),
                    ),
                    Some(TroubleKind::Address) => (
                        TroubleKind::Address,
                        "The browser takes this for no WebSocket address. It begins with ws:// or wss://.".into(),
                    ),
                    Some(kind) => (kind, format!("The connection ended with code {code}.")),
                    None if was_in => (
                        TroubleKind::Lost,
                        format!("The connection was closed with code {code}."),
                    ),
                    None => (
                        TroubleKind::Unreachable,
                        "Nobody there speaks WebSocket at this path. Is the broker running? 1883 and 8883 are not WebSocket; try the path /mqtt, /ws or /.".into(),
                    ),
                };
                self.fail(pen, actor, kind, &sentence);
            }
        }
    }

    fn fail(&mut self, pen: &mut Pen, actor: ActorId, kind: TroubleKind, sentence: &str) {
        let now = instant(self.now);
        let trouble = Trouble {
            reason: None,
            kind,
            sentence: sentence.to_owned(),
        };
        let refused = self
            .players
            .get(&actor)
            .and_then(|one| one.trouble.as_ref());
        // What the broker itself said is more than that the connection ended after it.
        if refused.is_none_or(|trouble| trouble.reason.is_none()) {
            self.trouble(pen, actor, Some(trouble));
        }
        let tries = match &self.far {
            Far::Remote(remote) if remote.known => TRIES_KNOWN,
            _ => TRIES,
        };
        if let Some(player) = self.players.get_mut(&actor) {
            player.client.transport_lost(now);
            if player.client.state().attempts >= tries {
                player.client.stop(now, ReasonCode::Success);
            }
        }
        self.settle(pen, actor, None);
    }

    /// Takes whole packets off what came, and hands them to the client one by one.
    fn came(&mut self, pen: &mut Pen, actor: ActorId) {
        loop {
            let (now, at) = (instant(self.now), self.now);
            let Far::Remote(remote) = &mut self.far else {
                return;
            };
            let (Some(socket), Some(player)) =
                (remote.sockets.get_mut(&actor), self.players.get_mut(&actor))
            else {
                return;
            };
            let mut input = match frame_len(&socket.input) {
                Ok(Status::Complete(len)) if len <= socket.input.len() => {
                    socket.input.split_to(len)
                }
                Ok(_) => return,
                Err(_) => socket.input.split(),
            };
            let bytes = Bytes::copy_from_slice(&input);
            let packet = Packet {
                wire: bytes.clone(),
                bytes,
                frame: Bytes::new(),
            };
            let to = Direction::ToActor;
            let what = link::sent(actor, to, at, &packet, player.actor.version, None);
            let mut cause = None;
            if let What::Sent(sent) = &what {
                let id = sent.facts.packet_id;
                let asked = match sent.kind {
                    // Of QoS 2, the first answer is a PUBREC.
                    PacketKind::PubRec => socket.asked.remove(&(PacketKind::PubAck, id)),
                    kind => socket.asked.remove(&(kind, id)),
                };
                if let Some((left, packet)) = asked {
                    cause = Some(packet);
                    let half = at.0.saturating_sub(left.0) / 2;
                    socket.half = Some(Micros(half.min(LAG.0)));
                }
            }
            let left = at.0.saturating_sub(socket.half.unwrap_or(FIRST_HALF).0);
            let seq = pen.note(Micros(left), cause, what);
            pen.note(at, None, What::Arrived(seq));
            player.client.handle_bytes(now, &mut input);
            self.settle(pen, actor, Some(seq));
        }
    }
}
