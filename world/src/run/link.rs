//! Links of the broker of glass: what leaves one end arrives at the other, later and in order.

use std::collections::BTreeMap;

use bytes::{Bytes, BytesMut};
use tidings_core::node::{self, ConnId, LostCause};
use tidings_core::transmit::{Transmit, TransmitStatus};
use tidings_core::ws::{Opcode, Received, Receiver, Role, apply_mask, frame_header};

use super::witness::Line;
use super::{Doing, Far, Pen, Run, facts, instant};
use crate::chance::Chance;
use crate::log::{self, Seq, What};
use crate::scenario::{Transport, Version};
use crate::view::{ActorId, Direction, EventNo, Micros, Presence};

/// Both ends of every connection.
#[derive(Clone, Debug, Default)]
pub(super) struct Ways {
    /// Ends at actors: the present connection of each.
    ends: BTreeMap<ActorId, End>,
    /// Ends at the broker, until both sides have closed.
    doors: BTreeMap<Line, End>,
}

/// One end of a connection.
#[derive(Clone, Debug)]
pub(super) struct End {
    pub(super) line: Line,
    /// The broker's name for it, once a byte has come.
    pub(super) conn: Option<ConnId>,
    version: Version,
    transport: Transport,
    /// When the last that left here arrives over there.
    arrives: Micros,
    receiver: Receiver,
    /// What came and is no whole packet yet.
    input: BytesMut,
    masks: Option<Chance>,
}

/// A packet on its way.
#[derive(Clone, Debug)]
pub(super) struct Parcel {
    pub(super) line: Line,
    /// Its place in the log.
    pub(super) packet: Seq,
    /// Its bytes as they are on the wire.
    pub(super) wire: Bytes,
}

/// A packet that is about to leave.
pub(super) struct Packet {
    pub(super) bytes: Bytes,
    /// The header of the frame it begins, if it begins one.
    pub(super) frame: Bytes,
    pub(super) wire: Bytes,
}

impl End {
    fn new(line: Line, actor: &crate::scenario::Actor, role: Role, masks: Option<Chance>) -> Self {
        Self {
            line,
            conn: None,
            version: actor.version,
            transport: actor.transport,
            arrives: Micros(0),
            receiver: Receiver::new(role, usize::MAX),
            input: BytesMut::new(),
            masks,
        }
    }

    /// Takes `transmit` apart into packets, in one frame if the transport has frames.
    fn pack(&mut self, transmit: &Transmit) -> Vec<Packet> {
        let mut content = Vec::with_capacity(transmit.len());
        transmit.copy_to(&mut content);
        let content = Bytes::from(content);
        let (frame, wire) = match self.transport {
            Transport::Tcp => (Bytes::new(), content.clone()),
            Transport::WebSocket => {
                let mask = self.masks.as_mut();
                let mask = mask.map(|chance| (chance.next() as u32).to_be_bytes());
                let frame = frame_header(Opcode::Binary, content.len(), mask);
                let mut wire = content.to_vec();
                if let Some(mask) = mask {
                    apply_mask(&mut wire, mask, 0);
                }
                (Bytes::copy_from_slice(&frame), Bytes::from(wire))
            }
        };
        split(&content, &wire, &frame, transmit.packets())
    }

    /// What came and has not been read.
    pub(super) fn input(&mut self) -> &mut BytesMut {
        &mut self.input
    }

    /// Takes MQTT's bytes off what came on the wire. False if that is no WebSocket.
    fn unpack(&mut self, wire: &Bytes) -> bool {
        if self.transport == Transport::Tcp {
            self.input.extend_from_slice(wire);
            return true;
        }
        let mut frames = BytesMut::from(&wire[..]);
        loop {
            match self.receiver.receive(&mut frames) {
                Ok(Some(Received::Data(data))) => self.input.extend_from_slice(&data),
                Ok(Some(_)) => {}
                Ok(None) => return true,
                Err(_) => return false,
            }
        }
    }
}

fn split(content: &Bytes, wire: &Bytes, frame: &Bytes, ends: &[usize]) -> Vec<Packet> {
    let mut begin = 0;
    let mut packets = Vec::with_capacity(ends.len());
    for end in ends {
        let first = begin == 0;
        let part = wire.slice(begin..*end);
        packets.push(Packet {
            bytes: content.slice(begin..*end),
            frame: if first { frame.clone() } else { Bytes::new() },
            wire: match first && !frame.is_empty() {
                true => [&frame[..], &part[..]].concat().into(),
                false => part,
            },
        });
        begin = *end;
    }
    packets
}

