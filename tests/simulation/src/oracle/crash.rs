//! What a crash may take, and what it may not.
//!
//! A store keeps a beginning of the records. Every packet whose records are all among them has
//! happened, and every deadline; the one that was cut in two happened or did not, in each of its
//! parts; the others never were. So what comes back is held against the account after the last
//! whole one and the one after the next, and from then on what came back is the account.

use std::collections::{BTreeMap, BTreeSet};
use std::rc::Rc;

use tidings_core::node::{DeliveryState, NodeState, SessionState};

use super::model::{Core, Message, Ms, NEVER, Owed, Session, State, is_followed};
use super::{Oracle, Rule};
use crate::ears::Told;

impl Oracle {
    /// The broker died; its store has the records up to `kept`. Another one starts, now.
    pub(crate) fn crashed(&mut self, kept: u64) -> Remains {
        self.crashes += 1;
        self.conns.clear();
        self.closing.clear();
        self.must_end = None;
        self.expected = None;
        self.due.clear();
        self.picks.clear();
        self.handed.clear();
        self.handover = None;
        self.heir = None;
        self.arrival = None;
        if !self.config.durable {
            (self.lsn, self.settled, self.safe) = (0, 0, 0);
            return Remains::default();
        }
        (self.lsn, self.settled, self.safe) = (0, 0, 0);
        let mut snapshots = std::mem::take(&mut self.snapshots).into_iter().peekable();
        let mut before = None;
        while let Some(whole) = snapshots.next_if(|one| one.lsn <= kept) {
            before = Some(whole);
        }
        let before = before.expect("invariant: the account of what is safe is kept");
        // What was given to sessions that nobody records was given, whatever a store has of it.
        let sessions = &self.core.sessions;
        self.rights.roll_back(before.rights, |client| {
            let session = sessions.get(client);
            session.is_none_or(|session| session.expiry_secs == 0)
        });
        let cut = snapshots.next().filter(|_| kept > before.lsn);
        Remains {
            cut_at: cut.as_ref().map(|cut| cut.at),
            ended: cut
                .as_ref()
                .map(|cut| cut.ended.clone())
                .unwrap_or_default(),
            after: cut.map_or_else(|| before.core.clone(), |cut| cut.core),
            before: before.core,
        }
    }

    /// The broker is back, told this while it started, and holds this.
    pub(crate) fn restored(&mut self, remains: Remains, told: Vec<Told>, state: &NodeState) {
        let now = self.now;
        let fuzz = self.fuzz();
        self.core = remains.before.clone();
        for session in self.core.sessions.values_mut() {
            let session = Rc::make_mut(session);
            absent(session, now);
        }
        // A will without a delay is said at once; deadlines that passed meanwhile come next.
        let due: Vec<String> = self
            .core
            .sessions
            .iter()
            .filter(|(_, session)| {
                session
                    .will
                    .as_ref()
                    .is_some_and(|will| will.delay_secs == 0)
            })
            .map(|(client, _)| client.clone())
            .collect();
        for client in due {
            self.say_will(&client);
        }
        // What is cut in two, and what the store's clock says, is known by what comes back.
        let kept: Vec<_> = std::mem::take(&mut self.due);
        self.due = kept.clone();
        for (client, session) in &remains.after.sessions {
            if let Some(will) = &session.will
                && remains.differs(client)
                && !self
                    .due
                    .iter()
                    .any(|(whose, known)| whose == client && known == will)
            {
                self.due.push((client.clone(), will.clone()));
            }
        }
        // What came with the input that was cut in two waits in the queues that wills are put into.
        self.cut_in = remains.added();
        for one in told {
            self.told(one);
        }
        self.cut_in.clear();
        let unsaid = std::mem::take(&mut self.due);
        for (client, will) in unsaid {
            let must = kept
                .iter()
                .any(|(whose, known)| *whose == client && *known == will);
            let doubtful = remains.differs(&client) || fuzz > 0;
            if must && !doubtful && remains.was_recorded(&client) {
                let how = format!("the will {} of {client} was lost in a crash", will.key);
                self.fault(Rule::Will, how);
            }
        }
        self.picks.clear();
        self.settle();
        self.reconcile(&remains, state);
        self.snapshots.clear();
        let lsn = std::mem::take(&mut self.lsn);
        self.remember();
        self.lsn = lsn;
        self.remember();
    }

