//! A window of the log as a table.

use super::Sight;
use super::ears::Ears;
use super::pass::Pass;
use super::row::{is_failure, kind};
use super::tree::{Twig, tree};
use crate::log::{ENTRIES_MAX, Entry, Seq};
use crate::view::{LogOrder, LogPage, LogWatch, ROWS_MAX};

/// The rows that pass, up to the playhead.
pub(crate) fn log_page(sight: &Sight, watch: &LogWatch) -> LogPage {
    let (mut pass, bad_topic) = Pass::new(sight, &watch.filter);
    let found = find(sight, &mut pass, watch.order);
    let most = u32::from(watch.rows.min(ROWS_MAX));
    let first = match watch.follow {
        true => found.total.saturating_sub(most),
        false => watch.first.min(found.total),
    };
    let ears = Ears::of(sight.cast);
    let twigs = found.window(sight, &mut pass, first as usize, most as usize);
    let rows = twigs.into_iter().filter_map(|twig| twig.row(sight, &ears));
    let (held, let_go) = sight.log.held();
    LogPage {
        first,
        total: found.total,
        failures: found.failures,
        rows: rows.collect(),
        held,
        held_max: ENTRIES_MAX as u32,
        // Told by who has the checkpoints.
        memory_mb: 0,
        memory_mb_max: 0,
        let_go,
        bad_topic,
    }
}

/// What one look at the whole log gives.
struct Found {
    total: u32,
    failures: u32,
    /// Rows that pass, by time; by cause the roots of trees and how many of their rows pass.
    places: Places,
}

enum Places {
    Rows(Vec<Seq>),
    Trees(Vec<(Seq, u32)>),
}

fn find(sight: &Sight, pass: &mut Pass, order: LogOrder) -> Found {
    let log = sight.log;
    let (mut total, mut failures) = (0, 0);
    let mut rows = Vec::new();
    let mut counts = vec![0_u32; log.held().0 as usize];
    let entries = log.from(Seq(0)).take_while(|(seq, _)| *seq < sight.end());
    for (seq, entry) in entries.filter(|(_, entry)| kind(entry).is_some()) {
        let failure = is_failure(sight, seq, entry);
        failures += u32::from(failure);
        if !pass.takes(entry, failure) {
            continue;
        }
        total += 1;
        match order {
            LogOrder::ByTime => rows.push(seq),
            LogOrder::ByCause => {
                let root = root(sight, seq, entry);
                counts[(root.0 - log.begin()) as usize] += 1;
            }
        }
    }
    let places = match order {
        LogOrder::ByTime => Places::Rows(rows),
        LogOrder::ByCause => {
            let trees = (log.begin()..).map(Seq).zip(counts);
            Places::Trees(trees.filter(|(_, count)| *count > 0).collect())
        }
    };
    Found {
        total,
        failures,
        places,
    }
}

/// Where a row's tree begins. What hung below a root that was let go stands alone.
fn root(sight: &Sight, seq: Seq, entry: &Entry) -> Seq {
    match sight.log.get(entry.root) {
        Some(_) => entry.root,
        None => seq,
    }
}

impl Found {
    fn window(&self, sight: &Sight, pass: &mut Pass, first: usize, most: usize) -> Vec<Twig> {
        match &self.places {
            Places::Rows(rows) => {
                let rows = rows.iter().skip(first).take(most);
                let twigs = rows.filter_map(|seq| Some(Twig::alone(*seq, sight.log.get(*seq)?)));
                twigs.collect()
            }
            Places::Trees(trees) => {
                let mut twigs = Vec::new();
                let mut before = 0;
                for (root, count) in trees {
                    let (here, count) = (before, *count as usize);
                    before += count;
                    if before <= first {
                        continue;
                    }
                    let rows = tree(sight, *root, |seq, entry| {
                        kind(entry).is_some() && pass.takes_place(seq, entry)
                    });
                    debug_assert_eq!(rows.len(), count);
                    let skipped = first.saturating_sub(here);
                    twigs.extend(rows.into_iter().skip(skipped).take(most - twigs.len()));
                    if twigs.len() == most {
                        break;
                    }
                }
                twigs
            }
        }
    }
}