impl Ways {
    /// Both sides are done with a connection.
    pub(super) fn forget(&mut self, line: Line) {
        self.doors.remove(&line);
    }

    /// The broker's end of a connection.
    pub(super) fn door(&mut self, line: Line) -> Option<&mut End> {
        self.doors.get_mut(&line)
    }
}

/// How much leaves in one go at most, about.
const TRANSMIT_BYTES: usize = 64 * 1024;

impl Run {
    /// An actor opens a connection.
    pub(super) fn dial(&mut self, pen: &mut Pen, id: ActorId) {
        let Some(player) = self.players.get_mut(&id) else {
            return;
        };
        player.turn += 1;
        let line = Line {
            actor: id,
            turn: player.turn,
        };
        match &mut self.far {
            Far::Glass(glass) => {
                glass.know(player.client_id(), id);
                let purpose = u64::from(id.0) << 32 | u64::from(line.turn);
                let masks = Chance::new(self.seed, purpose);
                let end = End::new(line, &player.actor, Role::Client, Some(masks));
                self.ways.ends.insert(id, end);
                let door = End::new(line, &player.actor, Role::Server, None);
                self.ways.doors.insert(line, door);
                player.client.transport_opened(instant(self.now));
            }
            Far::Remote(remote) => remote.open(line, player),
        }
        self.presence(pen, id, Presence::Connecting);
    }

    /// Sends what a client has to send. Whether it had anything.
    pub(super) fn send(&mut self, pen: &mut Pen, id: ActorId, cause: Option<Seq>) -> bool {
        let Some(player) = self.players.get_mut(&id) else {
            return false;
        };
        let mut transmit = Transmit::new(TRANSMIT_BYTES);
        let mut any = false;
        loop {
            transmit.clear();
            let status = player
                .client
                .poll_transmit(instant(self.now), &mut transmit);
            if !transmit.is_empty() {
                any = true;
                match &mut self.far {
                    Far::Glass(_) => {
                        let latency = Micros::from_millis(player.actor.latency_ms.into());
                        let Some(end) = self.ways.ends.get_mut(&id) else {
                            return any;
                        };
                        end.arrives = end.arrives.max(Micros(self.now.0 + latency.0));
                        for packet in end.pack(&transmit) {
                            let (line, arrives) = (end.line, end.arrives);
                            let to = Direction::ToBroker;
                            let what = sent(line.actor, to, arrives, &packet, end.version, None);
                            let parcel = Parcel {
                                line,
                                packet: pen.note(self.now, cause, what),
                                wire: packet.wire,
                            };
                            self.queue.push(arrives, Doing::ToBroker(parcel));
                        }
                    }
                    Far::Remote(remote) => {
                        let mut content = Vec::new();
                        transmit.copy_to(&mut content);
                        let content = Bytes::from(content);
                        let none = Bytes::new();
                        let packets = split(&content, &content, &none, transmit.packets());
                        remote.send(pen, self.now, player, cause, content, &packets);
                    }
                }
            }
            if status == TransmitStatus::Drained {
                return any;
            }
        }
    }

    /// An actor closes its connection after what it has sent.
    pub(super) fn hang_up(&mut self, _: &mut Pen, id: ActorId) {
        match &mut self.far {
            Far::Remote(remote) => remote.close(id),
            Far::Glass(_) => {
                let (Some(end), Some(player)) = (self.ways.ends.remove(&id), self.players.get(&id))
                else {
                    return;
                };
                let latency = Micros::from_millis(player.actor.latency_ms.into());
                let at = end.arrives.max(Micros(self.now.0 + latency.0));
                self.queue.push(at, Doing::ClosedByActor(end.line));
            }
        }
    }

    /// The link breaks: what is on it is lost, and both ends know at once.
    pub(super) fn cut(&mut self, pen: &mut Pen, id: ActorId) {
        self.ways.ends.remove(&id);
        if let Far::Remote(remote) = &mut self.far {
            remote.close(id);
            return;
        }
        let mut lost = Vec::new();
        self.queue.retain(|doing| match doing {
            Doing::ToBroker(parcel) | Doing::ToActor(parcel) if parcel.line.actor == id => {
                lost.push(parcel.packet);
                false
            }
            Doing::ClosedByActor(line) | Doing::ClosedByBroker(line) => line.actor != id,
            _ => true,
        });
        for packet in lost {
            pen.note(self.now, None, What::Died(packet));
        }
        let lines: Vec<Line> = self.ways.doors.keys().copied().collect();
        for line in lines.into_iter().filter(|line| line.actor == id) {
            if let Far::Glass(glass) = &mut self.far {
                glass.lost(instant(self.now), line, LostCause::Reset);
            }
            self.ways.forget(line);
        }
        self.hear(pen, None);
    }

