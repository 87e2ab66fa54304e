//! Shared subscriptions: one of a group gets each message.

use alloc::rc::Rc;
use alloc::vec::Vec;

use slab::Slab;

use super::deliver::Target;
use super::{Node, tell};
use crate::index::SubKey;
use crate::message::Message;
use crate::observe::{Event, Observer};
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

    /// Offers a message to the member whose turn it is. False if nobody takes it.
    ///
    /// Its turn has the next member with room in its window; if none has room the next that is
    /// connected; if none is connected the next whose session is kept. A member that would have
    /// to drop it, or something else for it, is passed over as long as there is another.
    pub(super) fn offer_to_group(&mut self, key: GroupKey, message: &Rc<Message>) -> bool {
        let connected = |member: SessionKey| self.sessions[member.0 as usize].conn.is_some();
        let takes = |member| self.could_have(key, member, message);
        let at = self
            .turn(key, |member| self.has_room(member) && takes(member))
            .or_else(|| self.turn(key, |member| connected(member) && takes(member)))
            .or_else(|| self.turn(key, takes))
            .or_else(|| self.turn(key, connected))
            .or_else(|| self.turn(key, |_| true));
        let Some(at) = at else {
            return false;
        };
        let (picked, qos) = self.give_to_member(key, at, message);
        qos > QoS::AtMostOnce || self.sessions[picked.0 as usize].conn.is_some()
    }

    /// The member that is to have what another has left behind, as its place in the group: one
    /// that has it sooner, or if the other's session ends one that has it at all. None if nobody
    /// could take it without a loss.
    pub(super) fn heir(
        &self,
        key: GroupKey,
        message: &Message,
        of: SessionKey,
        ended: bool,
    ) -> Option<usize> {
        find(&self.groups, key)?;
        let connected = |member: SessionKey| self.sessions[member.0 as usize].conn.is_some();
        let takes = |member| member != of && self.could_have(key, member, message);
        self.turn(key, |member| self.has_room(member) && takes(member))
            .or_else(|| self.turn(key, |member| connected(member) && takes(member)))
            .or_else(|| self.turn(key, |member| ended && takes(member)))
    }

    /// Gives a message to the member at a place of its group. Which that is, and at which QoS.
    pub(super) fn give_to_member(
        &mut self,
        key: GroupKey,
        at: usize,
        message: &Rc<Message>,
    ) -> (SessionKey, QoS) {
        let group = &mut self.groups[key.slot as usize];
        group.next = (at + 1) % group.members.len();
        let picked = group.members[at];
        let group = &self.groups[key.slot as usize];
        let session = &self.sessions[picked.0 as usize];
        let (granted, id, as_published) = session
            .subscription(&group.filter)
            .map(|one| (one.options.qos, one.id, one.options.retain_as_published))
            .expect("invariant: a member has the subscription of its group");
        tell!(
            self,
            Event::Matched {
                message: message.id,
                client: session.client_id.as_str(),
                filter: &group.filter,
                granted,
            }
        );
        let qos = message.qos.min(granted); // [MQTT-4.8.2-3]
        let delivery = Delivery {
            message: message.clone(),
            ids: id.map_or(SubscriptionIds::None, SubscriptionIds::One),
            qos,
            retain: as_published && message.retain,
            group: Some(key),
            order: 0,
            lsn: self.onward_after(message),
        };
        self.offer(picked, delivery);
        (picked, qos)
    }

    /// The place of the next member of a group, from the one whose turn it is, that is worth it.
    fn turn(&self, key: GroupKey, worth: impl Fn(SessionKey) -> bool) -> Option<usize> {
        let group = &self.groups[key.slot as usize];
        let count = group.members.len();
        (0..count)
            .map(|step| (group.next + step) % count)
            .find(|at| worth(group.members[*at]))
    }

    /// Whether what a member is given leaves at once.
    fn has_room(&self, member: SessionKey) -> bool {
        let session = &self.sessions[member.0 as usize];
        session.conn.is_some_and(|conn| {
            session.queue.is_empty()
                && session.window.len() < usize::from(self.conns[conn.slot()].window)
        })
    }

    /// Whether a member can take a message, at its QoS.
    fn could_have(&self, key: GroupKey, member: SessionKey, message: &Message) -> bool {
        let session = &self.sessions[member.0 as usize];
        let qos = match session.conn {
            Some(_) => message.qos, // Whoever is there takes any.
            None => {
                let filter = &self.groups[key.slot as usize].filter;
                let subscribed = session.subscription(filter);
                let granted = subscribed.map_or(QoS::AtMostOnce, |one| one.options.qos);
                message.qos.min(granted)
            }
        };
        self.would_take(member, message, qos)
    }
}
