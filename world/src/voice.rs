//! What a publisher says next.

use std::borrow::Cow;
use std::fmt::Write;

use crate::chance::Chance;
use crate::scenario::{Actor, Payload, PublishProperties, Speaks, template};
use crate::view::ActorId;

/// Says one of an actor's topics. Words follow from what it says, the seed and how many were said;
/// and from the clock, where a template asks for it.
#[derive(Clone, Debug)]
pub(crate) struct Voice {
    speaks: Speaks,
    values: Values,
    said: u64,
    maker: Maker,
}

/// A word, with everything that belongs to it filled in.
pub(crate) struct Word {
    pub(crate) topic: String,
    pub(crate) payload: String,
    pub(crate) properties: PublishProperties,
}

/// What an actor's templates are filled with.
#[derive(Clone, Debug)]
pub(crate) struct Values {
    name: String,
    values: Vec<(String, String)>,
}

/// What is known of one text besides.
#[derive(Clone, Copy)]
pub(crate) struct Known<'a> {
    /// Its number, from 1.
    pub(crate) n: u64,
    /// The scene's clock.
    pub(crate) time_ms: u64,
    /// Topic and payload of what is answered.
    pub(crate) asked: Option<(&'a str, &'a str)>,
}

/// Where a generator is.
#[derive(Clone, Debug)]
struct Maker {
    chance: Chance,
    /// Where a walk is, or the charge of a battery, or how far north of its place a track is, in metres.
    at: f64,
    /// How far east a track is, and which way it goes.
    east: f64,
    way: f64,
    charging: bool,
    /// The members of an object.
    fields: Vec<Maker>,
}

impl Values {
    pub(crate) fn of(actor: &Actor) -> Self {
        Self {
            name: actor.name.clone(),
            values: actor.values.clone(),
        }
    }

    /// A template, filled with what is the same in every message.
    pub(crate) fn fill_lasting(&self, text: &str) -> String {
        template::fill(text, |hole| self.lasting(hole))
    }

    fn lasting(&self, hole: &str) -> Option<Cow<'_, str>> {
        let own = hole == "name";
        let mut values = self.values.iter();
        let found = values.find(|(name, _)| name == hole);
        let found = found.map(|(_, value)| value.as_str().into());
        found.or_else(|| own.then(|| self.name.as_str().into()))
    }

    /// A template, filled.
    pub(crate) fn fill(&self, text: &str, known: Known) -> String {
        template::fill(text, |hole| {
            Some(match (hole, known.asked) {
                ("n", _) => known.n.to_string().into(),
                ("time", _) => known.time_ms.to_string().into(),
                ("topic", Some((topic, _))) => Cow::Borrowed(topic),
                ("payload", Some((_, payload))) => payload.into(),
                _ => return self.lasting(hole),
            })
        })
    }

    /// Properties, with their templates filled.
    pub(crate) fn properties(&self, of: &PublishProperties, known: Known) -> PublishProperties {
        let fill = |text: &String| self.fill(text, known);
        PublishProperties {
            expiry_secs: of.expiry_secs,
            is_text: of.is_text,
            content_type: fill(&of.content_type),
            response_topic: fill(&of.response_topic),
            correlation: fill(&of.correlation),
            user: of
                .user
                .iter()
                .map(|(name, value)| (fill(name), fill(value)))
                .collect(),
        }
    }
}

impl Voice {
    /// The voice of the n-th thing an actor says.
    pub(crate) fn of(actor: &Actor, speaks: &Speaks, seed: u64, id: ActorId, n: u8) -> Self {
        let purpose = u64::from(id.0) << 8 | u64::from(n);
        Self {
            speaks: speaks.clone(),
            values: Values::of(actor),
            said: 0,
            maker: Maker::new(&speaks.payload, seed, purpose),
        }
    }

    /// When the next word is due by its own rhythm, if it was never disturbed.
    pub(crate) fn due_ms(&self) -> u64 {
        let since = self.speaks.since_first_ms(self.said);
        self.speaks.first_ms.saturating_add(since)
    }

