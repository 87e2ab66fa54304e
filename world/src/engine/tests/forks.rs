//! Changes in the past: the old run is kept, is gone back to, and is compared; a cut is moved.

use super::*;
use crate::log::What;
use crate::view::{
    Did, Direction, EventNo, Hop, OUTCOME, PacketKind, RUNS_MAX, RunId, RunView, Runs,
};

pub(super) fn ms(millis: u64) -> Micros {
    Micros::from_millis(millis)
}

/// A page that has gone as far as a moment, and stands there.
pub(super) fn at(millis: u64) -> Page {
    let mut page = Page::new();
    page.say(ToWorker::Speed(Speed::Times(20.0)));
    page.say(ToWorker::Run);
    while page.at_ms() < millis + 500 {
        page.wait(16.0);
    }
    page.say(ToWorker::Seek(ms(millis)));
    page
}

fn cut(page: &mut Page, name: &str, was: Option<u64>, to: Option<u64>) -> Vec<Problem> {
    let (id, was, to) = (page.id(name), was.map(ms), to.map(ms));
    page.edit(Edit::MoveCut { id, was, to }).problems
}

/// When connections were cut.
fn cuts(page: &Page) -> Vec<u64> {
    let log = page.engine.pen.log.from(Seq(0));
    let cuts = log.filter_map(|(_, entry)| match entry.what {
        What::Deed {
            deed: Deed::Cut, ..
        } => Some(entry.at.0 / 1000),
        _ => None,
    });
    cuts.collect()
}

pub(super) fn ids(runs: &Runs) -> (u32, Vec<u32>) {
    (runs.now.0, runs.kept.iter().map(|run| run.id.0).collect())
}

/// The packets of the other run that the present one has not.
fn ghosts(page: &mut Page, with: u32) -> Vec<Hop> {
    let mut watch = Watch {
        score: Some(ScoreWatch {
            from: Micros(0),
            to: ms(20_000),
        }),
        compare: Some(RunId(with)),
        ..Watch::default()
    };
    page.engine
        .handle(page.wall, ToWorker::Watch(watch.clone()));
    let batch = page.engine.poll_batch(page.wall);
    watch.score = None;
    let score = batch.into_iter().find_map(|message| match message {
        FromWorker::Score(score) => Some(score),
        _ => None,
    });
    score.expect("a score").ghosts
}

#[test]
fn a_change_in_the_past_keeps_the_old_run() {
    let mut page = at(6_000);
    let (hash, head) = (page.engine.log_hash(), page.engine.run.now);
    page.say(ToWorker::Seek(ms(2_500)));
    let phone = page.id("phone");
    let deed = Deed::Cut;
    page.edit(Edit::Do { id: phone, deed });
    let runs = page.engine.runs();
    assert_eq!(ids(&runs), (2, vec![1]));
    assert_eq!(runs.did, Some(Did::Deed(phone, Deed::Cut)));
    let (id, parts, did) = (RunId(1), ms(2_500), None);
    assert_eq!(
        runs.kept,
        [RunView {
            id,
            parts,
            head,
            hash,
            did
        }]
    );

    // There and back again, and both are what they were.
    let cut = page.engine.log_hash();
    page.say(ToWorker::Seek(ms(1_000)));
    assert_eq!(page.edit(Edit::Return(RunId(1))).problems, []);
    assert_eq!((page.engine.log_hash(), page.engine.run.now), (hash, head));
    assert_eq!(page.at_ms(), 1_000, "the playhead stays");
    let runs = page.engine.runs();
    assert_eq!(ids(&runs), (1, vec![2]));
    assert_eq!(runs.kept[0].did, Some(Did::Deed(phone, Deed::Cut)));
    assert_eq!(page.edit(Edit::Return(RunId(2))).problems, []);
    assert_eq!(page.engine.log_hash(), cut);
    assert_eq!(page.edit(Edit::Return(RunId(7))).problems.len(), 1);
}

#[test]
fn a_change_at_the_head_is_no_fork() {
    let mut page = at(3_000);
    let head = page.frame().clock.head;
    page.say(ToWorker::Seek(head));
    page.edit(Edit::Title("another".into()));
    assert_eq!(ids(&page.engine.runs()), (1, vec![]));
}

#[test]
fn an_edit_of_the_scene_goes_with_its_run() {
    let mut page = at(4_000);
    page.say(ToWorker::Seek(ms(2_000)));
    page.edit(Edit::Add(Actor::subscriber("lamp", "home/+/door")));
    let lamp = |page: &Page| {
        page.scene
            .iter()
            .any(|s| s.actors.iter().any(|a| a.name == "lamp"))
    };
    assert!(lamp(&page));
    page.edit(Edit::Return(RunId(1)));
    assert!(!lamp(&page));
    page.edit(Edit::Return(RunId(2)));
    assert!(lamp(&page));
    assert_eq!(page.engine.runs().did, Some(Did::Scene));
}

