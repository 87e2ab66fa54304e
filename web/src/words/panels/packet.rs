//! The words of the packet inspector.

use tidings_world::scenario::Version;
use tidings_world::view::{Dropped, PacketKind};

use super::{Bit, Phrase, bytes, mono, say};

/// The packet inspector.
pub(crate) struct Packet {
    /// Who sent it to whom, beside the name of the packet.
    pub(crate) way: fn(from: &str, to: &str) -> Phrase,
    /// What the packet says, in the words of a person.
    pub(crate) says: fn(&Says<'_>) -> Phrase,
    pub(crate) bytes: &'static str,
    /// How long it is, and what it speaks.
    pub(crate) size: fn(total: u32, version: Version) -> String,
    /// Only some bytes are here.
    pub(crate) cut: fn(shown: u32, total: u32) -> String,
    pub(crate) fields: &'static str,
    pub(crate) column_letter: &'static str,
    pub(crate) column_bytes: &'static str,
    pub(crate) column_meaning: &'static str,
    pub(crate) column_rule: &'static str,
    /// A field in words.
    pub(crate) field: fn(&Fact<'_>) -> Phrase,
    /// The heading of a byte drawn bit by bit.
    pub(crate) bit_by_bit: fn(letter: &str) -> String,
    pub(crate) frame: &'static str,
    pub(crate) frame_final: fn(last: bool, opcode: u8) -> &'static str,
    pub(crate) frame_length: fn(bytes: u64, masked: bool) -> String,
    pub(crate) frame_mask: &'static str,
    pub(crate) frame_note: &'static str,
    /// The heading of a mistake at this byte.
    pub(crate) wrong: fn(offset: u32) -> String,
    pub(crate) reason: &'static str,
    pub(crate) why: &'static str,
    pub(crate) why_note: &'static str,
    pub(crate) why_kept_by: &'static str,
    pub(crate) nobody_listens: &'static str,
    pub(crate) came_in: &'static str,
    pub(crate) qos: &'static str,
    pub(crate) outcome: &'static str,
    pub(crate) copy: fn(no: u32) -> String,
    pub(crate) on_its_way: &'static str,
    pub(crate) arrived: fn(at: &str) -> String,
    pub(crate) kept: &'static str,
    pub(crate) kept_why: &'static str,
    pub(crate) not_asked: &'static str,
    pub(crate) differs: fn(level: usize) -> String,
    pub(crate) topic_ends: &'static str,
    pub(crate) filter_ends: &'static str,
    pub(crate) dollar: &'static str,
    pub(crate) dropped: &'static str,
    pub(crate) dropped_why: fn(Dropped) -> &'static str,
    pub(crate) another_member: &'static str,
    pub(crate) another_member_why: &'static str,
    pub(crate) pending: &'static str,
    pub(crate) pending_why: &'static str,
    pub(crate) tree: &'static str,
    /// The same of a packet that something else caused.
    pub(crate) tree_from: &'static str,
    /// The log no longer holds the packet.
    pub(crate) gone: &'static str,
    pub(crate) edit: EditWords,
    pub(crate) twin: TwinWords,
}

/// The bytes of a packet, edited.
pub(crate) struct EditWords {
    pub(crate) begin: &'static str,
    pub(crate) title: &'static str,
    pub(crate) changed: fn(usize) -> String,
    pub(crate) follow: &'static str,
    pub(crate) all: &'static str,
    pub(crate) as_hex: fn(name: &str) -> String,
    pub(crate) as_text: fn(name: &str) -> String,
    pub(crate) bits: &'static str,
    pub(crate) bit: fn(u8) -> String,
    /// What the broker will make of bytes: whether they are wrong, how long they say they are, and
    /// how many there are.
    pub(crate) verdict: fn(Version, wrong: bool, says: Option<u32>, bytes: usize) -> String,
    pub(crate) send: &'static str,
    pub(crate) send_broken: &'static str,
    pub(crate) put_back: &'static str,
    pub(crate) leave: &'static str,
    pub(crate) whose: fn(name: &str) -> String,
    pub(crate) at: &'static str,
    pub(crate) another_run: &'static str,
}

/// A packet in two versions.
pub(crate) struct TwinWords {
    pub(crate) title: &'static str,
    pub(crate) field: &'static str,
    pub(crate) version: fn(Version) -> &'static str,
    pub(crate) bytes: fn(u32) -> String,
    pub(crate) length: fn(of: &str) -> String,
    pub(crate) nothing: &'static str,
    pub(crate) differs: &'static str,
    pub(crate) note: &'static str,
    /// Only this version can say it.
    pub(crate) none: fn(Version) -> String,
}

/// The facts of what a packet says.
pub(crate) struct Says<'a> {
    pub(crate) kind: PacketKind,
    pub(crate) to_broker: bool,
    /// The actor at the other end.
    pub(crate) actor: &'a str,
    pub(crate) topic: &'a str,
    pub(crate) payload: &'a str,
    /// The payload is longer than this, or no text.
    pub(crate) payload_cut: bool,
    pub(crate) payload_empty: bool,
    /// Filters of a SUBSCRIBE or UNSUBSCRIBE.
    pub(crate) filters: &'a str,
    pub(crate) qos: u8,
    pub(crate) retain: bool,
    pub(crate) dup: bool,
    pub(crate) packet_id: Option<u16>,
    pub(crate) reason: Option<(u8, &'a str)>,
    pub(crate) wrong: bool,
}

/// Some bytes of a packet, as the decoder names them.
pub(crate) struct Fact<'a> {
    /// The standard's name.
    pub(crate) name: &'a str,
    /// What it lies in; empty at the top.
    pub(crate) inside: &'a str,
    /// What it says, in the decoder's words.
    pub(crate) value: &'a str,
    /// The bytes as text, if they are one.
    pub(crate) text: Option<&'a str>,
}

pub(super) const EN: Packet = Packet {
    way: |from, to| vec![Bit::Name(from.into()), say(" to "), Bit::Name(to.into())],
    says,
    bytes: "Bytes",
    size: |total, version| format!("{}, {}", bytes(total.into()), version_name(version)),
    cut: |shown, total| {
        format!(
            "The first {} of {}.",
            super::figures(shown.into()),
            super::figures(total.into())
        )
    },
    fields: "What each byte says",
    column_letter: "letter",
    column_bytes: "bytes",
    column_meaning: "meaning",
    column_rule: "statement of the standard",
    field,
    bit_by_bit: |letter| format!("byte {letter}, bit by bit"),
    frame: "A WebSocket frame around it",
    frame_final: |last, opcode| match (last, opcode) {
        (true, 2) => "binary, last",
        (false, 2) => "binary, more follows",
        (true, 0) => "goes on, last",
        (false, 0) => "goes on, more follows",
        (_, 8) => "close",
        (_, 9) => "ping",
        (_, 10) => "pong",
        _ => "another kind",
    },
    frame_length: |n, masked| match masked {
        true => format!("{}, masked", super::figures(n)),
        false => super::figures(n),
    },
    frame_mask: "mask",
    frame_note: "The reader must not care where a frame ends.",
    wrong: |offset| format!("Byte {offset:02X} is a mistake."),
    reason: "reason",
    why: "Why each one got it, or did not",
    why_note: "QoS: published · granted = delivered.",
    why_kept_by: "Kept by",
    nobody_listens: "Nobody listens.",
    came_in: "came in",
    qos: "QoS",
    outcome: "outcome",
    copy: |no| format!("copy #{no}"),
    on_its_way: "on its way",
    arrived: |at| format!("there {at}"),
    kept: "kept",
    kept_why: "for later",
    not_asked: "not asked",
    differs: |level| format!("level {level}"),
    topic_ends: "too short",
    filter_ends: "goes on",
    dollar: "the $ rule",
    dropped: "not sent",
    dropped_why: |why| match why {
        Dropped::Away => "away, QoS 0",
        Dropped::Own => "its own word",
        Dropped::TooLarge => "too large",
        Dropped::QueueFull => "queue full",
        Dropped::Expired => "too old",
        Dropped::Denied => "forbidden",
        Dropped::Elsewhere => "to another member",
        Dropped::Other => "see the log",
    },
    another_member: "passed",
    another_member_why: "not its turn",
    pending: "not yet",
    pending_why: "in a moment",
    tree: "What it caused",
    tree_from: "Where it came from",
    gone: "The log no longer holds this packet.",
    edit: EditWords {
        begin: "Edit, and send again",
        title: "Edit the bytes, and send again",
        changed: |n| match n {
            0 => "nothing changed".into(),
            n => format!("{} changed", bytes(n as u64)),
        },
        follow: "Lengths follow what they count",
        all: "All bytes, in hexadecimal",
        as_hex: |name| format!("{name}, in hexadecimal"),
        as_text: |name| format!("{name}, as text"),
        bits: "Its bits",
        bit: |n| format!("bit {n}"),
        verdict: |version, wrong, says, here| {
            match (wrong, says, version) {
            (true, _, Version::V5) => {
                "The broker will answer with DISCONNECT and this reason, and close. Nobody gets a copy.".into()
            }
            (true, _, Version::V3_1_1) => {
                "3.1.1 has no words for that: the broker will close without any. Nobody gets a copy.".into()
            }
            (_, Some(says), _) if says as usize > here => format!(
                "It says it has {}: the broker will wait for the rest, and take what comes next for it.",
                bytes(says.into())
            ),
            (_, Some(says), _) if (says as usize) < here => format!(
                "The packet ends after {}: the broker will read the rest as the next one.",
                bytes(says.into())
            ),
            (_, Some(_), _) => "A packet the broker can read.".into(),
            (_, None, _) => "Not a whole header: the broker will wait for the rest.".into(),
        }
        },
        send: "Send it",
        send_broken: "Send it broken",
        put_back: "Put it back",
        leave: "Only read",
        whose: |name| format!("as {name}"),
        at: "at",
        another_run: "into another run",
    },
    twin: TwinWords {
        title: "The same wish in two versions",
        field: "field",
        version: version_name,
        bytes: |n| bytes(n.into()),
        length: |of| format!("{of}, length"),
        nothing: "not there",
        differs: ", differs",
        note: "In bold what differs; dotted what that version has no place for.",
        none: |version| match version {
            Version::V3_1_1 => "Only 3.1.1 puts it so.".into(),
            Version::V5 => "3.1.1 cannot say this.".into(),
        },
    },
};

/// The name of a version as people say it.
fn version_name(version: Version) -> &'static str {
    match version {
        Version::V3_1_1 => "MQTT 3.1.1",
        Version::V5 => "MQTT 5",
    }
}

