use alloc::string::{String, ToString};
use alloc::vec::Vec;

use bytes::Bytes;
use proptest::prelude::*;

use super::LevelVerdict::*;
use super::*;

fn topic(name: &str) -> Topic {
    Topic::parse(Utf8::copy_from(name).unwrap()).unwrap()
}

fn filter(text: &str) -> Result<Filter, FilterError> {
    Filter::parse(Utf8::copy_from(text).unwrap())
}

#[test]
fn strings_are_utf8_without_null() {
    let cases: &[(&[u8], Result<&str, Utf8Error>)] = &[
        (b"", Ok("")),
        (b"room/1", Ok("room/1")),
        (b"A\xF0\xAA\x9B\x94", Ok("A\u{2A6D4}")), // [MQTT-1.5.4-1]
        (b"\xEF\xBB\xBFx", Ok("\u{FEFF}x")),      // [MQTT-1.5.4-3]
        (b"\x01\x7F", Ok("\u{1}\u{7f}")),
        (b"a\0b", Err(Utf8Error::Null)), // [MQTT-1.5.4-2]
        (b"\xC0\x80", Err(Utf8Error::NotUtf8)),
        (b"\xED\xA0\x80", Err(Utf8Error::NotUtf8)), // U+D800
        (b"\xED\xBF\xBF", Err(Utf8Error::NotUtf8)), // U+DFFF
        (b"caf\xE9", Err(Utf8Error::NotUtf8)),
    ];
    for (bytes, wanted) in cases {
        let got = Utf8::from_bytes(Bytes::copy_from_slice(bytes));
        assert_eq!(
            got.as_ref().map(Utf8::as_str).map_err(|e| *e),
            *wanted,
            "{bytes:?}"
        );
        assert_eq!(Utf8::check(bytes), *wanted, "{bytes:?}");
    }
    let long = "x".repeat(65_536);
    assert_eq!(Utf8::copy_from(&long), Err(Utf8Error::TooLong));
    assert!(Utf8::copy_from(&long[1..]).is_ok());
}

#[test]
fn topic_names() {
    let cases = [
        ("a", Ok(())),
        ("/", Ok(())),
        ("/finance", Ok(())),
        ("Accounts payable", Ok(())),
        ("$SYS/broker", Ok(())),
        ("", Err(TopicError::Empty)),
        ("a/+/b", Err(TopicError::Wildcard)),
        ("sport#", Err(TopicError::Wildcard)),
    ];
    for (name, wanted) in cases {
        let got = Topic::parse(Utf8::copy_from(name).unwrap());
        assert_eq!(got.map(|_| ()), wanted, "{name:?}");
    }
    assert_eq!(
        topic("/a//b").levels().collect::<Vec<_>>(),
        ["", "a", "", "b"]
    );
    assert!(topic("$SYS").is_dollar());
    assert!(!topic("a/$SYS").is_dollar());
}

