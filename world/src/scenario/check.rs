//! Whether a scene can be played, said in sentences with the place in the form they belong to.

use tidings_core::topic::{Filter, Topic, Utf8};

use super::{Actor, Listens, Payload, Scenario, Speaks, Version};
use crate::view::{FormField, Problem};

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
    if let Some(will) = &actor.will {
        if let Err(sentence) = topic(&will.topic) {
            problems.push(at(FormField::WillTopic, sentence));
        }
        if will.payload.len() > WILL_BYTES_MAX {
            let sentence = format!("A will has at most {WILL_BYTES_MAX} bytes.");
            problems.push(at(FormField::WillPayload, sentence));
        }
        if will.delay_secs > 0 && actor.version != Version::V5 {
            let sentence = "A will that waits came with MQTT 5.".into();
            problems.push(at(FormField::WillTopic, sentence));
        }
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
        problems.extend(speaks(one, n));
    }
    for (n, one) in (0..).zip(actor.listens.iter().take(LISTENS_MAX)) {
        problems.extend(listens(one, actor.version, n));
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

/// Everything wrong with something to say, the n-th of its actor.
pub fn speaks(speaks: &Speaks, n: u8) -> Vec<Problem> {
    let mut problems = Vec::new();
    if let Err(sentence) = topic(&speaks.topic) {
        problems.push(at(FormField::Topic(n), sentence));
    }
    if let Err(sentence) = payload(&speaks.payload) {
        problems.push(at(FormField::Payload(n), sentence));
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

/// Everything wrong with a subscription, the n-th of its actor.
pub fn listens(listens: &Listens, version: Version, n: u8) -> Vec<Problem> {
    let mut problems = Vec::new();
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

fn payload(payload: &Payload) -> Result<(), String> {
    let long = |word: &String| word.len() > WORD_BYTES_MAX;
    match payload {
        Payload::Constant(word) if long(word) => {
            Err(format!("A payload has at most {WORD_BYTES_MAX} bytes."))
        }
        Payload::List(words) if words.is_empty() => Err("The list needs at least one word.".into()),
        Payload::List(words) if words.len() > WORDS_MAX || words.iter().any(long) => Err(format!(
            "A list has at most {WORDS_MAX} words of {WORD_BYTES_MAX} bytes."
        )),
        Payload::Wave {
            middle,
            swing,
            period_secs,
            decimals,
        } => numbers(&[*middle, *swing], *decimals).and_then(|()| {
            match period_secs.is_finite() && *period_secs > 0.0 {
                true => Ok(()),
                false => Err("A wave needs a time in which it comes round.".into()),
            }
        }),
        Payload::Walk {
            start,
            step,
            decimals,
        } => numbers(&[*start, *step], *decimals),
        Payload::Constant(_) | Payload::List(_) => Ok(()),
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
}
