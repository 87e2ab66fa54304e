//! Shared subscriptions: one of a group gets each message.

use alloc::rc::Rc;
use alloc::vec::Vec;

use slab::Slab;

use super::deliver::Target;
use super::{Node, tell};
use crate::index::SubKey;
use crate::message::Message;
use crate::observe::{Decision, Event, Observer, Why};
use crate::packet::QoS;
use crate::session::{Delivery, GroupKey, SessionKey, SubscriptionIds};
use crate::topic::Filter;

/// The sessions that share one subscription, in the order of their joining.
#[derive(Clone, Debug)]
pub(super) struct Group {
    /// As in its key.
    generation: u32,
    filter: Filter,
    place: SubKey,
    members: Vec<SessionKey>,
    /// Whose turn it is.
    next: usize,
}

impl Group {
    pub(super) fn members(&self) -> impl Iterator<Item = SessionKey> + '_ {
        self.members.iter().copied()
    }

    pub(super) fn filter(&self) -> &Filter {
        &self.filter
    }
}

/// The group of that name, if it is still there.
pub(super) fn find(groups: &Slab<Group>, key: GroupKey) -> Option<&Group> {
    let group = groups.get(key.slot as usize)?;
    (group.generation == key.generation).then_some(group)
}

impl<O: Observer> Node<O> {
    pub(super) fn join_group(&mut self, filter: &Filter, session: SessionKey) -> GroupKey {
        let key = match self.group_names.get(filter) {
            Some(&key) => key,
            None => {
                let entry = self.groups.vacant_entry();
                self.last_group = self.last_group.wrapping_add(1);
                let key = GroupKey {
                    slot: entry.key() as u32,
                    generation: self.last_group,
                };
                let place = self.index.insert(filter, Target::Group(key));
                entry.insert(Group {
                    generation: key.generation,
                    filter: filter.clone(),
                    place,
                    members: Vec::new(),
                    next: 0,
                });
                self.group_names.insert(filter.clone(), key);
                key
            }
        };
        self.groups[key.slot as usize].members.push(session);
        key
    }

    pub(super) fn leave_group(&mut self, key: GroupKey, session: SessionKey) {
        let group = &mut self.groups[key.slot as usize];
        if let Some(at) = group.members.iter().position(|member| *member == session) {
            group.members.remove(at);
            if at < group.next {
                group.next -= 1;
            }
        }
        if group.members.is_empty() {
            let group = self.groups.remove(key.slot as usize);
            self.index.remove(group.place);
            self.group_names.remove(&group.filter);
        }
    }

    /// Offers a message to the member whose turn it is, but not to `except`. False if nobody
    /// takes it.
    ///
    /// Its turn has the next member with room in its window; if none has room the next that is
    /// connected; if none is connected the next whose session is kept.
    pub(super) fn offer_to_group(
        &mut self,
        key: GroupKey,
        message: &Rc<Message>,
        except: Option<SessionKey>,
    ) -> bool {
        let Some(picked) = self.pick(key, except) else {
            tell!(
                self,
                Event::Decided {
                    message: message.id,
                    client: except.map_or("", |key| {
                        self.sessions
                            .get(key.0 as usize)
                            .map_or("", |session| session.client_id.as_str())
                    }),
                    decision: Decision::Dropped(Why::NoMember),
                }
            );
            return false;
        };
        let group = &self.groups[key.slot as usize];
        let session = &self.sessions[picked.0 as usize];
        let Some(subscribed) = session.subscription(&group.filter) else {
            return false;
        };
        tell!(
            self,
            Event::Matched {
                message: message.id,
                client: session.client_id.as_str(),
                filter: &group.filter,
                granted: subscribed.options.qos,
            }
        );
        let delivery = Delivery {
            message: message.clone(),
            ids: subscribed
                .id
                .map_or(SubscriptionIds::None, SubscriptionIds::One),
            qos: message.qos.min(subscribed.options.qos), // [MQTT-4.8.2-3]
            retain: subscribed.options.retain_as_published && message.retain,
            group: Some(key),
            order: 0,
            lsn: self.onward_after(message),
        };
        let keep = delivery.qos > QoS::AtMostOnce;
        self.offer(picked, delivery);
        keep || self.sessions[picked.0 as usize].conn.is_some()
    }

    fn pick(&mut self, key: GroupKey, except: Option<SessionKey>) -> Option<SessionKey> {
        let group = &self.groups[key.slot as usize];
        let count = group.members.len();
        let turn = |worth: &dyn Fn(SessionKey) -> bool| {
            (0..count)
                .map(|step| (group.next + step) % count)
                .find(|at| {
                    let member = group.members[*at];
                    Some(member) != except && worth(member)
                })
        };
        let room = |member: SessionKey| {
            let session = &self.sessions[member.0 as usize];
            session.conn.is_some_and(|conn| {
                session.queue.is_empty()
                    && session.window.len() < usize::from(self.conns[conn.slot()].window)
            })
        };
        let connected = |member: SessionKey| self.sessions[member.0 as usize].conn.is_some();
        let at = turn(&room)
            .or_else(|| turn(&connected))
            .or_else(|| turn(&|_| true))?;
        let group = &mut self.groups[key.slot as usize];
        group.next = (at + 1) % count;
        Some(group.members[at])
    }
}