#[test]
fn filters_and_share_names() {
    use FilterError::*;
    // Text; share name, filter proper, has a wildcard.
    type Parts<'a> = (Option<&'a str>, &'a str, bool);
    let cases: &[(&str, Result<Parts<'_>, FilterError>)] = &[
        ("#", Ok((None, "#", true))),
        ("+", Ok((None, "+", true))),
        ("/", Ok((None, "/", false))),
        ("sport/tennis/#", Ok((None, "sport/tennis/#", true))),
        ("+/tennis/#", Ok((None, "+/tennis/#", true))),
        ("$share/g/a/+", Ok((Some("g"), "a/+", true))),
        ("$share/g//a", Ok((Some("g"), "/a", false))),
        ("$share/g/$share/g/a", Ok((Some("g"), "$share/g/a", false))),
        ("$shared/g/a", Ok((None, "$shared/g/a", false))),
        ("$share", Ok((None, "$share", false))),
        ("", Err(Empty)),
        ("sport/tennis#", Err(HashNotAlone)),
        ("sport/#/ranking", Err(HashNotLast)),
        ("#/", Err(HashNotLast)),
        ("##", Err(HashNotAlone)),
        ("+#", Err(HashNotAlone)),
        ("sport+", Err(PlusNotAlone)),
        ("++", Err(PlusNotAlone)),
        ("$share/", Err(ShareNameEmpty)),
        ("$share//a", Err(ShareNameEmpty)),
        ("$share/g", Err(ShareFilterMissing)),
        ("$share/g/", Err(ShareFilterMissing)),
        ("$share/g+/a", Err(ShareNameWildcard)),
        ("$share/#/a", Err(ShareNameWildcard)),
        ("$share/g/a#", Err(HashNotAlone)),
    ];
    for (text, wanted) in cases {
        let got = filter(text);
        let got = got
            .as_ref()
            .map(|f| (f.share(), f.filter(), f.has_wildcard()));
        assert_eq!(got.map_err(|e| *e), *wanted, "{text:?}");
    }
}

#[test]
fn explanations_of_the_standards_examples() {
    let cases: &[(&str, &str, bool, &[LevelVerdict])] = &[
        ("a/b", "a/b", true, &[Equal, Equal]),
        ("a/b", "a/B", false, &[Equal, Differs]),
        (
            "sport/tennis/player1/#",
            "sport/tennis/player1",
            true,
            &[Equal, Equal, Equal, Hash { levels: 0 }],
        ),
        (
            "sport/#",
            "sport/tennis/player1",
            true,
            &[Equal, Hash { levels: 2 }],
        ),
        ("sport/#", "sports", false, &[Differs, NotReached]),
        ("#", "a/b/c", true, &[Hash { levels: 3 }]),
        (
            "sport/tennis/+",
            "sport/tennis/player1/ranking",
            false,
            &[Equal, Equal, Plus, TopicLonger],
        ),
        ("sport/+", "sport", false, &[Equal, FilterLonger]),
        ("sport/+", "sport/", true, &[Equal, Plus]),
        ("+/+", "/finance", true, &[Plus, Plus]),
        ("/+", "/finance", true, &[Equal, Plus]),
        ("+", "/finance", false, &[Plus, TopicLonger]),
        ("#", "$SYS/broker", false, &[DollarRule, NotReached]),
        (
            "+/monitor/Clients",
            "$SYS/monitor/Clients",
            false,
            &[DollarRule, NotReached, NotReached],
        ),
        ("$SYS/#", "$SYS/monitor", true, &[Equal, Hash { levels: 1 }]),
        (
            "$SYS/monitor/+",
            "$SYS/monitor/Clients",
            true,
            &[Equal, Equal, Plus],
        ),
        ("$share/g/a/+", "a/b", true, &[Equal, Plus]),
        ("$share/g/#", "$SYS/a", false, &[DollarRule, NotReached]),
        (
            "a/b/c/d",
            "x/b",
            false,
            &[Differs, NotReached, NotReached, NotReached],
        ),
    ];
    for (text, name, matched, levels) in cases {
        let (filter, topic) = (filter(text).unwrap(), topic(name));
        let got = filter.explain(&topic);
        assert_eq!(
            (got.matched, &got.levels[..]),
            (*matched, *levels),
            "{text} {name}"
        );
        assert_eq!(filter.matches(&topic), *matched, "{text} {name}");
    }
}

/// Matching as section 4.7 tells it, on two lists.
fn naive(filter: &[&str], topic: &[&str]) -> bool {
    match (filter, topic) {
        (["#"], _) => true,
        (["+", filter @ ..], [_, topic @ ..]) => naive(filter, topic),
        ([f, filter @ ..], [t, topic @ ..]) => f == t && naive(filter, topic),
        (filter, topic) => filter.is_empty() && topic.is_empty(),
    }
}

fn level() -> impl Strategy<Value = String> {
    prop_oneof![Just(String::new()), "[ab]{1,2}", Just("$a".to_string())]
}

proptest! {
    #[test]
    fn matching_agrees_with_the_naive_matcher_and_with_its_explanation(
        names in prop::collection::vec(level(), 1..5),
        wanted in prop::collection::vec(prop_oneof![3 => level(), 2 => Just("+".to_string())], 1..5),
        hash in any::<bool>(),
        share in any::<bool>(),
    ) {
        let name = names.join("/");
        prop_assume!(!name.is_empty());
        let mut wanted = wanted;
        if hash {
            wanted.push("#".to_string());
        }
        let mut text = wanted.join("/");
        prop_assume!(!text.is_empty());
        if share {
            text.insert_str(0, "$share/g/");
        }
        let (filter, topic) = (filter(&text).unwrap(), topic(&name));
        prop_assert_eq!(filter.level_count(), filter.levels().count());
        prop_assert_eq!(topic.level_count(), topic.levels().count());
        let filter_levels: Vec<&str> = filter.levels().collect();
        let topic_levels: Vec<&str> = topic.levels().collect();
        let dollar = topic.is_dollar() && matches!(filter_levels[0], "+" | "#");
        let expected = !dollar && naive(&filter_levels, &topic_levels);
        let explanation = filter.explain(&topic);
        prop_assert_eq!(filter.matches(&topic), expected);
        prop_assert_eq!(explanation.matched, expected);
        prop_assert_eq!(explanation.levels.iter().all(|l| l.agrees()), expected);
    }

    #[test]
    fn any_text_is_a_filter_or_an_error(text in "[a/+#$]{0,12}|\\$share/[a/+#]{0,6}") {
        if let Ok(filter) = filter(&text) {
            let full = filter.share().map_or(filter.filter().to_string(), |s| {
                alloc::format!("$share/{s}/{}", filter.filter())
            });
            prop_assert_eq!(full, text);
        }
    }
}

#[test]
fn finds_a_byte_wherever_it_is() {
    for len in 0..70 {
        let mut bytes = alloc::vec![b'x'; len];
        assert!(!utf8::has_any(&bytes, [b'+', b'#']));
        for at in 0..len {
            bytes[at] = b'#';
            assert!(utf8::has_any(&bytes, [b'+', b'#']), "{at} of {len}");
            assert!(!utf8::has_any(&bytes, [0]));
            bytes[at] = b'x';
        }
    }
}
