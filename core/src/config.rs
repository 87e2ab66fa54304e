//! What an operator decides: limits with their units, and the choices the standard leaves open.

use core::num::NonZeroU16;
use core::time::Duration;

use crate::codec::PACKET_BYTES_MAX;
use crate::packet::QoS;
use crate::policy::Policy;

/// Everything a [`crate::node::Node`] is told at its creation.
///
/// Start from `Config::default()` and change fields. The defaults suit a broker on one machine
/// that serves devices and dashboards.
#[derive(Clone, Debug)]
pub struct Config {
    /// Keys every hash table and every choice that must not be guessed from outside. Two nodes of
    /// one seed that are given the same inputs do the same, byte for byte.
    pub seed: u64,
    /// Who may do what. Default: everybody, everything but publishing below `$SYS`.
    pub policy: Policy,
    /// Whether CONNECT is answered by the node alone or by somebody outside. Default: alone.
    pub access: Access,
    /// True: acknowledgements wait until the store has the records they depend on.
    pub durable: bool,
    /// What a client is granted at most. Default: QoS 2.
    pub qos_max: QoS,
    /// Whether messages may be retained. Default: true.
    pub retain_available: bool,
    /// Whether a client with several matching subscriptions gets one copy or one for each.
    /// Default: one, with the highest QoS and all subscription identifiers.
    pub overlap: Overlap,
    /// How often `$SYS` topics are published; zero for never. Default: 10 s.
    pub sys_interval: Duration,
    /// Limits.
    pub limits: Limits,
}

/// Who answers a CONNECT.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Access {
    /// The node: everybody who speaks MQTT may come in. An Authentication Method is refused with
    /// 0x8C.
    #[default]
    Open,
    /// Somebody outside, by [`crate::node::Output::Ask`].
    Ask,
}

/// What overlapping subscriptions of one client mean.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Overlap {
    /// One copy, at the highest QoS granted, with every subscription identifier [MQTT-3.3.4-2].
    #[default]
    Once,
    /// One copy for each subscription that matches.
    PerFilter,
}

/// What happens to a message of QoS 1 or 2 when a session's queue is full.
///
/// Messages of QoS 0 give way first, whatever is chosen.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum WhenFull {
    /// The message that comes is dropped.
    #[default]
    DropNew,
    /// The oldest message that waits is dropped.
    DropOldest,
    /// The client is disconnected with 0x97 and its queue kept; without a connection as `DropNew`.
    Disconnect,
}

/// Every broker allows Client Identifiers of up to so many bytes [MQTT-3.1.3-5].
pub const CLIENT_ID_BYTES: usize = 23;

