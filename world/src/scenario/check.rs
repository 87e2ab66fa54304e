//! Whether a scene can be played, said in sentences with the place in the form they belong to.

use tidings_core::topic::{Filter, Topic, Utf8};

use super::{
    Actor, Away, ConnectProperties, Listens, Payload, PublishProperties, Scenario, Speaks,
    UserProperties, Version, template,
};
use crate::view::{FormField, Problem};
use crate::voice::{Known, Values};

/// No scene has more actors.
pub const ACTORS_MAX: usize = 64;
/// No actor speaks on more topics.
pub const SPEAKS_MAX: usize = 200;
/// No actor listens to more filters: each is drawn as a rung.
pub const LISTENS_MAX: usize = 16;
/// No scene has more beats.
pub const BEATS_MAX: usize = 1000;
/// No name has more characters.
pub const NAME_CHARS_MAX: usize = 40;
/// No two messages of one actor and topic are nearer.
pub const PERIOD_MS_MIN: u64 = 5;
/// No list has more words.
pub const WORDS_MAX: usize = 1000;
/// No word has more bytes.
pub const WORD_BYTES_MAX: usize = 256 * 1024;
/// No link is slower.
pub const LATENCY_MS_MAX: u32 = 60_000;
/// No link is narrower.
pub const BYTES_PER_SEC_MIN: u32 = 10;
/// No will has more bytes: the standard's own limit.
pub const WILL_BYTES_MAX: usize = 65_535;
/// No actor has more values, and no packet more User Properties.
pub const PAIRS_MAX: usize = 32;
/// No value, property or name of a member has more bytes.
pub const VALUE_BYTES_MAX: usize = 1024;
/// No object has more members.
pub const FIELDS_MAX: usize = 32;
/// The largest Subscription Identifier: the standard's own limit.
pub const SUBSCRIPTION_ID_MAX: u32 = 268_435_455;
/// No client takes less than this: its CONNACK has to fit.
pub const PACKET_BYTES_MIN: u32 = 64;
/// No burst has more messages.
pub const BURST_MAX: u32 = 1000;
/// Nothing is arranged for later than this: about eleven days.
pub const TIME_MS_MAX: u64 = 1_000_000_000;

/// Everything wrong with a scene.
pub fn scenario(scenario: &Scenario) -> Vec<Problem> {
    let mut problems = Vec::new();
    if scenario.actors.len() > ACTORS_MAX {
        let sentence = format!("A scene has at most {ACTORS_MAX} actors.");
        problems.push(at(FormField::Form, sentence));
    }
    if scenario.beats.len() > BEATS_MAX {
        let sentence = format!("A scene has at most {BEATS_MAX} beats.");
        problems.push(at(FormField::Form, sentence));
    }
    for (index, one) in scenario.actors.iter().enumerate() {
        let before = &scenario.actors[..index];
        let taken = before.iter().any(|other| other.name == one.name);
        problems.extend(actor(one, taken).into_iter().map(|problem| Problem {
            sentence: format!("{}: {}", one.name, problem.sentence),
            ..problem
        }));
    }
    for beat in &scenario.beats {
        if !scenario.actors.iter().any(|actor| actor.name == beat.actor) {
            let sentence = format!("A beat is for “{}”, who is not in the scene.", beat.actor);
            problems.push(at(FormField::Form, sentence));
        }
        if beat.at_ms > TIME_MS_MAX {
            problems.push(at(FormField::Form, "A beat comes too late.".into()));
        }
    }
    problems
}

