//! The stage between two events.

use tidings_world::view::{
    ActorState, ActorView, Broker, Contact as Level, LinkState, ListensView, Presence, Register,
    Rung, Scene, SlabKind, TroubleKind,
};

use super::{actor_id, label, listeners, pictogram, speakers};
use crate::scene::model::{
    Contact, Dark, Fault, Flow, Held, Kept, Listener, Message, Note, Rung as Row, Slab, Speaker,
    Stage, Wait,
};
use crate::state::{Selection, Standing};
use crate::words::Words;

/// The stage of `scene` as it stands.
pub(crate) fn stage(
    scene: &Scene,
    standing: &Standing,
    selection: Selection,
    words: &Words,
) -> Stage {
    let remote = matches!(scene.broker, Broker::Remote { .. });
    let rows = listeners(scene).enumerate().flat_map(|(index, actor)| {
        let listens = actor.listens.iter();
        listens.map(move |listen| row(index, listen, standing, selection, remote))
    });
    Stage {
        speakers: speakers(scene)
            .map(|a| speaker(a, standing, words))
            .collect(),
        listeners: listeners(scene)
            .map(|a| listener(a, standing, words))
            .collect(),
        rungs: rows.collect(),
        message: (standing.register.as_ref())
            .filter(|_| !remote && !standing.down)
            .map(|r| message(scene, r)),
        kept: standing
            .shelf
            .iter()
            .rev()
            .map(|kept| Kept {
                topic: kept.levels.clone(),
                value: label(&kept.value),
            })
            .collect(),
        kept_in_all: standing.shelf_total as usize,
        selected: match selection {
            Selection::Actor(id) => Some(actor_id(id)),
            _ => None,
        },
        still: !standing.running && !remote,
        dark: dark(&scene.broker),
        down: standing.down.then_some(words.panels.faults.down),
    }
}

fn speaker(actor: &ActorView, standing: &Standing, words: &Words) -> Speaker {
    let state = standing.actor(actor.id);
    Speaker {
        id: actor_id(actor.id),
        name: actor.name.clone(),
        pictogram: pictogram(actor.picture),
        topic: match actor.speaks.as_slice() {
            [] => String::new(),
            [only] => only.topic.clone(),
            [first, rest @ ..] => format!("{} +{}", first.topic, rest.len()),
        },
        said: last(state),
        latency: actor.latency.map(|l| l.0),
        away: is_away(state),
        note: note(state, words),
        fault: fault(actor, state, words),
        timer: wait(state),
        bundle: Vec::new(),
    }
}

/// What is wrong with an actor's link.
fn fault(actor: &ActorView, state: Option<&ActorState>, words: &Words) -> Fault {
    let words = &words.panels.faults;
    let Some(state) = state else {
        return Fault::default();
    };
    let lost = state.trouble.as_ref().is_some_and(|trouble| {
        matches!(trouble.kind, TroubleKind::Lost | TroubleKind::Unreachable)
    });
    let away = matches!(
        state.presence,
        Presence::Away {
            unplugged: false,
            ..
        }
    );
    let wire = actor.wire;
    Fault {
        flow: match state.link {
            _ if lost && away => Flow::Cut,
            LinkState::Open => Flow::Open,
            LinkState::Stalled => Flow::Stalled(words.stalled),
            LinkState::Silent => Flow::Silent(words.silent),
        },
        uneven: (wire.jitter_ms > 0).then(|| (words.jitter)(wire.jitter_ms)),
        narrow: (wire.bytes_per_sec > 0).then(|| (words.rate)(wire.bytes_per_sec)),
        slow: (wire.reads_per_sec > 0).then(|| (words.reads)(wire.reads_per_sec)),
        cut: state.cut.map(words.cut),
    }
}

fn listener(actor: &ActorView, standing: &Standing, words: &Words) -> Listener {
    let state = standing.actor(actor.id);
    Listener {
        id: actor_id(actor.id),
        name: actor.name.clone(),
        pictogram: pictogram(actor.picture),
        asked: match actor.listens.as_slice() {
            [] => String::new(),
            [only] => only.filter.clone(),
            [first, rest @ ..] => format!("{} +{}", first.filter, rest.len()),
        },
        got: last(state),
        latency: actor.latency.map(|l| l.0),
        away: is_away(state),
        unplugged: state
            .is_some_and(|s| matches!(s.presence, Presence::Away { unplugged, .. } if unplugged)),
        note: note(state, words),
        fault: fault(actor, state, words),
        timer: wait(state),
        bundle: Vec::new(),
    }
}

