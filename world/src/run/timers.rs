//! Timers that are set: what is known to come.

use super::{Doing, Far, Run, micros};
use crate::small;
use crate::view::{ActorId, Micros, NextTimer, Presence, Timer, TimerKind};

impl Run {
    /// Timers by actor, and then by time.
    pub(crate) fn timers(&self) -> Vec<NextTimer> {
        let mut timers = Vec::new();
        for (id, player) in self.players.iter() {
            let mut add = |kind, from, at: Micros| {
                if at > self.now {
                    let timer = Timer { kind, from, at };
                    timers.push(NextTimer { actor: *id, timer });
                }
            };
            let here = !matches!(player.presence, Presence::Away { .. });
            for tongue in player.tongues.iter().filter(|_| here) {
                if let Some(at) = tongue.next {
                    add(TimerKind::Speaks, tongue.last, at);
                }
            }
            if let Some((from, at)) = player.busy {
                add(TimerKind::Handling, from, at);
            }
            if let Some(at) = player.client.poll_timeout().map(micros) {
                let keep_alive =
                    Micros::from_millis(1000 * u64::from(player.actor.keep_alive_secs));
                match player.presence {
                    Presence::Away { .. } => add(TimerKind::Reconnect, player.away_since, at),
                    Presence::Connected => {
                        let from = Micros(at.0.saturating_sub(keep_alive.0));
                        add(TimerKind::KeepAlive, from, at);
                    }
                    // How long it would wait for an answer is no part of the story yet.
                    Presence::NotYet | Presence::Connecting => {}
                }
            }
        }
        for (id, at, from) in self.expiries() {
            let kind = TimerKind::SessionExpiry;
            let timer = Timer { kind, from, at };
            timers.push(NextTimer { actor: id, timer });
        }
        small::sort(&mut timers, |one, other| {
            (one.actor, one.timer.at) < (other.actor, other.timer.at)
        });
        timers
    }

    /// When the broker forgets whose session, and since when it has been alone.
    fn expiries(&self) -> Vec<(ActorId, Micros, Micros)> {
        let Far::Glass(glass) = &self.far else {
            return Vec::new();
        };
        let away = self
            .players
            .values()
            .filter(|player| matches!(player.presence, Presence::Away { session: true, .. }));
        away.filter_map(|player| {
            let ends = glass.node.session_ends(player.client_id())?;
            Some((player.id, micros(ends), player.away_since))
        })
        .collect()
    }

    /// Everything the broker of glass holds.
    #[cfg(test)]
    pub(crate) fn node_state(&self) -> Option<tidings_core::node::NodeState> {
        match &self.far {
            Far::Glass(glass) => Some(glass.node.state()),
            Far::Remote(_) => None,
        }
    }

    /// When the next word of the script is spoken.
    pub(crate) fn next_beat(&self) -> Option<Micros> {
        self.queue.iter().find_map(|(at, doing)| {
            matches!(doing, Doing::Beat(..) | Doing::CutOff(_) | Doing::Start(_)).then_some(at)
        })
    }
}
