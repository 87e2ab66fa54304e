//! What helps to fill in a form: how long a message gets, what a filter would match.

use std::collections::BTreeSet;

use bytes::Bytes;
use tidings_core::codec::encoded_len;
use tidings_core::packet::{Packet, PacketId, Properties, Publish, QoS, Version as CoreVersion};

use super::short;
use super::verdict::contacts;
use crate::cast::Cast;
use crate::log::{Log, Seq};
use crate::run::publish_properties;
use crate::scenario::{Actor, Listens, Qos, Speaks, Version, check};
use crate::view::{Contact, ListensHint, Short, SpeaksHint};
use crate::voice::{Values, Voice, Word};

/// So many messages are previewed.
const PREVIEW_MAX: usize = 60;
/// So many topics that a filter matches are named.
const MATCHES_MAX: usize = 8;

/// For something an actor says, as `voice` says it next.
pub(super) fn speaks(actor: &Actor, speaks: &Speaks, mut voice: Voice) -> SpeaksHint {
    let mut hint = SpeaksHint::default();
    for n in 0..PREVIEW_MAX {
        let word = voice.next(voice.due_ms());
        if n == 0 {
            hint.topic_bytes = word.topic.len() as u32;
            hint.topic_levels = word.topic.split('/').count() as u32;
            hint.topic = short::topic(&word.topic);
            let properties = publish_properties(&word.properties, actor.version);
            hint.property_bytes = properties.raw().len() as u32;
            hint.message_bytes = message_bytes(actor, speaks, &word, properties);
        }
        hint.preview
            .push(short::cut(&word.payload, Short::CHARS_MAX));
    }
    hint
}

/// The length of a whole PUBLISH; 0 if there is none for such a topic.
fn message_bytes(actor: &Actor, speaks: &Speaks, word: &Word, properties: Properties) -> u32 {
    let Ok(topic) = check::topic(&word.topic) else {
        return 0;
    };
    let qos = match speaks.qos {
        Qos::AtMostOnce => QoS::AtMostOnce,
        Qos::AtLeastOnce => QoS::AtLeastOnce,
        Qos::ExactlyOnce => QoS::ExactlyOnce,
    };
    let version = match actor.version {
        Version::V3_1_1 => CoreVersion::V311,
        Version::V5 => CoreVersion::V5,
    };
    let publish = Packet::Publish(Publish {
        dup: false,
        qos,
        retain: speaks.retain,
        topic: Some(topic),
        packet_id: PacketId::new(1).filter(|_| qos != QoS::AtMostOnce),
        properties,
        payload: Bytes::copy_from_slice(word.payload.as_bytes()),
    });
    encoded_len(&publish, version).map_or(0, |len| len as u32)
}

/// Topics that the actors of a scene speak on or that somebody has spoken on.
pub(super) fn topics(cast: &Cast, log: &Log, end: Seq) -> BTreeSet<String> {
    let heard = log.topics(end);
    let heard = heard.filter_map(|topic| std::str::from_utf8(topic).ok());
    let mut topics: BTreeSet<String> = heard.map(str::to_owned).collect();
    for actor in &cast.scenario.actors {
        let values = Values::of(actor);
        let written = actor.speaks.iter();
        topics.extend(written.map(|speaks| values.fill_lasting(&speaks.topic)));
    }
    topics
}

/// For a subscription in a scene with these topics.
pub(super) fn listens(listens: &Listens, topics: &BTreeSet<String>) -> ListensHint {
    let mut hint = ListensHint {
        topics: topics.len() as u32,
        ..ListensHint::default()
    };
    let Ok(filter) = check::filter(&listens.filter) else {
        return hint;
    };
    for text in topics {
        let Ok(topic) = check::topic(text) else {
            continue;
        };
        let (matched, contacts) = contacts(&filter, &topic);
        if matched {
            hint.matches_total += 1;
            if hint.matches.len() < MATCHES_MAX {
                hint.matches.push(short::topic(text));
            }
            continue;
        }
        let closed = |contact: &Contact| {
            matches!(
                contact,
                Contact::Equal | Contact::Plus | Contact::Hash { .. }
            )
        };
        let open = contacts.iter().position(|contact| !closed(contact));
        let level = u8::try_from(open.unwrap_or(0) + 1).unwrap_or(u8::MAX);
        // The nearest miss says most.
        if hint.misses.as_ref().is_none_or(|(_, best)| level > *best) {
            hint.misses = Some((short::topic(text), level));
        }
    }
    hint
}
