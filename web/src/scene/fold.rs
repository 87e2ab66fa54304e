//! Many actors in little room: who asks in the same words, or speaks on the same branch, is drawn
//! as one with how many they are, and what still has no room is counted in a last row. Who is
//! selected, or was unfolded, stays alone.

use super::geometry::{Geometry, Layout};
use super::model::{ActorId, Contact, Lane, Listener, More, Rung, Speaker, Stage};
use crate::words::Scene;

/// The stage as it is laid out in a room, with as much folded as has to be; `stay` never is.
pub(crate) fn fit(
    mut stage: Stage,
    stay: &[ActorId],
    words: &Scene,
    rungs: usize,
    layout: impl Fn(&Stage) -> Geometry,
) -> (Stage, Geometry) {
    if stage.rungs.len() > rungs {
        listeners(&mut stage, rungs, stay, words);
    }
    let geometry = layout(&stage);
    let most = speakers_most(&geometry);
    if stage.speakers.len() <= most {
        return (stage, geometry);
    }
    speakers(&mut stage, most, stay, words);
    let geometry = layout(&stage);
    (stage, geometry)
}

/// So many speakers stand beside the rungs, each with a box of its own.
fn speakers_most(g: &Geometry) -> usize {
    let (span, step) = match g.layout {
        Layout::Tall => (g.frame.x1 - g.frame.x0 - 48.0, 32.0),
        _ => (g.rows_end() - g.row_top, g.icon + 8.0),
    };
    (span / step).floor().max(2.0) as usize + 1
}

/// Some of a list, side by side, and whether they may be folded with others.
struct Unit {
    name: String,
    members: Vec<usize>,
    stays: bool,
    /// What had no room.
    rest: bool,
}

impl Unit {
    fn is(&self, index: usize) -> bool {
        self.members.contains(&index)
    }
}

/// Brings units, each as large as `size` says, into the room of `most`: those that are too many
/// become one, at the place of the first.
fn squeeze(units: &mut Vec<Unit>, most: usize, size: impl Fn(&Unit) -> usize) {
    if units.iter().map(&size).sum::<usize>() <= most {
        return;
    }
    let staying: usize = units.iter().filter(|unit| unit.stays).map(&size).sum();
    let mut left = most.saturating_sub(staying + 1);
    let mut rest: Option<usize> = None;
    let mut out: Vec<Unit> = Vec::new();
    for unit in units.drain(..) {
        let takes = size(&unit);
        match rest {
            _ if unit.stays => out.push(unit),
            None if takes <= left => {
                left -= takes;
                out.push(unit);
            }
            None => {
                rest = Some(out.len());
                out.push(Unit { rest: true, ..unit });
            }
            Some(place) => out[place].members.extend(unit.members),
        }
    }
    *units = out;
}

/// Who speaks on the same branch of the topics: by the first level at which any two differ.
fn branches(topics: &[(ActorId, &str)], stay: &[ActorId]) -> (Vec<Unit>, String) {
    let word = |topic: &str, level: usize| topic.split('/').nth(level).unwrap_or("").to_owned();
    let first = topics.first().map_or("", |(_, topic)| *topic);
    let differ = |level: &usize| {
        let here = word(first, *level);
        topics.iter().any(|(_, topic)| word(topic, *level) != here)
    };
    let level = (0..16).find(differ).unwrap_or(0);
    let keys = topics.iter().map(|(id, topic)| (*id, word(topic, level)));
    let prefix: Vec<&str> = first.split('/').take(level).collect();
    (alike(keys, stay), prefix.join("/"))
}

/// Those with the same key; who stays or has an empty one is alone.
fn alike(keys: impl Iterator<Item = (ActorId, String)>, stay: &[ActorId]) -> Vec<Unit> {
    let mut units: Vec<Unit> = Vec::new();
    for (index, (id, name)) in keys.enumerate() {
        let stays = stay.contains(&id);
        let mut others = units.iter_mut().filter(|unit| !unit.stays && !stays);
        match others.find(|unit| !name.is_empty() && unit.name == name) {
            Some(unit) => unit.members.push(index),
            None => units.push(Unit {
                name,
                members: vec![index],
                stays,
                rest: false,
            }),
        }
    }
    units
}