fn says(s: &Says<'_>) -> Phrase {
    let mut out = vec![say("“")];
    if s.wrong {
        return vec![say("Nobody can read this to the end.")];
    }
    match s.kind {
        PacketKind::Publish => publish(s, &mut out),
        PacketKind::Connect => {
            out.push(say("I am "));
            out.push(Bit::Name(s.actor.into()));
            out.push(say(". Will you let me in?"));
        }
        PacketKind::ConnAck => answer(s, "Come in.", &mut out),
        PacketKind::PubAck => answer(
            s,
            &numbered("I have your message", s.packet_id, "."),
            &mut out,
        ),
        PacketKind::PubRec => answer(
            s,
            &numbered(
                "I have your message",
                s.packet_id,
                ", and will count it once. Say when I may forget its number.",
            ),
            &mut out,
        ),
        PacketKind::PubRel => answer(
            s,
            &numbered(
                "Then I forget message",
                s.packet_id,
                ". You may forget its number.",
            ),
            &mut out,
        ),
        PacketKind::PubComp => {
            answer(
                s,
                &numbered("Number", s.packet_id, " is free again."),
                &mut out,
            );
        }
        PacketKind::Subscribe => asks("Tell me whatever comes on ", s.filters, &mut out),
        PacketKind::SubAck => answer(s, "I will.", &mut out),
        PacketKind::Unsubscribe => asks("Tell me no more of ", s.filters, &mut out),
        PacketKind::UnsubAck => answer(s, "No more of that.", &mut out),
        PacketKind::PingReq => out.push(say("I am still here. You too?")),
        PacketKind::PingResp => out.push(say("Yes.")),
        PacketKind::Disconnect if s.to_broker => answer(s, "Goodbye.", &mut out),
        PacketKind::Disconnect => answer(s, "I close this connection.", &mut out),
        PacketKind::Auth => out.push(say("One more step before I believe who you are.")),
        PacketKind::WebSocket => {
            return vec![say("WebSocket’s own: MQTT does not hear of it.")];
        }
        PacketKind::Unreadable => return vec![say("These bytes are no packet of MQTT.")],
    }
    out.push(say("”"));
    out
}