    /// A packet comes to the broker.
    pub(super) fn reach_broker(&mut self, pen: &mut Pen, parcel: Parcel) {
        let now = instant(self.now);
        let Far::Glass(glass) = &mut self.far else {
            return;
        };
        let Some(door) = self.ways.doors.get_mut(&parcel.line) else {
            pen.note(self.now, None, What::Died(parcel.packet));
            return;
        };
        pen.note(self.now, None, What::Arrived(parcel.packet));
        let conn = *door.conn.get_or_insert_with(|| {
            let transport = match door.transport {
                Transport::Tcp => node::Transport::Tcp,
                Transport::WebSocket => node::Transport::WebSocket,
            };
            glass.open(now, parcel.line, transport)
        });
        if door.unpack(&parcel.wire) {
            glass.bytes(now, conn, &mut door.input);
        } else {
            glass.lost(now, parcel.line, LostCause::ProtocolError);
        }
        self.hear(pen, Some(parcel.packet));
    }

    /// A packet comes to an actor.
    pub(super) fn reach_actor(&mut self, pen: &mut Pen, parcel: Parcel) {
        let id = parcel.line.actor;
        let end = self.ways.ends.get_mut(&id);
        let end = end.filter(|end| end.line == parcel.line);
        let (Some(end), Some(player)) = (end, self.players.get_mut(&id)) else {
            pen.note(self.now, None, What::Died(parcel.packet));
            return;
        };
        pen.note(self.now, None, What::Arrived(parcel.packet));
        if end.unpack(&parcel.wire) {
            let now = instant(self.now);
            player.client.handle_bytes(now, &mut end.input);
        }
        self.settle(pen, id, Some(parcel.packet));
    }

    /// Sends what the broker has for a connection.
    pub(super) fn flush(&mut self, pen: &mut Pen, conn: ConnId, cause: Option<Seq>) {
        let Far::Glass(glass) = &mut self.far else {
            return;
        };
        let Some(door) = glass
            .line(conn)
            .and_then(|line| self.ways.doors.get_mut(&line))
        else {
            return;
        };
        let id = door.line.actor;
        // Of an actor that has left, the link is as slow as none.
        let latency = self.players.get(&id).map_or(0, |one| one.actor.latency_ms);
        let latency = Micros::from_millis(latency.into());
        let mut transmit = Transmit::new(TRANSMIT_BYTES);
        loop {
            transmit.clear();
            let (status, messages) = glass.transmit(instant(self.now), conn, &mut transmit);
            door.arrives = door.arrives.max(Micros(self.now.0 + latency.0));
            let messages = messages.into_iter().chain(std::iter::repeat(None));
            for (packet, origin) in door.pack(&transmit).into_iter().zip(messages) {
                let arrives = door.arrives;
                let to = Direction::ToActor;
                let what = sent(id, to, arrives, &packet, door.version, origin);
                let parcel = Parcel {
                    line: door.line,
                    packet: pen.note(self.now, cause, what),
                    wire: packet.wire,
                };
                self.queue.push(arrives, Doing::ToActor(parcel));
            }
            if status == TransmitStatus::Drained {
                return;
            }
        }
    }

    /// The broker closes a connection after what it has sent.
    pub(super) fn shut(&mut self, conn: ConnId) {
        let Far::Glass(glass) = &mut self.far else {
            return;
        };
        if let Some(line) = glass.forget(conn)
            && let Some(door) = self.ways.doors.remove(&line)
        {
            let at = door.arrives.max(self.now);
            self.queue.push(at, Doing::ClosedByBroker(line));
        }
    }
}

/// A packet that leaves, as the log keeps it.
pub(super) fn sent(
    actor: ActorId,
    direction: Direction,
    arrives: Micros,
    packet: &Packet,
    version: Version,
    origin: Option<Seq>,
) -> What {
    let (kind, facts) = facts::read(&packet.bytes, direction, version);
    let kept = packet.bytes.len().min(log::PACKET_BYTES_MAX);
    What::Sent(Box::new(log::Sent {
        no: EventNo(0),
        actor,
        direction,
        arrives,
        kind,
        version,
        bytes: packet.bytes.slice(..kept),
        bytes_total: packet.bytes.len() as u32,
        frame: packet.frame.clone(),
        origin,
        facts,
    }))
}
