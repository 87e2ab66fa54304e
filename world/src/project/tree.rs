//! What hangs below what: the rows of one tree in the order in which they are read.

use std::collections::BTreeMap;

use super::Sight;
use super::ears::Ears;
use super::row::row;
use crate::log::{Entry, Seq, What};
use crate::small;
use crate::view::{LogRow, Micros};

/// A row's place in its tree.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Twig {
    pub(super) seq: Seq,
    depth: u8,
    last_child: bool,
    root_at: Micros,
}

impl Twig {
    /// A row that hangs below nothing.
    pub(super) fn alone(seq: Seq, entry: &Entry) -> Self {
        Self {
            seq,
            depth: 0,
            last_child: false,
            root_at: entry.at,
        }
    }

    /// The row.
    pub(super) fn row(self, sight: &Sight, ears: &Ears) -> Option<LogRow> {
        Some(LogRow {
            depth: self.depth,
            last_child: self.last_child,
            root_at: self.root_at,
            ..row(sight, ears, self.seq)?
        })
    }
}

/// The rows of a tree that are `shown`. What hangs below a row that is not shown hangs below the
/// next one above it that is.
pub(super) fn tree(
    sight: &Sight,
    root: Seq,
    mut shown: impl FnMut(Seq, &Entry) -> bool,
) -> Vec<Twig> {
    let (log, end) = (sight.log, sight.end());
    let below = log.below(root).iter().copied();
    let places = std::iter::once(root).chain(below.take_while(|place| *place < end));
    // The shown row that each place of the tree hangs below or is; causes come before effects.
    let mut holders = BTreeMap::<Seq, Option<Seq>>::new();
    let mut children = BTreeMap::<Option<Seq>, Vec<Seq>>::new();
    for place in places {
        let Some(entry) = log.get(place) else {
            continue;
        };
        let above = entry.parent().and_then(|parent| *holders.get(&parent)?);
        if shown(place, entry) {
            children.entry(above).or_default().push(place);
            holders.insert(place, Some(place));
        } else {
            holders.insert(place, above);
        }
    }
    let key = |place: &Seq| {
        let entry = log.get(*place);
        // Of what happens at one moment, packets come before what was decided without one.
        let without = entry.is_some_and(|entry| !matches!(entry.what, What::Sent(_)));
        (entry.map(|entry| entry.at), without, *place)
    };
    for siblings in children.values_mut() {
        small::sort(siblings, |one, other| key(one) < key(other));
    }
    let mut twigs = Vec::new();
    let tops = children.get(&None).map_or(&[][..], |tops| tops);
    let mut open: Vec<_> = tops
        .iter()
        .rev()
        .filter_map(|top| Some(Twig::alone(*top, log.get(*top)?)))
        .collect();
    while let Some(twig) = open.pop() {
        twigs.push(twig);
        let below = children.get(&Some(twig.seq)).map_or(&[][..], |below| below);
        for (n, seq) in below.iter().rev().enumerate() {
            open.push(Twig {
                seq: *seq,
                depth: twig.depth.saturating_add(1),
                last_child: n == 0,
                root_at: twig.root_at,
            });
        }
    }
    twigs
}
