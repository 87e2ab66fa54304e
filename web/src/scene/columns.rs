//! Columns of levels: as wide as the longest word in them, shared by register, rungs and shelf.

use super::model::Stage;
use super::shape::Size;
use tidings_world::small;

#[derive(Clone, Debug, PartialEq)]
pub(crate) struct Columns {
    /// Where each level's word and contact begin.
    pub(crate) x: Vec<f64>,
    /// How long each contact is.
    pub(crate) contact: Vec<f64>,
    /// How far it is to the next column.
    pub(crate) advance: Vec<f64>,
    /// The room all of them take.
    pub(crate) total: f64,
    /// Half the gap in which the slash stands.
    pub(crate) slash: f64,
    pub(crate) register: Size,
    pub(crate) row: Size,
}

/// Type and room from generous to tight; the first that fits is taken.
struct Tier {
    register: Size,
    row: Size,
    contact: f64,
    gap: f64,
}

const WIDE: Tier = Tier {
    register: Size::S28,
    row: Size::S20,
    contact: 96.0,
    gap: 32.0,
};

const TIERS: [Tier; 6] = [
    Tier {
        register: Size::S28,
        row: Size::S20,
        contact: 88.0,
        gap: 32.0,
    },
    Tier {
        register: Size::S20,
        row: Size::S20,
        contact: 64.0,
        gap: 28.0,
    },
    Tier {
        register: Size::S20,
        row: Size::S16,
        contact: 48.0,
        gap: 20.0,
    },
    Tier {
        register: Size::S16,
        row: Size::S16,
        contact: 36.0,
        gap: 18.0,
    },
    Tier {
        register: Size::S14,
        row: Size::S14,
        contact: 28.0,
        gap: 14.0,
    },
    Tier {
        register: Size::S12,
        row: Size::S12,
        contact: 10.0,
        gap: 10.0,
    },
];

/// The columns of `stage` within `room`.
pub(crate) fn fit(stage: &Stage, room: f64, wide: bool, row_h: f64) -> Columns {
    let words = longest_words(stage);
    let small = row_h < 64.0;
    let tiers = wide
        .then_some(&WIDE)
        .into_iter()
        .chain(TIERS.iter())
        .map(|tier| columns(&words, tier, small));
    let mut last = None;
    for candidate in tiers {
        if candidate.total <= room {
            return candidate;
        }
        last = Some(candidate);
    }
    squeeze(last.expect("invariant: there is at least one tier"), room)
}

impl Columns {
    /// Places the first column at `x`.
    pub(crate) fn starting_at(mut self, x: f64) -> Self {
        let mut at = x;
        self.x = self
            .advance
            .iter()
            .map(|advance| {
                let here = at;
                at += advance;
                here
            })
            .collect();
        self
    }

    pub(crate) fn len(&self) -> usize {
        self.contact.len()
    }

    /// The end of the last contact: where a `#` bridge ends.
    pub(crate) fn end(&self) -> f64 {
        match (self.x.last(), self.contact.last()) {
            (Some(x), Some(w)) => x + w,
            _ => 0.0,
        }
    }

    /// `word`, cut to what its column has room for.
    pub(crate) fn cut(&self, index: usize, word: &str, size: Size) -> String {
        let room = self.advance.get(index).copied().unwrap_or(60.0) - self.slash;
        super::text::cut(word, size.fits(room))
    }
}

fn columns(words: &[usize], tier: &Tier, small: bool) -> Columns {
    let row = if small {
        tier.row.min(Size::S16)
    } else {
        tier.row
    };
    let mut contact = Vec::with_capacity(words.len());
    let mut advance = Vec::with_capacity(words.len());
    for &chars in words {
        let own = tier.contact.max(row.mono(chars) + 4.0);
        contact.push(own.round());
        let room = own.max(tier.register.mono(chars)) + tier.gap;
        advance.push((room / 4.0).ceil() * 4.0);
    }
    Columns {
        x: Vec::new(),
        total: advance.iter().sum(),
        contact,
        advance,
        slash: tier.gap / 2.0 + 1.0,
        register: tier.register,
        row,
    }
}

/// Long words give way to short ones: no column is wider than a limit that makes all of them fit.
fn squeeze(mut columns: Columns, room: f64) -> Columns {
    let mut widths = columns.advance.clone();
    small::sort(&mut widths, |one, other| one < other);
    let (mut left, mut count) = (room, widths.len());
    let mut limit = f64::INFINITY;
    for width in widths {
        let share = left / count as f64;
        if width > share {
            limit = share.floor();
            break;
        }
        left -= width;
        count -= 1;
    }
    for (advance, contact) in columns.advance.iter_mut().zip(&mut columns.contact) {
        *advance = advance.min(limit);
        *contact = contact.min((*advance - columns.slash).max(1.0));
    }
    columns.total = columns.advance.iter().sum();
    columns
}

/// Letters of the longest word of each level, over every topic and filter of the stage.
fn longest_words(stage: &Stage) -> Vec<usize> {
    let mut longest: Vec<usize> = vec![1; 3];
    let mut take = |level: usize, word: &str| {
        if longest.len() <= level {
            longest.resize(level + 1, 1);
        }
        longest[level] = longest[level].max(word.chars().count().min(LONGEST));
    };
    for speaker in &stage.speakers {
        for (level, word) in speaker.topic.split('/').enumerate() {
            take(level, word);
        }
    }
    for rung in &stage.rungs {
        for (level, word) in rung.filter.iter().enumerate() {
            take(level, word);
        }
    }
    let kept = stage.kept.last();
    for topic in kept
        .map(|k| &k.topic)
        .into_iter()
        .chain(stage.message.as_ref().map(|m| &m.topic))
    {
        for (level, word) in topic.iter().enumerate() {
            take(level, word);
        }
    }
    longest
}

/// A word longer than this is cut; its whole text is in the panels.
const LONGEST: usize = 24;

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn long_words_give_way_to_short_ones() {
        let columns = Columns {
            x: Vec::new(),
            contact: vec![40.0, 200.0, 60.0],
            advance: vec![50.0, 220.0, 70.0],
            total: 340.0,
            slash: 8.0,
            register: Size::S14,
            row: Size::S14,
        };
        let columns = squeeze(columns, 240.0);
        assert_eq!(columns.advance, [50.0, 120.0, 70.0]);
        assert_eq!(columns.contact, [40.0, 112.0, 60.0]);
    }
}