/// The lanes of a score as `most` there is room for: publishers, the broker, and subscribers.
/// Each comes with what makes it one with others, a topic or a filter.
pub(crate) fn lanes(
    all: Vec<(Lane, String)>,
    most: usize,
    stay: &[ActorId],
    words: &Scene,
) -> Vec<Lane> {
    let broker = all.iter().position(|(lane, _)| lane.actor.is_none());
    let Some(broker) = broker.filter(|_| all.len() > most) else {
        return all.into_iter().map(|(lane, _)| lane).collect();
    };
    let (above, below) = (broker, all.len() - broker - 1);
    let half = most.saturating_sub(1) / 2;
    let top = above.min(half.max(most.saturating_sub(1 + below)));
    let bottom = below.min(most.saturating_sub(1 + top));
    let id = |lane: &Lane| lane.actor.unwrap_or_default();
    let topics: Vec<(ActorId, &str)> = (all[..broker].iter())
        .map(|(lane, key)| (id(lane), key.as_str()))
        .collect();
    let (mut speak, _) = branches(&topics, stay);
    squeeze(&mut speak, top.max(1), |_| 1);
    let keys = all[broker + 1..].iter();
    let mut listen = alike(keys.map(|(lane, key)| (id(lane), key.clone())), stay);
    squeeze(&mut listen, bottom.max(1), |_| 1);
    let lane = |from: usize, unit: &Unit, first: bool| {
        let members = || unit.members.iter().map(|index| &all[from + *index].0);
        let lane = all[from + unit.members[0]].0.clone();
        if unit.members.len() == 1 {
            return lane;
        }
        let name = match (unit.rest, first) {
            (true, _) => "",
            (false, true) => lane.name.as_str(),
            (false, false) => unit.name.as_str(),
        };
        Lane {
            name: (words.bundle)(name, unit.members.len()),
            channels: if first && !unit.rest {
                lane.channels.clone()
            } else {
                Vec::new()
            },
            away: Vec::new(),
            bundle: members().map(id).collect(),
            ..lane
        }
    };
    let above = speak.iter().map(|unit| lane(0, unit, false));
    let below = listen.iter().map(|unit| lane(broker + 1, unit, true));
    let middle = std::iter::once(all[broker].0.clone());
    above.chain(middle).chain(below).collect()
}

fn speakers(stage: &mut Stage, most: usize, stay: &[ActorId], words: &Scene) {
    let topics: Vec<(ActorId, &str)> = (stage.speakers.iter())
        .map(|one| (one.id, one.topic.as_str()))
        .collect();
    let (mut units, prefix) = branches(&topics, stay);
    squeeze(&mut units, most, |_| 1);
    let all: Vec<Speaker> = units
        .iter()
        .map(|unit| {
            let first = &stage.speakers[unit.members[0]];
            if unit.members.len() == 1 {
                return first.clone();
            }
            let members = || unit.members.iter().map(|index| &stage.speakers[*index]);
            let alike = members().all(|one| one.latency == first.latency);
            let topic = match (unit.rest, prefix.as_str()) {
                (true, _) => String::new(),
                (_, "") => format!("{}/…", unit.name),
                (_, prefix) => format!("{prefix}/{}/…", unit.name),
            };
            Speaker {
                name: (words.bundle)(if unit.rest { "" } else { &unit.name }, unit.members.len()),
                topic,
                said: None,
                latency: first.latency.filter(|_| alike),
                away: members().all(|one| one.away),
                note: None,
                timer: None,
                bundle: members().map(|one| one.id).collect(),
                ..first.clone()
            }
        })
        .collect();
    if let Some(message) = &mut stage.message {
        message.from = message
            .from
            .and_then(|from| units.iter().position(|unit| unit.is(from)));
    }
    stage.speakers = all;
}

fn listeners(stage: &mut Stage, most: usize, stay: &[ActorId], words: &Scene) {
    let of = |listener: usize| {
        let own = stage.rungs.iter().enumerate();
        own.filter(move |(_, rung)| rung.listener == listener)
    };
    // Who asked once, in the same words, is on the same rung.
    let key = |(index, listener): (usize, &Listener)| {
        let mut own = of(index).map(|(_, rung)| rung);
        let name = match (own.next(), own.next()) {
            (Some(only), None) => {
                let group = only.group.as_deref().unwrap_or("");
                format!("{group} {} {}", listener.away, only.filter.join("/"))
            }
            _ => String::new(),
        };
        (listener.id, name)
    };
    let keys: Vec<_> = stage.listeners.iter().enumerate().map(key).collect();
    let mut units = alike(keys.into_iter(), stay);
    let size = |unit: &Unit| match unit.members[..] {
        [only] => of(only).count(),
        _ => 1,
    };
    squeeze(&mut units, most, size);
    let mut rungs: Vec<Rung> = Vec::new();
    let mut all: Vec<Listener> = Vec::new();
    for unit in &units {
        let place = all.len();
        let first = &stage.listeners[unit.members[0]];
        let own: Vec<&Rung> = (unit.members.iter())
            .flat_map(|index| of(*index).map(|(_, rung)| rung))
            .collect();
        if unit.members.len() == 1 && !unit.rest {
            all.push(first.clone());
            rungs.extend(own.into_iter().map(|rung| Rung {
                listener: place,
                ..rung.clone()
            }));
            continue;
        }
        let members = || unit.members.iter().map(|index| &stage.listeners[*index]);
        let alike = members().all(|one| one.latency == first.latency);
        let same = !unit.rest;
        let name = match same {
            true => (words.bundle)(&first.name, unit.members.len()),
            false => (words.bundle)("", unit.members.len()),
        };
        let others: Vec<&str> = members()
            .skip(usize::from(same))
            .map(|one| one.name.as_str())
            .collect();
        all.push(Listener {
            name,
            asked: others.join(", "),
            got: None,
            latency: first.latency.filter(|_| alike),
            away: members().all(|one| one.away),
            unplugged: same && members().all(|one| one.unplugged),
            note: members().find_map(|one| one.note.clone()).filter(|_| same),
            timer: None,
            bundle: members().map(|one| one.id).collect(),
            ..first.clone()
        });
        let waiting = own.iter().map(|rung| rung.waiting_in_all).sum();
        rungs.push(match (same, own.first()) {
            (true, Some(rung)) => Rung {
                listener: place,
                waiting_in_all: waiting,
                ..(*rung).clone()
            },
            _ => Rung {
                listener: place,
                waiting_in_all: waiting,
                more: Some(More {
                    rungs: own.len(),
                    conduct: own.iter().filter(|rung| conducts(rung)).count(),
                }),
                ..Rung::default()
            },
        });
    }
    (stage.listeners, stage.rungs) = (all, rungs);
}

