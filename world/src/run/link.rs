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
use crate::queue::Queue;
use crate::scenario::{Actor, Transport, Version};
use crate::view::{ActorId, Direction, EventNo, Micros, Presence};

/// Both ends of every connection.
#[derive(Clone, Debug, Default)]
pub(super) struct Ways {
    /// Ends at actors: the present connection of each.
    ends: BTreeMap<ActorId, End>,
    /// Ends at the broker, until both sides have closed.
    doors: BTreeMap<Line, End>,
    /// Links on which nothing moves for the time being.
    pub(super) stalled: BTreeMap<ActorId, Stalled>,
    /// Half-open connections, and what left an end and will not arrive.
    pub(super) silent: BTreeMap<Line, Vec<Seq>>,
}

/// A link on which nothing moves.
#[derive(Clone, Debug)]
pub(super) struct Stalled {
    pub(super) since: Micros,
    /// What is on it, and how far from its end, in the order in which it was arranged.
    pub(super) held: Vec<(Micros, Doing)>,
}

/// One end of a connection.
#[derive(Clone, Debug)]
pub(super) struct End {
    pub(super) line: Line,
    /// The broker's name for it, once a byte has come.
    pub(super) conn: Option<ConnId>,
    version: Version,
    transport: Transport,
    /// When the last byte that left here is on the wire, of a link that takes only so many.
    free: Micros,
    /// When the last that left here arrives over there.
    arrives: Micros,
    /// Bytes that left here and were not read over there.
    under_way: usize,
    /// It has more to send, and the link is full.
    full: bool,
    /// So many more bytes leave before the connection is cut.
    left: Option<usize>,
    jitter: Chance,
    receiver: Receiver,
    /// What came and is no whole packet yet.
    input: BytesMut,
    masks: Option<Chance>,
    /// It is the broker's.
    at_broker: bool,
}

/// A packet on its way.
#[derive(Clone, Debug)]
pub(super) struct Parcel {
    pub(super) line: Line,
    /// Its place in the log.
    pub(super) packet: Seq,
    /// It is a PUBLISH. What a run does must not depend on how much the log still holds.
    pub(super) publish: bool,
    /// Its bytes as they are on the wire.
    pub(super) wire: Bytes,
    /// With its last byte the connection is cut.
    pub(super) cut: bool,
    /// These are the packet's first bytes only.
    pub(super) torn: bool,
}

/// A packet that is about to leave.
pub(super) struct Packet {
    pub(super) bytes: Bytes,
    /// The header of the frame it begins, if it begins one.
    pub(super) frame: Bytes,
    pub(super) wire: Bytes,
}

impl Packet {
    fn is_publish(&self) -> bool {
        self.bytes.first().is_some_and(|first| first >> 4 == 3)
    }
}

impl End {
    fn new(line: Line, actor: &Actor, role: Role, seed: u64) -> Self {
        let purpose = u64::from(line.actor.0) << 32 | u64::from(line.turn);
        let masks = (role == Role::Client).then(|| Chance::new(seed, purpose));
        let way = u64::from(role == Role::Client);
        Self {
            line,
            conn: None,
            version: actor.version,
            transport: actor.transport,
            free: Micros(0),
            arrives: Micros(0),
            under_way: 0,
            full: false,
            left: None,
            jitter: Chance::new(seed, purpose | 1 << 62 | way << 61),
            receiver: Receiver::new(role, usize::MAX),
            input: BytesMut::new(),
            masks,
            at_broker: role == Role::Server,
        }
    }