fn publish(s: &Says<'_>, out: &mut Phrase) {
    if s.dup {
        out.push(say("Again, in case it was lost: "));
    }
    if s.topic.is_empty() {
        out.push(say("On the topic of that number: "));
    } else {
        out.push(mono(s.topic));
        out.push(say(match (s.to_broker, s.retain) {
            (false, true) => " last said ",
            _ => " is ",
        }));
    }
    if s.payload_empty {
        out.push(say("nothing"));
    } else {
        out.push(mono(s.payload));
    }
    out.push(say(if s.payload_cut { " …" } else { "." }));
    let wish = match (s.to_broker, s.qos, s.retain) {
        (true, _, true) if s.payload_empty => " Forget the last word on it.",
        (true, 0, false) => " No need to answer.",
        (true, 0, true) => " Keep it for whoever comes later.",
        (true, 1, false) => " Tell me you have it.",
        (true, 1, true) => " Tell me you have it, and keep it for whoever comes later.",
        (true, _, false) => " Count it once, whatever happens.",
        (true, _, true) => " Count it once, and keep it for whoever comes later.",
        (false, 0, _) => " You had asked for it.",
        (false, 1, _) => " You had asked for it; tell me you have it.",
        (false, ..) => " You had asked for it; count it once.",
    };
    out.push(say(wish));
}