    /// The next word.
    pub(crate) fn next(&mut self, time_ms: u64) -> Word {
        let known = Known {
            n: self.said + 1,
            time_ms,
            asked: None,
        };
        let secs = self.speaks.since_first_ms(self.said) as f64 / 1000.0;
        let word = Word {
            topic: self.values.fill(&self.speaks.topic, known),
            payload: self
                .maker
                .word(&self.speaks.payload, &self.values, known, secs),
            properties: self.values.properties(&self.speaks.properties, known),
        };
        self.skip(1);
        word
    }

    /// Goes on in other words, where the payload comes from the same place.
    pub(crate) fn amend(&mut self, actor: &Actor, speaks: &Speaks) {
        self.speaks.clone_from(speaks);
        self.values = Values::of(actor);
    }

    /// Whether it may have said something on a topic.
    pub(crate) fn speaks_on(&self, topic: &[u8]) -> bool {
        template::may_become(&self.values.fill_lasting(&self.speaks.topic), topic)
    }

    /// Leaves words out.
    pub(crate) fn skip(&mut self, words: u64) {
        if matches!(
            self.speaks.payload,
            Payload::Constant(_) | Payload::List(_) | Payload::Wave { .. }
        ) {
            self.said += words;
            return;
        }
        for _ in 0..words {
            let after = self.speaks.after_ms(self.said).unwrap_or(1000);
            self.maker.step(&self.speaks.payload, after as f64 / 1000.0);
            self.said += 1;
        }
    }
}

impl Maker {
    fn new(payload: &Payload, seed: u64, purpose: u64) -> Self {
        let fields = match payload {
            Payload::Json(fields) => fields.as_slice(),
            _ => &[],
        };
        let below = (1_u64..).map(|n| n << 40);
        Self {
            chance: Chance::new(seed, purpose),
            at: match payload {
                Payload::Walk { start, .. } | Payload::Battery { start, .. } => *start,
                _ => 0.0,
            },
            east: 0.0,
            way: 0.0,
            charging: false,
            fields: fields
                .iter()
                .zip(below)
                .map(|(field, more)| Self::new(&field.value, seed, purpose + more))
                .collect(),
        }
    }

    /// The word for where it is; `secs` after the first.
    fn word(&self, payload: &Payload, values: &Values, known: Known, secs: f64) -> String {
        match payload {
            Payload::Constant(word) => values.fill(word, known),
            Payload::List(words) if words.is_empty() => String::new(),
            Payload::List(words) => {
                let place = (known.n - 1) % words.len() as u64;
                values.fill(&words[place as usize], known)
            }
            Payload::Wave {
                middle,
                swing,
                period_secs,
                decimals,
            } => {
                let turn = secs / period_secs * core::f64::consts::TAU;
                number(middle + swing * libm::sin(turn), *decimals)
            }
            Payload::Walk { decimals, .. } | Payload::Battery { decimals, .. } => {
                number(self.at, *decimals)
            }
            Payload::Track { lat, lon, .. } => {
                let north = number(lat + self.at / METRES_A_DEGREE, 6);
                let narrow = libm::cos(lat.to_radians()).max(0.01);
                let east = number(lon + self.east / (METRES_A_DEGREE * narrow), 6);
                format!("{{\"lat\":{north},\"lon\":{east}}}")
            }
            Payload::Json(fields) => {
                let mut out = String::from("{");
                for (field, maker) in fields.iter().zip(&self.fields) {
                    if out.len() > 1 {
                        out.push(',');
                    }
                    string(&mut out, &field.name);
                    out.push(':');
                    let word = maker.word(&field.value, values, known, secs);
                    match is_json(&field.value, &word) {
                        true => out.push_str(&word),
                        false => string(&mut out, &word),
                    }
                }
                out.push('}');
                out
            }
        }
    }

