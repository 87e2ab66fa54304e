//! Scenes that are large.

use std::fmt::Write as _;

/// Speakers, each with its topics, and listeners.
struct Crowd {
    speakers: usize,
    topics: usize,
    period_ms: usize,
    latency_ms: usize,
    filters: &'static [&'static str],
}

impl Crowd {
    fn text(&self) -> String {
        let mut text = String::from("format = 1\ntitle = \"A crowd\"\n");
        let mut rest = Vec::new();
        // A text has a megabyte at most.
        let payload = match self.topics {
            1 => "{ walk = { start = 20.0, step = 0.5, decimals = 1 } }",
            _ => "{constant=\"1\"}",
        };
        for n in 1..=self.speakers {
            let mut says = String::new();
            for topic in 0..self.topics {
                let first_ms = (n * 37 + topic * 11) % self.period_ms.max(1) + 100;
                let _ = write!(
                    says,
                    "[[actors.speaks]]\ntopic=\"site/{}/dev{n}/t{topic}\"\n\
                     payload={payload}\n\
                     first_ms={first_ms}\nperiod_ms={}\n",
                    n % 5,
                    self.period_ms
                );
            }
            rest.push((format!("s{n}"), self.latency_ms + n % 7 * 10, says));
        }
        for (n, filter) in (1..).zip(self.filters) {
            let hears = format!("[[actors.listens]]\nfilter = \"{filter}\"\n");
            rest.push((format!("l{n}"), self.latency_ms, hears));
        }
        for (name, latency_ms, does) in rest {
            let _ = write!(
                text,
                "\n[[actors]]\nname = \"{name}\"\nlatency_ms = {latency_ms}\n{does}"
            );
        }
        text
    }
}

/// Fifty actors who talk for long.
pub(crate) fn busy() -> String {
    let crowd = Crowd {
        speakers: 46,
        topics: 1,
        period_ms: 400,
        latency_ms: 40,
        filters: &["site/#", "site/0/#", "site/+/dev1/+", "site/1/#"],
    };
    crowd.text()
}

/// Fifty actors, and about two hundred packets on their way at any time.
pub(crate) fn crowd() -> String {
    let crowd = Crowd {
        speakers: 46,
        topics: 1,
        period_ms: 1000,
        latency_ms: 1300,
        filters: &["site/#", "site/0/#", "site/+/dev1/+", "site/1/#"],
    };
    crowd.text()
}

/// Five thousand messages a second.
pub(crate) fn flood() -> String {
    let crowd = Crowd {
        speakers: 50,
        topics: 1,
        period_ms: 10,
        latency_ms: 40,
        filters: &["site/#"],
    };
    crowd.text()
}

/// Ten thousand topics, each spoken on every minute.
pub(crate) fn topics() -> String {
    let crowd = Crowd {
        speakers: 50,
        topics: 200,
        period_ms: 60_000,
        latency_ms: 40,
        filters: &["site/0/#"],
    };
    crowd.text()
}
