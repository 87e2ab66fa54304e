//! The tree of topics at the playhead, of which only the rows in sight are made.

use std::collections::BTreeSet;
use std::ops::Range;

use bytes::Bytes;

use super::Sight;
use super::ears::Ears;
use super::message::Message;
use super::pass::Needle;
use super::short::cut;
use crate::log::{Seq, Topic, by_level};
use crate::view::{
    Branch, GETS_MAX, Micros, Outcome, STROKES, Short, TREE_ROWS_MAX, TopicId, TreePage, TreeRow,
    TreeTopic, TreeWatch,
};

/// What lies deeper is one level to the tree.
const LEVELS_MAX: usize = 32;
/// A label has no more characters.
const LABEL_CHARS_MAX: usize = 100;
/// A last word is searched no further.
const SEARCHED_BYTES_MAX: usize = 256;
/// Strokes of a shut branch are those of so many topics in it.
const BRANCH_STROKES_MAX: usize = 300;
/// Who speaks is looked for in so many of the last messages.
const SPEAKERS_OF: usize = 50;
/// Times over which strokes are drawn, in seconds: the longest that the run fills, or the first.
const TIMES_S: [u64; 4] = [10, 30, 60, 300];

/// The window of the tree.
pub(crate) fn tree_page(sight: &Sight, watch: &TreeWatch) -> TreePage {
    let all = topics(sight);
    let count = all.len() as u32;
    let found = search(sight, all, &watch.search);
    let mut before = vec![(0, 0)];
    for (topic, kept) in &found {
        let (messages, keeps) = before[before.len() - 1];
        before.push((messages + topic.messages, keeps + u32::from(*kept)));
    }
    let rows = u32::from(watch.rows.min(TREE_ROWS_MAX));
    let (strokes_of, places) = strokes(sight);
    let mut walk = Walk {
        sight,
        ears: Ears::of(sight.cast),
        found: &found,
        before: &before,
        shut: watch.shut && watch.search.is_empty(),
        but: watch
            .but
            .iter()
            .filter(|_| watch.search.is_empty())
            .collect(),
        window: watch.first..watch.first.saturating_add(rows),
        places,
        total: 0,
        rows: Vec::new(),
    };
    walk.below(0..found.len(), 0, 0, 0);
    TreePage {
        first: watch.first.min(walk.total),
        total: walk.total,
        found: found.len() as u32,
        topics: count,
        strokes_of,
        rows: walk.rows,
    }
}

/// The place of a topic in the tree, or of a branch.
pub(super) fn id(levels: &[u8]) -> TopicId {
    let step = |hash: u64, byte: &u8| (hash ^ u64::from(*byte)).wrapping_mul(0x0100_0000_01b3);
    TopicId(levels.iter().fold(0xcbf2_9ce4_8422_2325, step))
}

/// Topics with a message or a kept word, in order, and whether a word is kept.
pub(super) fn topics<'a>(sight: &Sight<'a>) -> Vec<(Topic<'a>, bool)> {
    let shelf = &sight.board.shelf;
    let told = sight.log.told(sight.end());
    let mut all: Vec<_> = told
        .map(|topic| (topic, shelf.get(topic.name).is_some()))
        .collect();
    // A word may be kept for longer than the log reaches back.
    let known = |name: &Bytes| all.binary_search_by(|(topic, _)| by_level(topic.name, name));
    let lost: Vec<_> = shelf.topics().filter(|name| known(name).is_err()).collect();
    if !lost.is_empty() {
        all.extend(lost.into_iter().map(|name| (Topic::unknown(name), true)));
        all.sort_by(|(one, _), (other, _)| by_level(one.name, other.name));
    }
    all
}

/// The last payload on a topic, as far as it is still there.
pub(super) fn last_payload<'a>(sight: &Sight<'a>, topic: Topic<'a>) -> Option<&'a Bytes> {
    let arrival = topic.latest(sight.end()).next();
    let last = arrival.and_then(|arrival| sight.log.message(arrival));
    let kept = || Some(&sight.board.shelf.get(topic.name)?.value);
    last.map(|(_, sent)| &sent.facts.payload).or_else(kept)
}

fn search<'a>(
    sight: &Sight<'a>,
    mut all: Vec<(Topic<'a>, bool)>,
    text: &str,
) -> Vec<(Topic<'a>, bool)> {
    if !text.is_empty() {
        let needle = Needle::new(text);
        all.retain(|(topic, _)| {
            needle.is_in(topic.name)
                || last_payload(sight, *topic).is_some_and(|payload| {
                    needle.is_in(&payload[..payload.len().min(SEARCHED_BYTES_MAX)])
                })
        });
    }
    all
}

