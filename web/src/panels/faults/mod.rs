//! Everything that can go wrong, as far as TCP lets it: a link, a client, the broker.

mod amount;
mod figure;
mod force;

pub(crate) use force::{chips, in_force};

use tidings_world::scenario::check::{BYTES_PER_SEC_MIN, LATENCY_MS_MAX};
use tidings_world::scenario::{BrokerDeed, Deed, Wire};
use tidings_world::view::{
    ActorId, ActorView, Answer, Cut, Edit, EventNo, LinkState, PacketDetail, Presence, Scene,
};
use web_sys::{Event, HtmlSelectElement};
use yew::prelude::*;

use super::choice::Choice;
use super::foreign::{foreign, foreign_cut};
use super::names::actor;
use super::signs::{drawn, picture, tile};
use crate::components::transport::CHIPS_MAX;
use crate::components::{Icon, sign, sign_of};
use crate::scene::{Drawing, glyph};
use crate::state::{
    Held, Place, Selection, Standing, use_held, use_packet, use_page, use_scene, use_selection,
    use_standing,
};
use crate::words::panels::Kind;
use crate::words::words;
use amount::Amount;
use figure::Figure;

/// More actors than this are chosen from a list.
const SIDE_BY_SIDE: usize = 6;

#[derive(Clone, Copy, PartialEq, Properties)]
pub(crate) struct Props {
    /// The transport has room for what is in force, as long as that is little.
    pub(crate) wide: bool,
}

/// Stands below the stage.
#[component]
pub(crate) fn Faults(props: &Props) -> Html {
    let page = use_page();
    let scene = use_scene();
    let standing = use_standing();
    let selection = use_selection();
    let held = use_held();
    let packet = use_packet();
    let picked = use_state(|| None::<EventNo>);
    let chosen = use_state(|| None::<ActorId>);
    let problem = use_state_eq(|| None::<String>);
    {
        let chosen = chosen.clone();
        use_effect_with(selection, move |selection| {
            if let Selection::Actor(id) = selection {
                chosen.set(Some(*id));
            }
        });
    }
    let on_edit = {
        let (page, problem) = (page.clone(), problem.clone());
        Callback::from(move |edit: Edit| {
            let problem = problem.clone();
            let then = Callback::from(move |answer: Answer| {
                let first = answer.problems.into_iter().next();
                problem.set(first.map(|problem| problem.sentence));
            });
            page.edit(edit, then);
        })
    };
    let words = &words().panels.faults;
    let close = {
        let page = page.clone();
        Callback::from(move |_: MouseEvent| page.go(Place::Stage))
    };
    let Some(scene) = scene else {
        return html! {};
    };
    let faults = in_force(&scene, &standing);
    let known = chosen.and_then(|id| actor(&scene, id));
    let first = || scene.actors.iter().find(|actor| !actor.listens.is_empty());
    let actor = known.or_else(first).or_else(|| scene.actors.first());
    let packets = actor.map_or_else(Vec::new, |actor| {
        on_link(actor.id, packet.as_deref(), held.as_deref())
    });
    let remote = standing.is_remote();
    let on_choose = {
        let scene = scene.clone();
        Callback::from(move |index: usize| {
            chosen.set(scene.actors.get(index).map(|actor| actor.id));
        })
    };
    html! {
        <section class="faults" aria-label={words.title} data-testid="faults">
            <button type="button" class="lk ic fclose" aria-label={words.close} onclick={close}>
                { sign(Icon::Close) }
            </button>
            if !props.wide || faults.len() > CHIPS_MAX {
                { chips(&page, &faults) }
            }
            if let Some(sentence) = &*problem {
                <p class="note problem" role="alert">{ sign(Icon::Warn) }<span>{ foreign(sentence) }</span></p>
            }
            <div class="fgrid">
                if let Some(actor) = actor {
                    <div class="fhead flinks">
                        <h2>{ words.link }</h2>
                        { whose(&scene, &standing, actor.id, on_choose) }
                        <span class="sp"></span>
                        <span class="note">{ words.link_note }</span>
                    </div>
                    if remote {
                        <div>
                            <p class="note">{ words.remote }</p>
                            { cut_now(actor, &standing, &on_edit) }
                        </div>
                    } else {
                        { link_rows(actor, &standing, &packets, &picked, &on_edit) }
                    }
                }
                <div class="fothers">
                    if let Some(actor) = actor {
                        <div>
                            <div class="fhead">
                                <h2>{ words.client }</h2>
                                { picture(actor.picture, 20.0) }
                                <b>{ foreign_cut(&actor.name, 24) }</b>
                            </div>
                            { client(actor, &standing, &on_edit) }
                        </div>
                    }
                    if !remote {
                        <div>
                            <div class="fhead"><h2>{ words.broker }</h2></div>
                            { broker(&standing, &on_edit) }
                        </div>
                    }
                </div>
            </div>
        </section>
    }
}