/// Everything wrong with an actor; `taken` if somebody else has its name.
pub fn actor(actor: &Actor, taken: bool) -> Vec<Problem> {
    let mut problems = name(&actor.name, taken);
    if actor.latency_ms > LATENCY_MS_MAX {
        let sentence = format!("A link takes at most {LATENCY_MS_MAX} ms.");
        problems.push(at(FormField::Form, sentence));
    }
    if actor.jitter_ms > LATENCY_MS_MAX {
        let sentence = format!("A link takes at most {LATENCY_MS_MAX} ms more.");
        problems.push(at(FormField::Form, sentence));
    }
    let slow = |rate: u32| (1..BYTES_PER_SEC_MIN).contains(&rate);
    if slow(actor.bytes_per_sec) || slow(actor.reads_per_sec) {
        let sentence = format!(
            "A link takes at least {BYTES_PER_SEC_MIN} bytes a second; 0 takes as many as come."
        );
        problems.push(at(FormField::Form, sentence));
    }
    problems.extend(values(actor));
    problems.extend(connect(actor));
    if let Some(will) = &actor.will {
        if let Err(sentence) = filled_topic(actor, &will.topic, "") {
            problems.push(at(FormField::WillTopic, sentence));
        }
        if will.payload.len() > WILL_BYTES_MAX {
            let sentence = format!("A will has at most {WILL_BYTES_MAX} bytes.");
            problems.push(at(FormField::WillPayload, sentence));
        } else if let Err(sentence) = holes(actor, &will.payload, &[]) {
            problems.push(at(FormField::WillPayload, sentence));
        }
        if actor.version != Version::V5 && will.delay_secs > 0 {
            let sentence = "A will that waits came with MQTT 5.".into();
            problems.push(at(FormField::WillTopic, sentence));
        }
        let field = FormField::WillProperties;
        problems.extend(properties(actor, &will.properties, field));
    }
    if actor.start_ms > TIME_MS_MAX {
        problems.push(at(FormField::Form, "It starts too late.".into()));
    }
    if actor.speaks.len() > SPEAKS_MAX || actor.listens.len() > LISTENS_MAX {
        let sentence =
            format!("One actor has at most {SPEAKS_MAX} topics and {LISTENS_MAX} filters.");
        problems.push(at(FormField::Form, sentence));
    }
    for (n, one) in (0..).zip(actor.speaks.iter().take(SPEAKS_MAX)) {
        problems.extend(speaks(actor, one, n));
    }
    for (n, one) in (0..).zip(actor.listens.iter().take(LISTENS_MAX)) {
        problems.extend(listens(actor, one, n));
        let before = actor.listens.iter().take(usize::from(n));
        if before.into_iter().any(|other| other.filter == one.filter) {
            let sentence = "The same filter twice: the second would replace the first.".into();
            problems.push(at(FormField::Filter(n), sentence));
        }
    }
    problems
}

/// Everything wrong with a name.
pub fn name(name: &str, taken: bool) -> Vec<Problem> {
    let sentence = if name.trim().is_empty() {
        "A name needs at least one letter.".into()
    } else if name.chars().count() > NAME_CHARS_MAX {
        format!("A name has at most {NAME_CHARS_MAX} letters.")
    } else if Utf8::copy_from(name).is_err() {
        "A name cannot hold the character U+0000.".into()
    } else if taken {
        format!("“{name}” is taken; a broker throws out the one that came first.")
    } else {
        return Vec::new();
    };
    vec![at(FormField::Name, sentence)]
}

const OLD: &str = "Properties came with MQTT 5: take them away, or let it speak 5.0.";

/// What is wrong with what templates are filled with.
fn values(actor: &Actor) -> Option<Problem> {
    let mut names = actor.values.iter().map(|(name, _)| name.as_str());
    let known =
        |name: &str| template::KNOWN.contains(&name) || template::OF_ANSWERS.contains(&name);
    let twice = |n: usize| {
        actor.values[..n]
            .iter()
            .any(|other| other.0 == actor.values[n].0)
    };
    let sentence = if let Some(name) = names.find(|name| !template::is_name(name)) {
        format!("“{name}” cannot be in braces: small letters, digits and _ can.")
    } else if let Some((name, _)) = actor.values.iter().find(|(name, _)| known(name)) {
        format!("{{{name}}} means something already.")
    } else if actor.values.len() > PAIRS_MAX || (0..actor.values.len()).any(twice) {
        format!("An actor has at most {PAIRS_MAX} values, each with a name of its own.")
    } else if actor
        .values
        .iter()
        .any(|(_, value)| value.len() > VALUE_BYTES_MAX)
    {
        format!("A value has at most {VALUE_BYTES_MAX} bytes.")
    } else {
        return None;
    };
    Some(at(FormField::Values, sentence))
}