/// The time over which strokes are drawn, and where in the log each part of it begins and ends.
fn strokes(sight: &Sight) -> (Micros, Vec<Seq>) {
    let end = sight.clock.playhead.0;
    let times = TIMES_S.map(|time| time * 1_000_000);
    let filled = times.iter().rfind(|time| **time <= end);
    let time = *filled.unwrap_or(&times[0]);
    let start = end.saturating_sub(time);
    let parts = u64::from(STROKES);
    let mut places: Vec<_> = (0..parts)
        .map(|part| sight.log.not_before(Micros(start + time * part / parts)))
        .map(|place| place.min(sight.end()))
        .collect();
    places.push(sight.end());
    (Micros(time), places)
}

struct Walk<'s, 'a> {
    sight: &'s Sight<'a>,
    ears: Ears,
    found: &'s [(Topic<'a>, bool)],
    /// Messages and kept words of all topics before each.
    before: &'s [(u32, u32)],
    shut: bool,
    but: BTreeSet<&'s TopicId>,
    window: Range<u32>,
    places: Vec<Seq>,
    total: u32,
    rows: Vec<TreeRow>,
}

impl Walk<'_, '_> {
    /// The rows of topics that are the same up to the byte `at`, where a level begins, the `level`-th.
    fn below(&mut self, topics: Range<usize>, at: usize, level: usize, depth: u8) {
        let mut next = topics.start;
        while next < topics.end {
            let first = next;
            let name = &self.found[first].0.name[..];
            let deepest = level + 1 >= LEVELS_MAX;
            let (mut end, mut level) = (level_end(name, at, level), level + 1);
            next = match deepest {
                true => first + 1,
                false => self.same(first..topics.end, end),
            };
            // A way without a fork is one row.
            while name.len() > end {
                let further = level_end(name, end + 1, level);
                if self.same(first..next, further) < next {
                    break;
                }
                (end, level) = (further, level + 1);
            }
            let own = name.len() == end;
            let below = first + usize::from(own)..next;
            let id = id(&name[..end]);
            let open = self.shut == self.but.contains(&id);
            let branch = (!below.is_empty()).then(|| Branch {
                open,
                topics: (next - first) as u32,
                kept: self.before[next].1 - self.before[first].1,
            });
            if self.window.contains(&self.total) {
                let label = String::from_utf8_lossy(&name[at.min(end)..end]);
                let messages = self.before[next].0 - self.before[first].0;
                let drawn = match branch {
                    Some(Branch { open: false, .. }) => first..next.min(first + BRANCH_STROKES_MAX),
                    _ => first..first + usize::from(own),
                };
                let row = TreeRow {
                    id,
                    depth,
                    label: cut(&label, LABEL_CHARS_MAX),
                    branch,
                    messages,
                    strokes: self.strokes(drawn),
                    topic: own.then(|| self.topic(first)),
                };
                self.rows.push(row);
            }
            self.total += 1;
            if open && !below.is_empty() {
                self.below(below, end + 1, level, depth.saturating_add(1));
            }
        }
    }

    /// Where the topics end that are the same as the first up to the byte `end`, where a level ends.
    fn same(&self, topics: Range<usize>, end: usize) -> usize {
        let levels = &self.found[topics.start].0.name[..end];
        let after = self.found[topics.clone()].partition_point(|(topic, _)| {
            let rest = topic.name.strip_prefix(levels);
            rest.is_some_and(|rest| rest.first().is_none_or(|byte| *byte == b'/'))
        });
        topics.start + after
    }

    fn strokes(&self, topics: Range<usize>) -> Vec<u8> {
        let topics = &self.found[topics];
        let any = |part: &u8| {
            let places = &self.places[usize::from(*part)..];
            topics
                .iter()
                .any(|(topic, _)| topic.any(places[0], places[1]))
        };
        (0..STROKES).filter(any).collect()
    }

    fn topic(&self, place: usize) -> TreeTopic {
        let sight = self.sight;
        let (topic, kept) = self.found[place];
        let end = sight.end();
        let value = last_payload(sight, topic).map(|payload| Short::of(payload));
        let last = topic.latest(end).next();
        let last = last.and_then(|arrival| sight.log.message(arrival));
        let message = last.and_then(|(packet, _)| Message::new(sight, packet));
        let message = message.filter(|_| sight.is_glass());
        let mut gets = Vec::new();
        if let Some(message) = message {
            let ears = self.ears.everybody().flat_map(|(_, ears)| ears);
            let verdicts = ears.map(|ear| Some(message.verdict(sight, ear)?.outcome));
            gets.extend(verdicts);
        }
        let hears =
            |get: &&Option<Outcome>| matches!(get, Some(Outcome::Copy { .. } | Outcome::Waits));
        let heard = gets.iter().filter(hears).count() as u16;
        gets.truncate(GETS_MAX);
        TreeTopic {
            value: value.unwrap_or_default(),
            kept,
            speakers: sight.log.speakers(topic, end, SPEAKERS_OF),
            gets,
            heard,
        }
    }
}

/// Where the `level`-th level ends that begins at the byte `at`.
fn level_end(name: &[u8], at: usize, level: usize) -> usize {
    let slash = name[at..].iter().position(|byte| *byte == b'/');
    slash
        .filter(|_| level + 1 < LEVELS_MAX)
        .map_or(name.len(), |slash| at + slash)
}
