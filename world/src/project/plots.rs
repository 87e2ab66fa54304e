//! Numbers over the window of the score, also after the playhead.

use std::collections::BTreeMap;

use super::curve::{curve, thin};
use super::ears::Ears;
use super::hop::channels;
use super::topics::{id, last_payload, topics};
use super::{Sight, numbers, short};
use crate::log::{Topic, What};
use crate::view::{
    Channel, Curve, Direction, MessagesPlot, Micros, NumberPlot, PLOTS_MAX, PacketKind, Plots,
    PlotsWatch, ScoreWatch, TopicId,
};

/// Messages are counted in the shortest of these parts of time that gives no more than so many.
const PARTS_MS: [u64; 8] = [100, 250, 500, 1000, 5000, 30_000, 300_000, 3_600_000];
const PARTS_MAX: u64 = 150;
/// Listeners for whom something waits.
const WAITING_MAX: usize = 4;

/// Who has chosen none gets the first so many numbers.
const UNASKED_MAX: usize = 3;

/// The plots of a window.
pub(crate) fn plots(sight: &Sight, watch: &PlotsWatch, window: ScoreWatch) -> Plots {
    let log = sight.log;
    let (from, to) = (window.from, window.to.min(log.last_at()).max(window.from));
    let all = topics(sight);
    let wanted = match watch.numbers.is_empty() {
        true => first_numbers(sight, &all),
        false => watch.numbers.clone(),
    };
    let numbers = wanted.iter().take(PLOTS_MAX).filter_map(|(wanted, place)| {
        let found = all.iter().find(|(topic, _)| id(topic.name) == *wanted)?;
        Some(NumberPlot {
            id: *wanted,
            topic: short::topic(&String::from_utf8_lossy(found.0.name)),
            place: place.clone(),
            curve: curve(log, found.0, place, from, to),
        })
    });
    let span = window.to.0.saturating_sub(from.0);
    let parts = PARTS_MS.map(|part| part * 1000);
    let part = parts.into_iter().find(|part| span / part <= PARTS_MAX);
    let part = part.unwrap_or(parts[parts.len() - 1]);
    let ears = Ears::of(sight.cast);
    let mut messages: BTreeMap<u64, (u32, BTreeMap<Channel, u32>)> = BTreeMap::new();
    let entries = log.from(log.not_before(from));
    for (seq, entry) in entries.take_while(|(_, entry)| entry.at <= to) {
        let counted = |packet| {
            log.sent(packet)
                .filter(|sent| sent.kind == PacketKind::Publish)
        };
        let bin = || entry.at.0 / part * part;
        match &entry.what {
            What::Arrived(packet)
                if counted(*packet).is_some_and(|sent| sent.direction == Direction::ToBroker) =>
            {
                messages.entry(bin()).or_default().0 += 1;
            }
            What::Sent(sent) if sent.direction == Direction::ToActor => {
                if let Some(sent) = counted(seq) {
                    let channel = channels(log, &ears, seq, sent).first().copied();
                    let left = &mut messages.entry(bin()).or_default().1;
                    *left.entry(channel.unwrap_or_default()).or_default() += 1;
                }
            }
            _ => {}
        }
    }
    let waiting = sight.cast.members().filter_map(|(actor, ..)| {
        let points: Vec<_> = log.waits(actor, from, to).collect();
        let any = points.iter().any(|(_, count)| *count > 0.0);
        let points = thin(points);
        any.then_some((actor, Curve { from, to, points }))
    });
    Plots {
        numbers: numbers.collect(),
        part: Micros(part),
        messages: messages
            .into_iter()
            .map(|(at, (came, left))| MessagesPlot {
                at: Micros(at),
                came,
                left: left.into_iter().collect(),
            })
            .collect(),
        waiting: waiting.take(WAITING_MAX).collect(),
    }
}

/// The first number of the first topics that have one in their last word.
fn first_numbers(sight: &Sight, all: &[(Topic<'_>, bool)]) -> Vec<(TopicId, String)> {
    let numbers = all.iter().filter_map(|(topic, _)| {
        let mut first = None;
        numbers::numbers(last_payload(sight, *topic)?, &mut |place, _| {
            first = Some(place.to_owned());
            false
        });
        Some((id(topic.name), first?))
    });
    numbers.take(UNASKED_MAX).collect()
}
