//! Deadlines that have come.

use super::connect::keep_alive_limit;
use super::{CloseCause, Node, TimerKind, tell};
use crate::connection::Phase;
use crate::observe::{Event, Observer, SessionChange};
use crate::packet::ReasonCode;
use crate::time::Instant;

impl<O: Observer> Node<O> {
    /// Handles the deadlines that have come, a limited number at a time: afterwards
    /// [`Node::poll_timeout`] may say "now" again. Too early a call does nothing.
    pub fn handle_timeout(&mut self, now: Instant) {
        self.begin(now);
        for _ in 0..self.config.limits.timers_per_turn {
            let Some((_, kind)) = self.timers.pop_due(self.now) else {
                return;
            };
            self.on_timeout(kind);
            self.finish();
        }
    }

    fn on_timeout(&mut self, kind: TimerKind) {
        match kind {
            TimerKind::KeepAlive(conn) => {
                let Some(slot) = self.live(conn) else { return };
                let connection = &mut self.conns[slot];
                // The deadline is not moved with every packet; it is looked at when it comes.
                let due = connection.last_packet + keep_alive_limit(connection.keep_alive_secs);
                if due > self.now {
                    connection.timer = Some(self.timers.set(due, kind));
                    return;
                }
                connection.timer = None;
                tell!(self, Event::Timer { kind });
                self.close(conn, CloseCause::KeepAliveTimeout); // [MQTT-3.1.2-22]
            }
            TimerKind::Connect(conn) => {
                let Some(slot) = self.live(conn) else { return };
                self.conns[slot].timer = None;
                tell!(self, Event::Timer { kind });
                if matches!(self.conns[slot].phase, Phase::Authenticating(..)) {
                    // The client did its part.
                    self.refuse(conn, ReasonCode::ServerUnavailable, None);
                }
                self.close(conn, CloseCause::ConnectTimeout);
            }
            TimerKind::SessionExpiry(key) => {
                self.sessions[key.0 as usize].expiry_timer = None;
                self.stats.sessions_expired += 1;
                tell!(self, Event::Timer { kind });
                self.end_session(key, SessionChange::Expired); // [MQTT-4.1.0-2]
            }
            TimerKind::WillDelay(key) => {
                self.sessions[key.0 as usize].will_timer = None;
                tell!(self, Event::Timer { kind });
                self.say_will(key); // [MQTT-3.1.3-9]
                self.persist_session(key);
            }
            TimerKind::RetainedExpiry(number) => self.expire_retained(number),
            TimerKind::Sys => {
                tell!(self, Event::Timer { kind });
                self.publish_sys();
                self.schedule_sys();
            }
        }
    }
}
