//! One more client of a real broker, on no lane and in no log: it asks what the broker is, and
//! leaves.

use std::time::Duration;

use bytes::{Bytes, BytesMut};
use tidings_core::client::{Client, ClientEvent, Options, Reconnect};
use tidings_core::packet::{Properties, ReasonCode, SubscribeOptions};
use tidings_core::time::Instant;
use tidings_core::topic::Utf8;
use tidings_core::transmit::{Transmit, TransmitStatus};

use super::player::{Manner, identity};
use super::remote::Hosts;
use crate::engine::{SocketId, SocketNews, SocketOrder};

/// Where brokers say what they are.
const TOPIC: &str = "$SYS/broker/version";
/// A broker that has not said so by then does not want to.
const PATIENCE: Duration = Duration::from_secs(15);
/// Of a longer answer this is enough.
const CHARS_MAX: usize = 80;

/// See the module.
#[derive(Clone, Debug)]
pub(super) struct Scout {
    client: Client,
    socket: Option<SocketId>,
    input: BytesMut,
    until: Option<Instant>,
    says: Option<String>,
}

impl Scout {
    pub(super) fn new(manner: &Manner) -> Self {
        let (username, password) = identity(manner);
        let id = format!("tidings{}", manner.suffix);
        let options = Options {
            username,
            password,
            reconnect: Reconnect::Never,
            ..Options::new(Utf8::copy_from(&id).unwrap_or_default())
        };
        Self {
            client: Client::new(options, 0),
            socket: None,
            input: BytesMut::new(),
            until: None,
            says: None,
        }
    }

    /// What the broker says it is.
    pub(super) fn says(&self) -> Option<&str> {
        self.says.as_deref()
    }

    /// Somebody else was let in: the address is right, and it may be asked.
    pub(super) fn begin(&mut self, now: Instant, url: &str, hosts: &mut Hosts) {
        if self.until.is_none() {
            self.until = Some(now + PATIENCE);
            self.client.start(now);
            self.settle(now, url, hosts);
        }
    }

    pub(super) fn poll_timeout(&self) -> Option<Instant> {
        self.socket?;
        self.client
            .poll_timeout()
            .into_iter()
            .chain(self.until)
            .min()
    }

    pub(super) fn timeout(&mut self, now: Instant, url: &str, hosts: &mut Hosts) {
        self.client.handle_timeout(now);
        if self.until.is_some_and(|until| until <= now) {
            self.leave(now, url, hosts);
        }
        self.settle(now, url, hosts);
    }

    pub(super) fn leave(&mut self, now: Instant, url: &str, hosts: &mut Hosts) {
        self.client.stop(now, ReasonCode::Success);
        self.settle(now, url, hosts);
    }

    /// Whether the news are of its socket; then they have been dealt with.
    pub(super) fn hear(
        &mut self,
        now: Instant,
        id: SocketId,
        news: &SocketNews,
        url: &str,
        hosts: &mut Hosts,
    ) -> bool {
        if self.socket != Some(id) {
            return false;
        }
        match news {
            SocketNews::Opened { .. } => self.client.transport_opened(now),
            SocketNews::Bytes(bytes) => {
                self.input.extend_from_slice(bytes);
                self.client.handle_bytes(now, &mut self.input);
            }
            SocketNews::Text | SocketNews::Closed { .. } => {
                self.socket = None;
                self.client.transport_lost(now);
            }
        }
        self.settle(now, url, hosts);
        true
    }

    fn settle(&mut self, now: Instant, url: &str, hosts: &mut Hosts) {
        loop {
            let event = self.client.poll_event();
            let quiet = event.is_none();
            match event {
                Some(ClientEvent::Dial) => self.socket = Some(hosts.open(url)),
                Some(ClientEvent::Hangup) => {
                    self.send(now, hosts);
                    if let Some(socket) = self.socket.take() {
                        hosts.orders.push_back(SocketOrder::Close { socket });
                    }
                }
                Some(ClientEvent::Connected { .. }) => {
                    let filter = (Utf8::from_static(TOPIC), SubscribeOptions::default());
                    // Refused only when a thousand requests wait.
                    let _ = self.client.subscribe(now, [filter], Properties::default());
                }
                Some(ClientEvent::Message { publish, .. }) => {
                    let text = String::from_utf8_lossy(&publish.payload);
                    self.says = Some(text.chars().take(CHARS_MAX).collect());
                    self.client.stop(now, ReasonCode::Success);
                }
                _ => {}
            }
            self.send(now, hosts);
            if quiet {
                return;
            }
        }
    }

    fn send(&mut self, now: Instant, hosts: &mut Hosts) {
        let mut transmit = Transmit::new(usize::MAX);
        while self.client.poll_transmit(now, &mut transmit) == TransmitStatus::More {}
        if let Some(socket) = self.socket.filter(|_| !transmit.is_empty()) {
            let mut content = Vec::new();
            transmit.copy_to(&mut content);
            let bytes = Bytes::from(content);
            hosts.orders.push_back(SocketOrder::Send { socket, bytes });
        }
    }
}