/// What is on a link while the clock stands, and the packet that is chosen.
fn on_link(id: ActorId, packet: Option<&PacketDetail>, held: Option<&Held>) -> Vec<EventNo> {
    let mut packets: Vec<EventNo> = Vec::new();
    if let Some(detail) = packet.filter(|detail| detail.hop.actor == id) {
        packets.push(detail.hop.no);
    }
    for flight in held.into_iter().flat_map(|held| &held.flying) {
        let no = EventNo(u32::try_from(flight.event).unwrap_or(u32::MAX));
        if flight.actor == u32::from(id.0) && !packets.contains(&no) {
            packets.push(no);
        }
    }
    packets
}

/// Whose link.
fn whose(scene: &Scene, standing: &Standing, id: ActorId, on_choose: Callback<usize>) -> Html {
    let label = words().panels.faults.link;
    let place = scene.actors.iter().position(|actor| actor.id == id);
    if scene.actors.len() > SIDE_BY_SIDE {
        let onchange = on_choose.reform(|event: Event| {
            let select: HtmlSelectElement = event.target_unchecked_into();
            usize::try_from(select.selected_index()).unwrap_or(0)
        });
        return html! {
            <select class="inp" aria-label={label} {onchange} data-testid="fault-link">
                { for scene.actors.iter().map(|actor| html! {
                    <option selected={actor.id == id}>{ foreign_cut(&actor.name, 32) }</option>
                }) }
            </select>
        };
    }
    let item = |actor: &ActorView| {
        html! {
            <>
                { for actor.listens.first().map(|listens| tile(listens.channel, 14.0)) }
                { foreign_cut(&actor.name, 12) }
                if force::is_hurt(actor, standing) {
                    <span class="red">{ sign_of(Icon::Bolt, 12) }</span>
                }
            </>
        }
    };
    let names = scene
        .actors
        .iter()
        .map(|actor| AttrValue::from(actor.name.clone()));
    html! {
        <div class="fwhose">
            <Choice
                name="fault-link"
                {label}
                items={scene.actors.iter().map(item).collect::<Vec<_>>()}
                names={names.collect::<Vec<_>>()}
                chosen={place}
                {on_choose}
            />
        </div>
    }
}

/// One thing that can go wrong, and what makes it so.
fn row(figure: Html, kind: &Kind, says: Option<String>, on: bool, control: Html) -> Html {
    html! {
        <div class={classes!("flt", on.then_some("on"))}>
            { figure }
            <div>
                <b>{ kind.name }</b>{ " " }<span class="dimt">{ kind.term }</span>
                <p class="l2">{ says.unwrap_or_else(|| kind.says.into()) }</p>
            </div>
            <div class="ctl">{ control }</div>
        </div>
    }
}

