//! What only MQTT 5 can say. Nothing said is the default everywhere, and costs no byte.

use serde::{Deserialize, Serialize};

/// Names and values that go through the broker as they are, in order; a name may come twice.
pub type UserProperties = Vec<(String, String)>;

/// What a PUBLISH or a will says besides topic and payload. Texts are templates
/// ([`super::template`]); an empty one is not sent.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct PublishProperties {
    /// Seconds after which the broker no longer delivers it: Message Expiry Interval.
    pub expiry_secs: Option<u32>,
    /// What the payload is, such as a media type.
    pub content_type: String,
    /// Payload Format Indicator 1: the payload is text.
    pub is_text: bool,
    /// Where an answer is expected.
    pub response_topic: String,
    /// What tells the answer from others.
    pub correlation: String,
    /// User Properties.
    pub user: UserProperties,
}

/// What a CONNECT says of the client, and a user name, which every version knows.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct ConnectProperties {
    /// User Name; empty is none. Not of 5.0 alone.
    pub username: String,
    /// How many messages of QoS 1 and 2 it takes before it has acknowledged one: Receive Maximum.
    /// 0 says nothing, which is 65,535.
    pub receive_max: u16,
    /// The longest packet it takes: Maximum Packet Size in bytes; 0 is no limit.
    pub max_packet_bytes: u32,
    /// How many topics the broker may number: Topic Alias Maximum.
    pub topic_alias_max: u16,
    /// How many topics it numbers itself, where the broker allows it.
    pub topic_aliases: u16,
    /// Request Response Information 1.
    pub wants_response_info: bool,
    /// Request Problem Information 0: no reasons in words.
    pub no_problem_info: bool,
    /// User Properties.
    pub user: UserProperties,
}

impl PublishProperties {
    /// Whether there are none.
    pub fn is_empty(&self) -> bool {
        *self == Self::default()
    }
}

impl ConnectProperties {
    /// Whether none of those is said that came with 5.0.
    pub fn is_old(&self) -> bool {
        let username = self.username.clone();
        *self
            == Self {
                username,
                ..Self::default()
            }
    }
}