/// How much there may be of everything.
#[derive(Clone, Debug)]
pub struct Limits {
    /// Connections at a time; one more is closed, in 5.0 with 0x89 after its CONNECT.
    /// Default: 100,000.
    pub connections_max: usize,
    /// Sessions, connected or not; a new one more is refused with 0x97. Default: 1,000,000.
    pub sessions_max: usize,
    /// Bytes of the client identifiers, user names and wills of all sessions; what is more is
    /// refused with 0x97. Default: 1 GiB.
    pub session_bytes_total_max: usize,
    /// Time for a CONNECT to come and to be answered; then the connection is closed.
    /// Default: 10 s.
    pub connect_timeout: Duration,
    /// The longest packet accepted, in bytes, fixed header included; announced to 5.0 clients, and
    /// 0x95 for what is longer. Default: 16 MiB.
    pub packet_bytes_max: u32,
    /// The longest CONNECT accepted, in bytes: nobody has said yet who they are.
    /// Default: 64 KiB.
    pub connect_bytes_max: u32,
    /// Longest Client Identifier in bytes; 0x85 beyond. Less than [`CLIENT_ID_BYTES`] counts as
    /// that. Default: 256.
    pub client_id_bytes_max: usize,
    /// Longest Keep Alive in seconds, imposed on 5.0 clients by Server Keep Alive; 0 for any.
    /// Default: 0.
    pub keep_alive_secs_max: u16,
    /// Longest Session Expiry Interval in seconds; more is answered with this in CONNACK.
    /// Default: 7 days.
    pub session_expiry_secs_max: u32,
    /// Session expiry of 3.1 and 3.1.1 clients with Clean Session 0. Default: 1 day.
    pub session_expiry_secs_v3: u32,
    /// QoS 1 and 2 messages a 5.0 client may have on their way to us: our Receive Maximum; 0x93
    /// beyond. Older clients cannot be told, and may use every packet identifier there is.
    /// Default: 1,024, because an open message costs two bytes here, and clients exist that do
    /// not look at what they are told.
    pub receive_max: NonZeroU16,
    /// QoS 1 and 2 messages on their way to one client, whatever more its Receive Maximum allows.
    /// Default: 128.
    pub inflight_max: NonZeroU16,
    /// Topic aliases a client may set. Default: 32.
    pub topic_alias_in_max: u16,
    /// Topic aliases set towards one client, whatever more it allows. Default: 32.
    pub topic_alias_out_max: u16,
    /// Messages waiting in one session. Default: 10,000.
    pub queue_messages_max: usize,
    /// Bytes of messages waiting in one session, counted as if they were shared with nobody.
    /// Default: 16 MiB.
    pub queue_bytes_max: usize,
    /// What happens at either limit. Default: the message that comes is dropped.
    pub when_full: WhenFull,
    /// Bytes of messages waiting in all sessions together, counted for each; beyond it the message
    /// that comes is dropped. Default: 1 GiB.
    pub queue_bytes_total_max: usize,
    /// Answers waiting for one connection to take them; then it is not read from until half of
    /// them are gone. Default: 1,024.
    pub answers_max: usize,
    /// Bytes of those answers; as above. Default: 256 KiB.
    pub answers_bytes_max: usize,
    /// Subscriptions of one session; 0x97 beyond. Default: 10,000.
    pub subscriptions_max: usize,
    /// Bytes of the filters of one session; as above. Default: 4 MiB.
    pub subscription_bytes_max: usize,
    /// Filters of one SUBSCRIBE or UNSUBSCRIBE, which are handled in one go; a client that sends
    /// more is disconnected with 0x97. Default: 10,000.
    pub filters_per_packet_max: usize,
    /// Levels of a topic or filter; more are refused with 0x90 or 0x8F. Default: 128.
    pub topic_levels_max: usize,
    /// Retained messages; one more topic is refused with 0x97. Default: 1,000,000.
    pub retained_messages_max: usize,
    /// Bytes of retained messages; as above. Default: 512 MiB.
    pub retained_bytes_max: usize,
    /// Deadlines handled in one call of `handle_timeout`. Default: 1,000.
    pub timers_per_turn: usize,
    /// Retained topics looked at in one call of `poll_transmit`. Default: 512.
    pub retained_per_turn: usize,
}

/// What is wrong with a setting that is given by name.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
pub enum SettingError {
    /// Nothing is called so.
    #[error("there is no setting of this name")]
    Unknown,
    /// The number is not for this setting.
    #[error("this setting has to be between {0} and {1}")]
    Range(u32, u32),
}

/// What [`Config::set`] knows, by name.
pub const SETTINGS: [&str; 19] = [
    "alias-max",
    "ask",
    "client-id-max",
    "connect-timeout-secs",
    "connections-max",
    "copy-per-filter",
    "inflight-max",
    "keep-alive-max",
    "packet-max",
    "qos-max",
    "queue-max",
    "receive-max",
    "retain-available",
    "retained-max",
    "seed",
    "session-expiry-max",
    "subscriptions-max",
    "sys-secs",
    "topic-levels-max",
];