fn connect(actor: &Actor) -> Option<Problem> {
    let connect: &ConnectProperties = &actor.connect;
    let small = (1..PACKET_BYTES_MIN).contains(&connect.max_packet_bytes);
    let sentence = if actor.version != Version::V5 && !connect.is_old() {
        OLD.into()
    } else if small {
        format!("A client takes packets of {PACKET_BYTES_MIN} bytes at least.")
    } else if actor.away == Away::KeepSecs(0) {
        "A session is kept for one second at least; else it is forgotten.".into()
    } else {
        let name = std::slice::from_ref(&connect.username);
        return texts(name.iter().chain(words(&connect.user)), connect.user.len())
            .err()
            .map(|sentence| at(FormField::Connect, sentence));
    };
    Some(at(FormField::Connect, sentence))
}

fn words(pairs: &UserProperties) -> impl Iterator<Item = &String> {
    pairs.iter().flat_map(|(name, value)| [name, value])
}

/// Whether texts fit a packet, `pairs` of them User Properties.
fn texts<'a>(texts: impl Iterator<Item = &'a String>, pairs: usize) -> Result<(), String> {
    if pairs > PAIRS_MAX {
        return Err(format!("A packet has at most {PAIRS_MAX} User Properties."));
    }
    for text in texts {
        if text.len() > VALUE_BYTES_MAX {
            return Err(format!("A property has at most {VALUE_BYTES_MAX} bytes."));
        }
        Utf8::copy_from(text).map_err(|error| sentence(&error))?;
    }
    Ok(())
}

fn properties(actor: &Actor, of: &PublishProperties, field: FormField) -> Option<Problem> {
    if of.is_empty() {
        return None;
    }
    let check = || {
        if actor.version != Version::V5 {
            return Err(OLD.into());
        }
        let own = [&of.content_type, &of.response_topic, &of.correlation];
        let all = || own.into_iter().chain(words(&of.user));
        texts(all(), of.user.len())?;
        all().try_for_each(|text| holes(actor, text, &[]))?;
        match of.response_topic.is_empty() {
            true => Ok(()),
            false => filled_topic(actor, &of.response_topic, ""),
        }
    };
    check().err().map(|sentence| at(field, sentence))
}

/// Whether somebody fills every hole of a template.
fn holes(actor: &Actor, text: &str, more: &[&str]) -> Result<(), String> {
    let has = |name: &str| actor.values.iter().any(|(other, _)| other == name);
    let missing = template::holes(text)
        .find(|name| !template::KNOWN.contains(name) && !more.contains(name) && !has(name));
    match missing {
        None => Ok(()),
        Some(name) => Err(format!("{{{name}}} has no value yet.")),
    }
}

/// Whether a template becomes a topic; `asked` stands for what is answered.
fn filled_topic(actor: &Actor, text: &str, asked: &str) -> Result<(), String> {
    let more = if asked.is_empty() {
        &[][..]
    } else {
        &template::OF_ANSWERS
    };
    holes(actor, text, more)?;
    let known = Known {
        n: 1,
        time_ms: 0,
        asked: Some((asked, asked)),
    };
    topic(&Values::of(actor).fill(text, known)).map(|_| ())
}

