//! Changes of the scene, at the playhead.

use std::rc::Rc;

use super::{Engine, problem};
use crate::cast::Cast;
use crate::log::{Fate, Seq, What};
use crate::run::Touch;
use crate::scenario::{Actor, Deed, Scenario, check};
use crate::view::{
    ActorId, Answer, BYTES_SHOWN_MAX, Cut, Direction, Edit, EventNo, FormField, FromWorker, Micros,
    Presence, Problem, Token,
};

pub(super) const FORGOTTEN: &str =
    "The log no longer reaches back to this moment. Go on from a later one.";

impl Engine {
    pub(super) fn edit(&mut self, token: Token, edit: Edit) {
        let sends = matches!(edit, Edit::Send { .. });
        match self.change(edit) {
            Ok(actor) => {
                let packet = actor.filter(|_| sends).and_then(|id| self.sent_last(id));
                self.answers.push_back(FromWorker::Answer(Answer {
                    token,
                    actor,
                    packet,
                    ..Answer::default()
                }));
            }
            Err(problems) => self.answer(token, problems, None),
        }
    }

    /// The packet that has left an actor last, at the playhead.
    fn sent_last(&self, id: ActorId) -> Option<EventNo> {
        let log = &self.pen.log;
        let at = Micros(self.playhead as u64);
        let here = log.from(log.not_before(at));
        let sent = here.take_while(|(_, entry)| entry.at == at);
        let sent = sent.filter_map(|(_, entry)| match &entry.what {
            What::Sent(sent) => Some(sent),
            _ => None,
        });
        let ours = sent.filter(|sent| (sent.actor, sent.direction) == (id, Direction::ToBroker));
        ours.last().map(|sent| sent.no)
    }

    /// Changes the scene at the playhead, and gives the actor that was added or changed.
    pub(super) fn change(&mut self, edit: Edit) -> Result<Option<ActorId>, Vec<Problem>> {
        if let Edit::Clear = edit {
            self.open(Scenario::empty());
            self.running = false;
            return Ok(None);
        }
        let done = match edit {
            Edit::CutAt { packet, after } => Some(self.cut_at(packet, after)),
            Edit::MoveCut { id, was, to } => Some(self.cut(id, was, to)),
            Edit::Return(run) => Some(self.go_back(run)),
            _ => None,
        };
        if let Some(done) = done {
            done.map_err(|problem| vec![problem])?;
            return Ok(None);
        }
        let (touch, actor) = self.touch_of(edit.clone())?;
        match self.apply(touch, edit) {
            true => Ok(actor),
            false => Err(vec![problem(FORGOTTEN)]),
        }
    }

    /// What an edit does to the run, and whom it is about.
    fn touch_of(&mut self, edit: Edit) -> Result<(Touch, Option<ActorId>), Vec<Problem>> {
        let now = self.cast_at_playhead();
        let mut cast = Cast::clone(&now);
        let unknown = || vec![problem("This actor has left the scene.")];
        let id = match edit {
            Edit::Add(mut actor) => {
                actor.name = free_name(&now, &actor.name);
                self.fits(&now, &actor, None)?;
                if now.scenario.actors.len() >= check::ACTORS_MAX {
                    let most = check::ACTORS_MAX;
                    return Err(vec![problem(format!("A scene has at most {most} actors."))]);
                }
                Some(cast.add(actor))
            }
            Edit::Replace { id, actor } => {
                let before = now.actor(id).ok_or_else(unknown)?.name.clone();
                self.fits(&now, &actor, Some(id))?;
                rename_beats(&mut cast, &before, &actor.name);
                cast.replace(id, actor);
                Some(id)
            }
            Edit::Rename { id, name } => {
                let actor = now.actor(id).ok_or_else(unknown)?;
                let before = actor.name.clone();
                let actor = Actor {
                    name,
                    ..actor.clone()
                };
                self.fits(&now, &actor, Some(id))?;
                rename_beats(&mut cast, &before, &actor.name);
                cast.replace(id, actor);
                Some(id)
            }
            Edit::Remove(id) => {
                let gone = cast.remove(id).ok_or_else(unknown)?;
                cast.scenario.beats.retain(|beat| beat.actor != gone.name);
                None
            }
            Edit::Title(title) => {
                if title.chars().count() > check::NAME_CHARS_MAX * 2 {
                    return Err(vec![problem("A title has at most 80 letters.")]);
                }
                cast.scenario.title = title;
                None
            }
            Edit::Later { id, deed, after_ms } => {
                now.actor(id).ok_or_else(unknown)?;
                if self.wall_clock.is_some() {
                    return Err(vec![problem(
                        "With a real broker nothing can be arranged for later: do it when it is time.",
                    )]);
                }
                let after = Micros::from_millis(after_ms.into());
                let at = Micros(self.playhead as u64 + after.0);
                return Ok((Touch::Later(at, id, deed), Some(id)));
            }
            Edit::Do { id, deed } => {
                now.actor(id).ok_or_else(unknown)?;
                let ours = [Deed::Stall, Deed::Resume, Deed::Silence].contains(&deed)
                    || matches!(deed, Deed::CutAfter(_));
                if ours && self.wall_clock.is_some() {
                    return Err(vec![problem(
                        "That can be done to links of the broker in this page only. A connection to a real broker can be cut.",
                    )]);
                }
                return Ok((Touch::Deed(id, deed), Some(id)));
            }
            Edit::Say {
                id,
                topic,
                payload,
                qos,
                retain,
            } => {
                now.actor(id).ok_or_else(unknown)?;
                check::topic(&topic).map_err(|sentence| {
                    let field = FormField::Topic(0);
                    vec![Problem { field, sentence }]
                })?;
                if payload.len() > check::WORD_BYTES_MAX {
                    let most = check::WORD_BYTES_MAX;
                    let field = FormField::Payload(0);
                    let sentence = format!("A payload has at most {most} bytes.");
                    return Err(vec![Problem { field, sentence }]);
                }
                let say = Touch::Say {
                    id,
                    topic,
                    payload,
                    qos,
                    retain,
                };
                return Ok((say, Some(id)));
            }
            Edit::Send { id, bytes } => {
                let name = now.actor(id).ok_or_else(unknown)?.name.clone();
                if bytes.is_empty() || bytes.len() > BYTES_SHOWN_MAX {
                    let sentence = format!("One to {BYTES_SHOWN_MAX} bytes can be sent.");
                    return Err(vec![problem(sentence)]);
                }
                let presence = self.board.actors.get(&id).and_then(|board| board.presence);
                if presence != Some(Presence::Connected) {
                    let sentence = format!("At this moment {name} has no connection to send on.");
                    return Err(vec![problem(sentence)]);
                }
                return Ok((Touch::Bytes(id, bytes.into()), Some(id)));
            }
            Edit::SayNext { id, n } => {
                let actor = now.actor(id).ok_or_else(unknown)?;
                if usize::from(n) >= actor.speaks.len() {
                    return Err(vec![problem("It has nothing to say there.")]);
                }
                return Ok((Touch::SayNext(id, n.into()), Some(id)));
            }
            Edit::Wire { id, wire } => {
                let actor = now.actor(id).ok_or_else(unknown)?.clone().on(wire);
                self.fits(&now, &actor, Some(id))?;
                cast.replace(id, actor);
                Some(id)
            }
            Edit::Arrange { id, cut } => return Ok((Touch::Cut(id, cut), Some(id))),
            Edit::Broker(deed) => {
                if self.wall_clock.is_some() {
                    return Err(vec![problem("A real broker is not ours to crash.")]);
                }
                return Ok((Touch::Broker(deed), None));
            }
            Edit::CutAt { .. } | Edit::MoveCut { .. } | Edit::Return(_) | Edit::Clear => None,
        };
        self.versions += 1;
        cast.version = self.versions;
        Ok((Touch::Recast(Rc::new(cast)), id))
    }