    /// Holds what came back against what may come back, and takes it over.
    fn reconcile(&mut self, remains: &Remains, state: &NodeState) {
        let mut wrong = Vec::new();
        let mut sessions = BTreeMap::new();
        let names: BTreeSet<&String> = remains
            .before
            .sessions
            .keys()
            .chain(remains.after.sessions.keys())
            .collect();
        for client in names {
            let [before, after] = [&remains.before, &remains.after].map(|core| {
                let session = core.sessions.get(client);
                session.filter(|session| session.expiry_secs > 0)
            });
            let theirs = state.sessions.iter().find(|one| one.client == *client);
            let (Some(theirs), Some(ours)) = (theirs, before.or(after)) else {
                let gone = theirs.is_none();
                let had_ended = self.had_ended(before);
                if gone && !remains.differs(client) && before.is_some() && !had_ended {
                    wrong.push((
                        Rule::Session,
                        format!("{client}'s session was lost in a crash"),
                    ));
                }
                if !gone {
                    wrong.push((
                        Rule::Session,
                        format!("{client}'s session is back from the dead"),
                    ));
                }
                continue;
            };
            // What was said at the restore is owed as well.
            let now = self.core.sessions.get(client).cloned();
            let mut session = now.unwrap_or_else(|| ours.clone());
            let known = Known {
                client,
                before,
                after,
                ended: remains.ended.get(client),
                cut_at: remains.cut_at,
            };
            self.reconcile_session(&known, theirs, Rc::make_mut(&mut session), &mut wrong);
            sessions.insert(client.clone(), session);
        }
        self.core.sessions = sessions;
        // Members whose sessions nobody records are gone, and their shared subscriptions with them.
        self.groups_may_end = true;
        self.end_groups();
        self.reconcile_retained(remains, state, &mut wrong);
        for (rule, how) in wrong {
            self.fault(rule, how);
        }
    }

    fn had_ended(&self, before: Option<&Rc<Session>>) -> bool {
        let fuzz = self.fuzz();
        let ends = before.and_then(|session| session.ends());
        ends.is_some_and(|at| at <= self.now + fuzz)
    }

