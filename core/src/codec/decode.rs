//! Bytes into packets.

mod answer;
mod connect;
mod message;

use bytes::{Buf, Bytes, BytesMut};

use super::frame::{Context, Header, Read, fault};
use super::notes::{Notes, Silent};
use super::own;
use super::reader::Reader;
use super::{DecodeError, Role, Status, What};
use crate::packet::{Ack, Packet, PacketId, PacketKind, Properties, ReasonCode, Version};

/// Takes packets off a stream of bytes. Holds no bytes itself and remembers nothing but its
/// settings, so it is free to copy.
#[derive(Clone, Copy, Debug)]
pub struct Decoder {
    context: Context,
}

impl Decoder {
    /// A decoder for what `sender` sends, which refuses packets of more than `max_packet_bytes`
    /// (fixed header included) from their header alone.
    ///
    /// From a client it takes nothing but CONNECT until [`Decoder::set_version`] is called; from a
    /// server it takes 5.0 until then.
    pub fn new(sender: Role, max_packet_bytes: u32) -> Self {
        Self {
            context: Context {
                sender,
                version: Version::V5,
                connect_expected: sender == Role::Client,
                max_packet_bytes,
                max_filters: usize::MAX,
            },
        }
    }

    /// What CONNECT said.
    pub fn set_version(&mut self, version: Version) {
        self.context.version = version;
        self.context.connect_expected = false;
    }

    /// Changes the limit given to [`Decoder::new`].
    pub fn set_max_packet_bytes(&mut self, max_packet_bytes: u32) {
        self.context.max_packet_bytes = max_packet_bytes;
    }

    /// Refuses a SUBSCRIBE or UNSUBSCRIBE with more than so many filters, while it is read.
    pub fn set_max_filters(&mut self, max_filters: usize) {
        self.context.max_filters = max_filters;
    }

    /// Takes one whole packet off the front of `input`, or nothing.
    ///
    /// The packet's strings, properties and payload are slices of the bytes taken, or of a copy of
    /// them for a short PUBLISH, which may be kept for long. What can be
    /// refused from the header is refused before the rest has come. After an error the rest of
    /// `input` means nothing; nothing beyond the packet was consumed.
    ///
    /// # Errors
    /// If the bytes are no packet that the sender may send.
    pub fn decode(&self, input: &mut BytesMut) -> Result<Status<Packet>, DecodeError> {
        let header = match Header::read(input, &self.context) {
            Ok(Status::Complete(header)) => header,
            Ok(Status::Partial { need }) => return Ok(Status::Partial { need }),
            Err(fault) => {
                let kind = input.first().and_then(|b| PacketKind::from_number(b >> 4));
                let version = match kind {
                    Some(PacketKind::Connect) if self.context.connect_expected => {
                        connect::peek_version(input)
                    }
                    _ => self.context.version,
                };
                return Err(fault.explain(kind, version));
            }
        };
        let len = header.packet_len();
        if input.len() < len {
            let need = len - input.len();
            return Ok(Status::Partial { need });
        }
        if let Some(packet) = short_ack(&header, input) {
            input.advance(len);
            return Ok(Status::Complete(packet));
        }
        let frame = match header.kind {
            PacketKind::Publish if len <= own::OWN_BYTES_MAX => {
                let frame = own::copy(&input[..len]);
                input.advance(len);
                frame
            }
            _ => input.split_to(len).freeze(),
        };
        packet(frame, header, &self.context, &mut Silent).map(Status::Complete)
    }
}

/// An acknowledgement that is nothing but a valid identifier, as nearly all are: nothing of it has
/// to be shared with the bytes it came in.
fn short_ack(header: &Header, bytes: &[u8]) -> Option<Packet> {
    let packet = match header.kind {
        PacketKind::PubAck => Packet::PubAck,
        PacketKind::PubRec => Packet::PubRec,
        PacketKind::PubRel => Packet::PubRel,
        PacketKind::PubComp => Packet::PubComp,
        _ => return None,
    };
    let id = match bytes.get(header.len..header.packet_len())? {
        &[high, low] => PacketId::new(u16::from_be_bytes([high, low]))?,
        _ => return None,
    };
    Some(packet(Ack {
        packet_id: id,
        reason: ReasonCode::Success,
        properties: Properties::EMPTY,
    }))
}

