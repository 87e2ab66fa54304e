//! What goes wrong, and what MQTT makes of it.

use super::*;
use crate::scenario::{Payload, Will};
use crate::view::LinkState;

/// A speaker and a listener with QoS 1, and sessions that outlive connections.
fn pair() -> Trial {
    pair_with(|_| {})
}

fn pair_with(change: fn(&mut Actor)) -> Trial {
    let mut speaker = speaker("one", Qos::AtLeastOnce);
    speaker.away = Away::Keep;
    change(&mut speaker);
    let mut phone = listener("phone", Qos::AtLeastOnce);
    phone.away = Away::Keep;
    Trial::new(scene(vec![speaker, phone]))
}

/// Of the PUBLISH packets that reached an actor: their payloads and DUP flags.
fn heard(trial: &Trial, name: &str) -> Vec<(String, bool)> {
    let id = trial.id(name);
    let log = &trial.pen.log;
    let arrived = log.from(Seq(0)).filter_map(|(_, entry)| match entry.what {
        What::Arrived(packet) => log.sent(packet),
        _ => None,
    });
    let ours = arrived.filter(|sent| {
        (sent.actor, sent.direction, sent.kind) == (id, Direction::ToActor, PacketKind::Publish)
    });
    let text = |sent: &crate::log::Sent| String::from_utf8_lossy(&sent.facts.payload).into_owned();
    ours.map(|sent| (text(sent), sent.facts.dup)).collect()
}

fn links(trial: &Trial) -> Vec<LinkState> {
    let log = trial.pen.log.from(Seq(0));
    let links = log.filter_map(|(_, entry)| match entry.what {
        What::Link(_, state) => Some(state),
        _ => None,
    });
    links.collect()
}

#[test]
fn a_stalled_link_loses_nothing_and_repeats_nothing() {
    let mut trial = pair();
    trial.pass(2_300);
    // "one" is on its way to the phone, a hundred of two hundred milliseconds from it.
    trial.deed("phone", Deed::Stall);
    trial.pass(9_300);
    assert_eq!(heard(&trial, "phone"), []);
    trial.deed("phone", Deed::Resume);
    trial.pass(9_399);
    assert_eq!(heard(&trial, "phone"), []);
    trial.pass(9_400);
    assert_eq!(heard(&trial, "phone"), [("one".into(), false)]);
    trial.pass(9_600);
    assert_eq!(heard(&trial, "phone").len(), 8, "all that came meanwhile");
    assert!(heard(&trial, "phone").iter().all(|(_, dup)| !dup));
    assert_eq!(trial.count(|what| matches!(what, What::Died(_))), 0);
    assert_eq!(links(&trial), [LinkState::Stalled, LinkState::Open]);
}

#[test]
fn on_a_half_open_connection_each_end_finds_out_by_its_own_clock() {
    let mut phone = listener("phone", Qos::AtLeastOnce);
    (phone.away, phone.keep_alive_secs) = (Away::Keep, 10);
    phone.will = Some(Will {
        topic: "gone".into(),
        payload: "phone".into(),
        qos: Qos::AtMostOnce,
        retain: false,
        delay_secs: 0,
        properties: crate::scenario::PublishProperties::default(),
    });
    let mut speaker = speaker("one", Qos::AtLeastOnce);
    speaker.speaks[0].period_ms = 0;
    let mut trial = Trial::new(scene(vec![speaker, phone]));
    trial.pass(1_900);
    trial.deed("phone", Deed::Silence);
    trial.pass(12_000);
    assert_eq!(heard(&trial, "phone"), []);
    let connects = |trial: &Trial| {
        trial.count(|what| matches!(what, What::Sent(sent) if sent.kind == PacketKind::Connect))
    };
    assert_eq!(connects(&trial), 2, "nobody has noticed");
    // The broker waits one and a half times the keep-alive: then it says the will.
    trial.pass(16_500);
    assert_eq!(trial.count(|what| matches!(what, What::Will(_))), 1);
    // The client misses an answer to its PINGREQ, and a new connection works.
    trial.pass(60_000);
    assert_eq!(connects(&trial), 3);
    assert_eq!(heard(&trial, "phone"), [("one".into(), true)]);
    assert_eq!(links(&trial), [LinkState::Silent, LinkState::Open]);
    let flying = trial.count(|what| matches!(what, What::Sent(_)))
        - trial.count(|what| matches!(what, What::Arrived(_) | What::Died(_)));
    assert_eq!(flying, 0, "nothing flies for ever");
}