/// Everything wrong with something an actor says, its n-th.
fn speaks(actor: &Actor, speaks: &Speaks, n: u8) -> Vec<Problem> {
    let mut problems = Vec::new();
    if let Err(sentence) = filled_topic(actor, &speaks.topic, "") {
        problems.push(at(FormField::Topic(n), sentence));
    }
    if let Err(sentence) = payload(actor, &speaks.payload) {
        problems.push(at(FormField::Payload(n), sentence));
    }
    problems.extend(properties(
        actor,
        &speaks.properties,
        FormField::Properties(n),
    ));
    let pause = speaks.burst > 0 && !(PERIOD_MS_MIN..=TIME_MS_MAX).contains(&speaks.pause_ms);
    if speaks.burst > BURST_MAX || pause || (speaks.burst > 0 && speaks.period_ms == 0) {
        let sentence = format!(
            "A burst has at most {BURST_MAX} messages with time between them, and a pause of {PERIOD_MS_MIN} ms at least and eleven days at most."
        );
        problems.push(at(FormField::Period(n), sentence));
    }
    if (1..PERIOD_MS_MIN).contains(&speaks.period_ms)
        || speaks.period_ms > TIME_MS_MAX
        || speaks.first_ms > TIME_MS_MAX
    {
        let sentence = format!(
            "From one message to the next it takes {PERIOD_MS_MIN} ms at least and eleven days at most; 0 says it once."
        );
        problems.push(at(FormField::Period(n), sentence));
    }
    problems
}

/// Everything wrong with a subscription of an actor, its n-th.
fn listens(actor: &Actor, listens: &Listens, n: u8) -> Vec<Problem> {
    let version = actor.version;
    let mut problems = Vec::new();
    if let Err(sentence) = subscription(listens, version) {
        problems.push(at(FormField::Subscription(n), sentence));
    }
    if let Err(sentence) = answer(actor, listens) {
        problems.push(at(FormField::Answer(n), sentence));
    }
    match filter(&listens.filter) {
        Err(sentence) => problems.push(at(FormField::Filter(n), sentence)),
        Ok(filter) if filter.share().is_some() && version != Version::V5 => {
            let sentence = "Shared subscriptions came with MQTT 5.".into();
            problems.push(at(FormField::Filter(n), sentence));
        }
        Ok(filter) if filter.share().is_some() && listens.no_local => {
            let sentence = "A shared subscription cannot ask for No Local.".into(); // [MQTT-3.8.3-4]
            problems.push(at(FormField::Filter(n), sentence));
        }
        Ok(_) => {}
    }
    if listens.channel > 8 {
        problems.push(at(FormField::Channel(n), "Channels are 1 to 8.".into()));
    }
    if listens.handling_ms > LATENCY_MS_MAX {
        let sentence = format!("Handling takes at most {LATENCY_MS_MAX} ms.");
        problems.push(at(FormField::Form, sentence));
    }
    problems
}

fn subscription(listens: &Listens, version: Version) -> Result<(), String> {
    let none = listens.subscription_id == 0 && listens.user.is_empty();
    if version != Version::V5 && !none {
        return Err(OLD.into());
    }
    if listens.subscription_id > SUBSCRIPTION_ID_MAX {
        return Err(format!(
            "A Subscription Identifier is {SUBSCRIPTION_ID_MAX} at most."
        ));
    }
    texts(words(&listens.user), listens.user.len())
}

fn answer(actor: &Actor, listens: &Listens) -> Result<(), String> {
    let Some(answer) = &listens.answer else {
        return Ok(());
    };
    if answer.payload.len() > WORD_BYTES_MAX {
        return Err(format!("A payload has at most {WORD_BYTES_MAX} bytes."));
    }
    holes(actor, &answer.payload, &template::OF_ANSWERS)?;
    match (answer.topic.is_empty(), actor.version) {
        (true, Version::V3_1_1) => {
            Err("Response Topics came with MQTT 5: say on which topic it answers.".into())
        }
        (true, Version::V5) => Ok(()),
        (false, _) => filled_topic(actor, &answer.topic, "x"),
    }
}

/// A topic to publish on, or why it is none.
pub(crate) fn topic(text: &str) -> Result<Topic, String> {
    if text.is_empty() {
        return Err("A topic needs at least one character.".into());
    }
    if let Some(wildcard) = text.chars().find(|c| matches!(c, '+' | '#')) {
        return Err(format!(
            "“{wildcard}” is for those who listen. A topic to speak on has no wildcards."
        ));
    }
    let text = Utf8::copy_from(text).map_err(|error| sentence(&error))?;
    Topic::parse(text).map_err(|error| sentence(&error))
}

