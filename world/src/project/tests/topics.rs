//! The tree of topics, and one topic of it.

use super::scribe::Scribe;
use crate::project::{topic, tree_page};
use crate::scenario::{Actor, Scenario};
use crate::view::{Outcome, TopicWatch, TreePage, TreeRow, TreeWatch};

fn watch() -> TreeWatch {
    TreeWatch {
        rows: 60,
        ..TreeWatch::default()
    }
}

fn tree(scribe: &Scribe, millis: u64, watch: &TreeWatch) -> TreePage {
    scribe.at(millis, |sight| tree_page(sight, watch))
}

/// Depth, label, messages, and the last word.
fn rows(page: &TreePage) -> Vec<(u8, &str, u32, &str)> {
    let value = |row: &TreeRow| row.topic.as_ref().map_or("", |_| "-");
    let rows = page.rows.iter().map(|row| {
        let topic = row.topic.as_ref();
        let value = topic.map_or(value(row), |topic| &topic.value.text[..]);
        (row.depth, &row.label[..], row.messages, value)
    });
    rows.collect()
}

#[test]
fn the_tree_is_as_it_was() {
    let scribe = Scribe::kitchen(4500);
    let late = tree(&scribe, 4500, &watch());
    let wanted = [
        (0, "home", 6, ""),
        (1, "hall/door", 2, "open"),
        (1, "kitchen/temp", 4, "21.4"),
    ];
    assert_eq!(rows(&late), wanted);
    assert_eq!((late.total, late.topics, late.found), (3, 2, 2));
    let temp = late.rows[2].topic.as_ref().expect("a topic");
    assert!(temp.kept);
    assert_eq!(temp.speakers, [scribe.id("thermo")]);
    assert_eq!((temp.gets.len(), temp.heard), (3, 3));
    assert!(matches!(temp.gets[2], Some(Outcome::Waits)), "{temp:?}");
    let door = late.rows[1].topic.as_ref().expect("a topic");
    assert_eq!((door.kept, door.heard), (false, 1));
    assert_eq!(door.gets[1], Some(Outcome::NotAsked));
    // Before the door had spoken.
    let early = tree(&scribe, 1400, &watch());
    assert_eq!(rows(&early), [(0, "home/kitchen/temp", 1, "21.2")]);
    assert_eq!(tree(&scribe, 900, &watch()).total, 0);
}

#[test]
fn branches_shut_and_searches_open_them() {
    let scribe = Scribe::kitchen(4500);
    let home = tree(&scribe, 4500, &watch()).rows[0].id;
    let shut = TreeWatch {
        but: vec![home],
        ..watch()
    };
    let page = tree(&scribe, 4500, &shut);
    assert_eq!(rows(&page), [(0, "home", 6, "")]);
    let branch = page.rows[0].branch.expect("a branch");
    assert_eq!((branch.open, branch.topics, branch.kept), (false, 2, 1));
    assert!(page.rows[0].strokes.len() > 4);
    let all_shut = TreeWatch {
        shut: true,
        ..watch()
    };
    assert_eq!(tree(&scribe, 4500, &all_shut).total, 1);
    for text in ["DOOR", "open"] {
        let found = TreeWatch {
            search: text.into(),
            ..shut.clone()
        };
        let page = tree(&scribe, 4500, &found);
        assert_eq!(rows(&page), [(0, "home/hall/door", 2, "open")], "{text}");
        assert_eq!((page.found, page.topics), (1, 2));
    }
}

#[test]
fn a_topic_has_its_last_word_its_plot_and_its_reasons() {
    let scribe = Scribe::kitchen(4500);
    let page = tree(&scribe, 4500, &watch());
    let watch = TopicWatch {
        id: page.rows[2].id,
        number: String::new(),
    };
    let look = |millis| scribe.at(millis, |sight| topic(sight, &watch));
    let detail = look(4500).expect("a topic");
    assert_eq!(
        (&detail.topic[..], detail.messages),
        ("home/kitchen/temp", 4)
    );
    assert_eq!((&detail.payload[..], detail.cut), (&b"21.4"[..], false));
    assert_eq!(detail.numbers, [(String::new(), "21.4".to_owned())]);
    let (_, curve) = detail.plot.expect("a plot");
    let values: Vec<f64> = curve.points.iter().map(|(_, value)| *value).collect();
    assert_eq!(values, [21.2, 21.3, 21.4, 21.4]);
    assert_eq!(detail.why.len(), 3);
    assert_eq!(look(2500).map(|detail| detail.messages), Some(2));
    assert_eq!(look(500), None);
}

#[test]
fn ten_thousand_topics_and_hostile_ones_make_one_window() {
    let mut scenario = Scenario::empty();
    scenario.actors.push(Actor::publisher("p", "a"));
    let mut scribe = Scribe::new(scenario);
    scribe.plug(0, "p");
    scribe.run(1000);
    for n in 0..10_000 {
        let topic = format!("plant/{}/{}/m{n}", n % 10, n / 10 % 10);
        scribe.say(1000, "p", &topic, "1", 0, false);
    }
    let deep = vec!["d"; 5_000].join("/");
    for end in 0..300 {
        scribe.say(1000, "p", &deep[..deep.len() - 2 * end], "1", 0, false);
    }
    for hostile in ["/", "//", "a//", "<b>/\u{202E}", "$SYS/x"] {
        scribe.say(1000, "p", hostile, "<script>", 0, false);
    }
    scribe.run(3000);
    let page = tree(&scribe, 3000, &watch());
    assert_eq!((page.topics, page.rows.len()), (10_305, 60));
    assert!(page.total > 10_000);
    let middle = TreeWatch {
        first: 5_000,
        ..watch()
    };
    let page = tree(&scribe, 3000, &middle);
    assert_eq!((page.first, page.rows.len()), (5_000, 60));
    let found = TreeWatch {
        search: "m77".into(),
        ..watch()
    };
    assert_eq!(tree(&scribe, 3000, &found).found, 111);
    let bytes = crate::view::encode(&[page]);
    assert!(bytes.len() < crate::view::BATCH_BYTES_MAX);
}