/// Whether the message inside goes through.
fn conducts(rung: &Rung) -> bool {
    let closed =
        |contact: &Contact| matches!(contact, Contact::Equal | Contact::Plus | Contact::Hash);
    !rung.contacts.is_empty() && rung.contacts.iter().all(closed)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::scene::model::Message;
    use crate::words::words;

    fn crowd() -> Stage {
        let mut stage = Stage::default();
        for (n, topic) in ["kitchen", "hall", "bath"]
            .iter()
            .cycle()
            .take(30)
            .enumerate()
        {
            stage.speakers.push(Speaker {
                id: n as ActorId,
                name: format!("s{n}"),
                topic: format!("home/{topic}/v{n}"),
                ..Speaker::default()
            });
        }
        for n in 0..20 {
            let filter = match n % 4 {
                0 => vec!["home".to_owned(), "#".to_owned()],
                _ => vec![format!("own{n}")],
            };
            stage.listeners.push(Listener {
                id: 100 + n,
                name: format!("l{n}"),
                ..Listener::default()
            });
            stage.rungs.push(Rung {
                channel: 1,
                listener: n as usize,
                contacts: vec![Contact::Equal; filter.len()],
                filter,
                ..Rung::default()
            });
        }
        stage.message = Some(Message {
            from: Some(4),
            ..Message::default()
        });
        stage
    }

    fn folded(stay: &[ActorId]) -> (Stage, Geometry) {
        fit(crowd(), stay, &words().scene, 8, |stage| {
            Geometry::of(1440.0, 604.0, stage)
        })
    }

    #[test]
    fn branches_and_same_words_become_one_and_the_rest_is_counted() {
        let (stage, g) = folded(&[]);
        let names: Vec<_> = stage.speakers.iter().map(|one| one.name.as_str()).collect();
        assert_eq!(names, ["kitchen × 10", "hall × 10", "bath × 10"]);
        assert_eq!(stage.speakers[1].topic, "home/hall/…");
        assert_eq!(stage.message.as_ref().and_then(|m| m.from), Some(1));
        assert_eq!(stage.rungs.len(), 8);
        assert_eq!(stage.listeners[0].bundle.len(), 5);
        let more = stage.rungs[7].more.as_ref().expect("the rest");
        assert_eq!((more.rungs, more.conduct), (9, 9));
        assert!(g.foot() <= 604.0 + 16.0, "{}", g.foot());
        // Everybody is somewhere, and every packet has its way.
        for id in (0..30).chain(100..120) {
            assert!(g.wire(&stage, id, 1).is_some(), "{id}");
        }
    }

    #[test]
    fn who_is_chosen_stays_alone() {
        let (stage, _) = folded(&[4, 119, 104]);
        assert!(
            stage
                .speakers
                .iter()
                .any(|one| one.id == 4 && one.bundle.is_empty())
        );
        for id in [119, 104] {
            let alone = stage
                .listeners
                .iter()
                .position(|one| one.id == id && one.bundle.is_empty());
            let alone = alone.expect("it stays");
            assert!(
                stage
                    .rungs
                    .iter()
                    .any(|rung| rung.listener == alone && rung.more.is_none())
            );
        }
        assert_eq!(stage.rungs.len(), 8);
    }

    #[test]
    fn what_has_room_is_as_it_was() {
        let mut few = crowd();
        few.speakers.truncate(3);
        few.listeners.truncate(4);
        few.rungs.truncate(4);
        let (stage, _) = fit(few.clone(), &[], &words().scene, 5, |stage| {
            Geometry::of(1440.0, 604.0, stage)
        });
        assert_eq!(stage, few);
    }
}
