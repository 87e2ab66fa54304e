//! What two runs differ in.

use super::Sight;
use super::ears::Ears;
use super::hop::hop;
use super::score::flown;
use crate::log::{Log, Seq, What};
use crate::view::{
    ActorId, Compared, Direction, Hop, Micros, PacketKind, RunId, SCORE_MAX, Score, ScoreWatch,
};

/// Two logs, from where their runs part up to a moment.
pub(crate) fn compare(logs: [&Log; 2], with: RunId, parts: Micros, at: Micros) -> Compared {
    let mut compared = Compared {
        with,
        parts,
        got: Vec::new(),
        got_all: [0; 2],
        sent: [0; 2],
        lost: [0; 2],
    };
    let mut got: Vec<(ActorId, [u32; 2])> = Vec::new();
    for (n, log) in logs.into_iter().enumerate() {
        let since = log.from(log.not_before(parts));
        for (_, entry) in since.take_while(|(_, entry)| entry.at <= at) {
            match &entry.what {
                What::Sent(_) => compared.sent[n] += 1,
                What::Died(_) => compared.lost[n] += 1,
                What::Arrived(packet) => {
                    let Some(sent) = log.sent(*packet) else {
                        continue;
                    };
                    if (sent.kind, sent.direction) == (PacketKind::Publish, Direction::ToActor) {
                        compared.got_all[n] += 1;
                        let place = got.iter().position(|one| one.0 == sent.actor);
                        let place = place.unwrap_or_else(|| {
                            got.push((sent.actor, [0; 2]));
                            got.len() - 1
                        });
                        got[place].1[n] += 1;
                    }
                }
                _ => {}
            }
        }
    }
    got.retain(|(_, [before, now])| before != now);
    compared.got = got;
    compared
}

/// Adds the packets to a window that only the other log has.
pub(crate) fn haunt(sight: &Sight, other: &Log, score: &mut Score) {
    let ears = Ears::of(sight.cast);
    let watch = ScoreWatch {
        from: score.from,
        to: score.to,
    };
    let what = |hop: &Hop| {
        let end = (hop.sent, hop.arrives, hop.died);
        (end, hop.actor, hop.direction, hop.kind, hop.packet_id)
    };
    let there = |ghost: &Hop| score.hops.iter().any(|hop| what(hop) == what(ghost));
    let all = flown(other, watch, other.after(watch.to));
    let hops = all.filter_map(|seq| hop(other, &ears, seq, Seq(other.end())));
    // What comes after the present run's end is no difference yet.
    let hops = hops.filter(|hop| hop.sent < sight.clock.head && !there(hop));
    let mut ghosts: Vec<Hop> = hops.take(SCORE_MAX).collect();
    ghosts.reverse();
    score.ghosts = ghosts;
}