/// What can be done to a link of the broker of glass, while `packets` can be chosen from.
fn link_rows(
    actor: &ActorView,
    standing: &Standing,
    packets: &[EventNo],
    picked: &UseStateHandle<Option<EventNo>>,
    on_edit: &Callback<Edit>,
) -> Html {
    let words = &words().panels.faults;
    let id = actor.id;
    let state = standing.actor(id);
    let link = state.map(|state| state.link).unwrap_or_default();
    let arranged = state.and_then(|state| state.cut);
    let there = is_there(id, standing);
    let wire = actor.wire;
    let limit = |figure: Figure, kind: &'static Kind, own: &Own| {
        let (set, value) = (own.set, (own.get)(wire));
        let on_amount = on_edit.reform(move |amount: u32| {
            let mut wire = wire;
            set(&mut wire, amount);
            Edit::Wire { id, wire }
        });
        let control = html! {
            <Amount
                key={format!("{} {}", own.id, id.0)}
                id={own.id}
                label={kind.name}
                {value}
                least={own.least}
                most={own.most}
                unit={own.unit}
                before={own.before}
                {on_amount}
            />
        };
        // Every link takes its time.
        let on = value > 0 && own.id != SLOW.id;
        row(figure.html(), kind, None, on, control)
    };
    let switch = |figure: Figure,
                  kind: &'static Kind,
                  on: bool,
                  deed: Deed,
                  testid: &'static str| {
        let onclick = on_edit.reform(move |_: MouseEvent| Edit::Do { id, deed });
        let says = (kind.says.is_empty()).then(|| (words.found_out)(actor.keep_alive_secs));
        let control = html! {
            <button type="button" class={classes!("bx", on.then_some("on"))} role="switch" aria-checked={on.to_string()}
                aria-label={kind.name} disabled={!there && !on && deed == Deed::Silence} {onclick} data-testid={testid}>
                if on { { sign(Icon::Check) } }
            </button>
        };
        row(figure.html(), kind, says, on, control)
    };
    let stall = match link {
        LinkState::Stalled => Deed::Resume,
        _ => Deed::Stall,
    };
    let half_open = match link {
        LinkState::Silent => Deed::Cut,
        _ => Deed::Silence,
    };
    let cut_bytes = {
        let on_amount = on_edit.reform(move |bytes: u32| match bytes {
            0 => force::spare(id),
            bytes => Edit::Do {
                id,
                deed: Deed::CutAfter(bytes),
            },
        });
        let value = force::cut_bytes(arranged);
        let control = html! {
            <Amount key={format!("bytes {}", id.0)} id="fault-bytes" label={words.cut_bytes.name} {value}
                least={1} most={BYTES_MAX} unit={words.bytes} disabled={!there} {on_amount} />
        };
        row(
            figure::CUT_BYTES.html(),
            &words.cut_bytes,
            None,
            value > 0,
            control,
        )
    };
    let now = picked.filter(|no| packets.contains(no));
    let now = now.or_else(|| packets.first().copied());
    let at_packet = |figure: Figure, kind: &'static Kind, after: bool, testid: &'static str| {
        let on = matches!(arranged, Some(Cut::Packet { after: other, .. }) if other == after);
        let onclick = on_edit.reform(move |_: MouseEvent| Edit::CutAt {
            packet: now.unwrap_or_default(),
            after,
        });
        let onchange = {
            let (picked, packets) = (picked.clone(), packets.to_vec());
            Callback::from(move |event: Event| {
                let select: HtmlSelectElement = event.target_unchecked_into();
                let index = usize::try_from(select.selected_index()).unwrap_or(0);
                picked.set(packets.get(index).copied());
            })
        };
        let control = html! {
            if now.is_none() {
                <span class="l2">{ (words.no_packet)(standing.running) }</span>
            } else {
                <select class="inp" aria-label={words.which} {onchange}>
                    { for packets.iter().map(|no| html! {
                        <option selected={now == Some(*no)}>{ format!("#{}", no.0) }</option>
                    }) }
                </select>
                <button type="button" class="btn q ic" aria-label={kind.name} title={kind.name} {onclick} data-testid={testid}>
                    { sign(Icon::Bolt) }
                </button>
            }
        };
        row(figure.html(), kind, None, on, control)
    };
    html! {
        <>
            <div>
                { limit(figure::SLOW, &words.slow, &SLOW) }
                { limit(figure::UNEVEN, &words.uneven, &UNEVEN) }
                { limit(figure::NARROW, &words.narrow, &NARROW) }
                { limit(figure::READER, &words.reader, &READER) }
                { switch(figure::STALL, &words.stall, link == LinkState::Stalled, stall, "fault-stall") }
                { switch(figure::HALF_OPEN, &words.half_open, link == LinkState::Silent, half_open, "fault-silence") }
            </div>
            <div>
                { cut_now(actor, standing, on_edit) }
                { cut_bytes }
                { at_packet(figure::CUT_BEFORE, &words.cut_before, false, "fault-before") }
                { at_packet(figure::CUT_AFTER, &words.cut_after, true, "fault-after") }
                <div class="flt no">
                    { figure::LOSE.html() }
                    <div>
                        <b>{ words.lose.name }</b>{ " " }<span class="dimt">{ words.lose.term }</span>
                        <p class="l2">{ words.lose.says }{ " " }<span class="id">{ "MQTT-4.4.0-1" }</span></p>
                    </div>
                </div>
            </div>
        </>
    }
}

/// No cut is arranged after more bytes.
const BYTES_MAX: u32 = 1_000_000;

/// One figure of a link.
struct Own {
    id: &'static str,
    get: fn(Wire) -> u32,
    set: fn(&mut Wire, u32),
    least: u32,
    most: u32,
    unit: &'static str,
    before: &'static str,
}

