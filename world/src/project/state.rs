//! What everybody remembers at the playhead.

use std::collections::BTreeSet;

use bytes::Bytes;
use tidings_core::packet::{Packet, Property, Version};

use super::ears::Ears;
use super::short::cut;
use super::{Sight, frame};
use crate::board::ActorBoard;
use crate::log::{Sent, What};
use crate::run::decode;
use crate::scenario::Actor;
use crate::small;
use crate::view::{
    ActorId, Asked, Direction, Happened, KeptState, List, Micros, Presence, STATE_KEPT_MAX,
    STATE_TIMERS_MAX, SessionState, Short, SlabKind, StatePage, Timer, TimerKind, TimerState,
};

/// Texts have no more characters.
const CHARS_MAX: usize = 80;
/// What one moment changed is looked for in so many entries.
const LOOK_BACK: usize = 500;

/// Everything that is remembered.
pub(crate) fn state(sight: &Sight) -> StatePage {
    let moment = Moment::last(sight);
    let ears = Ears::of(sight.cast);
    let none = ActorBoard::default();
    let mut timers = Vec::new();
    let mut sessions = Vec::new();
    for (id, actor, _) in sight.cast.members() {
        let board = sight.board.actors.get(&id).unwrap_or(&none);
        let terms = Terms::of(board);
        let presences = sight.log.presences(id).rev();
        let mut before = presences.skip_while(|(at, _)| *at > sight.clock.playhead);
        let (since, presence) = before.next().unzip();
        set_timers(sight, (id, actor), board, &terms, since, &mut timers);
        let waits = board
            .slabs
            .iter()
            .filter(|slab| matches!(slab.kind, SlabKind::Waiting));
        let granted = sight.log.granted(id, sight.end()).iter();
        sessions.push(SessionState {
            actor: id,
            changed: moment.actors.contains(&id),
            presence: board.presence.or(presence).unwrap_or(Presence::NotYet),
            since,
            held: board.session,
            asked: List::of(granted.map(|(filter, qos)| {
                Asked {
                    filter: text(filter),
                    qos: *qos,
                    channel: ears
                        .named(id, std::slice::from_ref(filter))
                        .first()
                        .copied(),
                }
            })),
            to_broker: List::of(board.desk.open(true)),
            to_actor: List::of(board.desk.open(false)),
            most: (terms.broker_takes, terms.actor_takes),
            waits: List::of(waits.map(|slab| Short::of(&slab.value))),
            waited: moment.begin.map_or(0, |begin| sight.log.waiting(id, begin)),
            aliases: List::of(
                board
                    .desk
                    .aliases
                    .iter()
                    .map(|((to_broker, alias), topic)| (*to_broker, *alias, text(topic))),
            ),
        });
    }
    small::sort(&mut timers, |one, other| {
        (one.timer.at, one.actor) < (other.timer.at, other.actor)
    });
    timers.truncate(STATE_TIMERS_MAX);
    for timer in &mut timers {
        timer.changed = moment.last.is_some_and(|(at, _)| at == timer.timer.from);
    }
    let glass = sight.is_glass();
    let shelf = sight.board.shelf.latest().filter(|_| glass);
    StatePage {
        last: moment.last,
        sessions,
        kept_total: if glass {
            sight.board.shelf.len() as u32
        } else {
            0
        },
        kept: shelf
            .take(STATE_KEPT_MAX)
            .map(|word| KeptState {
                topic: text(&word.topic),
                value: Short::of(&word.value),
                no: word.no,
                by: sight
                    .log
                    .find(word.no)
                    .and_then(|seq| sight.log.sent(seq))
                    .map(|sent| sent.actor),
                since: word.since,
                changed: moment.last.is_some_and(|(at, _)| at == word.since),
            })
            .collect(),
        timers,
    }
}

fn text(bytes: &Bytes) -> String {
    cut(&String::from_utf8_lossy(bytes), CHARS_MAX)
}

/// What happened at the last moment before the playhead, and to whom.
#[derive(Default)]
struct Moment {
    last: Option<(Micros, Happened)>,
    /// The place of its first entry.
    begin: Option<crate::log::Seq>,
    actors: BTreeSet<ActorId>,
}

impl Moment {
    fn last(sight: &Sight) -> Self {
        let mut moment = Self::default();
        let mut at = None;
        for (seq, entry) in sight.log.before(sight.end()).take(LOOK_BACK) {
            if *at.get_or_insert(entry.at) != entry.at {
                break;
            }
            moment.begin = Some(seq);
            let packet = |packet| sight.log.sent(packet).map(|sent| (sent, sent.actor));
            let (happened, actor) = match &entry.what {
                What::Sent(sent) => (Some(Happened::Left(sent.no, sent.kind)), Some(sent.actor)),
                What::Arrived(seq) => packet(*seq).map_or((None, None), |(sent, actor)| {
                    (Some(came(sent)), Some(actor))
                }),
                What::Died(seq) => packet(*seq).map_or((None, None), |(sent, actor)| {
                    (Some(Happened::Lost(sent.no, sent.kind)), Some(actor))
                }),
                What::Deed { actor, deed, .. } => {
                    (Some(Happened::Done(*actor, *deed)), Some(*actor))
                }
                What::Broker { deed, .. } => (Some(Happened::Broker(*deed)), None),
                What::Decided { actor, .. } | What::Session { actor, .. } => (None, Some(*actor)),
                What::Presence(actor, _) | What::Trouble(actor, _) | What::Will(actor) => {
                    (None, Some(*actor))
                }
                _ => (None, None),
            };
            // The first of the moment led to the others.
            if let Some(happened) = happened {
                moment.last = Some((entry.at, happened));
            }
            moment.actors.extend(actor);
        }
        moment
    }
}