/// An answer: `yes`, unless a reason code says no.
fn answer(s: &Says<'_>, yes: &str, out: &mut Phrase) {
    match s.reason {
        Some((code, name)) if code >= 0x80 => out.push(say(format!("No: {name}."))),
        _ => out.push(say(yes.to_owned())),
    }
}

fn numbered(before: &str, id: Option<u16>, after: &str) -> String {
    match id {
        Some(id) => format!("{before} {id}{after}"),
        None => format!("{before}{after}"),
    }
}

fn asks(before: &'static str, filters: &str, out: &mut Phrase) {
    out.push(say(before));
    match filters {
        "" => out.push(say("these topics")),
        filters => out.push(mono(filters)),
    }
    out.push(say("."));
}

/// The plainer words for what most packets hold; everything else under the standard's name.
fn field(fact: &Fact<'_>) -> Phrase {
    let value = || match fact.text {
        Some(text) => mono(text),
        None => say(fact.value.to_owned()),
    };
    match (fact.name, fact.inside) {
        ("Remaining Length", _) => vec![say(format!("{} follow", fact.value))],
        ("Length", "Topic Name") => vec![say(format!("topic: {} bytes", fact.value))],
        ("Length", "Topic Filter") => vec![say(format!("filter: {} bytes", fact.value))],
        ("Length", "Client Identifier") => vec![say(format!("client id: {} bytes", fact.value))],
        ("Length", inside) => vec![say(format!("{inside}: {} bytes", fact.value))],
        ("Topic Name", _) => vec![value()],
        ("Topic Filter", _) => vec![say("filter "), value()],
        ("Client Identifier", _) => vec![say("client id "), value()],
        ("Protocol Version", _) => vec![say(format!("version {}", fact.value))],
        ("Subscription Options", _) => vec![say(format!("options {}", fact.value))],
        ("Packet Identifier", _) => vec![say(format!("packet id {}", fact.value))],
        ("Property Length", _) if fact.value == "0" => vec![say("no properties")],
        ("Property Length", _) => vec![say(format!("properties: {} bytes", fact.value))],
        ("Application Message", _) => vec![say("payload "), value()],
        ("Not read", _) => vec![say("not read")],
        (name, _) if fact.value.is_empty() => vec![say(name.to_owned())],
        (name, _) => vec![say(format!("{name} ")), value()],
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn text(phrase: Phrase) -> String {
        phrase
            .into_iter()
            .map(|bit| match bit {
                Bit::Say(text) => text.into_owned(),
                Bit::Name(text) | Bit::Mono(text) => text,
            })
            .collect()
    }

    fn publish() -> Says<'static> {
        Says {
            kind: PacketKind::Publish,
            to_broker: true,
            actor: "thermo",
            topic: "home/kitchen/temp",
            payload: "21.4",
            payload_cut: false,
            payload_empty: false,
            filters: "",
            qos: 1,
            retain: true,
            dup: false,
            packet_id: Some(12),
            reason: None,
            wrong: false,
        }
    }

    #[test]
    fn a_packet_speaks_like_a_person() {
        assert_eq!(
            text(says(&publish())),
            "“home/kitchen/temp is 21.4. Tell me you have it, and keep it for whoever comes later.”"
        );
        let refused = Says {
            kind: PacketKind::PubAck,
            to_broker: false,
            reason: Some((0x87, "Not authorized")),
            ..publish()
        };
        assert_eq!(text(says(&refused)), "“No: Not authorized.”");
        let cleared = Says {
            payload: "",
            payload_empty: true,
            qos: 0,
            ..publish()
        };
        assert_eq!(
            text(says(&cleared)),
            "“home/kitchen/temp is nothing. Forget the last word on it.”"
        );
    }
}
