//! Where the levels of topic and filters stand in the little rungs, so that they align.

/// Width of a letter of the face of bytes, at 14 px.
const LETTER: f64 = 8.4;
/// Between the words of two levels, with the slash in it.
pub(crate) const GAP: f64 = 18.0;
/// No more levels are drawn; the last stands for the rest.
pub(crate) const LEVELS_MAX: usize = 8;
/// No level is made narrower than this many letters.
const LETTERS_MIN: usize = 3;

/// One level: where it begins, and how wide its word may be.
#[derive(Clone, Copy, Debug, PartialEq)]
pub(crate) struct Column {
    pub(crate) x: f64,
    pub(crate) width: f64,
    /// So many letters fit.
    pub(crate) letters: usize,
}

/// The columns of `rows`, each a topic's or a filter's levels, and whether they fit in `room`
/// without making words shorter.
pub(crate) fn columns(rows: &[&[String]], room: f64) -> (Vec<Column>, bool) {
    let count = rows.iter().map(|row| row.len()).max().unwrap_or(0);
    let count = count.min(LEVELS_MAX);
    let mut letters: Vec<usize> = (0..count)
        .map(|level| {
            let words = rows.iter().filter_map(|row| row.get(level));
            let longest = words.map(|word| word.chars().count()).max().unwrap_or(0);
            longest.clamp(LETTERS_MIN, 64)
        })
        .collect();
    let gaps = GAP * count.saturating_sub(1) as f64;
    let width = |letters: &[usize]| letters.iter().sum::<usize>() as f64 * LETTER + gaps;
    let fits = width(&letters) <= room;
    while width(&letters) > room {
        let Some(longest) = letters.iter_mut().max().filter(|n| **n > LETTERS_MIN) else {
            break;
        };
        *longest -= 1;
    }
    let mut x = 0.0;
    let columns = letters
        .into_iter()
        .map(|letters| {
            let width = letters as f64 * LETTER;
            let column = Column { x, width, letters };
            x += width + GAP;
            column
        })
        .collect();
    (columns, fits)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn row(text: &str) -> Vec<String> {
        text.split('/').map(str::to_owned).collect()
    }

    #[test]
    fn levels_stand_under_each_other() {
        let rows = [row("home/kitchen/temp"), row("home/+/temp"), row("home/#")];
        let rows: Vec<&[String]> = rows.iter().map(Vec::as_slice).collect();
        let (columns, fits) = columns(&rows, 186.0);
        assert!(fits);
        let letters: Vec<_> = columns.iter().map(|column| column.letters).collect();
        assert_eq!(letters, [4, 7, 4]);
        assert_eq!(columns[1].x, 4.0 * 8.4 + GAP);
    }

    #[test]
    fn long_words_give_way_first() {
        let rows = [row("a/averyveryverylonglevelindeed/abc")];
        let rows: Vec<&[String]> = rows.iter().map(Vec::as_slice).collect();
        let (columns, fits) = columns(&rows, 186.0);
        assert!(!fits);
        let end = columns.last().map_or(0.0, |column| column.x + column.width);
        assert!(end <= 186.0, "{columns:?}");
        assert_eq!(columns[2].letters, 3);
    }
}
