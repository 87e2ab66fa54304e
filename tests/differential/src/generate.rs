//! Dialogues of several clients, made from a seed, in the language of the cases.
//!
//! What is not made here is what only differs in ways that are known: malformed packets and
//! refused connections (the cases have them), shares whose members are away (a broker may choose
//! another member), and messages of QoS 2 that their publisher leaves unreleased (brokers may
//! route at either end of the exchange).

use std::fmt::Write;

/// Numbers from a seed.
#[derive(Clone, Debug)]
pub struct Chance(u64);

impl Chance {
    /// Those of this seed.
    pub fn new(seed: u64) -> Self {
        Self(seed)
    }

    /// The next number below `bound`.
    pub fn below(&mut self, bound: usize) -> usize {
        self.0 = self.0.wrapping_add(0x9E37_79B9_7F4A_7C15);
        let mut mixed = self.0;
        mixed = (mixed ^ (mixed >> 30)).wrapping_mul(0xBF58_476D_1CE4_E5B9);
        mixed = (mixed ^ (mixed >> 27)).wrapping_mul(0x94D0_49BB_1331_11EB);
        mixed ^= mixed >> 31;
        (mixed % bound as u64) as usize
    }

    fn in_hundred(&mut self, percent: usize) -> bool {
        self.below(100) < percent
    }

    fn of<'a, T>(&mut self, all: &'a [T]) -> &'a T {
        &all[self.below(all.len())]
    }
}

struct Client {
    name: char,
    v5: bool,
    /// May be in a group, and so has neither a session that lasts nor limits.
    shares: bool,
    /// The name of its connection while it has one.
    live: Option<String>,
    connections: usize,
    lasts: bool,
    /// Has little room, so that copies would show.
    limited: bool,
    holds: bool,
    aliases: [bool; 3],
    next_id: usize,
}

const TOPICS: [&str; 9] = ["a", "a/b", "a/b/c", "a/b/d", "/a", "a/", "b/b", "$x/b", "b"];
const FILTERS: [&str; 14] = [
    "#", "+", "a/#", "a/+", "+/b", "a/+/c", "/+", "+/+", "a", "a/b", "b/b", "$x/#", "$x/+", "a/b/#",
];
/// Each client has one of these, and no other filter that meets the same topics: copies and
/// members can be told apart then.
const SHARES: [&str; 2] = ["$share/g/s/#", "$share/h/s/+"];
const FILTERS_APART: [&str; 5] = ["a/#", "b/b", "/+", "$x/#", "b"];
const FILTERS_BESIDE: [&str; 8] = ["+", "a/#", "a/+", "a", "a/b", "b/b", "$x/#", "a/b/#"];

struct Maker {
    chance: Chance,
    clients: Vec<Client>,
    text: String,
    messages: usize,
    /// Whether messages are of QoS 0 or 1 and not retained.
    plain: bool,
}

/// The dialogue of a seed, as the text of a case.
pub fn dialogue(seed: u64) -> String {
    let mut chance = Chance::new(seed);
    let count = 2 + chance.below(3);
    let groups = chance.in_hundred(40);
    let clients = ('a'..).take(count).map(|name| Client {
        name,
        v5: chance.in_hundred(70),
        shares: groups && chance.in_hundred(60),
        live: None,
        connections: 0,
        lasts: false,
        limited: chance.in_hundred(40),
        holds: false,
        aliases: [false; 3],
        next_id: 1,
    });
    let clients = clients.collect();
    let mut maker = Maker {
        text: format!("case seed-{seed}: Made from a seed.\nfor 5.0\n"),
        clients,
        messages: 0,
        plain: false,
        chance,
    };
    for client in 0..count {
        maker.connect(client);
    }
    let steps = 10 + maker.chance.below(30);
    for _ in 0..steps {
        maker.step();
    }
    // Everything that was kept comes at last.
    for client in 0..count {
        maker.answer(client);
        if maker.clients[client].lasts && maker.clients[client].live.is_none() {
            maker.connect(client);
        }
    }
    maker.text
}

impl Maker {
    fn step(&mut self) {
        let client = self.chance.below(self.clients.len());
        if self.clients[client].live.is_none() {
            return match self.chance.in_hundred(50) {
                true => self.connect(client),
                // Others speak meanwhile.
                false => self.publish_by_anybody(),
            };
        }
        match self.chance.below(100) {
            0..34 => self.publish(client),
            34..40 => self.several(client),
            40..62 => self.subscribe(client),
            62..69 => self.unsubscribe(client),
            69..76 => self.hold(client),
            76..83 => self.answer(client),
            83..89 => self.disconnect(client),
            89..94 => {
                let peer = self.peer(client);
                let _ = writeln!(self.text, "{peer} cut");
                self.clients[client].live = None;
            }
            94..98 => self.connect(client),
            _ => {
                let peer = self.peer(client);
                let _ = writeln!(self.text, "{peer} > PINGREQ");
            }
        }
    }