const SLOW: Own = Own {
    id: "fault-latency",
    get: |wire| wire.latency_ms,
    set: |wire, ms| wire.latency_ms = ms,
    least: 0,
    most: LATENCY_MS_MAX,
    unit: "ms",
    before: "",
};
const UNEVEN: Own = Own {
    id: "fault-jitter",
    get: |wire| wire.jitter_ms,
    set: |wire, ms| wire.jitter_ms = ms,
    before: "±",
    ..SLOW
};
const NARROW: Own = Own {
    id: "fault-rate",
    get: |wire| wire.bytes_per_sec,
    set: |wire, rate| wire.bytes_per_sec = rate,
    least: BYTES_PER_SEC_MIN,
    most: u32::MAX,
    unit: "B/s",
    before: "",
};
const READER: Own = Own {
    id: "fault-reads",
    get: |wire| wire.reads_per_sec,
    set: |wire, rate| wire.reads_per_sec = rate,
    ..NARROW
};

fn cut_now(actor: &ActorView, standing: &Standing, on_edit: &Callback<Edit>) -> Html {
    let words = &words().panels.faults;
    let edit = is_there(actor.id, standing).then_some(do_it(actor.id, Deed::Cut));
    let button = button(words.do_cut, &words.cut_now, "fault-cut", on_edit, edit);
    row(figure::CUT_NOW.html(), &words.cut_now, None, false, button)
}

fn do_it(id: ActorId, deed: Deed) -> Edit {
    Edit::Do { id, deed }
}

/// A button for what can be done; without an edit it cannot.
fn button(
    text: &'static str,
    kind: &Kind,
    testid: &'static str,
    on_edit: &Callback<Edit>,
    edit: Option<Edit>,
) -> Html {
    let disabled = edit.is_none();
    let on_edit = on_edit.clone();
    let onclick = Callback::from(move |_: MouseEvent| {
        if let Some(edit) = &edit {
            on_edit.emit(edit.clone());
        }
    });
    html! {
        <button type="button" class="btn q" aria-label={kind.name} {disabled} {onclick} data-testid={testid}>{ text }</button>
    }
}

/// Whether an actor has a connection, or is about to.
fn is_there(id: ActorId, standing: &Standing) -> bool {
    let state = standing.actor(id).map(|state| state.presence);
    matches!(state, Some(Presence::Connected | Presence::Connecting))
}

/// What can be done to a client.
fn client(actor: &ActorView, standing: &Standing, on_edit: &Callback<Edit>) -> Html {
    let words = &words().panels.faults;
    let there = is_there(actor.id, standing);
    let line = |icon: Icon, kind: &Kind, text: &'static str, testid: &'static str, deed: Deed| {
        let sign = html! { <span class="fi">{ sign_of(icon, 20) }</span> };
        row(
            sign,
            kind,
            None,
            false,
            button(text, kind, testid, on_edit, Some(do_it(actor.id, deed))),
        )
    };
    html! {
        <>
            { line(Icon::Bolt, &words.crash, words.do_crash, "fault-crash", Deed::Crash) }
            if there {
                { line(Icon::Plug, &words.off, words.off.name, "fault-off", Deed::SwitchOff) }
            } else {
                { line(Icon::Plug, &words.on, words.on.name, "fault-on", Deed::SwitchOn) }
            }
            { line(Icon::Play, &words.restart, words.restart.name, "fault-restart", Deed::Restart) }
        </>
    }
}

/// What can be done to the broker.
fn broker(standing: &Standing, on_edit: &Callback<Edit>) -> Html {
    let words = &words().panels.faults;
    let line = |kind: &Kind,
                plank: &'static str,
                text: &'static str,
                testid: &'static str,
                deed: BrokerDeed| {
        let mut d = Drawing::default();
        if plank.is_empty() {
            d.path("M6 4v12l10 -6Z", "headf");
        } else {
            d.path("M3 14v4h14v-4", plank);
            glyph::bolt(&mut d, 10.0, 8.0, 0.6);
        }
        let sign = html! { <span class="fi">{ drawn(&d, 20.0, 20.0, "") }</span> };
        row(
            sign,
            kind,
            None,
            false,
            button(text, kind, testid, on_edit, Some(Edit::Broker(deed))),
        )
    };
    html! {
        if standing.down {
            { line(&words.start, "", words.start.name, "fault-start", BrokerDeed::Start) }
        } else {
            { line(&words.keeps, "plank", words.do_crash, "fault-broker", BrokerDeed::Crash) }
            { line(&words.loses, "plank gone", words.do_crash, "fault-lose", BrokerDeed::Lose) }
        }
    }
}
