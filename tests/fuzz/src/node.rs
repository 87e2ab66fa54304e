//! A node with several peers, a store, a clock and an operator, in any order.

use std::time::Duration;

use bytes::Bytes;
use tidings_core::codec::{Role, encode};
use tidings_core::node::{Answer, Command, ConnId, LostCause, Lsn, StoreOutcome, Ticket};
use tidings_core::packet::{Packet, PacketKind, ReasonCode, Version};
use tidings_core::time::{Clock, Instant, UnixMillis};
use tidings_core::topic::Utf8;

use crate::choices::Choices;
use crate::driver::{Driver, config};
use crate::packets::{Packets, Taste, VERSIONS};

/// Steps of one input, so that one input ends.
const STEPS_MAX: usize = 400;

const REASONS: [ReasonCode; 4] = [
    ReasonCode::Success,
    ReasonCode::UnspecifiedError,
    ReasonCode::ServerShuttingDown,
    ReasonCode::ContinueAuthentication,
];

const CLIENTS: [&str; 5] = ["1", "2", "3", "4", ""];

pub(crate) fn run(data: &[u8]) {
    let choices = &mut Choices::new(data);
    let mut story = Story {
        driver: Driver::new(config(choices)),
        conns: Vec::new(),
        drained: false,
    };
    for _ in 0..STEPS_MAX {
        if choices.is_empty() {
            break;
        }
        story.step(choices);
        // A driver empties the outputs before it sleeps, but not between any two inputs.
        if !choices.chance(3) {
            story.driver.obey();
        }
        story.driver.check();
    }
    story.driver.end();
    // A node that drains lets nobody in to throw a session for ever away.
    let node = &story.driver.node;
    assert!(story.drained || node.is_deserted(), "{:#?}", node.state());
    if node.is_deserted() {
        story.driver.check_store();
    }
}

struct Story {
    driver: Driver,
    conns: Vec<(ConnId, Version)>,
    drained: bool,
}

impl Story {
    fn step(&mut self, choices: &mut Choices<'_>) {
        match choices.below(32) {
            0..4 => self.connect(choices),
            4..20 => {
                let packet = packets(choices).any();
                self.say(choices, &packet);
            }
            20..22 => {
                let packet = packets(choices).of(PacketKind::Publish);
                self.say(choices, &packet);
            }
            22 => {
                if let Some((conn, _)) = self.any(choices) {
                    let len = choices.below(16);
                    self.driver.feed(conn, choices.bytes(len));
                }
            }
            23 => {
                if let Some((conn, _)) = self.any(choices) {
                    let cause = choices.pick(&[LostCause::Closed, LostCause::Reset]);
                    self.driver.lose(conn, cause);
                    if choices.chance(4) {
                        // The same loss told twice, which is of no consequence.
                        self.driver.lose(conn, cause);
                    }
                }
            }
            24..26 => {
                let millis = choices.pick(&[0, 1, 900, 5_000, 20_000, 3_600_000]);
                self.driver.pass(Duration::from_millis(millis));
            }
            26 => self.driver.node.handle_timeout(Instant::from_micros(1)),
            27 => self.answer(choices),
            28 => self.command(choices),
            29 => self.store(choices),
            30 => {
                if self.driver.config.durable && choices.chance(4) {
                    self.driver.obey();
                    self.conns.clear();
                    self.driver.crash();
                }
            }
            _ => {
                if let Some((conn, _)) = self.any(choices) {
                    let limit = choices.pick(&[1, 50, 10_000]);
                    self.driver.fetch(conn, limit, 1 + choices.below(3));
                }
            }
        }
    }

    /// A connection, perhaps one that is gone.
    fn any(&self, choices: &mut Choices<'_>) -> Option<(ConnId, Version)> {
        (!self.conns.is_empty()).then(|| choices.pick(&self.conns))
    }

    fn connect(&mut self, choices: &mut Choices<'_>) {
        let packet = packets(choices).of(PacketKind::Connect);
        let version = match &packet {
            Packet::Connect(connect) => connect.version,
            _ => VERSIONS[0],
        };
        let conn = self.driver.open();
        self.conns.push((conn, version));
        let mut bytes = Vec::new();
        if encode(&packet, version, &mut bytes).is_ok() {
            self.driver.feed(conn, &bytes);
        }
    }

    fn say(&mut self, choices: &mut Choices<'_>, packet: &Packet) {
        let Some((conn, version)) = self.any(choices) else {
            return;
        };
        let mut bytes = Vec::new();
        if encode(packet, version, &mut bytes).is_ok() {
            let cut = match choices.chance(8) {
                true => choices.below(bytes.len()),
                false => bytes.len(),
            };
            self.driver.feed(conn, &bytes[..cut]);
        }
    }

    fn answer(&mut self, choices: &mut Choices<'_>) {
        let ticket = self.driver.tickets.pop();
        let ticket = ticket.unwrap_or_else(|| Ticket(choices.below(5) as u64));
        let data = Some(Bytes::from_static(b"x"));
        let answer = match choices.below(3) {
            0 => Answer::Allow {
                username: Some(Utf8::from_static("name")),
                data,
            },
            1 => Answer::Challenge(data),
            _ => Answer::Deny {
                reason: choices.pick(&REASONS),
                reason_string: Some(Utf8::from_static("no")),
            },
        };
        self.driver
            .node
            .handle_answer(self.driver.now, ticket, answer);
    }

    fn command(&mut self, choices: &mut Choices<'_>) {
        let now = self.driver.now;
        let command = match choices.below(12) {
            0 => {
                self.drained = true;
                Command::Drain {
                    reason: choices.pick(&REASONS),
                    server_reference: Some(Utf8::from_static("elsewhere")),
                }
            }
            1..6 => Command::Disconnect {
                client_id: Utf8::from_static(choices.pick(&CLIENTS)),
                reason: choices.pick(&REASONS),
            },
            6..9 => Command::ClockAdjusted(Clock {
                unix: UnixMillis(u64::from(choices.four()) << 10),
                at: now,
            }),
            _ => Command::ProcessFigures { resident_bytes: 1 },
        };
        self.driver.node.handle_command(now, command);
    }

    fn store(&mut self, choices: &mut Choices<'_>) {
        let latest = self.driver.latest;
        let outcome = match choices.below(8) {
            0 => StoreOutcome::Full,
            1 => StoreOutcome::Failed,
            2 => StoreOutcome::Durable(Lsn(u64::MAX)),
            3 => {
                self.driver.is_fast = !self.driver.is_fast;
                return;
            }
            back => StoreOutcome::Durable(Lsn(latest.saturating_sub(back as u64 - 4))),
        };
        self.driver.node.handle_store(self.driver.now, outcome);
    }
}

fn packets<'a, 'b>(choices: &'b mut Choices<'a>) -> Packets<'a, 'b> {
    Packets {
        choices,
        sender: Role::Client,
        taste: Taste::Narrow,
    }
}