    /// Several packets in one write. None of them is of QoS 2 (brokers may route it later than
    /// what comes behind it), and none changes what is retained or takes a subscription back (a
    /// broker may look that up when it sends).
    fn several(&mut self, client: usize) {
        self.plain = true;
        let start = self.text.len();
        for _ in 0..2 + self.chance.below(4) {
            match self.chance.below(4) {
                0 => self.subscribe(client),
                _ => self.publish(client),
            }
        }
        self.plain = false;
        let head = format!("{} > ", self.peer(client));
        let lines = self.text.split_off(start);
        let packets = lines.lines().filter_map(|line| line.strip_prefix(&head));
        let packets: Vec<&str> = packets.collect();
        let _ = writeln!(self.text, "{head}{}", packets.join(" ; "));
    }

    fn peer(&self, client: usize) -> String {
        self.clients[client].live.clone().unwrap_or_default()
    }

    /// Connects, and takes over what connection there is.
    fn connect(&mut self, client: usize) {
        // A session does not change its version: one of the brokers keeps options of the older.
        let changes = self.clients[client].connections > 0 && self.chance.in_hundred(10);
        self.clients[client].v5 ^= changes;
        let of = &mut self.clients[client];
        of.connections += 1;
        of.holds = false;
        of.aliases = [false; 3];
        let peer = match of.connections {
            1 => of.name.to_string(),
            more => format!("{}{more}", of.name),
        };
        of.live = Some(peer.clone());
        let (v5, shares, limited, name) = (of.v5, of.shares, of.limited, of.name);
        if !v5 {
            let _ = writeln!(self.text, "{peer} is 3.1.1");
        }
        let clean = shares || changes || self.chance.in_hundred(40);
        let mut line = format!("{peer} > CONNECT {name}");
        if clean {
            line.push_str(" clean");
        }
        let mut lasts = !v5 && !clean;
        if v5 && !shares {
            if self.chance.in_hundred(65) {
                lasts = true;
                let expiry = self.chance.of(&[1000, 4_294_967_295_u32]);
                let _ = write!(line, " session-expiry={expiry}");
            }
            if limited {
                // Not both: one of the brokers lets what is too large take room.
                match self.chance.in_hundred(10) {
                    true => line.push_str(" max-packet=60"),
                    false => {
                        let _ = write!(line, " receive-max={}", self.chance.of(&[1, 2, 3, 10]));
                    }
                }
            }
        }
        if v5 && self.chance.in_hundred(30) {
            line.push_str(" alias-max=3");
        }
        if self.chance.in_hundred(35) {
            self.will(v5 && !shares, &mut line);
        }
        self.clients[client].lasts = lasts;
        let _ = writeln!(self.text, "{line}");
    }

    fn will(&mut self, may_wait: bool, line: &mut String) {
        self.messages += 1;
        let retain = self.chance.in_hundred(25);
        // A topic of its own, because one of the brokers forgets some wills.
        let topic = match retain {
            true => "a/w",
            false => self.chance.of(&TOPICS),
        };
        let waits = may_wait && self.chance.in_hundred(30);
        let (kind, number) = (if waits { "d" } else { "w" }, self.messages);
        let _ = write!(line, " will={topic} will-payload=\"{kind}{number}\"");
        let qos = self.chance.below(3);
        if qos > 0 {
            let _ = write!(line, " will-qos={qos}");
        }
        if retain {
            line.push_str(" will-retain");
        }
        if waits {
            line.push_str(" will.delay=1000");
        }
        if may_wait && self.chance.in_hundred(30) {
            line.push_str(" will.content-type=\"c\" will.user=k:v will.format=1");
        }
    }

    fn publish_by_anybody(&mut self) {
        let live: Vec<usize> = (0..self.clients.len())
            .filter(|client| self.clients[*client].live.is_some())
            .collect();
        if !live.is_empty() {
            let client = *self.chance.of(&live);
            self.publish(client);
        }
    }

    fn publish(&mut self, client: usize) {
        let peer = self.peer(client);
        let v5 = self.clients[client].v5;
        let groups = self.clients.iter().any(|c| c.shares);
        let shared = groups && self.chance.in_hundred(40);
        let mut topic = match shared {
            true => *self.chance.of(&["s/1", "s/2"]),
            false => *self.chance.of(&TOPICS),
        };
        let mut rest = String::new();
        let qos = self.chance.below(if self.plain { 2 } else { 3 });
        if qos > 0 {
            let id = self.clients[client].next_id;
            self.clients[client].next_id += 1;
            let _ = write!(rest, " qos={qos} id={id}");
        }
        let retain = !self.plain && !shared && self.chance.in_hundred(30);
        if retain {
            rest.push_str(" retain");
        }
        if v5 && !shared {
            self.properties(&mut rest);
            if self.chance.in_hundred(15) {
                // The alias number stands for the topic of the same number.
                let number = self.chance.below(3);
                topic = TOPICS[number];
                let _ = write!(rest, " alias={}", number + 1);
                if std::mem::replace(&mut self.clients[client].aliases[number], true) {
                    topic = "\"\"";
                }
            }
        }
        self.messages += 1;
        let payload = match retain && self.chance.in_hundred(20) {
            true => String::new(),
            false => self.messages.to_string(),
        };
        let _ = writeln!(self.text, "{peer} > PUBLISH {topic} \"{payload}\"{rest}");
    }

