//! One network connection as the broker sees it: what it may send, what waits to be sent.

use alloc::boxed::Box;
use alloc::collections::VecDeque;
use alloc::vec::Vec;

use crate::codec::{Decoder, Role};
use crate::node::{Link, Lsn, Ticket};
use crate::packet::{Connect, Packet, PacketId, PacketKind, ReasonCode, Version};
use crate::session::SessionKey;
use crate::time::{Instant, TimerId};
use crate::topic::{Topic, Utf8};
use crate::util::Map;

#[derive(Clone, Debug)]
pub(crate) struct Connection {
    pub(crate) generation: u32,
    pub(crate) link: Link,
    pub(crate) phase: Phase,
    pub(crate) decoder: Decoder,
    pub(crate) version: Version,
    pub(crate) session: Option<SessionKey>,
    /// The client's Receive Maximum, cut to ours.
    pub(crate) window: u16,
    /// The client's Maximum Packet Size.
    pub(crate) packet_bytes_max: u32,
    /// The client's Request Problem Information.
    pub(crate) problem_information: bool,
    pub(crate) keep_alive_secs: u16,
    pub(crate) last_packet: Instant,
    /// The deadline for CONNECT, then that of the keep-alive.
    pub(crate) timer: Option<TimerId>,
    pub(crate) aliases_in: Vec<Option<Topic>>,
    pub(crate) aliases_out: Option<Box<AliasesOut>>,
    /// Answers in the order in which they must leave, each with the record it waits for.
    pub(crate) answers: VecDeque<(Lsn, Answer)>,
    /// About how many bytes they have.
    pub(crate) answers_bytes: usize,
    /// QoS 1 messages received whose PUBACK waits for a record: they count against Receive
    /// Maximum, too.
    pub(crate) unacked: u16,
    /// `Output::Ready` was given and nothing was fetched since.
    pub(crate) ready: bool,
    /// Something waits for a record to be safe.
    pub(crate) waits: bool,
    pub(crate) throttled: bool,
    pub(crate) authentication: Option<Box<Authentication>>,
}

/// What a connection is waiting for.
#[derive(Clone, Debug)]
pub(crate) enum Phase {
    /// The CONNECT.
    Reading,
    /// Somebody's answer about the CONNECT.
    Authenticating(Ticket, Box<Connect>),
    /// Packets.
    Connected,
    /// The driver to close it; nothing that comes counts.
    Closing,
}

/// An exchange of AUTH packets, at CONNECT or later.
#[derive(Clone, Debug)]
pub(crate) struct Authentication {
    pub(crate) method: Utf8,
    /// Somebody outside is asked about the latest packet.
    pub(crate) asked: Option<Ticket>,
    /// The client was asked for more.
    pub(crate) challenged: bool,
}

/// Topic aliases that we have set towards a client.
#[derive(Clone, Debug)]
pub(crate) struct AliasesOut {
    pub(crate) max: u16,
    pub(crate) known: Map<Topic, u16>,
}

/// A packet that is no PUBLISH, on its way out.
#[derive(Clone, Debug)]
pub(crate) enum Answer {
    /// With a sentence for the reason, if there is one.
    Ack(PacketKind, PacketId, ReasonCode, &'static str),
    PingResp,
    Packet(Box<Packet>),
}

impl Answer {
    /// About how many bytes it takes while it waits.
    pub(crate) fn weight(&self) -> usize {
        match self {
            Self::Ack(..) | Self::PingResp => 32,
            Self::Packet(packet) => match &**packet {
                Packet::SubAck(ack) => 128 + ack.reasons.len(),
                Packet::UnsubAck(ack) => 128 + ack.reasons.len(),
                Packet::Auth(auth) => 128 + auth.properties.raw().len(),
                _ => 128,
            },
        }
    }
}

impl Connection {
    pub(crate) fn new(generation: u32, link: Link, now: Instant, connect_bytes_max: u32) -> Self {
        Self {
            generation,
            link,
            phase: Phase::Reading,
            decoder: Decoder::new(Role::Client, connect_bytes_max),
            version: Version::V5,
            session: None,
            window: 1,
            packet_bytes_max: u32::MAX,
            problem_information: true,
            keep_alive_secs: 0,
            last_packet: now,
            timer: None,
            aliases_in: Vec::new(),
            aliases_out: None,
            answers: VecDeque::new(),
            answers_bytes: 0,
            unacked: 0,
            ready: false,
            waits: false,
            throttled: false,
            authentication: None,
        }
    }

    pub(crate) fn is_connected(&self) -> bool {
        matches!(self.phase, Phase::Connected)
    }

    pub(crate) fn is_closing(&self) -> bool {
        matches!(self.phase, Phase::Closing)
    }
}