impl Config {
    /// Changes what people outside may change by name and number: a scene, a test, an operator.
    /// [`SETTINGS`] has the names.
    ///
    /// # Errors
    /// If nothing has that name, or the number does not suit it.
    pub fn set(&mut self, name: &str, value: u32) -> Result<(), SettingError> {
        let limits = &mut self.limits;
        let size = value as usize;
        let short = u16::try_from(value).map_err(|_| SettingError::Range(0, u16::MAX.into()));
        let window = NonZeroU16::new(short.unwrap_or(0));
        let window = window.ok_or(SettingError::Range(1, u16::MAX.into()));
        match name {
            "seed" => self.seed = value.into(),
            "ask" => self.access = [Access::Open, Access::Ask][usize::from(value > 0)],
            "qos-max" => {
                let qos = u8::try_from(value).ok().and_then(QoS::from_number);
                self.qos_max = qos.ok_or(SettingError::Range(0, 2))?;
            }
            "retain-available" => self.retain_available = value > 0,
            "copy-per-filter" => {
                self.overlap = [Overlap::Once, Overlap::PerFilter][usize::from(value > 0)];
            }
            "sys-secs" => self.sys_interval = Duration::from_secs(value.into()),
            "receive-max" => limits.receive_max = window?,
            "inflight-max" => limits.inflight_max = window?,
            "alias-max" => limits.topic_alias_in_max = short?,
            "keep-alive-max" => limits.keep_alive_secs_max = short?,
            "session-expiry-max" => limits.session_expiry_secs_max = value,
            "packet-max" => match value {
                // A maximum of 0 may not be announced.
                1..=PACKET_BYTES_MAX => limits.packet_bytes_max = value,
                _ => return Err(SettingError::Range(1, PACKET_BYTES_MAX)),
            },
            "queue-max" => limits.queue_messages_max = size,
            "subscriptions-max" => limits.subscriptions_max = size,
            "topic-levels-max" => limits.topic_levels_max = size,
            "client-id-max" => match size {
                CLIENT_ID_BYTES..=0xFFFF => limits.client_id_bytes_max = size,
                _ => return Err(SettingError::Range(CLIENT_ID_BYTES as u32, 0xFFFF)),
            },
            "connections-max" => limits.connections_max = size,
            "retained-max" => limits.retained_messages_max = size,
            "connect-timeout-secs" => limits.connect_timeout = Duration::from_secs(value.into()),
            _ => return Err(SettingError::Unknown),
        }
        Ok(())
    }
}

impl Default for Config {
    fn default() -> Self {
        Self {
            seed: 0,
            policy: Policy::default(),
            access: Access::Open,
            durable: false,
            qos_max: QoS::ExactlyOnce,
            retain_available: true,
            overlap: Overlap::Once,
            sys_interval: Duration::from_secs(10),
            limits: Limits::default(),
        }
    }
}

impl Default for Limits {
    fn default() -> Self {
        const WINDOW: NonZeroU16 = NonZeroU16::new(128).expect("128 is not zero");
        Self {
            connections_max: 100_000,
            sessions_max: 1_000_000,
            session_bytes_total_max: 1 << 30,
            connect_timeout: Duration::from_secs(10),
            packet_bytes_max: 16 * 1024 * 1024,
            connect_bytes_max: 64 * 1024,
            client_id_bytes_max: 256,
            keep_alive_secs_max: 0,
            session_expiry_secs_max: 7 * 24 * 3600,
            session_expiry_secs_v3: 24 * 3600,
            receive_max: NonZeroU16::new(1_024).expect("1,024 is not zero"),
            inflight_max: WINDOW,
            topic_alias_in_max: 32,
            topic_alias_out_max: 32,
            queue_messages_max: 10_000,
            queue_bytes_max: 16 * 1024 * 1024,
            when_full: WhenFull::DropNew,
            queue_bytes_total_max: 1 << 30,
            answers_max: 1_024,
            answers_bytes_max: 256 * 1024,
            subscriptions_max: 10_000,
            subscription_bytes_max: 4 * 1024 * 1024,
            filters_per_packet_max: 10_000,
            topic_levels_max: 128,
            retained_messages_max: 1_000_000,
            retained_bytes_max: 512 * 1024 * 1024,
            timers_per_turn: 1_000,
            retained_per_turn: 512,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_listed_can_be_set() {
        for name in SETTINGS {
            let least = match name {
                "client-id-max" => CLIENT_ID_BYTES as u32,
                _ => 1,
            };
            assert_eq!(Config::default().set(name, least), Ok(()), "{name}");
        }
        let mut config = Config::default();
        assert_eq!(config.set("packet-maxx", 1), Err(SettingError::Unknown));
        let range = SettingError::Range(1, PACKET_BYTES_MAX);
        assert_eq!(config.set("packet-max", 0), Err(range));
        let range = SettingError::Range(23, 0xFFFF);
        assert_eq!(config.set("client-id-max", 22), Err(range));
    }
}
