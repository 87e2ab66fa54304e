//! Time passes, clients are given things, and the world comes to its end.

use std::collections::BTreeSet;
use std::rc::Rc;

use tidings_core::config::WhenFull;
use tidings_core::node::{ConnId, NodeState};
use tidings_core::record::Item;

use super::model::{Ms, Owed, State, is_followed, key_of};
use super::{Oracle, Rule};

impl Oracle {
    /// It is later. What is due happens in the input that follows.
    pub(crate) fn time(&mut self, now: Ms) {
        self.now = now;
    }

    /// The broker is about to handle its deadlines.
    pub(crate) fn deadlines(&mut self) {
        let now = self.now;
        let mut over = Vec::new();
        for (client, session) in &self.core.sessions {
            let ends = session.ends().is_some_and(|at| at <= now);
            let will = session.will_due().is_some_and(|at| at <= now);
            if ends || will {
                over.push((client.clone(), ends));
            }
        }
        for (client, ends) in over {
            if let Some(session) = self.core.session(&client) {
                session.ending |= ends;
            }
            self.say_will(&client);
        }
        let expired = |message: &super::model::Message| message.expires.is_some_and(|at| at <= now);
        self.core.retained.retain(|_, message| !expired(message));
    }

    /// The broker handled everything that is due: whoever is silent for too long is gone.
    pub(crate) fn nobody_is_overdue(&mut self) {
        let now = self.now;
        let overdue: Vec<String> = self
            .conns
            .iter()
            .filter(|(_, conn)| !conn.closed && !conn.is_wild && conn.client.is_some())
            .filter(|(_, conn)| {
                let keep = Ms::from(conn.keep_secs) * 1500;
                keep > 0 && now >= conn.last_packet + keep
            })
            .map(|(id, conn)| {
                format!(
                    "{id} of {:?} is silent since {}",
                    conn.client, conn.last_packet
                )
            })
            .collect();
        for how in overdue {
            self.fault(Rule::Time, how);
        }
    }

    /// A client was told on a connection that it is in.
    pub(crate) fn seen(&mut self, client: &str, conn: ConnId) {
        if let Some(session) = self.core.session(client)
            && session.begun_on == Some(conn)
        {
            session.is_unseen = false;
        }
    }

    /// A client gave its user a message.
    pub(crate) fn given(&mut self, client: &str, topic: &str, payload: &[u8], qos: u8) {
        let place = (client.to_owned(), key_of(payload, topic));
        let counts = self.got.entry(place.clone()).or_insert((0, 0));
        counts.0 += 1;
        counts.1 += u32::from(qos == 2);
        let (count, right) = (counts.1, self.rights.of(&place));
        if qos == 2 && count > right {
            let how = format!("{client} got {} {count} times instead of {right}", place.1);
            self.fault(Rule::Once, how);
        }
    }

    /// The broker's own account of what it holds, held against ours.
    pub(crate) fn compare(&mut self, state: &NodeState) {
        // What went through a store while the wall clock was set may have its time at another.
        let wall_clock_was_set = self.fuzz() > 0;
        let theirs: Vec<(String, String)> = state
            .retained
            .iter()
            .filter(|kept| is_followed(&kept.topic))
            .filter(|kept| !wall_clock_was_set || kept.expires.is_none())
            .map(|kept| {
                let payload = String::from_utf8_lossy(&kept.payload);
                (kept.topic.clone(), payload.into_owned())
            })
            .collect();
        let ours: Vec<(String, String)> = self
            .core
            .retained
            .iter()
            .filter(|(_, message)| !wall_clock_was_set || message.expires.is_none())
            .map(|(topic, message)| (topic.clone(), message.key.clone()))
            .collect();
        if theirs != ours {
            let how = format!("{theirs:?} is kept and not {ours:?}");
            self.fault(Rule::Retained, how);
        }
        let mut wrong = Vec::new();
        for (client, session) in &self.core.sessions {
            let Some(theirs) = state.sessions.iter().find(|one| one.client == *client) else {
                wrong.push(format!("{client} has no session"));
                continue;
            };
            let filters: BTreeSet<&String> =
                theirs.subscriptions.iter().map(|s| &s.filter).collect();
            let ours: BTreeSet<&String> = session.subscriptions.keys().collect();
            if filters != ours {
                wrong.push(format!(
                    "{client} is subscribed to {filters:?} and not {ours:?}"
                ));
            }
            let ends = theirs.ends.map(|at| at.as_micros() / 1000);
            if ends != session.ends() && !wall_clock_was_set {
                wrong.push(format!(
                    "{client} ends at {ends:?} and not {:?}",
                    session.ends()
                ));
            }
            let limits = &self.config.limits;
            // What was on its way when a broker died may wait again.
            let again = match self.crashes {
                0 => 0,
                _ => limits.inflight_max.get().into(),
            };
            if theirs.queue.len() > limits.queue_messages_max + 1 + again {
                wrong.push(format!("{} wait for {client}", theirs.queue.len()));
            }
        }
        for theirs in &state.sessions {
            let is_ours = theirs.client.starts_with('c') && theirs.client.len() == 2;
            if is_ours && !self.core.sessions.contains_key(&theirs.client) {
                wrong.push(format!("{} has a session that is over", theirs.client));
            }
        }
        for how in wrong {
            self.fault(Rule::Session, how);
        }
    }