    /// Goes on to where it is for the next word, `secs` later.
    fn step(&mut self, payload: &Payload, secs: f64) {
        match payload {
            Payload::Walk { start, step, .. } => {
                // A tenth of the way home, so that it never leaves for good.
                let home = (start - self.at) * 0.1;
                self.at += home + step * self.chance.swing();
            }
            Payload::Battery { lasts_secs, .. } => {
                let share = 100.0 * secs / lasts_secs;
                let uneven = 1.0 + self.chance.swing();
                self.at += share * if self.charging { 10.0 } else { -uneven };
                self.at = self.at.clamp(0.0, 100.0);
                self.charging = match self.charging {
                    true => self.at < 100.0,
                    false => self.at < 5.0,
                };
            }
            Payload::Track { speed, .. } => {
                self.way += self.chance.swing() * 0.5;
                // A hundredth of the way home, so that it stays in town.
                self.at += speed * secs * libm::cos(self.way) - self.at * 0.01;
                self.east += speed * secs * libm::sin(self.way) - self.east * 0.01;
            }
            Payload::Json(fields) => {
                for (field, maker) in fields.iter().zip(&mut self.fields) {
                    maker.step(&field.value, secs);
                }
            }
            Payload::Constant(_) | Payload::List(_) | Payload::Wave { .. } => {}
        }
    }
}

/// From the equator to a pole are ten million metres and ninety degrees.
const METRES_A_DEGREE: f64 = 10_000_000.0 / 90.0;

/// Whether a word stands in an object as it is.
fn is_json(made_by: &Payload, word: &str) -> bool {
    match made_by {
        Payload::Constant(_) | Payload::List(_) => {
            let digits = word.strip_prefix('-').unwrap_or(word);
            let (whole, part) = digits.split_once('.').unwrap_or((digits, "0"));
            let all = |text: &str| !text.is_empty() && text.bytes().all(|b| b.is_ascii_digit());
            let number = all(whole) && all(part) && (whole == "0" || !whole.starts_with('0'));
            number || matches!(word, "true" | "false" | "null")
        }
        _ => true,
    }
}

/// A string of JSON.
fn string(out: &mut String, text: &str) {
    out.push('"');
    for letter in text.chars() {
        match letter {
            '"' | '\\' => {
                out.push('\\');
                out.push(letter);
            }
            '\0'..='\u{1F}' => {
                // Writing to a text does not fail.
                let _ = write!(out, "\\u{:04x}", u32::from(letter));
            }
            _ => out.push(letter),
        }
    }
    out.push('"');
}