    /// Cuts the connection a packet is on, at its arrival: arranges that, or, where that has been
    /// already, does it in the past.
    fn cut_at(&mut self, packet: EventNo, after: bool) -> Result<(), Problem> {
        let log = &self.pen.log;
        let gone = || problem("The log no longer holds this packet.");
        let seq = log.find(packet).ok_or_else(gone)?;
        let (Some(entry), Some(sent)) = (log.get(seq), log.sent(seq)) else {
            return Err(problem("Only a packet's connection can be cut."));
        };
        let actor = sent.actor;
        let arrives = match log.fate(seq, Seq(log.end())) {
            Fate::OnItsWay => sent.arrives,
            Fate::Arrived(at) | Fate::Lost(at) => at,
        };
        // Time is whole microseconds: one before it arrives, it has not.
        let at = match after {
            true => arrives,
            false => Micros(arrives.0.saturating_sub(1)).max(entry.at),
        };
        if self.wall_clock.is_some() || at < Micros(self.playhead as u64) {
            return self.cut(actor, None, Some(at));
        }
        let no = packet;
        let cut = Some(Cut::Packet { no, after, at });
        let edit = Edit::Arrange { id: actor, cut };
        match self.apply(Touch::Cut(actor, cut), edit) {
            true => Ok(()),
            false => Err(problem(FORGOTTEN)),
        }
    }

    fn fits(&self, cast: &Cast, actor: &Actor, id: Option<ActorId>) -> Result<(), Vec<Problem>> {
        let taken = cast
            .named(&actor.name)
            .is_some_and(|other| Some(other) != id);
        let problems = check::actor(actor, taken);
        match problems.is_empty() {
            true => Ok(()),
            false => Err(problems),
        }
    }

    /// Changes the run at the playhead; what lay after it is kept as another run. False if the log
    /// no longer reaches back so far.
    fn apply(&mut self, touch: Touch, edit: Edit) -> bool {
        let at = Micros(self.playhead as u64);
        if self.wall_clock.is_some() {
            self.run.touch(&mut self.pen, &touch);
            if let Touch::Recast(cast) = touch {
                self.casts.push(cast.clone());
                self.cast = cast;
            }
            return true;
        }
        if at < self.head() {
            let old = self.branch();
            match self.past.again(&mut self.pen, at) {
                Some(run) => self.run = run,
                None => return false,
            }
            self.left = None;
            self.forks.part(old, at);
            self.windows.forget();
        } else {
            self.past.live(&mut self.run, &mut self.pen, at);
        }
        self.past.add(self.run.now, touch.clone(), edit);
        self.run.touch(&mut self.pen, &touch);
        // What it sets off at this very moment belongs to it.
        super::pass(&mut self.run, &mut self.pen, at);
        self.resume(at);
        true
    }
}

fn rename_beats(cast: &mut Cast, before: &str, after: &str) {
    for beat in &mut cast.scenario.beats {
        if beat.actor == before {
            after.clone_into(&mut beat.actor);
        }
    }
}

/// A name nobody has: as wished, or with a number behind it.
fn free_name(cast: &Cast, wished: &str) -> String {
    if cast.named(wished).is_none() {
        return wished.to_owned();
    }
    let stem = wished
        .trim_end_matches(|c: char| c.is_ascii_digit())
        .trim_end();
    let numbered = (2..).map(|n| format!("{stem} {n}"));
    let mut free = numbered.filter(|name| cast.named(name).is_none());
    free.next().unwrap_or_default()
}