#[test]
fn a_cut_is_moved_and_not_made_twice() {
    let mut page = at(4_760);
    let whole = page.engine.log_hash();
    let head = page.engine.run.now;
    assert_eq!(cut(&mut page, "phone", None, Some(4_520)), []);
    assert_eq!(cuts(&page), [4_520]);
    assert_eq!(page.at_ms(), 4_760, "the playhead stays");
    let known = page.engine.run.now;
    assert_eq!(
        known,
        Micros(ms(4_760).0 + OUTCOME.0),
        "what comes of it is known"
    );
    let presence = page.presence("phone");
    assert!(!matches!(presence, Presence::Connected), "{presence:?}");
    assert_eq!(ids(&page.engine.runs()), (2, vec![1]));

    for to in [4_600, 4_100, 2_000, 4_700] {
        let was = cuts(&page)[0];
        assert_eq!(cut(&mut page, "phone", Some(was), Some(to)), []);
        assert_eq!(cuts(&page), [to]);
        assert_eq!(
            ids(&page.engine.runs()),
            (2, vec![1]),
            "no run for each place"
        );
    }
    // The same place, by another way, is the same run.
    let by_moves = page.engine.log_hash();
    let mut straight = at(4_760);
    cut(&mut straight, "phone", None, Some(4_700));
    assert_eq!(straight.engine.log_hash(), by_moves);

    // Taken away, it is the run that was there before.
    assert_eq!(cut(&mut page, "phone", Some(4_700), None), []);
    assert_eq!(ids(&page.engine.runs()), (1, vec![]));
    assert_eq!(cuts(&page), [0_u64; 0]);
    page.engine.past.again(&mut page.engine.pen, head);
    assert_eq!(page.engine.log_hash(), whole);
}

/// The same with a phone whose session outlives its connection.
fn faithful() -> Page {
    let mut page = Page::new();
    let id = page.id("phone");
    let scene = Scenario::kitchen_sensors();
    let phone = scene.actors.into_iter().find(|actor| actor.name == "phone");
    let mut actor = phone.expect("a phone");
    actor.away = crate::scenario::Away::Keep;
    page.edit(Edit::Replace { id, actor });
    page.say(ToWorker::Speed(Speed::Times(20.0)));
    page.say(ToWorker::Run);
    while page.at_ms() < 5_260 {
        page.wait(16.0);
    }
    page.say(ToWorker::Seek(ms(4_760)));
    page
}

/// The copy that leaves for the phone after 4.240: its number, arrival and packet id.
fn phones_copy(page: &Page) -> (EventNo, Micros, Option<u16>) {
    let phone = page.id("phone");
    let log = &page.engine.pen.log;
    let later = log.from(log.not_before(ms(4_240)));
    let sent: Vec<_> = later.filter_map(|(seq, _)| log.sent(seq)).collect();
    let mut copies = sent.into_iter().filter(|sent| {
        let what = (sent.actor, sent.direction, sent.kind);
        what == (phone, Direction::ToActor, PacketKind::Publish)
    });
    let copy = copies.next().expect("a copy");
    (copy.no, copy.arrives, copy.facts.packet_id)
}

#[test]
fn a_cut_before_an_arrival_and_after_it_are_two_things() {
    let phone = faithful().id("phone");
    // The phone's copies with this packet id that arrive, and whether each says DUP.
    let copies = |page: &Page, packet_id| {
        let log = &page.engine.pen.log;
        let arrived = log.from(Seq(0)).filter_map(|(_, one)| match one.what {
            What::Arrived(packet) => log.sent(packet),
            _ => None,
        });
        let copies = arrived.filter(|sent| {
            let what = (sent.actor, sent.direction, sent.kind);
            what == (phone, Direction::ToActor, PacketKind::Publish)
                && sent.facts.packet_id == packet_id
        });
        copies.map(|sent| sent.facts.dup).collect::<Vec<_>>()
    };
    let (packet, arrives, id) = phones_copy(&faithful());
    let cut = |to: u64| {
        let mut page = faithful();
        let to = Some(Micros(to));
        let edit = Edit::MoveCut {
            id: phone,
            was: None,
            to,
        };
        assert_eq!(page.edit(edit).problems, []);
        page
    };
    let before = cut(arrives.0 - 1);
    assert_eq!(
        copies(&before, id),
        [true],
        "it comes after all, marked DUP"
    );
    let after = cut(arrives.0);
    assert_eq!(
        copies(&after, id),
        [false, true],
        "twice: its answer was lost"
    );
    let late = cut(arrives.0 + 700_000);
    assert_eq!(copies(&late, id), [false]);
    // By the packet it is the same, once that has arrived; before, it is arranged.
    let mut page = faithful();
    let at_packet = Edit::CutAt {
        packet,
        after: true,
    };
    page.say(ToWorker::Seek(ms(5_200)));
    assert_eq!(page.edit(at_packet).problems, []);
    assert_eq!(cuts(&page), [arrives.0 / 1000]);
    assert_eq!(copies(&page, id), [false, true]);
}

