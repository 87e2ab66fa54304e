//! Sorting in little code: the standard library's sort is faster for many things, and costs a page
//! some kilobytes for each type.

/// Sorts some hundreds of things; of equals any may come first, the same on every target.
pub fn sort<T>(items: &mut [T], mut before: impl FnMut(&T, &T) -> bool) {
    let mut gap = items.len() / 2;
    while gap > 0 {
        for place in gap..items.len() {
            let mut place = place;
            while place >= gap && before(&items[place], &items[place - gap]) {
                items.swap(place, place - gap);
                place -= gap;
            }
        }
        gap /= 2;
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    proptest! {
        #[test]
        fn it_sorts(mut items in proptest::collection::vec(any::<u8>(), 0..300)) {
            let mut expected = items.clone();
            expected.sort_unstable();
            super::sort(&mut items, |one, other| one < other);
            prop_assert_eq!(items, expected);
        }
    }
}