fn came(sent: &Sent) -> Happened {
    match sent.direction {
        Direction::ToBroker => Happened::Reached(sent.no, sent.kind),
        Direction::ToActor => Happened::Came(sent.no, sent.kind, sent.actor),
    }
}

/// What CONNECT and CONNACK agreed on.
#[derive(Default)]
struct Terms {
    keep_alive: u64,
    /// In seconds; `u32::MAX` is for ever.
    expiry: u32,
    /// In seconds, if there is a will.
    will_delay: Option<u32>,
    broker_takes: Option<u16>,
    actor_takes: Option<u16>,
}

impl Terms {
    fn of(board: &ActorBoard) -> Self {
        let mut terms = Self::default();
        let packet = |sent: &Option<Box<Sent>>| {
            let sent = sent.as_deref()?;
            decode(&sent.bytes, sent.direction, sent.version)
        };
        if let Some(Packet::Connect(connect)) = packet(&board.desk.connect) {
            terms.keep_alive = connect.keep_alive_secs.into();
            if connect.version != Version::V5 && !connect.clean_start {
                terms.expiry = u32::MAX;
            }
            for property in connect.properties.iter() {
                match property {
                    Property::SessionExpirySecs(secs) => terms.expiry = secs,
                    Property::ReceiveMax(most) => terms.actor_takes = Some(most),
                    _ => {}
                }
            }
            terms.will_delay = connect.will.map(|will| {
                let mut all = will.properties.iter();
                let delay = all.find_map(|property| match property {
                    Property::WillDelaySecs(secs) => Some(secs),
                    _ => None,
                });
                delay.unwrap_or(0)
            });
        }
        if let Some(Packet::ConnAck(connack)) = packet(&board.desk.connack) {
            for property in connack.properties.iter() {
                match property {
                    Property::SessionExpirySecs(secs) => terms.expiry = secs,
                    Property::ServerKeepAliveSecs(secs) => terms.keep_alive = secs.into(),
                    Property::ReceiveMax(most) => terms.broker_takes = Some(most),
                    _ => {}
                }
            }
        }
        terms
    }
}

/// Timers that run for an actor, as far as the log tells them.
fn set_timers(
    sight: &Sight,
    (id, actor): (ActorId, &Actor),
    board: &ActorBoard,
    terms: &Terms,
    since: Option<Micros>,
    timers: &mut Vec<TimerState>,
) {
    let now = sight.clock.playhead;
    let mut add = |timer: Timer| {
        if timer.at > now {
            let changed = false;
            timers.push(TimerState {
                actor: id,
                timer,
                changed,
            });
        }
    };
    let after = |kind, from: Micros, micros: u64| {
        let at = Micros(from.0.saturating_add(micros));
        Timer { kind, from, at }
    };
    // Before the head of the run it is known what comes, because it has come.
    if sight.end().0 < sight.log.end() {
        let next = frame::timer(sight, id, actor);
        next.filter(|timer| timer.kind == TimerKind::Speaks)
            .into_iter()
            .for_each(&mut add);
    } else {
        let mine = sight.timers.iter().filter(|timer| timer.actor == id);
        let mine = mine
            .map(|timer| timer.timer)
            .filter(|timer| timer.from <= now);
        mine.filter(|timer| {
            matches!(
                timer.kind,
                TimerKind::Speaks | TimerKind::Handling | TimerKind::Reconnect
            )
        })
        .for_each(&mut add);
    }
    let secs = |secs: u64| secs * 1_000_000;
    match board.presence {
        Some(Presence::Connected) if terms.keep_alive > 0 => {
            let silence = secs(terms.keep_alive);
            add(after(TimerKind::KeepAlive, board.desk.sent, silence));
            if sight.is_glass() {
                add(after(TimerKind::Other, board.desk.heard, silence * 3 / 2));
            }
        }
        Some(Presence::Away { session, .. }) => {
            let from = since.unwrap_or(now);
            let ends = session && terms.expiry > 0 && terms.expiry < u32::MAX;
            if ends {
                add(after(
                    TimerKind::SessionExpiry,
                    from,
                    secs(terms.expiry.into()),
                ));
            }
            if let Some(delay) = terms.will_delay.filter(|_| !board.desk.will_done) {
                let delay = delay.min(terms.expiry);
                add(after(TimerKind::WillDelay, from, secs(delay.into())));
            }
        }
        _ => {}
    }
}