#[test]
fn what_was_done_since_the_cut_is_kept() {
    let mut page = at(4_760);
    cut(&mut page, "phone", None, Some(4_520));
    page.say(ToWorker::Seek(ms(6_000)));
    let logger = page.id("logger");
    let deed = Deed::SwitchOn;
    page.edit(Edit::Do { id: logger, deed });
    assert_eq!(ids(&page.engine.runs()), (3, vec![1, 2]));
    page.say(ToWorker::Seek(ms(4_760)));
    assert_eq!(cut(&mut page, "phone", Some(4_520), Some(4_100)), []);
    assert_eq!(ids(&page.engine.runs()), (4, vec![1, 2, 3]));
    assert_eq!(cuts(&page), [4_100]);
}

#[test]
fn where_nothing_can_be_cut_nothing_is() {
    let mut page = at(4_760);
    let whole = page.engine.log_hash();
    // The logger is unplugged at 0.700.
    assert_eq!(cut(&mut page, "logger", None, Some(3_000)).len(), 1);
    assert_eq!(page.engine.log_hash(), whole);
    assert_eq!(ids(&page.engine.runs()), (1, vec![]));
    assert_eq!(cut(&mut page, "phone", Some(3_000), Some(3_100)).len(), 1);
    // On the way over such a moment the cut is gone, and the old run is there.
    cut(&mut page, "logger", None, Some(500));
    assert_eq!(cuts(&page), [500]);
    assert_eq!(cut(&mut page, "logger", Some(500), Some(3_000)).len(), 1);
    assert_eq!(ids(&page.engine.runs()), (1, vec![]));
    assert_eq!(cuts(&page), [0_u64; 0]);
}

#[test]
fn two_runs_are_compared_up_to_the_playhead() {
    let mut page = at(4_760);
    cut(&mut page, "phone", None, Some(2_300));
    page.say(ToWorker::Seek(ms(4_760)));
    let ghosts = ghosts(&mut page, 1);
    let phone = page.id("phone");
    assert!(!ghosts.is_empty());
    assert!(
        ghosts.iter().all(|hop| hop.actor == phone),
        "the others noticed nothing"
    );
    assert!(
        ghosts
            .iter()
            .all(|hop| hop.died.is_none() && hop.arrives > ms(2_300))
    );
    let compared = page.engine.runs().compared.expect("a comparison");
    assert_eq!((compared.with, compared.parts), (RunId(1), ms(2_300)));
    let [before, now] = compared.got_all;
    assert!(before > now, "{compared:?}");
    assert_eq!(compared.got.len(), 1);
    assert_eq!(compared.got[0].0, phone);
    assert_eq!(compared.lost[0], 0);
    assert!(compared.lost[1] > 0);
    // At the place where they part there is no difference yet.
    page.say(ToWorker::Seek(ms(2_299)));
    let compared = page.engine.runs().compared.expect("a comparison");
    assert_eq!((compared.got_all, compared.got), ([0, 0], vec![]));
}

#[test]
fn so_many_runs_are_kept_and_no_more() {
    let mut page = at(9_000);
    for n in 0..12 {
        page.say(ToWorker::Seek(ms(8_500 - n * 500)));
        page.edit(Edit::Title(format!("title {n}")));
    }
    let runs = page.engine.runs();
    assert_eq!((runs.kept.len(), runs.let_go), (RUNS_MAX, 4));
    assert_eq!(ids(&runs), (13, (5..=12).collect()));
}

#[test]
fn a_run_that_the_log_no_longer_reaches_back_to_can_be_had_again() {
    let mut page = at(2_000);
    let hash = page.engine.log_hash();
    page.say(ToWorker::Seek(ms(1_500)));
    let mut chatter = Actor::publisher("chatter", "home/noise");
    chatter.speaks[0].payload = crate::scenario::Payload::Constant("x".repeat(60_000));
    chatter.speaks[0].period_ms = 5;
    page.edit(Edit::Add(chatter));
    assert_eq!(page.engine.runs().kept.len(), 1);
    page.say(ToWorker::Run);
    while page
        .engine
        .pen
        .log
        .from(Seq(0))
        .next()
        .expect("entries")
        .1
        .at
        < ms(1_600)
    {
        assert!(page.at_ms() < 60_000, "the log is never full");
        page.wait(100.0);
    }
    let kept = page.engine.runs().kept[0].id;
    assert_eq!(page.edit(Edit::Return(kept)).problems, []);
    assert_eq!(page.engine.log_hash(), hash);
}
