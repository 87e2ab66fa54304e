//! Scenarios as text: TOML, because people write it and lessons want comments.

use super::{FORMAT, Scenario, check, read, write};
use crate::view::{FormField, Problem};

/// The scene of the first screen.
pub const KITCHEN_SENSORS: &str = include_str!("../../../lessons/kitchen-sensors.toml");

/// No text is longer; a scene somebody builds by hand has a few kilobytes.
pub const TEXT_BYTES_MAX: usize = 1024 * 1024;

impl Scenario {
    /// A scene from its text, checked.
    ///
    /// # Errors
    /// Everything that is wrong with it, in sentences; a mistake in the notation names its line.
    pub fn from_text(text: &str) -> Result<Self, Vec<Problem>> {
        if text.len() > TEXT_BYTES_MAX {
            let sentence = format!("A scene has at most {TEXT_BYTES_MAX} bytes.");
            return Err(vec![problem(0, sentence)]);
        }
        let scenario = read::scenario(text).map_err(|fault| {
            let before = text.get(..fault.at).unwrap_or("");
            let line = before.matches('\n').count() as u32 + 1;
            vec![problem(line, fault.sentence)]
        })?;
        if scenario.format != FORMAT {
            let format = scenario.format;
            let sentence = format!(
                "This scene is written in format {format}; this page reads format {FORMAT}."
            );
            return Err(vec![problem(0, sentence)]);
        }
        let problems = check::scenario(&scenario);
        match problems.is_empty() {
            true => Ok(scenario),
            false => Err(problems),
        }
    }

    /// The text of a scene.
    pub fn to_text(&self) -> String {
        write::scenario(self)
    }

    /// The scene of the first screen.
    pub fn kitchen_sensors() -> Self {
        Self::from_text(KITCHEN_SENSORS).expect("invariant: a test reads this file")
    }

    /// A scene with nobody in it but a broker.
    pub fn empty() -> Self {
        Self {
            format: FORMAT,
            title: "New scene".into(),
            seed: 7,
            actors: Vec::new(),
            beats: Vec::new(),
        }
    }
}

