//! What the broker says that it decided, held against what it had to decide.

use std::rc::Rc;

use tidings_conformance::wire::Version;
use tidings_core::config::{Overlap, WhenFull};
use tidings_core::node::{CloseCause, ConnId};
use tidings_core::observe::Why;

use super::model::{Message, Ms, Owed, State, Subscription, is_followed, key_of, matches, shared};
use super::{Oracle, Rule};
use crate::ears::Told;

impl Oracle {
    pub(super) fn told(&mut self, told: Told) {
        let heir = self.heir.take();
        match told {
            Told::PacketIn { conn, len } => self.packet_in(conn, len),
            Told::PublishOut { conn, number } => {
                if let Some(conn) = self.conns.get_mut(&conn).filter(|conn| !conn.is_wild) {
                    conn.leaving.push_back(number);
                }
            }
            Told::Closed { conn, cause } => self.closed(conn, cause),
            Told::Accepted {
                number,
                client,
                topic,
                payload,
                qos,
                retain,
            } => {
                let key = key_of(&payload, &topic);
                self.accepted.insert(key.clone());
                self.latest = number;
                if is_followed(&topic) {
                    let message = Message {
                        number,
                        key,
                        publisher: client.unwrap_or_default(),
                        topic,
                        qos,
                        retain,
                        expires: None,
                    };
                    self.accepted(message);
                }
            }
            Told::Matched {
                number,
                client,
                filter,
            } => self.picked(number, &client, &filter),
            Told::Dropped {
                number,
                client,
                why,
            } => self.dropped(number, &client, why, heir),
            Told::Record { lsn } => self.lsn = lsn,
        }
    }

    /// A connection ends, and this is why.
    fn closed(&mut self, id: ConnId, cause: CloseCause) {
        let now = self.now;
        let Some(conn) = self.conns.get_mut(&id) else {
            return;
        };
        let (is_wild, left, was_closed) = (conn.is_wild, conn.left, conn.closed);
        let silent = now - conn.last_packet;
        let keep = Ms::from(conn.keep_secs) * 1500;
        let client = conn.client.clone();
        conn.closed = true;
        conn.cause = Some(cause);
        if !matches!(cause, CloseCause::Lost(_)) {
            self.closing.insert(id);
        }
        // What somebody's end records is nothing that an answer to another waits for.
        self.safe_to_answer();
        if is_wild {
            return;
        }
        let right = match cause {
            CloseCause::TakenOver => was_closed,
            CloseCause::ByClient(_) => left,
            CloseCause::KeepAliveTimeout => keep > 0 && silent >= keep,
            CloseCause::ConnectTimeout => client.is_none(),
            CloseCause::Lost(_) => true,
            CloseCause::Administrative(_) => self.config.limits.when_full == WhenFull::Disconnect,
            _ => false,
        };
        if !right {
            let how = format!("{client:?} was sent away: {cause:?}, silent for {silent} ms");
            self.fault(Rule::Kept, how);
        }
        self.expected = None;
        if matches!(cause, CloseCause::Administrative(_))
            && let Some(arrival) = self.arrival.take()
        {
            // Who has too much is sent away behind everything else, and who came in is there.
            self.attach(arrival);
        }
        if let Some(client) = client
            && !was_closed
        {
            self.end_connection(&client);
        }
    }

    /// A message was accepted: of somebody, and as it was said.
    fn accepted(&mut self, mut message: Message) {
        let Message {
            key,
            publisher: client,
            topic,
            ..
        } = &message;
        let (qos, retain) = (message.qos, message.retain);
        let is_due = |(whose, will): &(String, super::Will)| whose == client && will.key == *key;
        let (expiry_secs, right) = if let Some(at) = self.due.iter().position(is_due) {
            let (_, will) = self.due.remove(at);
            let right = (&will.topic, will.qos, will.retain) == (topic, qos, retain);
            (will.expiry_secs, right)
        } else {
            match self.expected.take() {
                Some(one)
                    if key_of(one.payload.as_bytes(), topic) == *key && one.client == *client =>
                {
                    let right = (&one.topic, one.qos, one.retain) == (topic, qos, retain);
                    (one.expiry_secs, right)
                }
                other => {
                    self.expected = other;
                    let rule = match topic.starts_with("w/") {
                        true => Rule::Will,
                        false => Rule::Asked,
                    };
                    let how = format!("{key} of {client} was accepted and not said");
                    return self.fault(rule, how);
                }
            }
        };
        if !right {
            let how = format!("{key} of {client} was accepted as something else");
            self.fault(Rule::Asked, how);
        }
        message.expires = expiry_secs.map(|secs| self.now + 1000 * Ms::from(secs));
        let message = Rc::new(message);
        if retain {
            self.retain(&message);
        }
        self.route(&message);
    }

