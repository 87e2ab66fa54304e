//! The CONNECT that follows from the options.

use alloc::boxed::Box;
use core::num::NonZeroU16;

use crate::codec::PACKET_BYTES_MAX;
use crate::packet::{Connect, Packet, Properties, Property, Version};

use super::Client;
use super::options::Options;

impl Client {
    /// The CONNECT of the next connection.
    pub(super) fn connect(&self, clean_start: bool) -> Packet {
        let options = &*self.options;
        let v5 = options.version == Version::V5;
        let properties = if v5 {
            connect_properties(options)
        } else {
            Properties::default()
        };
        let password = options.password.clone();
        let mut will = options.will.clone();
        if let Some(will) = will.as_mut().filter(|_| !v5) {
            will.properties = Properties::default();
        }
        Packet::Connect(Box::new(Connect {
            version: options.version,
            bridge: options.bridge,
            clean_start,
            keep_alive_secs: options.keep_alive_secs,
            client_id: self.client_id().clone(),
            will,
            username: options.username.clone(),
            password: password.filter(|_| v5 || options.username.is_some()),
            properties,
        }))
    }
}

/// The CONNECT properties that differ from what their absence means.
fn connect_properties(options: &Options) -> Properties {
    let (method, data): (Option<_>, _) = match options.auth.clone() {
        Some((method, data)) => (Some(method), data),
        None => (None, None),
    };
    let fixed = [
        (options.session_expiry_secs != 0)
            .then_some(Property::SessionExpirySecs(options.session_expiry_secs)),
        (options.receive_max != NonZeroU16::MAX)
            .then_some(Property::ReceiveMax(options.receive_max.get())),
        (options.max_packet_bytes < PACKET_BYTES_MAX)
            .then_some(Property::MaxPacketSize(options.max_packet_bytes.max(1))),
        (options.topic_alias_max != 0).then_some(Property::TopicAliasMax(options.topic_alias_max)),
        options
            .request_response_information
            .then_some(Property::RequestResponseInformation(true)),
        (!options.request_problem_information)
            .then_some(Property::RequestProblemInformation(false)),
        method.map(Property::AuthMethod),
        data.map(Property::AuthData),
    ];
    let user = options.user_properties.iter();
    let user = user.map(|(name, value)| Property::UserProperty(name.clone(), value.clone()));
    Properties::build(fixed.into_iter().flatten().chain(user))
}