fn problem(line: u32, sentence: String) -> Problem {
    Problem {
        field: FormField::Text(line),
        sentence,
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::scenario::*;

    #[test]
    fn the_first_scene_comes_back_from_its_text() {
        let scenario = Scenario::kitchen_sensors();
        assert_eq!(Scenario::from_text(&scenario.to_text()), Ok(scenario));
    }

    #[test]
    fn everything_comes_back_from_its_text() {
        let listens = Actor::subscriber("x", "a/+/#").listens.remove(0);
        let listens = [
            listens.clone(),
            Listens {
                filter: "$share/g/\u{202E}\"\n#".replace('\n', ""),
                channel: 8,
                qos: Qos::ExactlyOnce,
                no_local: false,
                retain_as_published: true,
                retain_handling: RetainHandling::IfNew,
                handling_ms: 2000,
                subscription_id: 7,
                user: vec![("a".into(), "1".into()), ("a".into(), "".into())],
                answer: Some(Answer {
                    topic: "answers".into(),
                    payload: "{payload}".into(),
                }),
            },
        ];
        let payloads = [
            Payload::Constant("\"\\ день\n".into()),
            Payload::List(vec!["".into(), "a".into()]),
            Payload::Wave {
                middle: 21.4,
                swing: -0.9,
                period_secs: 60.0,
                decimals: 1,
            },
            Payload::Walk {
                start: 0.0,
                step: 1e-3,
                decimals: 3,
            },
            Payload::Battery {
                start: 87.5,
                lasts_secs: 3600.0,
                decimals: 0,
            },
        ];
        let track = Payload::Track {
            lat: 52.5,
            lon: -13.4,
            speed: 1.4,
        };
        let json = [track.clone(), payloads[0].clone(), payloads[1].clone()].map(|value| Field {
            name: "\"a".into(),
            value,
        });
        let json = Payload::Json(json.to_vec());
        let properties = PublishProperties {
            expiry_secs: Some(0),
            content_type: "text/plain".into(),
            is_text: true,
            response_topic: "answers/{name}".into(),
            correlation: "{n}".into(),
            user: vec![("b".into(), "2".into()), ("a".into(), "1".into())],
        };
        let speaks = payloads
            .into_iter()
            .chain([track, json])
            .map(|payload| Speaks {
                topic: "a/{room}".into(),
                payload,
                by_hand: false,
                period_ms: 10,
                burst: 5,
                pause_ms: 500,
                first_ms: 5,
                qos: Qos::ExactlyOnce,
                retain: true,
                properties: properties.clone(),
            });
        let mut speaks: Vec<_> = speaks.collect();
        (speaks[0].by_hand, speaks[0].burst, speaks[0].pause_ms) = (true, 0, 0);
        let actor = Actor {
            picture: Picture::Lamp,
            transport: Transport::WebSocket,
            away: Away::KeepSecs(120),
            connect: ConnectProperties {
                username: "me".into(),
                receive_max: 1,
                max_packet_bytes: 1000,
                topic_alias_max: 2,
                topic_aliases: 3,
                wants_response_info: true,
                no_problem_info: true,
                user: vec![("a".into(), "1".into())],
            },
            values: vec![("room".into(), "kitchen".into())],
            latency_ms: 0,
            jitter_ms: 30,
            bytes_per_sec: 1000,
            reads_per_sec: 500,
            keep_alive_secs: 60,
            start_ms: 5,
            will: Some(Will {
                topic: "gone".into(),
                payload: "\u{7}".into(),
                qos: Qos::AtLeastOnce,
                retain: true,
                delay_secs: 9,
                properties,
            }),
            speaks,
            listens: vec![listens[0].clone()],
            ..Actor::publisher("старый", "a")
        };
        let other = Actor {
            version: Version::V5,
            away: Away::KeepHour,
            listens: vec![Listens {
                filter: "$share/g/a".into(),
                ..listens[1].clone()
            }],
            ..Actor::subscriber("x", "a")
        };
        let old = Actor {
            version: Version::V3_1_1,
            ..Actor::subscriber("old", "a")
        };
        let scenario = Scenario {
            actors: vec![actor, other, old],
            seed: u64::MAX,
            beats: [Deed::SwitchOff, Deed::CutAfter(9), Deed::Restart]
                .map(|what| Beat {
                    at_ms: 1,
                    actor: "x".into(),
                    what,
                })
                .to_vec(),
            ..Scenario::empty()
        };
        assert_eq!(Scenario::from_text(&scenario.to_text()), Ok(scenario));
    }

    #[test]
    fn mistakes_are_told_with_their_line() {
        let wrong = |text: &str| {
            Scenario::from_text(text)
                .expect_err("it is wrong")
                .remove(0)
        };
        assert_eq!(wrong("format = 1\ntitle = 5").field, FormField::Text(2));
        assert_eq!(
            wrong("format = 1\ntitle = \"x\"\nsed = 1").field,
            FormField::Text(3)
        );
        for (text, line, word) in [
            ("format = 1\ntitle = \"x", 2, "string"),
            ("title = \"x\"", 1, "`format`"),
            (
                "format = 1\ntitle = \"x\"\n[[actors]]\npicture = \"lamp\"",
                3,
                "`name`",
            ),
            (
                "format = 1\ntitle = \"x\"\n[[actors]]\nname = \"a\"\npicture = \"sun\"",
                5,
                "\"lamp\"",
            ),
            ("format = 1\ntitle = \"x\"\nseed = -1", 3, "whole number"),
            ("format = 1\ntitle = \"x\"\nactors = 1", 3, "list"),
            (
                "format = 1\ntitle = \"x\"\n[[beats]]\nat_ms = 1\nactor = \"x\"\nwhat = 7",
                6,
                "\"unplug\"",
            ),
        ] {
            let problem = wrong(text);
            assert_eq!(problem.field, FormField::Text(line), "{text}: {problem:?}");
            assert!(problem.sentence.contains(word), "{text}: {problem:?}");
        }
        assert!(
            wrong("format = 9\ntitle = \"x\"")
                .sentence
                .contains("format 9")
        );
    }
}
