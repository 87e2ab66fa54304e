//! What the broker owes to peers that keep no rules: what it may send them, and how it ends.
//!
//! Nobody keeps account of what such a peer asks for. What it announced in its CONNECT binds the
//! broker nevertheless, what plainly breaks a rule ends its connection, and when that is over
//! nothing goes in or out any more.

use tidings_conformance::wire::{Packet, Version, decode};
use tidings_core::node::{CloseCause, ConnId};

use super::incoming::version_of;
use super::model::number;
use super::{Oracle, Rule};

const CONNECT: u8 = 1;
const CONNACK: u8 = 2;
const PUBLISH: u8 = 3;
const PUBACK: u8 = 4;
const PUBREC: u8 = 5;
const PUBCOMP: u8 = 7;
const DISCONNECT: u8 = 14;

impl Oracle {
    /// A peer that keeps no rules said something that the broker takes for a packet.
    pub(super) fn stranger_in(&mut self, id: ConnId, bytes: &[u8]) {
        let Some(conn) = self.conns.get_mut(&id) else {
            return;
        };
        let kind = bytes.first().map_or(0, |first| first >> 4);
        let is_first = !std::mem::replace(&mut conn.has_spoken, true);
        if is_first && kind == CONNECT {
            conn.version = version_of(bytes);
        }
        // Only a server says CONNACK, SUBACK, UNSUBACK and PINGRESP.
        let is_wrong = (kind == CONNECT) != is_first || matches!(kind, 0 | 2 | 9 | 11 | 13);
        let packet = decode(bytes, conn.version);
        match packet {
            Ok(packet) if is_first && kind == CONNECT => {
                conn.receive_max = number(&packet, "receive-max").unwrap_or(65_535);
                conn.packet_max = number(&packet, "max-packet").unwrap_or(u32::MAX);
                conn.alias_max = packet.number("alias-max");
            }
            Ok(packet) => {
                let refused = kind == PUBREC && packet.number("reason") >= 0x80;
                if refused || matches!(kind, PUBACK | PUBCOMP) {
                    conn.open.remove(&packet.number("id"));
                }
            }
            Err(_) => {} // The conformance tests have what is no packet.
        }
        if is_wrong {
            self.must_end = Some(id);
        }
    }

    /// The broker took a packet that its peer must not say: it has to be over by now.
    pub(super) fn is_over(&mut self) {
        let Some(id) = self.must_end.take() else {
            return;
        };
        if self.conns.get(&id).is_some_and(|conn| conn.cause.is_none()) {
            self.fault(Rule::Ended, format!("{id} broke the rules and goes on"));
        }
    }

    /// A packet left for a peer that keeps no rules.
    pub(super) fn stranger_out(&mut self, id: ConnId, frame: &[u8]) {
        let Some(conn) = self.conns.get(&id) else {
            return;
        };
        let mut versions = vec![conn.version];
        if conn.cause.is_some() && !conn.accepted {
            // What it speaks may be what is wrong.
            versions.extend(Version::ALL);
        }
        let packet = versions.iter().find_map(|one| decode(frame, *one).ok());
        let Some(packet) = packet else {
            return self.fault(Rule::Form, format!("{id}: {frame:02x?} left"));
        };
        self.last_words(id, &packet);
        let (accepted, max) = (self.conns[&id].accepted, self.conns[&id].packet_max);
        if accepted && frame.len() > max as usize {
            let how = format!("{id} takes {max} bytes, and {packet:?} has {}", frame.len());
            self.fault(Rule::Limit, how);
        }
        if !accepted && packet.kind != CONNACK {
            self.fault(Rule::Form, format!("{id}: {packet:?} left before CONNACK"));
        }
        match packet.kind {
            CONNACK if accepted => {
                self.fault(Rule::Form, format!("{id} is let in twice"));
            }
            CONNACK if packet.number("reason") == 0 => {
                if let Some(conn) = self.conns.get_mut(&id) {
                    conn.accepted = true;
                }
            }
            PUBLISH => self.stranger_is_given(id, &packet),
            _ => {}
        }
    }

    fn stranger_is_given(&mut self, id: ConnId, packet: &Packet) {
        if self.topic_out(id, packet).is_none() || packet.number("qos") == 0 {
            return;
        }
        let Some(conn) = self.conns.get_mut(&id) else {
            return;
        };
        let is_new = conn.open.insert(packet.number("id"));
        let (open, max) = (conn.open.len(), conn.receive_max);
        if !is_new {
            let how = format!("{id} has not acknowledged what {packet:?} is like");
            self.fault(Rule::Once, how);
        }
        if open > max as usize {
            self.fault(Rule::Limit, format!("{id} takes {max} and was sent {open}"));
        }
    }

    /// Whatever leaves, for whomever: nothing behind the last word, which says why.
    pub(super) fn last_words(&mut self, id: ConnId, packet: &Packet) {
        let Some(conn) = self.conns.get_mut(&id) else {
            return;
        };
        let (version, cause) = (conn.version, conn.cause);
        let is_last = match packet.kind {
            CONNACK => packet.number("reason") > 0,
            kind => kind == DISCONNECT,
        };
        let was_over = conn.is_over;
        conn.is_over |= is_last;
        if was_over {
            let how = format!("{id}: {packet:?} left behind the last word");
            return self.fault(Rule::Ended, how);
        }
        if packet.kind == PUBLISH && cause.is_some() {
            let how = format!("{id}: {packet:?} left though it was over: {cause:?}");
            return self.fault(Rule::Ended, how);
        }
        if packet.kind != DISCONNECT {
            return;
        }
        let reason = packet.number("reason");
        if version < Version::V5 || !cause.is_some_and(|cause| fits(&cause, reason)) {
            let how = format!("{id} was told {reason:#x} for {cause:?}");
            self.fault(Rule::Ended, how);
        }
    }

    /// The driver was asked to close a connection.
    pub(crate) fn hung_up(&mut self, id: ConnId) {
        if self.conns.get(&id).is_some_and(|conn| conn.cause.is_none()) {
            self.fault(Rule::Ended, format!("{id} is closed for no reason"));
        }
        self.closing.remove(&id);
    }

    /// The driver has done all that it was asked to: whoever came to an end is gone.
    pub(crate) fn all_have_hung_up(&mut self) {
        for id in std::mem::take(&mut self.closing) {
            self.fault(Rule::Ended, format!("{id} is over and was not closed"));
        }
    }
}

/// Whether a reason code says why a connection ended: table 2-6 of the standard.
fn fits(cause: &CloseCause, reason: u32) -> bool {
    match cause {
        // Malformed Packet, Protocol Error, Topic Alias Invalid, Packet Too Large.
        CloseCause::Malformed(_) => matches!(reason, 0x81 | 0x82 | 0x94 | 0x95),
        // Protocol Error, Not Authorized, Topic Name Invalid, Receive Maximum Exceeded, Topic Alias
        // Invalid, Retain and QoS Not Supported.
        CloseCause::Violation(_) => {
            matches!(reason, 0x82 | 0x87 | 0x90 | 0x93 | 0x94 | 0x9A | 0x9B)
        }
        CloseCause::KeepAliveTimeout => reason == 0x8D,
        CloseCause::TakenOver => reason == 0x8E,
        // Packet Too Large, Quota Exceeded.
        CloseCause::Administrative(_) => matches!(reason, 0x95 | 0x97),
        // Nobody is told anything before CONNACK, and who left or is lost is told nothing.
        CloseCause::ByClient(_)
        | CloseCause::Refused(_)
        | CloseCause::ConnectTimeout
        | CloseCause::Lost(_) => false,
    }
}
