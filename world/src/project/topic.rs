//! One topic at the playhead.

use super::curve::curve;
use super::ears::Ears;
use super::topics::{id, last_payload, topics};
use super::{Sight, numbers, packet, short};
use crate::board::VALUE_BYTES_MAX;
use crate::view::{
    BYTES_SHOWN_MAX, Direction, LastWord, Micros, NUMBERS_MAX, TopicDetail, TopicWatch,
};

/// A plot beside the tree reaches so far back.
const PLOT_S: u64 = 300;
/// No longer place or number is told.
const CHARS_MAX: usize = 100;

/// The topic that is looked at.
pub(crate) fn topic(sight: &Sight, watch: &TopicWatch) -> Option<TopicDetail> {
    let all = topics(sight);
    let found = all
        .into_iter()
        .find(|(topic, _)| id(topic.name) == watch.id);
    let (topic, kept) = found?;
    let (log, end) = (sight.log, sight.end());
    let last = topic.latest(end).next();
    let last = last.and_then(|arrival| Some((log.get(arrival)?.at, log.message(arrival)?)));
    let payload = last_payload(sight, topic).cloned().unwrap_or_default();
    let mut found = Vec::new();
    numbers::numbers(&payload, &mut |place, text| {
        found.push((place.to_owned(), short::cut(text, CHARS_MAX)));
        found.len() < NUMBERS_MAX
    });
    let place = found.iter().find(|(place, _)| *place == watch.number);
    let place = place.or(found.first()).map(|(place, _)| place.clone());
    let to = sight.clock.playhead;
    let from = Micros(to.0.saturating_sub(PLOT_S * 1_000_000));
    let shown = payload.len().min(BYTES_SHOWN_MAX);
    let whole = match last {
        Some((_, (_, sent))) => sent.bytes.len() == sent.bytes_total as usize,
        None => payload.len() < VALUE_BYTES_MAX,
    };
    Some(TopicDetail {
        id: watch.id,
        topic: short::topic(&String::from_utf8_lossy(topic.name)),
        messages: topic.messages,
        kept,
        last: last.map(|(at, (_, sent))| LastWord {
            no: sent.no,
            from: (sent.direction == Direction::ToBroker).then_some(sent.actor),
            at,
            qos: sent.facts.qos,
            retain: sent.facts.retain,
            bytes: sent.bytes_total,
        }),
        payload: payload[..shown].to_vec(),
        cut: shown < payload.len() || !whole,
        plot: place.map(|place| {
            let curve = curve(log, topic, &place, from, to);
            (place, curve)
        }),
        numbers: found,
        why: last.map_or_else(Vec::new, |(_, (seq, sent))| {
            packet::why(sight, &Ears::of(sight.cast), seq, sent)
        }),
    })
}
