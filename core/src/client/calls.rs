//! What the holder of a client asks of it.

use alloc::vec::Vec;

use bytes::Bytes;

use crate::packet::{
    Auth, Packet, Properties, Property, QoS, ReasonCode, SubscribeFilter, SubscribeOptions, Version,
};
use crate::time::Instant;
use crate::topic::{Filter, Utf8};

use super::Client;
use super::check::{self, Kind};
use super::connection::AuthStep;
use super::event::{AckToken, ClientError, DropCause, PublishToken, Publishing, RequestToken};
use super::options::Offline;
use super::requests::Ask;
use super::sending::Held;
use super::state::PhaseState;
use super::writing::{FILL_PACKETS, Unsent};

impl Client {
    /// Publishes a message: at once if the connection and the window allow, else as soon as they
    /// do. Messages leave in the order of these calls. [`super::ClientEvent::Published`] tells
    /// how it ended.
    ///
    /// A Message Expiry Interval counts from this call: a message that waited longer is dropped,
    /// one that waited for a while is sent with what is left.
    ///
    /// # Errors
    /// When no more may wait, or the message or its properties cannot be sent in this version.
    pub fn publish(
        &mut self,
        now: Instant,
        publishing: Publishing,
    ) -> Result<PublishToken, ClientError> {
        self.advance_to(now);
        let version = self.options.version;
        check::properties(&publishing.properties, version, Kind::Publish)?; // [MQTT-3.3.4-6]
        if check::publish_len(&publishing, version).is_none() {
            return Err(ClientError::TooLarge);
        }
        if !self.is_connected() {
            match self.options.limits.offline {
                Offline::Keep => {}
                Offline::KeepAcknowledged if publishing.qos != QoS::AtMostOnce => {}
                _ => return Err(ClientError::NotConnected),
            }
        }
        let token = PublishToken(self.next_publish);
        let held = Held {
            token,
            publishing,
            since: self.now,
        };
        let mut dropped = Vec::new();
        self.sending
            .push(held, &self.options.limits, &mut dropped)?;
        self.next_publish += 1;
        self.dropped(&dropped, DropCause::QueueFull);
        self.fill(FILL_PACKETS);
        Ok(token)
    }

    /// Subscribes: at once, or when connected. [`super::ClientEvent::Subscribed`] brings the
    /// answer.
    ///
    /// # Errors
    /// When too many requests wait, a filter is not well-formed, or the version has no such
    /// options or properties.
    pub fn subscribe(
        &mut self,
        now: Instant,
        filters: impl IntoIterator<Item = (Utf8, SubscribeOptions)>,
        properties: Properties,
    ) -> Result<RequestToken, ClientError> {
        let filters = filters.into_iter();
        let filters: Vec<_> = filters
            .map(|(filter, options)| SubscribeFilter { filter, options })
            .collect();
        for SubscribeFilter { filter, options } in &filters {
            let parsed = Filter::parse(filter.clone()).map_err(|_| ClientError::BadFilter)?;
            let only_v5 = SubscribeOptions {
                qos: QoS::AtMostOnce,
                ..*options
            };
            if self.options.version != Version::V5 && only_v5 != SubscribeOptions::default() {
                return Err(ClientError::NeedsV5);
            }
            if options.no_local && parsed.share().is_some() {
                return Err(ClientError::NoLocalWithShared); // [MQTT-3.8.3-4]
            }
        }
        check::properties(&properties, self.options.version, Kind::Subscribe)?;
        let empty = filters.is_empty(); // [MQTT-3.8.3-2]
        self.request(now, empty, Ask::Subscribe(filters), properties)
    }

    /// Unsubscribes: at once, or when connected. [`super::ClientEvent::Unsubscribed`] brings the
    /// answer.
    ///
    /// # Errors
    /// When too many requests wait, a filter is not well-formed, or the version has no properties.
    pub fn unsubscribe(
        &mut self,
        now: Instant,
        filters: impl IntoIterator<Item = Utf8>,
        properties: Properties,
    ) -> Result<RequestToken, ClientError> {
        let filters: Vec<_> = filters.into_iter().collect();
        for filter in &filters {
            Filter::parse(filter.clone()).map_err(|_| ClientError::BadFilter)?;
        }
        check::properties(&properties, self.options.version, Kind::Unsubscribe)?;
        let empty = filters.is_empty(); // [MQTT-3.10.3-2]
        self.request(now, empty, Ask::Unsubscribe(filters), properties)
    }

