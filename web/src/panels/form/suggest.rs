//! What a newcomer begins with: a name that is free, a topic that somebody hears, a filter that
//! hears somebody.

use tidings_world::scenario::{Actor, Away, Payload, Picture};
use tidings_world::view::{Channel, Scene};

use crate::words::words;

/// A filter that hears somebody, and what it stands for.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Suggestion {
    pub(crate) filter: String,
    pub(crate) what: What,
}

/// What a suggested filter stands for.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum What {
    EverythingBelow,
    AnyLevel,
    ThisBranch,
}

/// A new publisher for `scene`.
pub(crate) fn publisher(scene: &Scene) -> Actor {
    let (name, picture) = newcomer(scene, words().panels.form.speakers);
    let mut actor = Actor::publisher(&name, &topic(scene, &name));
    actor.picture = picture;
    if picture == Picture::Lamp {
        actor.speaks[0].payload = Payload::List(vec!["on".into(), "off".into()]);
        actor.speaks[0].period_ms = 2000;
    }
    actor
}

/// A new subscriber for `scene`.
pub(crate) fn subscriber(scene: &Scene) -> Actor {
    let (name, picture) = newcomer(scene, words().panels.form.listeners);
    let mut actor = Actor::subscriber(&name, &filter(scene));
    actor.picture = picture;
    actor.away = Away::Forget;
    actor
}

/// A topic that a filter of the scene hears, or that is at home among its topics.
pub(crate) fn topic(scene: &Scene, name: &str) -> String {
    let last = topics(scene).into_iter().next_back();
    if let Some(topic) = last {
        let levels: Vec<&str> = topic.split('/').collect();
        let keep = levels.len().saturating_sub(1).max(1);
        let head = levels[..keep].join("/");
        return format!("{head}/{name}");
    }
    let filters = scene.actors.iter().flat_map(|actor| &actor.listens);
    let Some(listens) = filters.into_iter().next() else {
        return format!("home/hall/{name}");
    };
    let levels: Vec<&str> = listens
        .levels
        .iter()
        .map(|level| match level.as_str() {
            "+" => "hall",
            "#" => name,
            word => word,
        })
        .collect();
    levels.join("/")
}

/// A filter that hears somebody and that nobody asked for yet.
pub(crate) fn filter(scene: &Scene) -> String {
    let all = suggestions(scene);
    let taken = |filter: &str| {
        let mut listens = scene.actors.iter().flat_map(|actor| &actor.listens);
        listens.any(|one| one.filter == filter)
    };
    let free = all.iter().find(|one| !taken(&one.filter));
    match free.or(all.first()) {
        Some(one) => one.filter.clone(),
        None => "home/#".into(),
    }
}

/// The channel the next subscription gets.
pub(crate) fn channel(scene: &Scene) -> Channel {
    let taken = |channel: u8| {
        let mut listens = scene.actors.iter().flat_map(|actor| &actor.listens);
        listens.any(|one| one.channel == Channel(channel))
    };
    Channel((1..=8).find(|channel| !taken(*channel)).unwrap_or(1))
}

/// Filters that hear somebody, wide ones first.
pub(crate) fn suggestions(scene: &Scene) -> Vec<Suggestion> {
    let topics = topics(scene);
    let mut out: Vec<Suggestion> = Vec::new();
    let mut add = |filter: String, what| {
        if !out.iter().any(|one| one.filter == filter) {
            out.push(Suggestion { filter, what });
        }
    };
    let split: Vec<Vec<&str>> = topics
        .iter()
        .map(|topic| topic.split('/').collect())
        .collect();
    if let Some(levels) = split.first().filter(|levels| levels.len() > 1) {
        add(format!("{}/#", levels[0]), What::EverythingBelow);
    }
    if let Some(levels) = split.iter().find(|levels| levels.len() == 3) {
        add(format!("{}/+/{}", levels[0], levels[2]), What::AnyLevel);
    }
    for levels in split.iter().rev().filter(|levels| levels.len() > 2).take(2) {
        add(format!("{}/{}/#", levels[0], levels[1]), What::ThisBranch);
    }
    for topic in &topics {
        add(topic.clone(), What::ThisBranch);
    }
    out.truncate(4);
    out
}