/// Reads a whole packet behind its fixed header.
pub(super) fn packet<N: Notes>(
    frame: Bytes,
    header: Header,
    context: &Context,
    notes: &mut N,
) -> Result<Packet, DecodeError> {
    let mut reader = Reader::new(frame, header, context, notes);
    body(&mut reader).map_err(|fault| fault.explain(Some(header.kind), reader.version))
}

fn body<N: Notes>(r: &mut Reader<'_, N>) -> Read<Packet> {
    let kind = r.header.kind;
    let packet = match kind {
        PacketKind::Connect => {
            connect::connect(r).map(|connect| Packet::Connect(connect.into()))?
        }
        PacketKind::ConnAck => connect::connack(r).map(Packet::ConnAck)?,
        PacketKind::Publish => return message::publish(r).map(Packet::Publish),
        PacketKind::PubAck => answer::ack(r).map(Packet::PubAck)?,
        PacketKind::PubRec => answer::ack(r).map(Packet::PubRec)?,
        PacketKind::PubRel => answer::ack(r).map(Packet::PubRel)?,
        PacketKind::PubComp => answer::ack(r).map(Packet::PubComp)?,
        PacketKind::Subscribe => message::subscribe(r).map(Packet::Subscribe)?,
        PacketKind::SubAck => answer::suback(r).map(Packet::SubAck)?,
        PacketKind::Unsubscribe => message::unsubscribe(r).map(Packet::Unsubscribe)?,
        PacketKind::UnsubAck => answer::unsuback(r).map(Packet::UnsubAck)?,
        PacketKind::PingReq => Packet::PingReq,
        PacketKind::PingResp => Packet::PingResp,
        PacketKind::Disconnect => answer::disconnect(r).map(Packet::Disconnect)?,
        PacketKind::Auth => answer::auth(r).map(Packet::Auth)?,
    };
    r.finish()?;
    Ok(packet)
}

/// Reads a reason code of 5.0 that this packet may carry from this sender.
fn reason<N: Notes>(r: &mut Reader<'_, N>) -> Read<ReasonCode> {
    let at = r.at();
    let kind = r.header.kind;
    let number = r.u8("Reason Code")?;
    r.rule(What::ReasonCode(number));
    match ReasonCode::from_number(number).filter(|code| may_say(r.sender, kind, *code)) {
        Some(code) => {
            r.say(|| alloc::format!("0x{number:02X} {}", code.name_in(kind)));
            Ok(code)
        }
        None => {
            r.say(|| alloc::format!("0x{number:02X}"));
            fault(at, What::ReasonCode(number))
        }
    }
}

/// Which end may use a reason code in a packet that both may send.
pub(super) fn may_say(sender: Role, kind: PacketKind, code: ReasonCode) -> bool {
    if !code.allowed_in(kind) {
        return false;
    }
    let only = match (kind, code) {
        (PacketKind::Auth, ReasonCode::Success) => Role::Server,
        (PacketKind::Auth, ReasonCode::ReAuthenticate) => Role::Client,
        (PacketKind::Disconnect, ReasonCode::DisconnectWithWill) => Role::Client,
        (
            PacketKind::Disconnect,
            ReasonCode::NotAuthorized
            | ReasonCode::ServerBusy
            | ReasonCode::ServerShuttingDown
            | ReasonCode::KeepAliveTimeout
            | ReasonCode::SessionTakenOver
            | ReasonCode::TopicFilterInvalid
            | ReasonCode::RetainNotSupported
            | ReasonCode::QoSNotSupported
            | ReasonCode::UseAnotherServer
            | ReasonCode::ServerMoved
            | ReasonCode::SharedSubscriptionsNotSupported
            | ReasonCode::ConnectionRateExceeded
            | ReasonCode::MaximumConnectTime
            | ReasonCode::SubscriptionIdentifiersNotSupported
            | ReasonCode::WildcardSubscriptionsNotSupported,
        ) => Role::Server,
        _ => return true,
    };
    only == sender
}