    fn reconcile_session(
        &mut self,
        known: &Known<'_>,
        theirs: &SessionState,
        session: &mut Session,
        wrong: &mut Vec<(Rule, String)>,
    ) {
        let Known {
            client,
            before,
            after,
            ended,
            cut_at,
        } = *known;
        let fuzz = self.fuzz();
        absent(session, self.now);
        let mut either = before.into_iter().chain(after);
        if !either.any(|one| one.expiry_secs == theirs.expiry_secs) {
            let how = format!("{client} is kept for {} s", theirs.expiry_secs);
            wrong.push((Rule::Session, how));
        }
        session.expiry_secs = theirs.expiry_secs;
        session.received = theirs.received.iter().map(|id| id.value()).collect();
        let [ours, others] = [before, after].map(|one| {
            let received = one.map(|one| one.received.clone());
            received.unwrap_or_default()
        });
        let has = |id: &u16| session.received.contains(id);
        if !ours.intersection(&others).all(has) {
            let how = format!(
                "{client}: of {ours:?} only {:?} are known",
                session.received
            );
            wrong.push((Rule::Once, how));
        }
        if !session.received.is_subset(&(&ours | &others)) {
            let how = format!("{client}: {:?} are known beside {ours:?}", session.received);
            wrong.push((Rule::Answered, how));
        }
        let filters = theirs.subscriptions.iter().map(|one| one.filter.clone());
        let theirs_filters: BTreeSet<String> = filters.collect();
        let [ours, others] = [before, after].map(|one| {
            let filters = one.map(|one| one.subscriptions.clone());
            filters.unwrap_or_default()
        });
        for filter in ours.keys().chain(others.keys()) {
            let both = ours.contains_key(filter) && others.contains_key(filter);
            if both && !theirs_filters.contains(filter) {
                wrong.push((Rule::Session, format!("{client} lost {filter} in a crash")));
            }
        }
        session.subscriptions.clear();
        for one in &theirs.subscriptions {
            let known = [ours.get(&one.filter), others.get(&one.filter)];
            let known = known.into_iter().flatten();
            let like = |sub: &&super::model::Subscription| {
                (sub.qos, sub.id) == (one.options.qos as u8, one.id)
            };
            match known.clone().find(like).or(known.clone().next()) {
                Some(sub) if like(&sub) => {
                    session.subscriptions.insert(one.filter.clone(), *sub);
                }
                _ => wrong.push((
                    Rule::Session,
                    format!("{client}: {one:?} was never asked for"),
                )),
            }
        }
        let doubtful = match (before, after) {
            (Some(one), Some(other)) => !Rc::ptr_eq(one, other),
            _ => true,
        };
        // Times that went through a store while the wall clock was set are as they came back; and
        // the input that was cut in two may have ended the connection before the broker died.
        let ends = theirs.ends.map(|at| at.as_micros() / 1000);
        let expected = session.ends();
        if let Some(at) = cut_at.filter(|_| doubtful) {
            let cut = at + 1000 * Ms::from(session.expiry_secs);
            if ends == Some(cut) {
                session.away = cut_at;
            }
        }
        if session
            .ends()
            .is_some_and(|at| ends.is_none_or(|ends| at.abs_diff(ends) > fuzz))
        {
            let how = format!("{client} ends at {ends:?} and not at {expected:?}");
            wrong.push((Rule::Time, how));
        }
        if let Some(ends) = ends
            && session.expiry_secs != NEVER
        {
            session.away = Some(ends.saturating_sub(1000 * Ms::from(session.expiry_secs)));
        }
        if theirs.will.is_none() {
            if session.will.is_some() && !doubtful {
                wrong.push((Rule::Will, format!("{client}'s will was lost in a crash")));
            }
            session.will = None;
        } else if let (Some(at), Some(due)) = (theirs.will_at, session.will_due()) {
            let at = at.as_micros() / 1000;
            let at = ends.map_or(at, |ends| at.min(ends));
            if at.abs_diff(due) > fuzz {
                let how = format!("{client}'s will is said at {at} and not at {due}");
                wrong.push((Rule::Will, how));
            }
        }
        let [also, ended] = [after, ended].map(|one| one.map_or(&[][..], |one| &one.owed));
        self.reconcile_owed(client, [also, ended], theirs, session, wrong);
    }