fn wait(state: Option<&ActorState>) -> Option<Wait> {
    let timer = state?.timer?;
    Some(Wait {
        from: timer.from.0,
        at: timer.at.0,
    })
}

fn last(state: Option<&ActorState>) -> Option<String> {
    state?.last.as_ref().map(label)
}

fn is_away(state: Option<&ActorState>) -> bool {
    state.is_none_or(|s| matches!(s.presence, Presence::NotYet | Presence::Away { .. }))
}

/// What stands beside an actor that is away or in trouble.
pub(crate) fn note(state: Option<&ActorState>, words: &Words) -> Option<Note> {
    let state = state?;
    // Who was unplugged does not try, so nothing can go wrong with it.
    let unplugged = matches!(
        state.presence,
        Presence::Away {
            unplugged: true,
            ..
        }
    );
    if let Some(trouble) = state.trouble.as_ref().filter(|_| !unplugged) {
        let t = &words.trouble;
        let text = match trouble.kind {
            TroubleKind::Address => t.address,
            TroubleKind::MixedContent => t.mixed_content,
            TroubleKind::Unreachable => t.unreachable,
            TroubleKind::Subprotocol => t.subprotocol,
            TroubleKind::Refused => t.refused,
            TroubleKind::Lost => t.lost,
            TroubleKind::Protocol => t.protocol,
        };
        return Some(Note::Trouble(text.into()));
    }
    match state.presence {
        Presence::Away { session: true, .. } => {
            let waiting = state.waiting.map(|n| n as usize);
            Some(Note::Waits((words.scene.away)(waiting)))
        }
        Presence::Away { unplugged, .. } => Some(Note::Waits(if unplugged {
            (words.scene.away)(Some(0))
        } else {
            words.scene.off.into()
        })),
        _ => None,
    }
}

fn row(
    listener: usize,
    listens: &ListensView,
    standing: &Standing,
    selection: Selection,
    remote: bool,
) -> Row {
    let rung = standing.rungs.iter().find(|r| r.id == listens.rung);
    let mut row = Row {
        channel: listens.channel.0,
        listener,
        filter: listens.levels.clone(),
        group: listens.share.clone(),
        ..Row::default()
    };
    row.open = !remote && rung.is_none_or(|rung| rung.granted.is_none());
    let Some(rung) = rung.filter(|_| !remote) else {
        return row;
    };
    let register = standing.register.as_ref().filter(|_| !standing.down);
    row.contacts = contacts(rung, register);
    row.waiting_in_all = rung.waiting as usize;
    for slab in &rung.slabs {
        let value = label(&slab.value);
        match slab.kind {
            SlabKind::Waiting => row.waiting.push(Slab {
                value,
                event: slab.no.0.into(),
                selected: selection == Selection::Packet(slab.no),
            }),
            SlabKind::Owed { packet_id, .. } => row.held.push(Held { value, packet_id }),
        }
    }
    row
}

fn contacts(rung: &Rung, register: Option<&Register>) -> Vec<Contact> {
    let (Some(verdict), Some(register)) = (&rung.verdict, register) else {
        return Vec::new();
    };
    let met = |level: usize| register.levels.get(level).cloned().unwrap_or_default();
    let contact = |(level, contact): (usize, &Level)| match contact {
        Level::Equal => Contact::Equal,
        Level::Plus => Contact::Plus,
        Level::Hash { .. } => Contact::Hash,
        Level::Differs => Contact::Differs(met(level)),
        Level::TopicEnds => Contact::FilterLonger,
        Level::FilterEnds => Contact::TopicLonger(met(level)),
        Level::Dollar => Contact::Dollar,
        Level::NotReached => Contact::NotReached,
    };
    verdict.contacts.iter().enumerate().map(contact).collect()
}

fn message(scene: &Scene, register: &Register) -> Message {
    Message {
        from: speakers(scene).position(|a| a.id == register.from),
        event: register.no.0.into(),
        topic: register.levels.clone(),
        value: label(&register.payload),
    }
}

fn dark(broker: &Broker) -> Option<Dark> {
    match broker {
        Broker::Glass => None,
        Broker::Remote { url, says } => Some(Dark {
            url: url.clone(),
            version: says.clone(),
            ..Dark::default()
        }),
    }
}