    fn retain(&mut self, message: &Rc<Message>) {
        let topic = &message.topic;
        match message.says_nothing() {
            true => self.core.retained.remove(topic),
            false => self.core.retained.insert(topic.clone(), message.clone()),
        };
        // Whoever is being given what was kept before need not get it any more.
        let old = |owed: &Owed| owed.replay.is_some() && owed.message.topic == *topic;
        for session in self.core.sessions.values_mut() {
            if session.owed.iter().any(old) {
                let owed = &mut Rc::make_mut(session).owed;
                owed.iter_mut()
                    .filter(|owed| old(owed))
                    .for_each(|owed| owed.must = false);
            }
        }
    }

    /// Everybody who has a right to a message from here on.
    fn route(&mut self, message: &Rc<Message>) {
        let mut entitled = Vec::new();
        for (client, session) in &mut self.core.sessions {
            // What comes to an end is given things until then, for nothing, unless the broker dies
            // before that is recorded.
            let ending = session.ending;
            let session = Rc::make_mut(session);
            let mut hits: Vec<Subscription> = Vec::new();
            for (filter, subscription) in &session.subscriptions {
                if let Some(inner) = shared(filter) {
                    if !ending && matches(inner, &message.topic) {
                        self.picks.insert((filter.clone(), message.number));
                    }
                    continue;
                }
                let own = subscription.no_local && message.publisher == *client;
                if matches(filter, &message.topic) && !own {
                    hits.push(*subscription);
                }
            }
            let copies: Vec<Vec<Subscription>> = match self.config.overlap {
                Overlap::Once if hits.is_empty() => Vec::new(),
                Overlap::Once => vec![hits],
                Overlap::PerFilter => hits.into_iter().map(|one| vec![one]).collect(),
            };
            for copy in copies {
                let granted = copy.iter().map(|one| one.qos).max().unwrap_or(0);
                let qos = message.qos.min(granted);
                if qos == 0 && session.conn.is_none() {
                    continue; // Not kept for the absent.
                }
                let mut ids: Vec<u32> = copy.iter().filter_map(|one| one.id).collect();
                ids.sort();
                session.owed.push(Owed {
                    message: message.clone(),
                    qos,
                    retain: message.retain && copy.iter().any(|one| one.as_published),
                    ids: ids.into(),
                    replay: None,
                    since: 0,
                    group: None,
                    group_ended: false,
                    handed: false,
                    must: !ending,
                    doubts: 0,
                    turn: 0,
                    state: State::Waiting,
                });
                if qos == 2 && !ending {
                    entitled.push(client.clone());
                }
            }
        }
        for client in entitled {
            self.rights.grant(&client, &message.key);
        }
        if self.picks.iter().any(|(_, one)| *one == message.number) {
            self.handed.push(message.clone());
        }
    }

    /// A member of a shared subscription was picked.
    fn picked(&mut self, number: u64, client: &str, filter: &str) {
        if shared(filter).is_none() {
            return; // Everybody's own subscriptions are known here.
        }
        let handed = self.handed.iter().find(|one| one.number == number);
        let Some(message) = handed.cloned() else {
            return; // Of somebody who is not followed.
        };
        let key = message.key.clone();
        let is_heir = !self.picks.remove(&(filter.to_owned(), number));
        if is_heir {
            self.handed_over(&message, filter);
        }
        let session = self.core.sessions.get(client);
        let member = session
            .and_then(|one| one.subscriptions.get(filter))
            .copied();
        let Some(member) = member else {
            let how = format!("{key}: {client} was picked and is not of {filter}");
            return self.fault(Rule::Asked, how);
        };
        let Some(session) = self.core.session(client) else {
            return;
        };
        let qos = message.qos.min(member.qos);
        if qos == 0 && session.conn.is_none() {
            if is_heir {
                self.heir_drops(client, &key);
            }
            return;
        }
        self.heir = is_heir.then(|| client.to_owned());
        session.owed.push(Owed {
            qos,
            retain: message.retain && member.as_published,
            ids: member.id.into_iter().collect(),
            replay: None,
            since: 0,
            group: Some(filter.into()),
            group_ended: false,
            handed: is_heir,
            must: true,
            doubts: 0,
            turn: 0,
            state: State::Waiting,
            message,
        });
        if qos == 2 {
            self.rights.grant(client, &key);
        }
    }

    /// Whoever is given what another left behind has to have room for it.
    fn heir_drops(&mut self, client: &str, key: &str) {
        let how =
            format!("{client} was picked for {key}, which another left behind, and has no room");
        self.fault(Rule::Delivered, how);
    }

