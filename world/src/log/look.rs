//! Looking things up in a log. `end` is a playhead: what lies behind it has not happened yet.

use bytes::Bytes;

use super::{Entry, Fate, Log, Sent, Seq, What};
use crate::scenario::Qos;
use crate::view::{ActorId, Direction, EventNo, Micros, PacketKind, Presence};

/// How far back a packet is looked for that is known by its identifier only.
const LOOK_BACK: usize = 5000;

impl Log {
    /// What became of a packet, as far as `end`.
    pub fn fate(&self, packet: Seq, end: Seq) -> Fate {
        let ended = self.get(packet).and_then(|packet| packet.ended);
        let ended = ended.filter(|ended| *ended < end);
        match ended.and_then(|ended| self.get(ended)) {
            None => Fate::OnItsWay,
            Some(ended) => match ended.what {
                What::Died(_) => Fate::Lost(ended.at),
                _ => Fate::Arrived(ended.at),
            },
        }
    }

    /// Where a packet's arrival or loss is written down, if it is before `end`.
    pub fn ended(&self, packet: Seq, end: Seq) -> Option<Seq> {
        self.get(packet)?.ended.filter(|ended| *ended < end)
    }

    /// The number of what stands at a place, or of the packet that led to it.
    pub fn number(&self, seq: Seq) -> Option<EventNo> {
        let mut entry = self.get(seq)?;
        loop {
            match &entry.what {
                What::Sent(sent) => return Some(sent.no),
                What::Deed { no, .. } | What::Broker { no, .. } => return Some(*no),
                _ => entry = self.get(entry.parent()?)?,
            }
        }
    }

    /// The SUBSCRIBE or UNSUBSCRIBE that a SUBACK or UNSUBACK answers.
    pub fn question(&self, answer: Seq) -> Option<Seq> {
        let kind = match self.sent(answer)?.kind {
            PacketKind::SubAck => PacketKind::Subscribe,
            PacketKind::UnsubAck => PacketKind::Unsubscribe,
            _ => return None,
        };
        self.same_id(answer, kind, Direction::ToBroker)
    }

    /// The copy that an acknowledgement between the broker and a listener is about. None for one
    /// between a publisher and the broker.
    pub fn delivery(&self, ack: Seq) -> Option<Seq> {
        match (self.sent(ack)?.kind, self.sent(ack)?.direction) {
            (
                PacketKind::PubAck | PacketKind::PubRec | PacketKind::PubComp,
                Direction::ToBroker,
            )
            | (PacketKind::PubRel, Direction::ToActor) => {
                self.same_id(ack, PacketKind::Publish, Direction::ToActor)
            }
            _ => None,
        }
    }

    /// The packet on the same link, of this kind and with the same identifier, that led to `seq`;
    /// or else the last one before it.
    fn same_id(&self, seq: Seq, kind: PacketKind, direction: Direction) -> Option<Seq> {
        let sent = self.sent(seq)?;
        let same = |other: &Sent| {
            other.kind == kind
                && other.direction == direction
                && other.actor == sent.actor
                && other.facts.packet_id == sent.facts.packet_id
        };
        let mut cause = self.get(seq)?.cause;
        while let Some(place) = cause
            && let Some(other) = self.sent(place)
            && other.actor == sent.actor
        {
            if same(other) {
                return Some(place);
            }
            cause = self.get(place)?.cause;
        }
        let mut before = self.before(seq).take(LOOK_BACK);
        before.find_map(|(place, entry)| match &entry.what {
            What::Sent(other) if same(other) => Some(place),
            _ => None,
        })
    }

    /// Entries before a place, the nearest first.
    pub fn before(&self, end: Seq) -> impl Iterator<Item = (Seq, &Entry)> {
        let count = end.0.saturating_sub(self.first) as usize;
        let count = count.min(self.entries.len());
        let entries = self.entries.range(..count).enumerate().rev();
        entries.map(|(index, entry)| (Seq(self.first + index as u32), entry))
    }

    /// The first place that is not before a time.
    pub fn not_before(&self, at: Micros) -> Seq {
        Seq(self.first + self.entries.partition_point(|entry| entry.at < at) as u32)
    }

    /// Filters the broker holds for an actor.
    pub fn granted(&self, actor: ActorId, end: Seq) -> &[(Bytes, Qos)] {
        let track = self.index.actors.get(&actor);
        track
            .and_then(|track| track.granted.at(end))
            .map_or(&[], |held| held)
    }

    /// How many messages wait for an actor.
    pub fn waiting(&self, actor: ActorId, end: Seq) -> u32 {
        let track = self.index.actors.get(&actor);
        let count = track.and_then(|track| track.waiting.at(end));
        count.copied().unwrap_or(0)
    }

    /// How many messages waited for an actor between two moments, and before.
    pub(crate) fn waits(
        &self,
        actor: ActorId,
        from: Micros,
        to: Micros,
    ) -> impl Iterator<Item = (Micros, f64)> {
        let (first, end) = (self.not_before(from), self.after(to));
        let before = f64::from(self.waiting(actor, first));
        let track = self.index.actors.get(&actor).into_iter();
        let values = track.flat_map(move |track| track.waiting.between(first, end));
        let values = values.filter_map(|(seq, count)| Some((self.get(seq)?.at, f64::from(count))));
        std::iter::once((from, before)).chain(values)
    }

    /// When an actor came, left, or was about to, in order.
    pub fn presences(&self, actor: ActorId) -> impl DoubleEndedIterator<Item = (Micros, Presence)> {
        let track = self.index.actors.get(&actor).into_iter();
        track.flat_map(|track| track.presence.iter().copied())
    }

    /// The last PUBLISH before `end` that an actor sent of its own accord, and the first after.
    pub fn spoken(&self, actor: ActorId, end: Seq) -> (Option<Seq>, Option<Seq>) {
        let Some(track) = self.index.actors.get(&actor) else {
            return (None, None);
        };
        let count = track.spoken.partition_point(|seq| *seq < end);
        let before = count.checked_sub(1).and_then(|last| track.spoken.get(last));
        (before.copied(), track.spoken.get(count).copied())
    }

    /// Everything an actor said of its own accord before `end`, latest first.
    pub fn said(&self, actor: ActorId, end: Seq) -> impl Iterator<Item = Seq> {
        let track = self.index.actors.get(&actor).into_iter();
        let spoken = track.flat_map(|track| track.spoken.iter().rev().copied());
        spoken.skip_while(move |seq| *seq >= end)
    }

    /// Topics that somebody spoke on before `end`, each followed by what is below it.
    pub fn topics(&self, end: Seq) -> impl Iterator<Item = &Bytes> {
        let topics = self.index.topics.all.iter();
        topics.filter_map(move |(topic, told)| (told.first < end).then_some(&topic.0))
    }

    /// No packet that is held was longer on its way than this.
    pub fn longest(&self) -> Micros {
        self.index.longest
    }
}
