//! What the ladder has besides the score: what packets say, and which belong to one handshake.

use super::Sight;
use crate::desk::{step, way};
use crate::log::{Seq, What};
use crate::scenario::{Deed, Qos};
use crate::view::{
    ActorId, Direction, EXCHANGE_PACKETS_MAX, EventNo, Exchange, Micros, PacketKind, SCORE_MAX,
    Score, Short,
};

/// Handshakes are followed from so many entries before their window to so many behind it.
const LOOK_AROUND: u32 = 5_000;

/// Adds it to a window of the score.
pub(crate) fn ladder(sight: &Sight, score: &mut Score) {
    let log = sight.log;
    for hop in &mut score.hops {
        let sent = log.find(hop.no).and_then(|seq| log.sent(seq));
        hop.label = sent.map_or_else(Short::default, |sent| Short::of(&sent.facts.payload));
    }
    let begin = Seq(log.not_before(score.from).0.saturating_sub(LOOK_AROUND));
    let end = Seq(log.after(score.to).0 + LOOK_AROUND);
    let mut told = Told::default();
    for (seq, entry) in log.from(begin).take_while(|(seq, _)| *seq < end) {
        told.take(sight, seq, entry.at, &entry.what);
    }
    let (from, to) = (score.from, score.to);
    let lasts = |part: &(Micros, Option<Micros>)| part.1.is_none_or(|end| end >= from);
    let mut exchanges = told.exchanges;
    exchanges.retain(|one| {
        let mut parts = [Some(one.message), one.number, one.receiver].into_iter();
        one.message.0 <= to && parts.any(|part| part.as_ref().is_some_and(lasts))
    });
    let more = exchanges.len().saturating_sub(SCORE_MAX);
    exchanges.drain(..more);
    score.exchanges = exchanges;
}

#[derive(Default)]
struct Told {
    exchanges: Vec<Exchange>,
    /// Those that go on: whose, which way, and the packet id.
    open: Vec<((ActorId, bool, u16), usize)>,
}

impl Told {
    fn take(&mut self, sight: &Sight, seq: Seq, at: Micros, what: &What) {
        let arrived = matches!(what, What::Arrived(_));
        let seq = match what {
            What::Sent(_) => seq,
            What::Arrived(packet) | What::Died(packet) => *packet,
            // Who loses its memory holds nothing any more.
            What::Session { actor, held: false } => return self.forget(*actor, true, at),
            What::Deed {
                actor,
                deed: Deed::Crash | Deed::Restart,
                ..
            } => return self.forget(*actor, false, at),
            _ => return,
        };
        let Some(sent) = sight.log.sent(seq) else {
            return;
        };
        let facts = &sent.facts;
        let failed = facts.reason.is_some_and(|reason| reason >= 0x80);
        if matches!(what, What::Died(_)) {
            return self.lost(sent.no);
        }
        if sent.kind == PacketKind::ConnAck && !failed && !facts.session_present {
            return self.forget(sent.actor, !arrived, at);
        }
        let Some((step, packet_id)) = step(sent.kind).zip(facts.packet_id) else {
            return;
        };
        let key = (sent.actor, way(sent), packet_id);
        let mut open = self.open.iter().rev();
        let there = open
            .find(|(other, _)| *other == key)
            .map(|(_, index)| *index);
        if !arrived {
            let index = match there {
                Some(index) if step > 1 || facts.dup => index,
                _ if step > 1 => return,
                _ => {
                    self.exchanges.push(Exchange {
                        actor: sent.actor,
                        to_broker: sent.direction == Direction::ToBroker,
                        packet_id,
                        qos: facts.qos,
                        packets: Vec::new(),
                        delivered: 0,
                        message: (at, None),
                        number: None,
                        receiver: None,
                    });
                    let index = self.exchanges.len() - 1;
                    self.open.retain(|(other, _)| *other != key);
                    self.open.push((key, index));
                    index
                }
            };
            let packets = &mut self.exchanges[index].packets;
            if packets.len() == EXCHANGE_PACKETS_MAX {
                packets.remove(0);
            }
            packets.push((sent.no, sent.kind, false));
            return;
        }
        let Some(one) = there.and_then(|index| self.exchanges.get_mut(index)) else {
            return;
        };
        match sent.kind {
            PacketKind::Publish if one.qos == Qos::ExactlyOnce => {
                one.delivered = 1;
                one.receiver.get_or_insert((at, None));
            }
            PacketKind::Publish => one.delivered += 1,
            PacketKind::PubRec if !failed && one.number.is_none() => {
                one.message.1 = Some(at);
                one.number = Some((at, None));
            }
            PacketKind::PubRec if !failed => {}
            PacketKind::PubRel => close(&mut one.receiver, at),
            PacketKind::PubAck | PacketKind::PubRec | PacketKind::PubComp => {
                one.end_sender(at);
                close(&mut one.receiver, at);
                self.open.retain(|(other, _)| *other != key);
            }
            _ => {}
        }
    }

    fn lost(&mut self, no: EventNo) {
        let packets = self
            .exchanges
            .iter_mut()
            .rev()
            .flat_map(|one| &mut one.packets);
        if let Some(packet) = packets.into_iter().find(|packet| packet.0 == no) {
            packet.2 = true;
        }
    }

    /// One end of an actor's connection forgets every handshake.
    fn forget(&mut self, actor: ActorId, broker: bool, at: Micros) {
        for ((whose, to_broker, _), index) in &self.open {
            let one = &mut self.exchanges[*index];
            if *whose != actor {
                continue;
            }
            if broker == *to_broker {
                close(&mut one.receiver, at);
            } else {
                one.end_sender(at);
            }
        }
        let gone = |one: &Exchange| {
            let sender = one.number.map_or(one.message.1, |number| number.1);
            sender.is_some() && one.receiver.is_none_or(|receiver| receiver.1.is_some())
        };
        let all = &self.exchanges;
        self.open.retain(|(_, index)| !gone(&all[*index]));
    }
}

impl Exchange {
    fn end_sender(&mut self, at: Micros) {
        self.message.1.get_or_insert(at);
        close(&mut self.number, at);
    }
}

fn close(part: &mut Option<(Micros, Option<Micros>)>, at: Micros) {
    if let Some((_, end)) = part {
        end.get_or_insert(at);
    }
}