#[test]
fn a_cut_before_the_message_and_one_after_it_lead_to_one_and_two_deliveries() {
    for (at, deliveries) in [(2_100, 1), (2_300, 2)] {
        let mut trial = pair_with(|speaker| speaker.speaks[0].period_ms = 0);
        let id = trial.id("speaker");
        trial.pass(at);
        trial.deed("speaker", Deed::Cut);
        trial.pass(10_000);
        assert_eq!(heard(&trial, "phone").len(), deliveries, "cut at {at}");
        // The broker's own deliveries are new ones: DUP belongs to each hop.
        assert!(heard(&trial, "phone").iter().all(|(_, dup)| !dup));
        let again = |what: &What| match what {
            What::Sent(sent) => sent.actor == id && sent.facts.dup,
            _ => false,
        };
        assert_eq!(trial.count(again), 1);
    }
}

#[test]
fn a_packet_that_is_torn_counts_for_nothing() {
    let mut trial = pair();
    trial.pass(1_900);
    trial.deed("speaker", Deed::CutAfter(5));
    trial.pass(2_250);
    let died = trial.count(|what| matches!(what, What::Died(_)));
    assert_eq!(died, 1);
    assert_eq!(trial.decisions("phone"), []);
    trial.pass(10_000);
    let words = heard(&trial, "phone");
    assert_eq!(words[0].0, "one", "it was sent again");
    let unreadable = trial.count(|what| matches!(what, What::Unreadable { .. }));
    assert_eq!(unreadable, 0, "half a packet is no mistake");
}

#[test]
fn a_cut_after_the_last_byte_lets_the_packet_arrive() {
    let mut trial = pair();
    trial.pass(1_900);
    let length = {
        let mut other = pair();
        other.pass(2_100);
        let mut sent = other
            .pen
            .log
            .from(Seq(0))
            .filter_map(|(seq, _)| other.pen.log.sent(seq));
        let publish = sent.find(|sent| sent.kind == PacketKind::Publish);
        publish.expect("a PUBLISH").bytes_total
    };
    trial.deed("speaker", Deed::CutAfter(length));
    trial.pass(2_250);
    assert_eq!(trial.decisions("phone").len(), 1, "it arrived whole");
    let left = trial.run.players[&trial.id("speaker")].presence;
    assert!(matches!(left, Presence::Away { .. }), "{left:?}");
}

#[test]
fn a_client_that_crashes_remembers_nothing_and_is_remembered() {
    let mut trial = pair();
    trial.pass(3_000);
    trial.deed("phone", Deed::Crash);
    trial.pass(5_100);
    assert_eq!(heard(&trial, "phone").len(), 1);
    trial.deed("phone", Deed::SwitchOn);
    trial.pass(6_000);
    let words: Vec<_> = heard(&trial, "phone");
    assert!(words.len() >= 4, "{words:?}");
    // Of a crashed speaker the sequence begins anew.
    trial.deed("speaker", Deed::Restart);
    let before = heard(&trial, "phone").len();
    trial.pass(9_000);
    assert_eq!(heard(&trial, "phone")[before].0, "one");
}

#[test]
fn a_narrow_link_takes_its_time() {
    let mut speaker = speaker("one", Qos::AtMostOnce);
    speaker.speaks[0].payload = Payload::Constant("x".repeat(985));
    speaker.speaks[0].period_ms = 0;
    speaker.bytes_per_sec = 1_000;
    let mut trial = Trial::new(scene(vec![speaker, listener("phone", Qos::AtMostOnce)]));
    trial.pass(10_000);
    let got = trial.got("phone", PacketKind::Publish);
    // Two bytes of header, two and three of topic, one without properties, 985 of payload: 993.
    assert_eq!(got.len(), 1);
    let at = got[0].0;
    assert!((3_390..3_400).contains(&at), "{at}");
}

#[test]
fn no_packet_overtakes_another_however_links_tremble() {
    let mut speaker = speaker("0", Qos::AtLeastOnce);
    let words = (0..200).map(|n| n.to_string()).collect::<Vec<_>>();
    speaker.speaks[0].payload = Payload::List(words.clone());
    speaker.speaks[0].period_ms = 20;
    speaker.jitter_ms = 900;
    let mut trial = Trial::new(scene(vec![speaker, listener("phone", Qos::AtMostOnce)]));
    trial.pass(5_000);
    let got = trial.words("phone");
    assert!(got.len() > 50);
    assert_eq!(got, words[..got.len()]);
    let gaps: std::collections::BTreeSet<u64> = {
        let at: Vec<u64> = trial
            .got("phone", PacketKind::Publish)
            .iter()
            .map(|g| g.0)
            .collect();
        at.windows(2).map(|pair| pair[1] - pair[0]).collect()
    };
    assert!(gaps.len() > 2, "it does tremble: {gaps:?}");
}