    /// Somebody left this behind for the others of a shared subscription.
    fn handed_over(&mut self, message: &Message, filter: &str) {
        let key = &message.key;
        let Some(client) = self.handover.take() else {
            let how =
                format!("{key}: somebody of {filter} was picked, and somebody else was before");
            return self.fault(Rule::Once, how);
        };
        let Some(session) = self.core.session(&client) else {
            return;
        };
        // A store knows the names of shared subscriptions, and not which of a name it was.
        let is_its = |owed: &Owed| {
            let same = owed.group.as_deref() == Some(filter);
            same && (!owed.group_ended || self.crashes > 0)
        };
        let is_it = |owed: &Owed| owed.message.number == message.number && is_its(owed);
        let Some(at) = session.owed.iter().position(is_it) else {
            let how = format!("{key} of {filter} was handed over and was never {client}'s");
            return self.fault(Rule::Once, how);
        };
        let owed = session.owed.remove(at);
        if owed.qos == 2 {
            self.rights.withdraw(&client, key);
        }
        if owed.state != State::Waiting && owed.qos == 2 {
            let how = format!("{client} had {owed:?}, and somebody else gets it");
            self.fault(Rule::Once, how);
        }
    }

    /// A client does not get a message, and this is why.
    fn dropped(&mut self, number: u64, client: &str, why: Why, heir: Option<String>) {
        if heir.as_deref() == Some(client) {
            self.heir_drops(client, &format!("message {number}"));
        }
        let now = self.now;
        let is_this = |owed: &Owed| owed.message.number == number;
        if why == Why::HandedOver {
            let session = self.core.sessions.get(client);
            let owed = session.and_then(|one| one.owed.iter().find(|owed| is_this(owed)));
            if let Some(owed) = owed {
                self.handed.push(owed.message.clone());
                self.handover = Some(client.to_owned());
            }
            return;
        }
        if why == Why::NoLocal {
            return; // By this subscription; by another it may be.
        }
        let limits = self.config.limits.clone();
        let (version, packet_max) = self.speaks(client);
        let fuzz = self.fuzz();
        let Some(session) = self.core.session(client) else {
            return;
        };
        let waiting = session.owed.iter();
        let waiting = waiting.filter(|owed| owed.state == State::Waiting);
        let waiting = waiting.count() + self.cut_in.get(client).copied().unwrap_or(0);
        let is_it = |owed: &Owed| {
            is_this(owed)
                && match why {
                    Why::TooLarge => !matches!(owed.state, State::Released { .. }),
                    Why::AwayAtQoS0 => owed.qos == 0 && owed.state == State::Waiting,
                    _ => owed.state == State::Waiting,
                }
        };
        // What was on its way comes first on a new connection.
        let is_again = |owed: &Owed| {
            let again = matches!(owed.state, State::Sent { conn, .. } if conn != session.conn);
            why == Why::TooLarge && again
        };
        let again = session
            .owed
            .iter()
            .any(|owed| is_it(owed) && is_again(owed));
        let is_sent = |owed: &Owed| !is_again(owed) && matches!(owed.state, State::Sent { .. });
        let is_it = |owed: &Owed| is_it(owed) && is_again(owed) == again && !is_sent(owed);
        // Of several copies the one that comes is dropped, or the oldest that waits.
        let oldest = why != Why::QueueFull || limits.when_full == WhenFull::DropOldest;
        let at = match oldest {
            true => session.owed.iter().position(is_it),
            false => session.owed.iter().rposition(is_it),
        };
        let Some(at) = at else {
            return; // Nothing was owed.
        };
        let owed = session.owed[at].clone();
        if why == Why::SessionEnded && session.ending {
            return; // It goes with its session.
        }
        let right = match why {
            Why::AwayAtQoS0 => session.conn.is_none(),
            // What an ending session says to itself is of no consequence.
            Why::QueueFull => waiting > limits.queue_messages_max || session.ending,
            Why::Expired => owed.message.expires.is_some_and(|at| at <= now + fuzz),
            Why::TooLarge => owed.len_on_wire(version) > packet_max as usize,
            _ => false,
        };
        let copies: Vec<usize> = (0..session.owed.len())
            .filter(|at| is_it(&session.owed[*at]))
            .collect();
        let looks = |one: &Owed| {
            let replay = one.replay.is_some();
            (one.qos, one.retain, one.ids.clone(), replay, one.state)
        };
        let alike = |at: &usize| looks(&session.owed[*at]) == looks(&owed);
        if copies.iter().all(alike) {
            session.owed.remove(at);
        } else {
            // Which copy of several it was will be known when the others leave.
            for at in copies {
                session.owed[at].must = false;
                session.owed[at].doubts += 1;
            }
            session.resolve(number);
        }
        if !right {
            let how = format!(
                "{client} did not get {number} for no good reason: {why:?}, {owed:?}, {waiting} waiting"
            );
            self.fault(Rule::Delivered, how);
        }
    }

    /// What a client that is there speaks, and how many bytes a packet to it may have.
    fn speaks(&self, client: &str) -> (Version, u32) {
        let session = self.core.sessions.get(client);
        let conn = session.and_then(|session| session.conn);
        conn.and_then(|conn| self.conns.get(&conn))
            .map_or((Version::V5, u32::MAX), |conn| {
                (conn.version, conn.packet_max)
            })
    }

    /// How wrong a time may be that went through a store while the wall clock was set.
    pub(super) fn fuzz(&self) -> Ms {
        match self.crashes {
            0 => 0,
            _ => self.wall_clock,
        }
    }
}