    fn properties(&mut self, rest: &mut String) {
        for property in [
            "format=1",
            "message-expiry=1000",
            "content-type=\"c\"",
            "response-topic=\"r/t\"",
            "correlation=x'01 00 02'",
            "user=k:v",
            "user=k:w user=a:b",
        ] {
            if self.chance.in_hundred(10) {
                let _ = write!(rest, " {property}");
            }
        }
    }

    fn subscribe(&mut self, client: usize) {
        let peer = self.peer(client);
        let of = &mut self.clients[client];
        let (v5, shares, limited, holds) = (of.v5, of.shares, of.limited, of.holds);
        let id = of.next_id;
        of.next_id += 1;
        let mut line = format!("{peer} > SUBSCRIBE id={id}");
        if shares && self.chance.in_hundred(60) {
            // All members of a group get the same, whoever is chosen.
            let _ = write!(line, " {}:1", SHARES[client % 2]);
        } else {
            for _ in 0..1 + self.chance.below(3) {
                let filters = match (shares, limited) {
                    (true, _) => &FILTERS_BESIDE[..],
                    (_, true) => &FILTERS_APART,
                    _ => &FILTERS,
                };
                let filter = self.chance.of(filters);
                let _ = write!(line, " {filter}:{}", self.chance.below(3));
                if !v5 {
                    continue;
                }
                // A filter has the same flags each time: one of the brokers keeps the first ones.
                let flags = filter.len() + client;
                if flags.is_multiple_of(3) {
                    // Without what is kept: one of the brokers gives that back to its publisher.
                    line.push_str(",nl,rh2");
                } else if limited && holds {
                    // What is kept may come in any order, and only its beginning would come.
                    line.push_str(",rh2");
                } else {
                    for (option, percent) in [("rh1", 20), ("rh2", 20)] {
                        if !line.ends_with("rh1") && self.chance.in_hundred(percent) {
                            let _ = write!(line, ",{option}");
                        }
                    }
                }
                if flags % 4 == 1 {
                    line.push_str(",rap");
                }
            }
            if v5 && self.chance.in_hundred(30) {
                let _ = write!(line, " sub-id={}", 1 + self.chance.below(200));
            }
        }
        let _ = writeln!(self.text, "{line}");
    }

    fn unsubscribe(&mut self, client: usize) {
        let peer = self.peer(client);
        let of = &mut self.clients[client];
        let (shares, id) = (of.shares, of.next_id);
        of.next_id += 1;
        let filter = match shares && self.chance.in_hundred(50) {
            true => &SHARES[client % 2],
            false => self.chance.of(&FILTERS),
        };
        let _ = writeln!(self.text, "{peer} > UNSUBSCRIBE id={id} {filter}");
    }

    fn hold(&mut self, client: usize) {
        let of = &mut self.clients[client];
        if !of.shares && !std::mem::replace(&mut of.holds, true) {
            let peer = self.peer(client);
            let _ = writeln!(self.text, "{peer} holds");
        }
    }

    fn answer(&mut self, client: usize) {
        let of = &mut self.clients[client];
        if of.live.is_some() && std::mem::replace(&mut of.holds, false) {
            let peer = self.peer(client);
            let _ = writeln!(self.text, "{peer} answers");
        }
    }

    fn disconnect(&mut self, client: usize) {
        let peer = self.peer(client);
        let of = &self.clients[client];
        let mut line = format!("{peer} > DISCONNECT");
        let (v5, lasts) = (of.v5, of.lasts);
        if v5 && self.chance.in_hundred(30) {
            line.push_str(" reason=0x04");
        }
        if v5 && lasts && self.chance.in_hundred(25) {
            let expiry = self.chance.of(&[0, 2000]);
            let _ = write!(line, " session-expiry={expiry}");
            self.clients[client].lasts = *expiry > 0;
        }
        self.clients[client].live = None;
        let _ = writeln!(self.text, "{line}");
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_seed_makes_one_dialogue_that_can_be_read() {
        for seed in 0..200 {
            let text = dialogue(seed);
            assert_eq!(text, dialogue(seed));
            let cases = tidings_conformance::case::read("generated", &text);
            assert_eq!(cases.map(|cases| cases.len()), Ok(1), "{text}");
        }
    }
}
