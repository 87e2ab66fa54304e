//! Everything calms down, everybody gets what is theirs, and everybody goes.

use tidings_conformance::wire::Version;
use tidings_core::config::WhenFull;
use tidings_core::node::LostCause;
use tidings_core::packet::{QoS, ReasonCode};

use super::link::Who;
use super::wild::{clean_connect, clear};
use super::{Event, World};
use crate::oracle::{Ms, Rule};
use crate::store::Pace;

/// Enough for every retry, keep-alive and acknowledgement, one after the other.
const CALM: Ms = 200_000;

/// Longer than everything that does not last for years.
const LONG: Ms = 12 * 24 * 3_600_000;

impl World {
    pub(super) fn come_to_rest(&mut self) {
        self.log.line(
            self.now,
            format_args!("nothing happens to anybody any more"),
        );
        self.troubled = false;
        self.fuse = None;
        self.plan.pace = Pace::AtOnce;
        self.plan.latency = (0, 1);
        for person in &mut self.people {
            // One will that is too much for somebody must not be the cause of another.
            person.will = None;
        }
        self.restart();
        self.sync(u64::MAX);
        self.unblock_all();
        for link in 0..self.links.len() {
            if !self.links[link].is_persons() {
                self.broker_loses(link);
            }
        }
        let end = self.now + CALM;
        self.run_until(end);
        if !self.oracle.faults.is_empty() {
            return;
        }
        if let Some(node) = &self.node {
            self.oracle.compare(&self.tamper.state(node.state()));
        }
        self.oracle.all_is_delivered();
        self.everybody_is_answered();
        if self.oracle.faults.is_empty() {
            self.go_home();
        }
    }

    /// Clients have nothing that waits for an answer.
    fn everybody_is_answered(&mut self) {
        if self.config.limits.when_full == WhenFull::Disconnect {
            return; // Who says more to himself than he may keep is sent away for ever.
        }
        let mut wrong = Vec::new();
        for person in &self.people {
            let state = person.client.state();
            let mut open = person.open.values();
            let open = open.find(|(_, qos)| *qos > QoS::AtMostOnce);
            if !person.client.is_connected() {
                wrong.push(format!("{} cannot come in: {:?}", person.id, state.phase));
            } else if let Some((payload, _)) = open {
                wrong.push(format!("{} has heard nothing of {payload}", person.id));
            } else if !state.requests.is_empty() {
                wrong.push(format!("{} waits for {:?}", person.id, state.requests));
            }
        }
        for how in wrong {
            self.oracle.noticed(Rule::Answered, how);
        }
    }

    /// Everybody leaves, what was kept is taken away, and time passes: the broker holds nothing.
    /// Nobody keeps account of what is said meanwhile.
    fn go_home(&mut self) {
        let now = self.at();
        for number in 0..self.people.len() {
            self.people[number].client.stop(now, ReasonCode::Success);
            self.pump(number);
        }
        self.quiet(5_000);
        let state = self
            .node
            .as_ref()
            .map(|node| node.state())
            .unwrap_or_default();
        for session in state.sessions {
            let connect = clean_connect(&session.client);
            self.raw(&[connect]);
        }
        self.quiet(LONG);
        let state = self
            .node
            .as_ref()
            .map(|node| node.state())
            .unwrap_or_default();
        for kept in state.retained {
            if !kept.topic.starts_with("$SYS/") {
                self.raw(&[clean_connect("the last one"), clear(&kept.topic)]);
            }
        }
        self.quiet(LONG);
        let Some(node) = &self.node else { return };
        let state = node.state();
        let kept = state
            .retained
            .iter()
            .find(|kept| !kept.topic.starts_with("$SYS/"));
        if !node.is_deserted() || kept.is_some() {
            self.oracle
                .noticed(Rule::Empty, format!("everybody has gone: {state:?}"));
        }
        self.oracle.store_is_empty(self.store.items());
        if !self.store.is_settled() {
            self.oracle
                .noticed(Rule::Empty, "a record is not safe".to_owned());
        }
    }

    /// Time passes, and nobody watches.
    fn quiet(&mut self, time: Ms) {
        let end = self.now + time;
        loop {
            let faults = std::mem::take(&mut self.oracle.faults);
            let next = self.next().filter(|at| *at <= end && faults.is_empty());
            // `$SYS` would make a long time longer.
            let next = next.map(|at| at.max(self.now + time / 1_000));
            self.step_unwatched(next.unwrap_or(end));
            if next.is_none_or(|at| at >= end) {
                return;
            }
        }
    }

    fn step_unwatched(&mut self, at: Ms) {
        self.step(at);
        self.oracle.faults.clear();
    }

    /// One peer says this and goes.
    fn raw(&mut self, packets: &[Vec<u8>]) {
        let Some(link) = self.open(Who::Wild(0), Version::V311) else {
            return;
        };
        for packet in packets {
            self.links[link].input.extend_from_slice(packet);
        }
        self.feed(link);
        let now = self.at();
        if let Some(conn) = self.links[link].conn.take() {
            self.input(|node| node.connection_lost(now, conn, LostCause::Closed));
        }
        self.after(0, Event::PeerLoses(link));
        self.oracle.faults.clear();
    }
}