    fn reconcile_owed(
        &mut self,
        client: &str,
        [also, ended]: [&[Owed]; 2],
        theirs: &SessionState,
        session: &mut Session,
        wrong: &mut Vec<(Rule, String)>,
    ) {
        let now = self.now;
        let fuzz = self.fuzz();
        let mut found: Vec<Found> = Vec::new();
        for (turn, entry) in (1..).zip(&theirs.inflight) {
            let (id, conn) = (entry.packet_id.value(), None);
            let state = match entry.released {
                true => State::Released {
                    id,
                    conn,
                    said: None,
                },
                false => State::Sent { id, conn },
            };
            if is_followed(&entry.delivery.topic) {
                found.push((look_of(&entry.delivery), state, turn));
            }
        }
        for waits in &theirs.queue {
            if is_followed(&waits.topic) {
                found.push((look_of(waits), State::Waiting, 0));
            }
        }
        let mut ours: Vec<(Owed, Option<(State, u64)>)> = std::mem::take(&mut session.owed)
            .into_iter()
            // The rest is lost with the broker.
            .filter(|one| one.qos > 0 || one.replay.is_some())
            .map(|one| (one, None))
            .collect();
        // Those that are as they were first, so that none takes the place of another.
        let likeness: [fn(&State, &State) -> bool; 3] = [
            |one, other| pid(one) == pid(other),
            |one, other| pid(one).is_none() == pid(other).is_none(),
            |_, _| true,
        ];
        // What is kept for a SUBSCRIBE may still be with what is kept, so it comes second.
        for (alike, replay) in likeness
            .into_iter()
            .flat_map(|one| [(one, false), (one, true)])
        {
            for (one, state) in &mut ours {
                if state.is_some() || one.replay.is_some() != replay {
                    continue;
                }
                let is_it =
                    |(name, theirs, _): &Found| *name == name_of(one) && alike(&one.state, theirs);
                if let Some(at) = found.iter().position(is_it) {
                    let (_, theirs, turn) = found.remove(at);
                    *state = Some((theirs, turn));
                }
            }
        }
        // What is on its way comes back in the order in which it left.
        for released in [false, true] {
            let is_so = |state: &State| match state {
                State::Waiting => false,
                State::Sent { .. } => !released,
                State::Released { .. } => released,
            };
            let mut turns: Vec<(u64, u64)> = ours
                .iter()
                .filter_map(|(one, state)| Some((one, state.as_ref()?)))
                .filter(|(one, (now, _))| is_so(&one.state) && is_so(now))
                .map(|(one, (_, turn))| (*turn, one.turn))
                .collect();
            turns.sort();
            if !turns.is_sorted_by_key(|(_, before)| *before) {
                let how =
                    format!("{client}: what left is in another order after a crash: {turns:?}");
                wrong.push((Rule::Order, how));
            }
        }
        let back = ours.iter().filter(|(_, state)| state.is_some());
        let back: Vec<Likeness> = back.map(|(one, _)| likeness_of(one)).collect();
        let mut owed = Vec::new();
        for (mut one, state) in ours {
            if let Some((state, turn)) = state {
                one.state = state;
                one.turn = turn;
                one.doubts = 0;
            } else if one.replay.is_some() && one.state == State::Waiting {
                // It is given when its turn comes, if no later SUBSCRIBE took its place.
                let still = |other: &&Owed| likeness_of(other) == likeness_of(&one) && other.must;
                one.must &= one.qos > 0 && also.iter().any(|other| still(&other));
            } else {
                let same = |other: &Likeness| *other == likeness_of(&one);
                let still = also.iter().map(likeness_of).filter(same).count();
                let there = back.iter().filter(|other| same(other)).count();
                let expired = one.message.expires.is_some_and(|at| at <= now + fuzz);
                if one.must && still > there && !expired {
                    let how = format!("{client} lost {one:?} in a crash");
                    wrong.push((Rule::Delivered, how));
                }
                continue;
            }
            owed.push(one);
        }
        for one in also.iter().chain(ended).cloned() {
            // It came with the input that was cut in two.
            let at = found.iter().position(|(name, ..)| *name == name_of(&one));
            if let Some(at) = at {
                let (_, state, turn) = found.remove(at);
                if one.qos == 2 {
                    self.rights.grant(client, &one.message.key);
                }
                owed.push(Owed { state, turn, ..one });
                continue;
            }
            // What a SUBSCRIBE asked for of what is kept is recorded before the subscription.
            let asked = one.replay.as_deref();
            let goes_on = asked.is_some_and(|filter| session.subscriptions.contains_key(filter));
            let same = |other: &&Owed| likeness_of(other) == likeness_of(&one);
            let more = also.iter().filter(same).count() > owed.iter().filter(same).count();
            if goes_on && one.state == State::Waiting && more {
                if one.qos == 2 {
                    self.rights.grant(client, &one.message.key);
                }
                owed.push(Owed { must: false, ..one });
            }
        }
        // What ends at its time was given things until then, by others that ended before it.
        let is_over = session.ends().is_some_and(|at| at <= now + fuzz);
        for (look, state, _) in found.into_iter().filter(|_| !is_over) {
            let how =
                format!("{client} is owed {look:?} ({state:?}) after a crash, and was not before");
            wrong.push((Rule::Once, how));
        }
        session.owed = owed;
    }

