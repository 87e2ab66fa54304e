//! What a scenario asks of a client.

/// Why something was not done.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Fail {
    /// The client has no way to do it.
    Cannot(String),
    /// It went wrong.
    No(String),
    /// It went well as far as can be seen; what the client does not tell.
    Partly(String),
}

/// What came of it.
pub type Done<T = ()> = Result<T, Fail>;

/// A will.
#[derive(Clone, Debug)]
pub struct Will {
    /// Its topic.
    pub topic: String,
    /// Its payload.
    pub payload: String,
    /// Its QoS.
    pub qos: u8,
    /// Its delay in seconds.
    pub delay: u32,
}

/// How to connect.
#[derive(Clone, Debug)]
pub struct Connect {
    /// With a clean session, which ends with the connection.
    pub clean: bool,
    /// Keep Alive in seconds.
    pub keep: u16,
    /// What is said if the connection breaks.
    pub will: Option<Will>,
    /// Topic aliases that the broker may set.
    pub alias_max: u16,
}

impl Default for Connect {
    fn default() -> Self {
        Self {
            clean: true,
            keep: 30,
            will: None,
            alias_max: 0,
        }
    }
}

/// What to publish.
#[derive(Clone, Debug, Default)]
pub struct Publish {
    /// Where to.
    pub topic: String,
    /// The payload, unless `fill` says otherwise.
    pub payload: String,
    /// So many bytes made by [`filling`].
    pub fill: usize,
    /// 0 to 2.
    pub qos: u8,
    /// Whether it is to be kept.
    pub retain: bool,
    /// So many messages, with the payloads 0, 1, 2 and so on.
    pub count: usize,
    /// User properties.
    pub user: Vec<(String, String)>,
    /// Response Topic.
    pub response: Option<String>,
    /// Correlation Data, as text.
    pub correlation: Option<String>,
    /// Message Expiry Interval in seconds.
    pub expiry: Option<u32>,
    /// Topic Alias.
    pub alias: Option<u16>,
}

/// How to subscribe.
#[derive(Clone, Debug, Default)]
pub struct Wish {
    /// 0 to 2.
    pub qos: u8,
    /// Subscription Identifier.
    pub id: Option<u32>,
    /// Without one's own messages.
    pub no_local: bool,
}

/// What a client says that it got.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Message {
    /// Its topic.
    pub topic: String,
    /// Its payload, if that is text and not long.
    pub payload: String,
    /// The length and the Adler-32 of a long payload.
    pub long: Option<(usize, u32)>,
    /// Its QoS.
    pub qos: u8,
    /// Whether it was kept; nothing if the client does not tell.
    pub retain: bool,
    /// User properties.
    pub user: Vec<(String, String)>,
    /// Response Topic.
    pub response: Option<String>,
    /// Correlation Data.
    pub correlation: Option<String>,
    /// Message Expiry Interval.
    pub expiry: Option<u32>,
    /// Subscription Identifiers.
    pub ids: Vec<u32>,
}

/// A client under test, which can be several peers at once.
pub trait Client {
    /// Connects a peer under its name; whether there was a session, if the client tells.
    fn connect(&mut self, peer: &str, how: &Connect) -> Done<Option<bool>>;
    /// Subscribes; the code that was granted.
    fn subscribe(&mut self, peer: &str, filter: &str, wish: &Wish) -> Done<u8>;
    /// Unsubscribes; the code in the answer, if the client tells.
    fn unsubscribe(&mut self, peer: &str, filter: &str) -> Done<Option<u8>>;
    /// Publishes and waits for what acknowledges it; its code, if the client tells.
    fn publish(&mut self, peer: &str, what: &Publish) -> Done<Option<u8>>;
    /// Disconnects.
    fn end(&mut self, peer: &str) -> Done;
    /// Ends the connection as a broken cable does.
    fn vanish(&mut self, peer: &str) -> Done;
    /// Waits for the next message.
    fn message(&mut self, peer: &str) -> Done<Message>;
    /// Waits until the broker has ended the connection; the reason, if the client tells.
    fn lost(&mut self, peer: &str) -> Done<Option<u8>>;
}

/// A payload that shows if bytes get lost or change places.
pub fn filling(len: usize) -> Vec<u8> {
    (0..len).map(|at| (at * 7 + at / 251) as u8).collect()
}

/// Adler-32, which every language has or has soon.
pub fn adler32(bytes: &[u8]) -> u32 {
    const PRIME: u32 = 65_521;
    let sums = bytes.iter().fold((1, 0), |(a, b), byte| {
        let a = (a + u32::from(*byte)) % PRIME;
        (a, (b + a) % PRIME)
    });
    sums.1 << 16 | sums.0
}