#[test]
fn what_a_slow_reader_has_not_read_waits_in_the_broker() {
    let mut speaker = speaker("one", Qos::AtMostOnce);
    speaker.speaks[0].payload = Payload::Constant("x".repeat(10_000));
    speaker.speaks[0].period_ms = 50;
    let mut slow = listener("slow", Qos::AtLeastOnce);
    slow.reads_per_sec = 1_000;
    let quick = listener("quick", Qos::AtMostOnce);
    let mut trial = Trial::new(scene(vec![speaker, slow, quick]));
    trial.pass(6_000);
    assert!(trial.words("quick").len() > 60, "nobody else is slower");
    let slow = trial.id("slow");
    let sent = trial.count(|what| {
        matches!(what, What::Sent(sent) if sent.actor == slow
            && (sent.direction, sent.kind) == (Direction::ToActor, PacketKind::Publish))
    });
    assert!((7..=8).contains(&sent), "as much as a socket takes: {sent}");
    trial.pass(30_000);
    assert_eq!(trial.words("slow").len(), 2);
}

#[test]
fn a_broker_that_crashes_has_what_its_store_kept() {
    for lose in [false, true] {
        let mut speaker = speaker("one", Qos::AtLeastOnce);
        speaker.speaks[0].retain = true;
        speaker.speaks[0].period_ms = 0;
        let mut phone = listener("phone", Qos::AtLeastOnce);
        phone.away = Away::Keep;
        let late = Actor {
            start_ms: 20_000,
            ..listener("late", Qos::AtMostOnce)
        };
        let mut trial = Trial::new(scene(vec![speaker, phone, late]));
        trial.pass(1_500);
        trial.deed("phone", Deed::SwitchOff);
        trial.pass(4_000);
        assert_eq!(trial.decisions("phone"), [Decision::Queued]);
        trial.broker(match lose {
            false => BrokerDeed::Crash,
            true => BrokerDeed::Lose,
        });
        let sessions = trial.run.node_state().expect("ours").sessions;
        assert_eq!(sessions.len(), 0, "it is down");
        trial.deed("phone", Deed::SwitchOn);
        trial.pass(12_000);
        assert_eq!(heard(&trial, "phone"), []);
        let trouble = &trial.run.players[&trial.id("phone")].trouble;
        assert_eq!(
            trouble.as_ref().map(|one| one.kind),
            Some(TroubleKind::Unreachable)
        );
        trial.broker(BrokerDeed::Start);
        trial.pass(60_000);
        let expected = if lose { 0 } else { 1 };
        assert_eq!(heard(&trial, "phone").len(), expected, "lost: {lose}");
        assert_eq!(
            trial.words("late").len(),
            expected,
            "kept for newcomers, lost: {lose}"
        );
        let forgotten = trial.count(|what| matches!(what, What::Unretained(_)));
        assert_eq!(forgotten, usize::from(lose));
        // Deeds that change nothing are not done.
        let entries = trial.pen.log.end();
        trial.broker(BrokerDeed::Start);
        assert_eq!(trial.pen.log.end(), entries);
    }
}

#[test]
fn a_delayed_will_is_said_unless_its_client_comes_back() {
    for (back_after, said) in [(3_000, 0), (8_000, 1)] {
        let mut phone = listener("phone", Qos::AtMostOnce);
        phone.away = Away::KeepHour;
        phone.will = Some(Will {
            topic: "a/gone".into(),
            payload: "phone".into(),
            qos: Qos::AtMostOnce,
            retain: false,
            delay_secs: 5,
            properties: crate::scenario::PublishProperties::default(),
        });
        let friend = listener("friend", Qos::AtMostOnce);
        let mut trial = Trial::new(scene(vec![phone, friend]));
        trial.pass(2_000);
        trial.deed("phone", Deed::Unplug);
        trial.pass(2_000 + back_after);
        trial.deed("phone", Deed::SwitchOn);
        trial.pass(20_000);
        assert_eq!(trial.words("friend").len(), said, "back after {back_after}");
    }
}