    /// When so many bytes that leave now are over there: as late as the link is long, after what
    /// it still has to take, and never before what left earlier.
    fn carry(&mut self, now: Micros, actor: Option<&Actor>, bytes: usize) -> Micros {
        // Of an actor that has left, the link is as slow as none.
        let Some(actor) = actor else {
            self.arrives = self.arrives.max(now);
            return self.arrives;
        };
        let reads = if self.at_broker {
            actor.reads_per_sec
        } else {
            0
        };
        let rates = [actor.bytes_per_sec, reads];
        let rate = rates.into_iter().filter(|rate| *rate > 0).min();
        let taken = rate.map_or(0, |rate| bytes as u64 * 1_000_000 / u64::from(rate));
        self.free = Micros(self.free.max(now).0 + taken);
        let more = match actor.jitter_ms {
            0 => 0,
            most => self.jitter.below(u64::from(most) * 1000 + 1),
        };
        let latency = Micros::from_millis(actor.latency_ms.into()).0;
        self.arrives = self.arrives.max(Micros(self.free.0 + latency + more));
        self.arrives
    }

    /// Everything on this way is later by so much.
    fn delay(&mut self, by: u64) {
        self.free.0 += by;
        self.arrives.0 += by;
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

    /// The connection an actor has.
    pub(super) fn line_of(&self, id: ActorId) -> Option<Line> {
        self.ends.get(&id).map(|end| end.line)
    }

    /// The broker's ends of all connections, or of an actor's.
    pub(super) fn lines(&self, id: Option<ActorId>) -> Vec<Line> {
        let all = self.doors.keys().copied();
        all.filter(|line| id.is_none_or(|id| line.actor == id))
            .collect()
    }

    /// Arranges something on a connection for `at`, unless nothing moves there.
    fn put(&mut self, queue: &mut Queue<Doing>, now: Micros, line: Line, at: Micros, doing: Doing) {
        if let Some(lost) = self.silent.get_mut(&line) {
            if let Doing::ToBroker(parcel) | Doing::ToActor(parcel) = doing {
                lost.push(parcel.packet);
            }
        } else if let Some(stalled) = self.stalled.get_mut(&line.actor) {
            let left = Micros(at.0.saturating_sub(now.0));
            stalled.held.push((left, doing));
        } else {
            queue.push(at, doing);
        }
    }

    /// An actor's end is gone.
    pub(super) fn drop_end(&mut self, id: ActorId) {
        self.ends.remove(&id);
    }

    /// An actor's connection is cut when so many more bytes have left it, or at no number of them.
    pub(super) fn cut_after(&mut self, id: ActorId, bytes: Option<usize>) {
        if let Some(end) = self.ends.get_mut(&id) {
            end.left = bytes;
        }
    }

    /// Everything an actor's link carries is later by so much.
    pub(super) fn delay(&mut self, id: ActorId, by: u64) {
        let ends = self.ends.get_mut(&id).into_iter();
        let doors = self.doors.iter_mut().filter(|(line, _)| line.actor == id);
        for end in ends.chain(doors.map(|(_, door)| door)) {
            end.delay(by);
        }
    }

    /// The broker's end of a connection.
    pub(super) fn door(&mut self, line: Line) -> Option<&mut End> {
        self.doors.get_mut(&line)
    }
}

/// How much leaves in one go at most, about.
const TRANSMIT_BYTES: usize = 64 * 1024;
/// So much a link takes before its reader has read it, as the buffers of a socket do; the rest
/// waits in the broker.
const SOCKET_BYTES: usize = 64 * 1024;

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
                if glass.down() {
                    return self.nobody_answers(pen, id);
                }
                glass.know(player.client_id(), id);
                let end = End::new(line, &player.actor, Role::Client, self.seed);
                let door = End::new(line, &player.actor, Role::Server, self.seed);
                player.client.transport_opened(instant(self.now));
                self.break_silence(pen, id);
                self.ways.ends.insert(id, end);
                self.ways.doors.insert(line, door);
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
                        let Some(end) = self.ways.ends.get_mut(&id) else {
                            return any;
                        };
                        let mut leaving = Vec::new();
                        for packet in end.pack(&transmit) {
                            let arrives =
                                end.carry(self.now, Some(&player.actor), packet.wire.len());
                            let line = end.line;
                            let to = Direction::ToBroker;
                            let what = sent(line.actor, to, arrives, &packet, end.version, None);
                            let mut parcel = Parcel {
                                line,
                                packet: pen.note(self.now, cause, what),
                                publish: packet.is_publish(),
                                wire: packet.wire,
                                cut: false,
                                torn: false,
                            };
                            if let Some(left) = end.left {
                                parcel.cut = parcel.wire.len() >= left;
                                parcel.torn = parcel.wire.len() > left;
                                parcel.wire.truncate(left);
                                end.left = Some(left - parcel.wire.len());
                            }
                            leaving.push((arrives, Doing::ToBroker(parcel)));
                        }
                        let line = end.line;
                        for (at, doing) in leaving {
                            self.ways.put(&mut self.queue, self.now, line, at, doing);
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
    pub(super) fn hang_up(&mut self, pen: &mut Pen, id: ActorId) {
        match &mut self.far {
            Far::Remote(remote) => remote.close(id),
            Far::Glass(_) => {
                let (Some(end), Some(player)) = (self.ways.ends.remove(&id), self.players.get(&id))
                else {
                    return;
                };
                let (mut end, actor) = (end, &player.actor);
                let at = end.carry(self.now, Some(actor), 0);
                self.ways.put(
                    &mut self.queue,
                    self.now,
                    end.line,
                    at,
                    Doing::ClosedByActor(end.line),
                );
                self.break_silence(pen, id);
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
        let mut stays = |doing: &Doing| match doing {
            Doing::ToBroker(parcel) | Doing::ToActor(parcel) if parcel.line.actor == id => {
                lost.push(parcel.packet);
                false
            }
            Doing::ClosedByActor(line) | Doing::ClosedByBroker(line) => line.actor != id,
            _ => true,
        };
        self.queue.retain(&mut stays);
        if let Some(stalled) = self.ways.stalled.get_mut(&id) {
            stalled.held.retain(|(_, doing)| stays(doing));
        }
        crate::small::sort(&mut lost, |one, other| one < other);
        for packet in lost {
            pen.note(self.now, None, What::Died(packet));
        }
        self.break_silence(pen, id);
        for line in self.ways.lines(Some(id)) {
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
        let what = match parcel.torn {
            false => What::Arrived(parcel.packet),
            true => What::Died(parcel.packet),
        };
        pen.note(self.now, None, what);
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
        glass.published = parcel.publish.then_some(parcel.packet);
        self.hear(pen, Some(parcel.packet));
        if parcel.cut {
            self.cut_off(pen, parcel.line.actor);
        }
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
        // What the actor has read makes room for more.
        let door = self.ways.doors.get_mut(&parcel.line);
        let more = door.and_then(|door| {
            door.under_way = door.under_way.saturating_sub(parcel.wire.len());
            door.conn.filter(|_| door.full)
        });
        if let Some(conn) = more {
            self.flush(pen, conn, None);
            self.hear(pen, None);
        }
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
        let actor = self.players.get(&id).map(|player| &player.actor);
        let mut transmit = Transmit::new(TRANSMIT_BYTES);
        let (mut leaving, line) = (Vec::new(), door.line);
        loop {
            door.full = door.under_way >= SOCKET_BYTES;
            if door.full {
                break;
            }
            transmit.clear();
            let (status, messages) = glass.transmit(instant(self.now), conn, &mut transmit);
            let messages = messages.into_iter().chain(std::iter::repeat(None));
            for (packet, origin) in door.pack(&transmit).into_iter().zip(messages) {
                door.under_way += packet.wire.len();
                let arrives = door.carry(self.now, actor, packet.wire.len());
                let to = Direction::ToActor;
                let what = sent(id, to, arrives, &packet, door.version, origin);
                let parcel = Parcel {
                    line,
                    packet: pen.note(self.now, cause, what),
                    publish: packet.is_publish(),
                    wire: packet.wire,
                    cut: false,
                    torn: false,
                };
                leaving.push((arrives, Doing::ToActor(parcel)));
            }
            if status == TransmitStatus::Drained {
                break;
            }
        }
        for (at, doing) in leaving {
            self.ways.put(&mut self.queue, self.now, line, at, doing);
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
            self.ways.put(
                &mut self.queue,
                self.now,
                line,
                at,
                Doing::ClosedByBroker(line),
            );
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