    /// Nothing disturbs anybody any more, and everybody has had time: everything that is owed to
    /// whoever is there has arrived.
    pub(crate) fn all_is_delivered(&mut self) {
        let now = self.now;
        let mut wrong = Vec::new();
        for (client, session) in &self.core.sessions {
            let Some(conn) = session.conn.and_then(|conn| self.conns.get(&conn)) else {
                continue;
            };
            // Who says more to himself than he may keep is sent away for ever.
            let crowds = self.config.limits.when_full == WhenFull::Disconnect;
            if crowds && conn.since + 60_000 > now {
                continue;
            }
            for owed in &session.owed {
                if crowds && owed.message.number == self.latest {
                    continue; // Who comes again and again says it at this very moment.
                }
                let expired = owed.message.expires.is_some_and(|at| at <= now);
                let waits = owed.state == State::Waiting;
                if !waits || owed.must && !expired {
                    wrong.push((Rule::Delivered, format!("{client} is still owed {owed:?}")));
                }
            }
            if !session.received.is_empty() {
                let how = format!("{client} has not released {:?}", session.received);
                wrong.push((Rule::Answered, how));
            }
        }
        for (id, conn) in &self.conns {
            if !conn.closed && !conn.is_wild && !conn.answers.is_empty() {
                let how = format!("{id} of {:?} waits for {:?}", conn.client, conn.answers);
                wrong.push((Rule::Answered, how));
            }
        }
        for (rule, how) in wrong {
            self.fault(rule, how);
        }
    }

    /// What a shared subscription had meant for a member whose session ends goes to another that
    /// has room for it.
    pub(super) fn nothing_dies_with_a_member(&mut self) {
        let limits = &self.config.limits;
        if limits.when_full == WhenFull::Disconnect {
            return; // Who had room may have been sent away meanwhile.
        }
        let mut wrong = Vec::new();
        let ending = self.core.sessions.iter();
        for (client, session) in ending.filter(|(_, session)| session.ending) {
            for owed in &session.owed {
                let Some(filter) = &owed.group else { continue };
                let began_at_2 = owed.qos == 2 && owed.state != State::Waiting;
                if !owed.must || owed.group_ended || began_at_2 {
                    continue;
                }
                let heir = self.core.sessions.iter().find(|(_, other)| {
                    let waiting = other.owed.iter();
                    let waiting = waiting.filter(|owed| owed.state == State::Waiting);
                    let member = other.subscriptions.get(&**filter);
                    let takes = member.is_some_and(|member| {
                        other.conn.is_some() || owed.message.qos.min(member.qos) > 0
                    });
                    takes && !other.ending && waiting.count() < limits.queue_messages_max
                });
                if let Some((heir, _)) = heir {
                    let how = format!("{owed:?} died with {client}, and {heir} has room");
                    wrong.push(how);
                }
            }
        }
        for how in wrong {
            self.fault(Rule::Delivered, how);
        }
    }

    /// A shared subscription ends with its last member.
    pub(super) fn end_groups(&mut self) {
        if !std::mem::take(&mut self.groups_may_end) {
            return;
        }
        let sessions = self.core.sessions.values();
        let filters = sessions.flat_map(|session| session.subscriptions.keys());
        let there: BTreeSet<String> = filters.cloned().collect();
        let ended = |owed: &Owed| {
            let group = owed.group.as_deref();
            group.is_some_and(|group| !there.contains(group)) && !owed.group_ended
        };
        for session in self.core.sessions.values_mut() {
            if session.owed.iter().any(ended) {
                let owed = &mut Rc::make_mut(session).owed;
                owed.iter_mut()
                    .filter(|owed| ended(owed))
                    .for_each(|owed| owed.group_ended = true);
            }
        }
    }

    /// A publisher was told that a message is accepted.
    pub(crate) fn acknowledged(&mut self, client: &str, payload: &[u8]) {
        let key = String::from_utf8_lossy(payload).into_owned();
        if !key.is_empty() && !self.accepted.contains(&key) {
            let how = format!("{key} of {client} was acknowledged and not accepted");
            self.fault(Rule::Answered, how);
        }
    }

    /// Something that the world itself noticed.
    pub(crate) fn noticed(&mut self, rule: Rule, how: String) {
        self.fault(rule, how);
    }

    /// Everybody has gone and all time is over: what a store holds then.
    pub(crate) fn store_is_empty<'a>(&mut self, items: impl Iterator<Item = &'a Item>) {
        let left: Vec<String> = items.map(|item| format!("{:?}", item.key())).collect();
        if !left.is_empty() {
            self.fault(Rule::Empty, format!("{left:?} is recorded of nobody"));
        }
    }
}
