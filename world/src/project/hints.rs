//! What helps to fill in a form: how long a message gets, what a filter would match.

use std::collections::BTreeSet;

use bytes::Bytes;
use tidings_core::codec::encoded_len;
use tidings_core::packet::{Packet, PacketId, Properties, Publish, QoS, Version as CoreVersion};

use super::short;
use super::verdict::contacts;
use crate::cast::Cast;
use crate::log::{Log, Seq};
use crate::scenario::{Listens, Qos, Speaks, Version, check};
use crate::view::{Contact, ListensHint, Short, SpeaksHint};
use crate::voice::Voice;

/// So many messages are previewed.
const PREVIEW_MAX: usize = 60;
/// So many topics that a filter matches are named.
const MATCHES_MAX: usize = 8;

/// For something to say, as `voice` says it next.
pub(super) fn speaks(speaks: &Speaks, version: Version, mut voice: Voice) -> SpeaksHint {
    let words = std::iter::repeat_with(|| voice.next());
    let mut bytes = None;
    let preview = words.take(PREVIEW_MAX).map(|word| {
        if bytes.is_none() {
            bytes = Some(message_bytes(speaks, version, &word));
        }
        short::cut(&word, Short::CHARS_MAX)
    });
    let preview = preview.collect();
    SpeaksHint {
        topic_bytes: speaks.topic.len() as u32,
        topic_levels: speaks.topic.split('/').count() as u32,
        message_bytes: bytes.unwrap_or(0),
        preview,
    }
}

/// The length of a whole PUBLISH; 0 if there is none for such a topic.
fn message_bytes(speaks: &Speaks, version: Version, word: &str) -> u32 {
    let Ok(topic) = check::topic(&speaks.topic) else {
        return 0;
    };
    let qos = match speaks.qos {
        Qos::AtMostOnce => QoS::AtMostOnce,
        Qos::AtLeastOnce => QoS::AtLeastOnce,
        Qos::ExactlyOnce => QoS::ExactlyOnce,
    };
    let version = match version {
        Version::V3_1_1 => CoreVersion::V311,
        Version::V5 => CoreVersion::V5,
    };
    let publish = Packet::Publish(Publish {
        dup: false,
        qos,
        retain: speaks.retain,
        topic: Some(topic),
        packet_id: PacketId::new(1).filter(|_| qos != QoS::AtMostOnce),
        properties: Properties::default(),
        payload: Bytes::copy_from_slice(word.as_bytes()),
    });
    encoded_len(&publish, version).map_or(0, |len| len as u32)
}

/// Topics that the actors of a scene speak on or that somebody has spoken on.
pub(super) fn topics<'a>(cast: &'a Cast, log: &'a Log, end: Seq) -> BTreeSet<&'a str> {
    let written = cast.scenario.actors.iter().flat_map(|actor| &actor.speaks);
    let heard = log.topics(end);
    let heard = heard.filter_map(|topic| std::str::from_utf8(topic).ok());
    written
        .map(|speaks| &speaks.topic[..])
        .chain(heard)
        .collect()
}

/// For a subscription in a scene with these topics.
pub(super) fn listens(listens: &Listens, topics: &BTreeSet<&str>) -> ListensHint {
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