    fn reconcile_retained(
        &mut self,
        remains: &Remains,
        state: &NodeState,
        wrong: &mut Vec<(Rule, String)>,
    ) {
        let (now, fuzz) = (self.now, self.fuzz());
        let theirs = state
            .retained
            .iter()
            .filter(|kept| is_followed(&kept.topic));
        let mut kept = BTreeMap::new();
        for one in theirs {
            let known = [&self.core, &remains.before, &remains.after];
            let mut known = known
                .into_iter()
                .filter_map(|core| core.retained.get(&one.topic));
            match known.find(|message| message.number == one.message.0) {
                Some(message) => {
                    let expires = one.expires.map(|at| at.as_micros() / 1000);
                    let same = match (expires, message.expires) {
                        (Some(one), Some(other)) => one.abs_diff(other) <= fuzz,
                        (one, other) => one == other,
                    };
                    if !same {
                        let how = format!("{one:?} is kept after a crash, and was {message:?}");
                        wrong.push((Rule::Time, how));
                    }
                    let message = Message {
                        expires,
                        ..Message::clone(message)
                    };
                    kept.insert(one.topic.clone(), Rc::new(message));
                }
                None => {
                    let how = format!("{one:?} is kept after a crash");
                    wrong.push((Rule::Retained, how));
                }
            }
        }
        for (topic, message) in &self.core.retained {
            let expired = message.expires.is_some_and(|at| at <= now + fuzz);
            let cut = remains.after.retained.get(topic) != Some(message)
                && remains.before.retained.get(topic) == Some(message);
            if !kept.contains_key(topic) && !expired && !cut {
                let how = format!(
                    "{} was kept on {topic} and was lost in a crash",
                    message.key
                );
                wrong.push((Rule::Retained, how));
            }
        }
        self.core.retained = kept;
    }
}

/// The accounts before and after the input that a crash cut in two, or twice the same.
#[derive(Default)]
pub(crate) struct Remains {
    before: Core,
    after: Core,
    /// Sessions that it ended, as they were then.
    ended: BTreeMap<String, Rc<Session>>,
    /// When the input came that was cut in two.
    cut_at: Option<Ms>,
}

impl Remains {
    /// Whether the input that was cut in two had to do with a client.
    fn differs(&self, client: &str) -> bool {
        match (
            self.before.sessions.get(client),
            self.after.sessions.get(client),
        ) {
            (Some(one), Some(other)) => !Rc::ptr_eq(one, other),
            _ => true,
        }
    }

    /// How much more may wait for each client because of the input that was cut in two.
    fn added(&self) -> BTreeMap<String, usize> {
        let after = self.after.sessions.iter();
        let more = after.map(|(client, session)| {
            let before = self.before.sessions.get(client);
            let known = before.map_or(0, |session| session.owed.len());
            (client.clone(), session.owed.len().saturating_sub(known))
        });
        more.filter(|(_, more)| *more > 0).collect()
    }

    /// Whether the store knew of a client: a session that ends with its connection is nobody's
    /// to keep.
    fn was_recorded(&self, client: &str) -> bool {
        let session = self.before.sessions.get(client);
        session.is_some_and(|session| session.expiry_secs > 0)
    }
}

/// What is known of a client whose session came back.
struct Known<'a> {
    client: &'a str,
    before: Option<&'a Rc<Session>>,
    after: Option<&'a Rc<Session>>,
    /// As it was when the input that was cut in two ended it.
    ended: Option<&'a Rc<Session>>,
    cut_at: Option<Ms>,
}

/// What a delivery of the broker looks like, how far it is, and its turn.
type Found = (Look, State, u64);

/// The number of a message, QoS, RETAIN, and Subscription Identifiers.
type Look = (u64, u8, bool, Vec<u32>);

fn name_of(owed: &Owed) -> Look {
    let ids = owed.ids.to_vec();
    (owed.message.number, owed.qos, owed.retain, ids)
}

/// What tells one from others, and the SUBSCRIBE for which it is given.
type Likeness = (Look, Option<Rc<str>>);

fn likeness_of(owed: &Owed) -> Likeness {
    (name_of(owed), owed.replay.clone())
}

fn look_of(delivery: &DeliveryState) -> Look {
    let mut ids = delivery.ids.clone();
    ids.sort();
    (delivery.message.0, delivery.qos as u8, delivery.retain, ids)
}

/// The identifier of what is on its way.
fn pid(state: &State) -> Option<u16> {
    match state {
        State::Waiting => None,
        State::Sent { id, .. } | State::Released { id, .. } => Some(*id),
    }
}

/// Whoever was there is not any more.
fn absent(session: &mut Session, now: Ms) {
    session.conn = None;
    session.begun_on = None;
    session.away = session.away.or(Some(now));
    for owed in &mut session.owed {
        owed.state.left_behind();
    }
}