fn number(value: f64, decimals: u8) -> String {
    let text = format!("{value:.*}", usize::from(decimals));
    // −0.0 is a number only to computers.
    match text.strip_prefix('-') {
        Some(rest) if rest.chars().all(|digit| matches!(digit, '0' | '.')) => rest.to_owned(),
        _ => text,
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::scenario::Field;

    fn voice(payload: Payload) -> Voice {
        let mut actor = Actor::publisher("thermo", "home/{room}/{n}");
        actor.values = vec![("room".into(), "kitchen".into())];
        actor.speaks[0].payload = payload;
        Voice::of(&actor, &actor.speaks[0], 7, ActorId(0), 0)
    }

    fn says(payload: Payload, count: usize) -> Vec<String> {
        let mut voice = voice(payload);
        (0..count).map(|_| voice.next(0).payload).collect()
    }

    #[test]
    fn lists_begin_again() {
        let list = Payload::List(vec!["closed".into(), "open".into()]);
        assert_eq!(says(list, 3), ["closed", "open", "closed"]);
        assert_eq!(says(Payload::List(vec![]), 1), [""]);
        assert_eq!(says(Payload::Constant("x".into()), 2), ["x", "x"]);
    }

    #[test]
    fn waves_come_round() {
        let wave = Payload::Wave {
            middle: 21.4,
            swing: 0.9,
            period_secs: 4.0,
            decimals: 1,
        };
        assert_eq!(says(wave, 5), ["21.4", "22.3", "21.4", "20.5", "21.4"]);
        let zero = Payload::Wave {
            middle: 0.0,
            swing: -0.01,
            period_secs: 4.0,
            decimals: 1,
        };
        assert_eq!(says(zero, 2), ["0.0", "0.0"]);
    }

    #[test]
    fn walks_stay_near_home() {
        let walk = Payload::Walk {
            start: 5.0,
            step: 1.0,
            decimals: 2,
        };
        let words = says(walk.clone(), 500);
        assert_eq!(words[0], "5.00");
        assert_eq!(words, says(walk.clone(), 500));
        let mut later = voice(walk);
        later.skip(499);
        assert_eq!(later.next(0).payload, words[499]);
        let values = words
            .iter()
            .map(|word| word.parse::<f64>().expect("a number"));
        assert!(
            values
                .into_iter()
                .all(|value| (-5.0..=15.0).contains(&value))
        );
    }

    #[test]
    fn templates_are_filled_anew_for_every_word() {
        let mut voice = voice(Payload::Constant("{name} {n} {time} {other}".into()));
        voice.next(0);
        let word = voice.next(1500);
        assert_eq!(word.topic, "home/kitchen/2");
        assert_eq!(word.payload, "thermo 2 1500 {other}");
    }

    #[test]
    fn batteries_fall_and_are_charged() {
        let battery = Payload::Battery {
            start: 100.0,
            lasts_secs: 60.0,
            decimals: 1,
        };
        let words = says(battery, 100);
        let levels: Vec<f64> = words.iter().map(|w| w.parse().expect("a number")).collect();
        assert_eq!(words[0], "100.0");
        assert!(levels[1..40].is_sorted_by(|a, b| a >= b), "{levels:?}");
        let low = levels.iter().position(|level| *level < 5.0).expect("empty");
        assert!((40..90).contains(&low), "{low}");
        assert!(levels[low + 2] > 20.0, "{levels:?}");
    }

    #[test]
    fn tracks_go_at_their_speed() {
        let track = Payload::Track {
            lat: 52.0,
            lon: 13.0,
            speed: 10.0,
        };
        let words = says(track, 50);
        assert_eq!(words[0], "{\"lat\":52.000000,\"lon\":13.000000}");
        let place = |word: &str| -> (f64, f64) {
            let word = word.trim_start_matches("{\"lat\":").trim_end_matches('}');
            let (lat, lon) = word.split_once(",\"lon\":").expect("both");
            (
                lat.parse().expect("a number"),
                lon.parse().expect("a number"),
            )
        };
        for two in words.windows(2) {
            let ((lat, lon), (lat2, lon2)) = (place(&two[0]), place(&two[1]));
            let metres = f64::hypot((lat2 - lat) * 111_111.0, (lon2 - lon) * 68_408.0);
            assert!((4.0..=16.0).contains(&metres), "{two:?} {metres}");
        }
    }

    #[test]
    fn objects_are_json() {
        let field = |name: &str, value| Field {
            name: name.into(),
            value,
        };
        let wave = Payload::Wave {
            middle: 1.0,
            swing: 0.0,
            period_secs: 1.0,
            decimals: 1,
        };
        let walk = Payload::Walk {
            start: 0.0,
            step: 1.0,
            decimals: 2,
        };
        let json = Payload::Json(vec![
            field("id\n", Payload::Constant("{name}\"".into())),
            field("n", Payload::Constant("{n}".into())),
            field("t", wave),
            field("a", walk.clone()),
            field("b", walk),
            field("ok", Payload::List(vec!["true".into(), "01".into()])),
        ]);
        let words = says(json, 2);
        let first =
            "{\"id\\u000a\":\"thermo\\\"\",\"n\":1,\"t\":1.0,\"a\":0.00,\"b\":0.00,\"ok\":true}";
        assert_eq!(words[0], first);
        assert!(words[1].ends_with("\"ok\":\"01\"}"), "{}", words[1]);
        let [a, b] = ["\"a\":", "\"b\":"].map(|name| {
            let rest = words[1].split(name).nth(1).expect("a member");
            rest.split(',').next().expect("a value").to_owned()
        });
        assert_ne!(a, b, "each has chance of its own");
    }
}