/// A filter to subscribe to, or why it is none.
pub(crate) fn filter(text: &str) -> Result<Filter, String> {
    let text = Utf8::copy_from(text).map_err(|error| sentence(&error))?;
    Filter::parse(text).map_err(|error| sentence(&error))
}

fn payload(actor: &Actor, payload: &Payload) -> Result<(), String> {
    let long = |word: &String| word.len() > WORD_BYTES_MAX;
    let lasts = |secs: f64, what: &str| match secs.is_finite() && secs > 0.0 {
        true => Ok(()),
        false => Err(what.to_owned()),
    };
    match payload {
        Payload::Constant(word) if long(word) => {
            Err(format!("A payload has at most {WORD_BYTES_MAX} bytes."))
        }
        Payload::Constant(word) => holes(actor, word, &[]),
        Payload::List(words) if words.is_empty() => Err("The list needs at least one word.".into()),
        Payload::List(words) if words.len() > WORDS_MAX || words.iter().any(long) => Err(format!(
            "A list has at most {WORDS_MAX} words of {WORD_BYTES_MAX} bytes."
        )),
        Payload::List(words) => words.iter().try_for_each(|word| holes(actor, word, &[])),
        Payload::Wave {
            middle,
            swing,
            period_secs,
            decimals,
        } => {
            numbers(&[*middle, *swing], *decimals)?;
            lasts(*period_secs, "A wave needs a time in which it comes round.")
        }
        Payload::Walk {
            start,
            step,
            decimals,
        } => numbers(&[*start, *step], *decimals),
        Payload::Battery {
            start,
            lasts_secs,
            decimals,
        } => {
            numbers(&[*start], *decimals)?;
            lasts(*lasts_secs, "A battery needs a time for which it lasts.")?;
            match (0.0..=100.0).contains(start) {
                true => Ok(()),
                false => Err("A battery is full at 100 and empty at 0.".into()),
            }
        }
        Payload::Track { lat, lon, speed } => {
            let place = (-85.0..=85.0).contains(lat) && (-180.0..=180.0).contains(lon);
            match place && (0.0..=1000.0).contains(speed) {
                true => Ok(()),
                false => Err("A track is between 85° south and north, 180° west and east, and at most 1000 m/s fast.".into()),
            }
        }
        Payload::Json(fields) => {
            if fields.len() > FIELDS_MAX
                || fields
                    .iter()
                    .any(|field| field.name.len() > VALUE_BYTES_MAX)
            {
                return Err(format!(
                    "An object has at most {FIELDS_MAX} members, with names of {VALUE_BYTES_MAX} bytes."
                ));
            }
            for field in fields {
                if matches!(field.value, Payload::Json(_)) {
                    return Err("An object has no objects in it.".into());
                }
                self::payload(actor, &field.value)
                    .map_err(|sentence| format!("“{}”: {sentence}", field.name))?;
            }
            Ok(())
        }
    }
}

fn numbers(numbers: &[f64], decimals: u8) -> Result<(), String> {
    match numbers.iter().all(|number| number.abs() < 1e12) && decimals <= 9 {
        true => Ok(()),
        false => Err(
            "That is no number one can count with, or it has more than 9 digits after the point."
                .into(),
        ),
    }
}

/// An error of the core as a sentence.
fn sentence(error: &impl ToString) -> String {
    let text = error.to_string();
    let mut letters = text.chars();
    let first = letters.next().map(|first| first.to_uppercase().to_string());
    format!("{}{}.", first.unwrap_or_default(), letters.as_str())
}

