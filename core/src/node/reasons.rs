//! Which reason code a packet can carry, and the sentence beside it.

use alloc::format;
use alloc::string::{String, ToString};

use super::CloseCause;
use crate::packet::{PacketKind, ReasonCode};
use crate::topic::Utf8;

/// What a server may say in DISCONNECT, nearest to `reason`.
pub(super) fn in_disconnect(reason: ReasonCode) -> ReasonCode {
    use ReasonCode as R;
    match reason {
        R::DisconnectWithWill => R::UnspecifiedError, // Only a client has one.
        reason if reason.allowed_in(PacketKind::Disconnect) => reason,
        R::BadUserNameOrPassword | R::Banned => R::NotAuthorized,
        R::ServerUnavailable => R::ServerBusy,
        R::UnsupportedProtocolVersion => R::ProtocolError,
        _ => R::UnspecifiedError,
    }
}

/// What a server may say in a CONNACK that refuses, nearest to `reason`.
pub(super) fn in_connack(reason: ReasonCode) -> ReasonCode {
    use ReasonCode as R;
    match reason {
        R::Success => R::UnspecifiedError,
        reason if reason.allowed_in(PacketKind::ConnAck) => reason,
        R::ServerShuttingDown | R::AdministrativeAction | R::MaximumConnectTime => {
            R::ServerUnavailable
        }
        R::MessageRateTooHigh => R::ConnectionRateExceeded,
        _ => R::UnspecifiedError,
    }
}

/// The end of a connection in words, where the reason code leaves a question open.
pub(super) fn sentence(cause: &CloseCause) -> Option<Utf8> {
    let text: String = match cause {
        CloseCause::Malformed(error) => error.to_string(),
        CloseCause::Violation(violation) => format!("{violation} [{}]", violation.statement()),
        CloseCause::KeepAliveTimeout => {
            "nothing came for one and a half times the keep-alive".to_string()
        }
        CloseCause::TakenOver => "the same client identifier connected again".to_string(),
        CloseCause::Administrative(ReasonCode::QuotaExceeded) => {
            "too much waits for this client".to_string()
        }
        CloseCause::Administrative(ReasonCode::PacketTooLarge) => {
            "an answer would be longer than the Maximum Packet Size of the client".to_string()
        }
        _ => return None,
    };
    Utf8::copy_from(&text).ok()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_code_has_a_place_in_both_packets() {
        for code in (0..=255).filter_map(ReasonCode::from_number) {
            let said = in_disconnect(code);
            assert!(
                said.allowed_in(PacketKind::Disconnect) && said != ReasonCode::DisconnectWithWill
            );
            let said = in_connack(code);
            assert!(said.allowed_in(PacketKind::ConnAck) && said.is_error());
        }
    }
}
