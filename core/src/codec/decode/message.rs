//! PUBLISH, SUBSCRIBE and UNSUBSCRIBE.

use alloc::format;
use alloc::string::ToString;
use alloc::vec::Vec;

use super::super::What;
use super::super::frame::{Read, fault};
use super::super::notes::Notes;
use super::super::properties::properties;
use super::super::reader::Reader;
use super::connect::yes_no;
use crate::packet::{
    PacketKind, PropertyPlace, Publish, QoS, RetainHandling, Subscribe, SubscribeFilter,
    SubscribeOptions, Unsubscribe, Version,
};
use crate::topic::SHARE_PREFIX;

pub(super) fn publish<N: Notes>(r: &mut Reader<'_, N>) -> Read<Publish> {
    let flags = r.header.flags;
    let qos = QoS::from_number(flags >> 1 & 3).expect("invariant: the header was checked");
    r.enter("Variable header", r.at());
    let topic_at = r.at();
    // 5.0 lets a topic alias stand for the name; whether there is one is known further on.
    let topic = match r.version == Version::V5 && r.starts_with_zero_length() {
        true => {
            r.text("Topic Name")?;
            None
        }
        false => Some(r.topic("Topic Name")?), // [MQTT-3.3.2-1], [MQTT-3.3.2-2]
    };
    let packet_id = match qos {
        QoS::AtMostOnce => None, // [MQTT-2.2.1-2]
        QoS::AtLeastOnce | QoS::ExactlyOnce => Some(r.packet_id()?),
    };
    let properties = properties(r, PropertyPlace::Packet(PacketKind::Publish))?;
    if topic.is_none() && properties.topic_alias().is_none() {
        return fault(topic_at, What::TopicMissing);
    }
    r.leave();
    r.enter("Payload", r.at());
    let payload = r.rest("Application Message");
    r.leave();
    Ok(Publish {
        dup: flags & 8 != 0 && qos != QoS::AtMostOnce,
        qos,
        retain: flags & 1 != 0,
        topic,
        packet_id,
        properties,
        payload,
    })
}

pub(super) fn subscribe<N: Notes>(r: &mut Reader<'_, N>) -> Read<Subscribe> {
    r.enter("Variable header", r.at());
    let packet_id = r.packet_id()?;
    let properties = properties(r, PropertyPlace::Packet(PacketKind::Subscribe))?;
    r.leave();
    r.enter("Payload", r.at());
    let mut filters = Vec::new();
    while r.left() > 0 {
        check_count(r, filters.len())?;
        let filter = r.text("Topic Filter")?; // [MQTT-3.8.3-1]
        let shared = filter.starts_with(SHARE_PREFIX);
        let options = options(r, shared)?;
        filters.push(SubscribeFilter { filter, options });
    }
    if filters.is_empty() {
        return fault(r.at(), What::NoFilters); // [MQTT-3.8.3-2]
    }
    r.leave();
    Ok(Subscribe {
        packet_id,
        properties,
        filters,
    })
}

/// Checks that one more filter may come.
fn check_count<N: Notes>(r: &Reader<'_, N>, count: usize) -> Read<()> {
    if count >= r.max_filters {
        return fault(r.at(), What::TooManyFilters);
    }
    Ok(())
}

fn options<N: Notes>(r: &mut Reader<'_, N>, shared: bool) -> Read<SubscribeOptions> {
    let at = r.at();
    let v5 = r.version == Version::V5;
    let bits = r.u8(if v5 {
        "Subscription Options"
    } else {
        "Requested QoS"
    })?;
    r.say(|| format!("0x{bits:02X}"));
    let reserved = Some(What::OptionsReserved);
    if v5 {
        r.bits("Reserved", (7, 6), reserved, |bits| bits.to_string());
        r.bits("Retain Handling", (5, 4), Some(What::RetainHandling), |n| {
            match n {
                0 => "0: send retained messages at every SUBSCRIBE",
                1 => "1: send retained messages if the subscription is new",
                2 => "2: send no retained messages",
                _ => "3",
            }
            .to_string()
        });
        r.bits("Retain As Published", (3, 3), None, yes_no);
        r.bits("No Local", (2, 2), Some(What::NoLocalShared), yes_no);
        r.bits("Maximum QoS", (1, 0), Some(What::OptionsQoS), |n| {
            n.to_string()
        });
    } else {
        r.bits("Reserved", (7, 2), reserved, |bits| bits.to_string());
        r.bits("QoS", (1, 0), Some(What::OptionsQoS), |n| n.to_string());
    }
    let reserved = if v5 { 0xC0 } else { 0xFC };
    if bits & reserved != 0 && r.version != Version::V31 {
        return fault(at, What::OptionsReserved); // [MQTT-3.8.3-5]
    }
    let Some(qos) = QoS::from_number(bits & 3) else {
        return fault(at, What::OptionsQoS);
    };
    if !v5 {
        return Ok(SubscribeOptions {
            qos,
            ..SubscribeOptions::default()
        });
    }
    let no_local = bits & 4 != 0;
    if no_local && shared {
        return fault(at, What::NoLocalShared); // [MQTT-3.8.3-4]
    }
    let retain_handling = match bits >> 4 & 3 {
        0 => RetainHandling::Send,
        1 => RetainHandling::SendIfNew,
        2 => RetainHandling::DoNotSend,
        _ => return fault(at, What::RetainHandling),
    };
    Ok(SubscribeOptions {
        qos,
        no_local,
        retain_as_published: bits & 8 != 0,
        retain_handling,
    })
}

pub(super) fn unsubscribe<N: Notes>(r: &mut Reader<'_, N>) -> Read<Unsubscribe> {
    r.enter("Variable header", r.at());
    let packet_id = r.packet_id()?;
    let properties = properties(r, PropertyPlace::Packet(PacketKind::Unsubscribe))?;
    r.leave();
    r.enter("Payload", r.at());
    let mut filters = Vec::new();
    while r.left() > 0 {
        check_count(r, filters.len())?;
        filters.push(r.text("Topic Filter")?); // [MQTT-3.10.3-1]
    }
    if filters.is_empty() {
        return fault(r.at(), What::NoFilters); // [MQTT-3.10.3-2]
    }
    r.leave();
    Ok(Unsubscribe {
        packet_id,
        properties,
        filters,
    })
}
