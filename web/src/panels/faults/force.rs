//! What is in force, and how it is ended.

use tidings_world::scenario::{BrokerDeed, Deed, Wire};
use tidings_world::view::{ActorId, ActorView, Cut, Edit, LinkState, Scene};
use yew::prelude::*;

use crate::components::{Icon, sign_of};
use crate::panels::foreign::foreign_cut;
use crate::panels::signs::tile;
use crate::state::{Page, Standing};
use crate::words::words;

/// A fault in force.
pub(crate) struct InForce<'a> {
    /// Whose link; none is the broker's.
    actor: Option<&'a ActorView>,
    what: String,
    end: Edit,
}

/// A figure of a link, its name, and what puts it back to none.
type Limit = (u32, &'static str, fn(&mut Wire));

/// Everything that is in force, in the scene's order.
pub(crate) fn in_force<'a>(scene: &'a Scene, standing: &Standing) -> Vec<InForce<'a>> {
    let words = &words().panels.faults;
    let mut all = Vec::new();
    if standing.down {
        all.push(InForce {
            actor: None,
            what: words.down.into(),
            end: Edit::Broker(BrokerDeed::Start),
        });
    }
    for actor in &scene.actors {
        let id = actor.id;
        let mut add = |what: &str, end: Edit| {
            all.push(InForce {
                actor: Some(actor),
                what: what.into(),
                end,
            });
        };
        let wire = actor.wire;
        let limits: [Limit; 3] = [
            (wire.jitter_ms, words.uneven.name, |wire| wire.jitter_ms = 0),
            (wire.bytes_per_sec, words.narrow.name, |wire| {
                wire.bytes_per_sec = 0
            }),
            (wire.reads_per_sec, words.reader.name, |wire| {
                wire.reads_per_sec = 0
            }),
        ];
        for (value, name, end) in limits {
            if value > 0 {
                let mut wire = wire;
                end(&mut wire);
                add(&name.to_lowercase(), Edit::Wire { id, wire });
            }
        }
        let Some(state) = standing.actor(id) else {
            continue;
        };
        match state.link {
            LinkState::Open => {}
            LinkState::Stalled => {
                let deed = Deed::Resume;
                add(words.stalled, Edit::Do { id, deed });
            }
            // The only way out of it: both ends hear at last.
            LinkState::Silent => {
                let deed = Deed::Cut;
                add(&words.half_open.name.to_lowercase(), Edit::Do { id, deed });
            }
        }
        if let Some(cut) = state.cut {
            add(&(words.cut)(cut), spare(id));
        }
    }
    all
}

/// Whether something is wrong with an actor's link.
pub(super) fn is_hurt(actor: &ActorView, standing: &Standing) -> bool {
    let state = standing.actor(actor.id);
    let limits = [
        actor.wire.jitter_ms,
        actor.wire.bytes_per_sec,
        actor.wire.reads_per_sec,
    ];
    limits != [0; 3]
        || state.is_some_and(|state| state.link != LinkState::Open || state.cut.is_some())
}

/// No cut is arranged any more.
pub(super) fn spare(id: ActorId) -> Edit {
    Edit::Arrange { id, cut: None }
}

/// The bytes of an arranged cut.
pub(super) fn cut_bytes(cut: Option<Cut>) -> u32 {
    match cut {
        Some(Cut::Bytes(bytes)) => bytes,
        _ => 0,
    }
}

/// What is in force, each with what ends it.
pub(crate) fn chips(page: &Page, faults: &[InForce<'_>]) -> Html {
    let end = &words().panels.faults.end;
    let chip = |fault: &InForce<'_>| {
        let (page, edit) = (page.clone(), fault.end.clone());
        let onclick =
            Callback::from(move |_: MouseEvent| page.edit(edit.clone(), Callback::noop()));
        let channel = fault
            .actor
            .and_then(|actor| actor.listens.first())
            .map(|listens| listens.channel);
        let name = fault.actor.map_or("", |actor| &actor.name);
        let label = end(format!("{name} {}", fault.what).trim());
        html! {
            <span class="chip" data-testid="fault-chip">
                { sign_of(Icon::Bolt, 12) }
                if let Some(channel) = channel {
                    { tile(channel, 14.0) }
                } else if !name.is_empty() {
                    { foreign_cut(name, 10) }
                }
                { " " }{ &fault.what }
                <button type="button" aria-label={label} {onclick}>{ sign_of(Icon::Close, 12) }</button>
            </span>
        }
    };
    html! { <div class="chips">{ for faults.iter().map(chip) }</div> }
}
