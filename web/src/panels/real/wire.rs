//! How far a connection comes: contacts in series on one wire; the first that is open stops it.

use tidings_world::view::{ActorState, Presence, TroubleKind};
use yew::prelude::*;

use crate::panels::foreign::foreign;
use crate::words::words;

/// A contact on the wire.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Contact {
    Closed,
    Open,
    Trying,
    NotTried,
}

const CONTACTS: usize = 6;

#[derive(PartialEq, Properties)]
pub(crate) struct Props {
    pub(crate) actors: Vec<ActorState>,
}

#[component]
pub(crate) fn Wire(props: &Props) -> Html {
    let words = &words().panels.real;
    let contacts = contacts(&props.actors);
    let trouble = furthest(&props.actors);
    html! {
        <ol class="wire">
            { for contacts.iter().zip(words.contacts).map(|(contact, (name, term))| {
                let (class, state) = match contact {
                    Contact::Closed => ("ok", words.ok),
                    Contact::Open => ("open", words.broken),
                    Contact::Trying => ("trying", words.trying),
                    Contact::NotTried => ("skip", words.not_tried),
                };
                let broken = trouble.filter(|_| *contact == Contact::Open);
                html! {
                    <li {class}>
                        <b>{ name }</b>{ " " }<span class="dimt">{ term }</span>
                        if let Some(trouble) = broken {
                            <p class="red" data-testid="real-trouble">
                                { "× " }{ foreign(&trouble.sentence) }
                                if let Some(code) = trouble.reason {
                                    { " " }<span class="mono">{ format!("0x{code:02X}") }</span>
                                }
                            </p>
                        } else {
                            <p class="note">{ state }</p>
                        }
                    </li>
                }
            }) }
        </ol>
    }
}

/// The trouble of whoever came furthest; none if somebody is in, or nobody has any.
fn furthest(actors: &[ActorState]) -> Option<&tidings_world::view::Trouble> {
    if actors
        .iter()
        .any(|actor| actor.presence == Presence::Connected)
    {
        return None;
    }
    let troubles = actors.iter().filter_map(|actor| actor.trouble.as_ref());
    troubles.max_by_key(|trouble| place(trouble.kind))
}

/// The contact that a kind of trouble opens.
fn place(kind: TroubleKind) -> usize {
    match kind {
        TroubleKind::Address => 0,
        TroubleKind::MixedContent => 1,
        TroubleKind::Unreachable => 2,
        TroubleKind::Subprotocol => 3,
        TroubleKind::Refused => 4,
        TroubleKind::Lost | TroubleKind::Protocol => 5,
    }
}

fn contacts(actors: &[ActorState]) -> [Contact; CONTACTS] {
    let is = |presence| actors.iter().any(|actor| actor.presence == presence);
    let mut out = [Contact::NotTried; CONTACTS];
    if is(Presence::Connected) {
        return [Contact::Closed; CONTACTS];
    }
    let (upto, last) = match furthest(actors) {
        Some(trouble) => (place(trouble.kind), Contact::Open),
        None if is(Presence::Connecting) => (2, Contact::Trying),
        None => return out,
    };
    out[..upto].fill(Contact::Closed);
    out[upto] = last;
    out
}

#[cfg(test)]
mod tests {
    use super::*;
    use tidings_world::view::{ActorId, Trouble};

    fn actor(presence: Presence, trouble: Option<TroubleKind>) -> ActorState {
        ActorState {
            id: ActorId(1),
            presence,
            last: None,
            waiting: None,
            timer: None,
            link: tidings_world::view::LinkState::Open,
            cut: None,
            trouble: trouble.map(|kind| Trouble {
                reason: None,
                kind,
                sentence: String::new(),
            }),
        }
    }

    #[test]
    fn the_wire_breaks_where_the_furthest_came_to() {
        let away = Presence::Away {
            unplugged: false,
            session: false,
        };
        let broken = [
            actor(away, Some(TroubleKind::Unreachable)),
            actor(away, Some(TroubleKind::Subprotocol)),
        ];
        let wire = contacts(&broken);
        assert_eq!(wire[..3], [Contact::Closed; 3]);
        assert_eq!(
            wire[3..],
            [Contact::Open, Contact::NotTried, Contact::NotTried]
        );
        let whole = [
            actor(away, Some(TroubleKind::Lost)),
            actor(Presence::Connected, None),
        ];
        assert_eq!(contacts(&whole), [Contact::Closed; CONTACTS]);
        let trying = contacts(&[actor(Presence::Connecting, None)]);
        assert_eq!(trying[2], Contact::Trying);
    }
}
