//! Who is on the stage.

use crate::cast::Cast;
use crate::project::scene;
use crate::scenario::{Actor, Away, Scenario};
use crate::view::{Broker, Channel, Micros};

#[test]
fn the_first_scene() {
    let cast = Cast::new(Scenario::kitchen_sensors(), Broker::Glass);
    let scene = scene(&cast, &|_| None);
    let names: Vec<_> = scene.actors.iter().map(|actor| &actor.name[..]).collect();
    assert_eq!(names, ["thermo", "door", "phone", "heating", "logger"]);
    let thermo = &scene.actors[0];
    assert_eq!(thermo.latency, Some(Micros(240_000)));
    assert_eq!(thermo.speaks[0].topic, "home/kitchen/temp");
    assert_eq!(thermo.speaks[0].period, Some(Micros(1_000_000)));
    let heating = &scene.actors[3].listens[0];
    assert_eq!(heating.levels, ["home", "+", "temp"]);
    assert_eq!((heating.channel, &heating.share), (Channel(2), &None));
    assert_eq!(scene.invites, [cast.named("logger").unwrap()]);
}

#[test]
fn only_who_listens_and_is_kept_is_invited() {
    let invited = |change: fn(&mut Actor)| {
        let mut scenario = Scenario::kitchen_sensors();
        change(&mut scenario.actors[4]);
        let cast = Cast::new(scenario, Broker::Glass);
        scene(&cast, &|_| None).invites.len()
    };
    assert_eq!(invited(|_| {}), 1);
    assert_eq!(invited(|actor| actor.away = Away::KeepHour), 1);
    assert_eq!(invited(|actor| actor.away = Away::Forget), 0);
    assert_eq!(invited(|actor| actor.listens.clear()), 0);
}

#[test]
fn another_broker_is_as_far_as_it_was_measured() {
    let mut scenario = Scenario::kitchen_sensors();
    scenario.actors[2].listens[0].filter = "$share/g/a//+".into();
    let url = "ws://localhost:8080".to_owned();
    let cast = Cast::new(scenario, Broker::Remote { url, says: None });
    let phone = cast.named("phone").unwrap();
    let scene = scene(&cast, &|id| (id == phone).then_some(Micros(1234)));
    assert_eq!(scene.actors[0].latency, None);
    assert_eq!(scene.actors[2].latency, Some(Micros(1234)));
    let listens = &scene.actors[2].listens[0];
    assert_eq!(listens.levels, ["a", "", "+"]);
    assert_eq!(listens.share.as_deref(), Some("g"));
    assert_eq!(listens.filter, "$share/g/a//+");
}