    fn request(
        &mut self,
        now: Instant,
        empty: bool,
        ask: Ask,
        properties: Properties,
    ) -> Result<RequestToken, ClientError> {
        self.advance_to(now);
        if empty {
            return Err(ClientError::NoFilters);
        }
        if self.requests.len() >= usize::from(self.options.limits.requests_max) {
            return Err(ClientError::TooManyRequests);
        }
        let token = self.requests.push(ask, properties);
        self.fill(FILL_PACKETS);
        Ok(token)
    }

    /// Acknowledges a received message, when `Options::manual_ack` leaves that to the holder.
    /// Any order will do: each PUBACK and PUBREC waits for those of earlier messages.
    ///
    /// A token of a QoS 2 message stays good when the connection is lost; that of a QoS 1 message
    /// does not, because the message comes again with a new one.
    ///
    /// # Errors
    /// When nothing waits for this token, or its reason does not belong into PUBACK and PUBREC.
    pub fn acknowledge(&mut self, now: Instant, token: AckToken) -> Result<(), ClientError> {
        self.acknowledge_with(now, token, ReasonCode::Success, Properties::default())
    }

    /// Acknowledges as [`Client::acknowledge`] does, with a reason code and properties (5.0): a
    /// code of 0x80 or more refuses the message.
    ///
    /// # Errors
    /// As those of [`Client::acknowledge`].
    pub fn acknowledge_with(
        &mut self,
        now: Instant,
        token: AckToken,
        reason: ReasonCode,
        properties: Properties,
    ) -> Result<(), ClientError> {
        self.advance_to(now);
        check::properties(&properties, self.options.version, Kind::Ack)?;
        check::ack_reason(reason, self.options.version)?; // [MQTT-3.4.2-1] [MQTT-3.5.2-1]
        if !self.receiving.acknowledge(token, (reason, properties)) {
            return Err(ClientError::NothingToAcknowledge);
        }
        self.fill(FILL_PACKETS);
        Ok(())
    }

    /// Answers [`super::ClientEvent::Auth`] while an exchange goes on, or begins one anew when
    /// connected (5.0). The method is that of the CONNECT.
    ///
    /// # Errors
    /// When no method was agreed, or there is nothing to answer and no connection.
    pub fn auth(&mut self, now: Instant, data: Option<Bytes>) -> Result<(), ClientError> {
        self.advance_to(now);
        let Some((method, _)) = &self.options.auth else {
            return Err(ClientError::NoAuthMethod); // [MQTT-4.12.0-7]
        };
        if !self.is_open() {
            return Err(ClientError::NotConnected);
        }
        let reason = match self.connection.auth {
            AuthStep::Never => return Err(ClientError::NoAuthMethod),
            AuthStep::Exchanging => ReasonCode::ContinueAuthentication, // [MQTT-4.12.0-3]
            AuthStep::Settled => ReasonCode::ReAuthenticate,            // [MQTT-4.12.1-1]
        };
        let data = data.map(Property::AuthData);
        let properties = Properties::build(
            [Property::AuthMethod(method.clone())]
                .into_iter()
                .chain(data),
        );
        self.connection.auth = AuthStep::Exchanging;
        self.unsent
            .push_back(Unsent::Packet(Packet::Auth(Auth { reason, properties })));
        Ok(())
    }

    /// Sends `bytes` as they are, in their turn: for trying what a server does with wrong ones.
    /// The client keeps no account of what they mean.
    ///
    /// # Errors
    /// Without an open transport, or when too much waits for it.
    pub fn send_raw(&mut self, now: Instant, bytes: Bytes) -> Result<(), ClientError> {
        self.advance_to(now);
        if !self.is_open() {
            return Err(ClientError::NotConnected);
        }
        if self.unsent.len() >= self.options.limits.unsent_packets_max {
            return Err(ClientError::TransportFull);
        }
        self.unsent.push_back(Unsent::Raw(bytes));
        Ok(())
    }

    /// Sends a PINGREQ without waiting until it is due.
    ///
    /// # Errors
    /// Without a connection, or when too much waits for the transport.
    pub fn ping(&mut self, now: Instant) -> Result<(), ClientError> {
        self.advance_to(now);
        if !matches!(self.phase, PhaseState::Connected { .. }) {
            return Err(ClientError::NotConnected);
        }
        if self.unsent.len() >= self.options.limits.unsent_packets_max {
            return Err(ClientError::TransportFull);
        }
        self.send_ping();
        Ok(())
    }
}