/// The topics of the scene, each once, in the scene's order; topics with `$` are not for guests.
fn topics(scene: &Scene) -> Vec<String> {
    let mut out: Vec<String> = Vec::new();
    for speaks in scene.actors.iter().flat_map(|actor| &actor.speaks) {
        let good = !speaks.topic.is_empty() && !speaks.topic.starts_with('$');
        if good && !out.contains(&speaks.topic) {
            out.push(speaks.topic.clone());
        }
    }
    out
}

/// The first name that is free; when all are taken, the last one with a number.
fn newcomer(scene: &Scene, names: &[(&'static str, Picture)]) -> (String, Picture) {
    let taken = |name: &str| scene.actors.iter().any(|actor| actor.name == name);
    if let Some((name, picture)) = names.iter().find(|(name, _)| !taken(name)) {
        return ((*name).to_owned(), *picture);
    }
    let (name, picture) = names.last().copied().unwrap_or(("guest", Picture::Person));
    let free = (2u32..)
        .map(|n| format!("{name} {n}"))
        .find(|name| !taken(name));
    (free.unwrap_or_else(|| name.to_owned()), picture)
}

#[cfg(test)]
mod tests {
    use super::*;
    use tidings_world::scenario::{Qos, Transport, Version};
    use tidings_world::view::{ActorId, ActorView, Broker, ListensView, RungId, SpeaksView};

    fn scene(topics: &[&str], filters: &[&str]) -> Scene {
        let speaks = topics.iter().map(|topic| SpeaksView {
            topic: (*topic).into(),
            qos: Qos::AtMostOnce,
            retain: false,
            period: None,
        });
        let listens = filters.iter().zip(0..).map(|(filter, index)| ListensView {
            rung: RungId {
                actor: ActorId(1),
                index,
            },
            channel: Channel(1),
            filter: (*filter).into(),
            levels: filter.split('/').map(str::to_owned).collect(),
            share: None,
            qos: Qos::AtMostOnce,
        });
        Scene {
            version: 1,
            title: String::new(),
            seed: 7,
            broker: Broker::Glass,
            actors: vec![ActorView {
                id: ActorId(1),
                name: "lamp".into(),
                picture: Picture::Box,
                version: Version::V5,
                transport: Transport::Tcp,
                latency: None,
                wire: Default::default(),
                keep_alive_secs: 0,
                away: Away::Forget,
                speaks: speaks.collect(),
                listens: listens.collect(),
            }],
            invites: vec![],
        }
    }

    #[test]
    fn a_newcomer_fits_who_is_there() {
        let scene = scene(&["home/kitchen/temp", "home/hall/door"], &["home/#"]);
        let publisher = publisher(&scene);
        assert_eq!(publisher.name, "camera");
        assert_eq!(publisher.speaks[0].topic, "home/hall/camera");
        let subscriber = subscriber(&scene);
        assert_eq!(subscriber.listens[0].filter, "home/+/temp");
        let all: Vec<_> = suggestions(&scene)
            .into_iter()
            .map(|one| one.filter)
            .collect();
        assert_eq!(
            all,
            ["home/#", "home/+/temp", "home/hall/#", "home/kitchen/#"]
        );
    }

    #[test]
    fn a_newcomer_in_an_empty_scene_fits_the_next_one() {
        let empty = scene(&[], &[]);
        assert_eq!(topic(&empty, "lamp"), "home/hall/lamp");
        assert_eq!(filter(&empty), "home/#");
        let heard = scene(&[], &["office/+/light"]);
        assert_eq!(topic(&heard, "lamp"), "office/hall/light");
    }

    #[test]
    fn names_go_on_when_all_are_taken() {
        let mut scene = scene(&[], &[]);
        let view = scene.actors[0].clone();
        for name in ["camera", "guest", "sensor", "sensor 2"] {
            scene.actors.push(ActorView {
                name: name.into(),
                ..view.clone()
            });
        }
        assert_eq!(publisher(&scene).name, "sensor 3");
    }
}
