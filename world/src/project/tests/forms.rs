//! Forms and what helps to fill them in.

use super::scribe::Scribe;
use crate::project::{actor, check_draft};
use crate::scenario::{Actor, Payload, Qos, Speaks};
use crate::view::{ActorId, Draft, FormField, Hints, ListensHint, SpeaksHint};

fn speaks(topic: &str, payload: Payload) -> Speaks {
    let speaks = Actor::publisher("x", topic).speaks.remove(0);
    Speaks { payload, ..speaks }
}

fn check(scribe: &Scribe, draft: Draft) -> (Vec<FormField>, Option<Hints>) {
    let (problems, hints) = check_draft(&scribe.cast, &scribe.log, &draft);
    (
        problems.into_iter().map(|problem| problem.field).collect(),
        hints,
    )
}

fn check_actor(
    scribe: &Scribe,
    id: Option<ActorId>,
    actor: Actor,
) -> (Vec<FormField>, Vec<SpeaksHint>, Vec<ListensHint>) {
    let actor = Box::new(actor);
    match check(scribe, Draft::Actor { id, actor }) {
        (problems, Some(Hints::Actor { speaks, listens })) => (problems, speaks, listens),
        other => panic!("{other:?}"),
    }
}

#[test]
fn an_actor_with_what_it_says_next() {
    let scribe = Scribe::kitchen(3000);
    let thermo = scribe.id("thermo");
    let detail = scribe
        .at(2500, |sight| actor(sight, thermo))
        .expect("it is there");
    assert_eq!(detail.actor.name, "thermo");
    let hint = &detail.speaks[0];
    assert_eq!(
        (hint.topic_bytes, hint.topic_levels, hint.message_bytes),
        (17, 3, 28)
    );
    // Two words were said by then.
    assert_eq!(hint.preview[..3], ["21.4", "21.4", "21.5"]);
    assert_eq!(hint.preview.len(), 60);
    assert!(detail.listens.is_empty());
    assert!(scribe.at(2500, |sight| actor(sight, ActorId(99))).is_none());
}

#[test]
fn a_subscriber_with_what_it_would_hear() {
    let mut scribe = Scribe::kitchen(3000);
    for room in ["bath", "bedroom", "cellar"] {
        scribe.say(3000, "door", &format!("home/{room}/temp"), "1", 0, false);
    }
    let heating = scribe.id("heating");
    let hint = |millis| {
        let detail = scribe.at(millis, |sight| actor(sight, heating));
        detail.expect("it is there").listens.remove(0)
    };
    let matches = ["bath", "bedroom", "cellar", "kitchen"];
    let matches = matches.map(|room| format!("home/{room}/temp")).to_vec();
    assert_eq!(
        hint(3000),
        ListensHint {
            matches,
            matches_total: 4,
            topics: 5,
            misses: Some(("home/hall/door".into(), 3)),
        }
    );
    assert_eq!(hint(2000).topics, 2, "the others were not heard of yet");
}

#[test]
fn drafts_of_something_to_say() {
    let scribe = Scribe::kitchen(1000);
    let hint = |draft| {
        let mut actor = Actor::publisher("lamp", "");
        actor.speaks[0] = draft;
        let (problems, mut hints, _) = check_actor(&scribe, None, actor);
        (problems, hints.remove(0))
    };
    let long = "x".repeat(1000);
    let (problems, good) = hint(Speaks {
        qos: Qos::AtLeastOnce,
        ..speaks("a/b", Payload::Constant(long))
    });
    assert_eq!(problems, []);
    assert_eq!((good.topic_bytes, good.topic_levels), (3, 2));
    assert_eq!(good.message_bytes, 1 + 2 + 2 + 3 + 2 + 1 + 1000);
    assert_eq!(
        good.preview[0].chars().count(),
        48,
        "no payload floods the page"
    );
    let (problems, bad) = hint(speaks("a/#", Payload::List(vec![])));
    assert_eq!(problems, [FormField::Topic(0), FormField::Payload(0)]);
    assert_eq!(bad.message_bytes, 0);
    let (_, empty) = hint(speaks("", Payload::Constant(String::new())));
    assert_eq!((empty.topic_bytes, empty.topic_levels), (0, 1));
    assert_ne!(empty, SpeaksHint::default());
}

#[test]
fn templates_become_what_they_say() {
    let scribe = Scribe::kitchen(1000);
    let mut actor = Actor::publisher("lamp", "home/{room}/{n}");
    let (problems, ..) = check_actor(&scribe, None, actor.clone());
    assert_eq!(problems, [FormField::Topic(0)]);
    actor.values = vec![("room".into(), "kitchen".into())];
    actor.speaks[0].properties.content_type = "text/plain".into();
    let (problems, hints, _) = check_actor(&scribe, None, actor);
    assert_eq!(problems, []);
    let hint = &hints[0];
    assert_eq!(hint.topic, "home/kitchen/1");
    assert_eq!((hint.topic_bytes, hint.property_bytes), (14, 1 + 2 + 10));
    assert_eq!(hint.message_bytes, 1 + 1 + 2 + 14 + 1 + 13 + 5);
}

#[test]
fn drafts_of_a_subscription() {
    let scribe = Scribe::kitchen(1000);
    type Case<'a> = (&'a str, &'a [FormField], u32, Option<(&'a str, u8)>);
    let cases: [Case<'_>; 7] = [
        ("home/#", &[], 2, None),
        ("home/+/temp", &[], 1, Some(("home/hall/door", 3))),
        ("#", &[], 2, None),
        ("home", &[], 0, Some(("home/hall/door", 2))),
        (
            "home/kitchen/temp/x",
            &[],
            0,
            Some(("home/kitchen/temp", 4)),
        ),
        ("$share/g/+/hall/+", &[], 1, Some(("home/kitchen/temp", 2))),
        ("home/#/x", &[FormField::Filter(0)], 0, None),
    ];
    for (filter, problems, matches, misses) in cases {
        let (found, _, hints) = check_actor(&scribe, None, Actor::subscriber("x", filter));
        assert_eq!(found, problems, "{filter}");
        let hint = &hints[0];
        let missed = hint
            .misses
            .as_ref()
            .map(|(topic, level)| (&topic[..], *level));
        assert_eq!((hint.topics, hint.matches_total), (2, matches), "{filter}");
        assert_eq!(missed, misses, "{filter}");
    }
}

#[test]
fn drafts_of_names_and_addresses() {
    let scribe = Scribe::kitchen(1000);
    let name = |id, name: &str| check_actor(&scribe, id, Actor::subscriber(name, "a")).0;
    let phone = scribe.id("phone");
    assert_eq!(name(None, "lamp"), []);
    assert_eq!(name(None, "phone"), [FormField::Name]);
    assert_eq!(name(Some(phone), "phone"), []);
    assert_eq!(name(Some(phone), "door"), [FormField::Name]);
    assert_eq!(name(Some(phone), ""), [FormField::Name]);
    let url = |url: &str| check(&scribe, Draft::Url(url.to_owned())).0;
    assert_eq!(url("ws://localhost:8080"), []);
    assert_eq!(url("mqtt://localhost"), [FormField::Url]);
}