fn at(field: FormField, sentence: String) -> Problem {
    Problem { field, sentence }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn fields(problems: Vec<Problem>) -> Vec<FormField> {
        problems.into_iter().map(|problem| problem.field).collect()
    }

    #[test]
    fn good_actors_have_no_problems() {
        for scenario in [Scenario::kitchen_sensors(), Scenario::empty()] {
            assert_eq!(super::scenario(&scenario), []);
        }
    }

    #[test]
    fn each_mistake_names_its_place() {
        let publisher = |change: fn(&mut Speaks)| {
            let mut actor = Actor::publisher("a", "b");
            change(&mut actor.speaks[0]);
            fields(super::actor(&actor, false))
        };
        assert_eq!(publisher(|s| s.topic = "a/#".into()), [FormField::Topic(0)]);
        assert_eq!(
            publisher(|s| s.topic = String::new()),
            [FormField::Topic(0)]
        );
        assert_eq!(publisher(|s| s.topic = "\0".into()), [FormField::Topic(0)]);
        assert_eq!(publisher(|s| s.period_ms = 1), [FormField::Period(0)]);
        assert_eq!(
            publisher(|s| s.payload = Payload::List(vec![])),
            [FormField::Payload(0)]
        );
        let nan = |s: &mut Speaks| {
            s.payload = Payload::Wave {
                middle: f64::NAN,
                swing: 1.0,
                period_secs: 1.0,
                decimals: 1,
            };
        };
        assert_eq!(publisher(nan), [FormField::Payload(0)]);

        let subscriber = |change: fn(&mut Actor)| {
            let mut actor = Actor::subscriber("a", "b");
            change(&mut actor);
            fields(super::actor(&actor, false))
        };
        assert_eq!(
            subscriber(|a| a.listens[0].filter = "a#".into()),
            [FormField::Filter(0)]
        );
        assert_eq!(
            subscriber(|a| a.listens[0].channel = 9),
            [FormField::Channel(0)]
        );
        let twice = |a: &mut Actor| a.listens.push(a.listens[0].clone());
        assert_eq!(subscriber(twice), [FormField::Filter(1)]);
        let shared_old = |a: &mut Actor| {
            a.version = Version::V3_1_1;
            a.listens[0].filter = "$share/g/a".into();
        };
        assert_eq!(subscriber(shared_old), [FormField::Filter(0)]);

        assert_eq!(fields(name(" ", false)), [FormField::Name]);
        assert_eq!(fields(name("a", true)), [FormField::Name]);
        assert_eq!(name("a", false), []);
    }

    #[test]
    fn holes_need_values_and_old_clients_have_no_properties() {
        let mut actor = Actor::publisher("a", "home/{room}/{n}");
        assert_eq!(fields(super::actor(&actor, false)), [FormField::Topic(0)]);
        actor.values = vec![("room".into(), "a+b".into())];
        assert_eq!(fields(super::actor(&actor, false)), [FormField::Topic(0)]);
        actor.values = vec![("room".into(), "kitchen".into())];
        assert_eq!(super::actor(&actor, false), []);
        for name in ["Room", "n", "payload", ""] {
            actor.values.push((name.into(), String::new()));
            assert_eq!(
                fields(super::actor(&actor, false)),
                [FormField::Values],
                "{name}"
            );
            actor.values.pop();
        }
        actor.speaks[0].properties.user = vec![("a".into(), "{room}".into())];
        actor.speaks[0].properties.response_topic = "answers/{name}".into();
        actor.connect.username = "me".into();
        actor.listens = Actor::subscriber("a", "b").listens;
        actor.listens[0].answer = Some(crate::scenario::Answer {
            topic: String::new(),
            payload: "{payload} on {topic}".into(),
        });
        assert_eq!(super::actor(&actor, false), []);
        actor.version = Version::V3_1_1;
        let old = fields(super::actor(&actor, false));
        assert_eq!(old, [FormField::Properties(0), FormField::Answer(0)]);
        actor.connect.receive_max = 1;
        actor.listens[0].subscription_id = 1;
        let old = fields(super::actor(&actor, false));
        assert!(old.contains(&FormField::Connect) && old.contains(&FormField::Subscription(0)));
        actor.version = Version::V5;
        actor.speaks[0].payload = Payload::Constant("{payload}".into());
        assert_eq!(fields(super::actor(&actor, false)), [FormField::Payload(0)]);
    }
}
