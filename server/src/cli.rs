//! The command line: what a person may type, and the sentences they get when it cannot be done.

use std::fmt;
use std::io;
use std::net::{IpAddr, Ipv4Addr, SocketAddr, ToSocketAddrs};
use std::str::FromStr;

use clap::{ArgAction, Parser};
use tidings_core::config::{Config, SETTINGS, SettingError};
use tracing::level_filters::LevelFilter;

use crate::origin::Origin;

/// An MQTT broker you can see: MQTT, MQTT over WebSocket and its page on every port.
#[derive(Clone, Debug, Parser)]
#[command(
    name = "tidings",
    version,
    about,
    long_about = None,
    after_help = "Exit codes: 0 ended as asked, 1 could not start or go on, 2 the command line is wrong."
)]
// These documents are what --help prints, where marks would show.
#[allow(rustdoc::broken_intra_doc_links, rustdoc::bare_urls)]
pub(crate) struct Cli {
    /// Listen on this address; may be given several times. A bare port means 127.0.0.1, port 0 a
    /// free one. Examples: 1883, 127.0.0.1:1883, [::1]:1883, localhost:1883
    #[arg(
        short,
        long,
        value_name = "ADDRESS",
        default_values = ["127.0.0.1:1883", "127.0.0.1:8080"]
    )]
    pub(crate) listen: Vec<ListenAddr>,

    /// Allow listening where other machines can connect, although there are no passwords. Web pages
    /// that come from the address they talk to are then let in, by whatever name it goes
    #[arg(long)]
    pub(crate) allow_anonymous: bool,

    /// Let web pages of this origin in, such as https://example.com; may be given several times.
    /// Those of this machine are let in anyway
    #[arg(long, value_name = "URL")]
    pub(crate) allow_origin: Vec<Origin>,

    /// Change a limit or a choice of the broker, such as packet-max=65536 (bytes) or
    /// session-expiry-max=3600 (seconds); may be given several times. A wrong name lists those that
    /// there are
    #[arg(long, value_name = "NAME=NUMBER")]
    pub(crate) set: Vec<Setting>,

    /// What to log on standard error: off, error, warn, info, debug or trace
    #[arg(long, value_name = "LEVEL", conflicts_with_all = ["verbose", "quiet"])]
    log: Option<LevelFilter>,

    /// Log more: requests, sessions and who leaves before a CONNECT; twice, packets too
    #[arg(short, long, action = ArgAction::Count, conflicts_with = "quiet")]
    verbose: u8,

    /// Print nothing at start and log errors only
    #[arg(short, long)]
    pub(crate) quiet: bool,
}

impl Cli {
    /// How much to log.
    pub(crate) fn log_level(&self) -> LevelFilter {
        if let Some(level) = self.log {
            return level;
        }
        match (self.quiet, self.verbose) {
            (true, _) => LevelFilter::ERROR,
            (false, 0) => LevelFilter::INFO,
            (false, 1) => LevelFilter::DEBUG,
            (false, _) => LevelFilter::TRACE,
        }
    }
}

/// Something that [`Config::set`] takes.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Setting {
    name: String,
    value: u32,
}

impl Setting {
    /// Changes it.
    ///
    /// # Errors
    /// If it is none, or the number does not suit it; not if it was read from text.
    pub(crate) fn apply(&self, config: &mut Config) -> Result<(), SettingError> {
        config.set(&self.name, self.value)
    }
}

impl FromStr for Setting {
    type Err = String;

    fn from_str(text: &str) -> Result<Self, String> {
        /// Nobody answers the questions of the first, and the second is drawn at each start.
        const NOT_HERE: [&str; 2] = ["ask", "seed"];
        let wrong = || "write NAME=NUMBER, such as packet-max=65536".to_owned();
        let (name, value) = text.split_once('=').ok_or_else(wrong)?;
        let setting = Self {
            name: name.to_owned(),
            value: value.parse().map_err(|_| wrong())?,
        };
        let names = || SETTINGS.iter().filter(|name| !NOT_HERE.contains(name));
        let known = names().any(|known| *known == name);
        match setting.apply(&mut Config::default()) {
            Ok(()) if known => Ok(setting),
            Ok(()) | Err(SettingError::Unknown) => {
                let names: Vec<&str> = names().copied().collect();
                Err(format!("there are {}", names.join(", ")))
            }
            Err(error) => Err(error.to_string()),
        }
    }
}

/// Where to listen, as typed: a host and a port.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct ListenAddr {
    host: String,
    port: u16,
}

impl ListenAddr {
    pub(crate) fn port(&self) -> u16 {
        self.port
    }

    /// The same host with another port, as short as it can be typed.
    pub(crate) fn with_port(&self, port: u16) -> String {
        if self.host == Ipv4Addr::LOCALHOST.to_string() {
            return port.to_string();
        }
        let host = self.host.clone();
        Self { host, port }.to_string()
    }

    /// The socket addresses meant: one, or several when a name has several.
    ///
    /// # Errors
    /// When the name is unknown.
    pub(crate) fn resolve(&self) -> io::Result<Vec<SocketAddr>> {
        let mut found = Vec::new();
        for address in (self.host.as_str(), self.port).to_socket_addrs()? {
            if !found.contains(&address) {
                found.push(address);
            }
        }
        Ok(found)
    }
}

impl FromStr for ListenAddr {
    type Err = ListenAddrError;

    fn from_str(text: &str) -> Result<Self, ListenAddrError> {
        if let Ok(address) = text.parse::<SocketAddr>() {
            return Ok(Self {
                host: address.ip().to_string(),
                port: address.port(),
            });
        }
        if text.parse::<IpAddr>().is_ok() || !text.contains(|c: char| c.is_ascii_digit()) {
            return Err(ListenAddrError::NoPort);
        }
        let (host, port) = text.rsplit_once(':').unwrap_or(("", text));
        let port = port.parse().map_err(|_| ListenAddrError::Port)?;
        let host = match host {
            "" => Ipv4Addr::LOCALHOST.to_string(),
            host if host.contains([':', '[', ']', '/', '@']) => return Err(ListenAddrError::Host),
            host => host.to_owned(),
        };
        Ok(Self { host, port })
    }
}

impl fmt::Display for ListenAddr {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        if self.host.contains(':') {
            write!(f, "[{}]:{}", self.host, self.port)
        } else {
            write!(f, "{}:{}", self.host, self.port)
        }
    }
}

/// Why an address to listen on cannot be read.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
pub(crate) enum ListenAddrError {
    #[error("a port is missing; write HOST:PORT, such as 127.0.0.1:1883")]
    NoPort,
    #[error("a port is a number from 0 to 65535; write HOST:PORT, such as 127.0.0.1:1883")]
    Port,
    #[error("this is no host name; write HOST:PORT without a scheme, IPv6 in brackets: [::1]:1883")]
    Host,
}

#[cfg(test)]
mod tests {
    use super::*;
    use clap::CommandFactory;

    #[test]
    fn the_command_line_is_consistent() {
        Cli::command().debug_assert();
        let cli = Cli::parse_from(["tidings"]);
        assert_eq!(cli.listen.len(), 2);
        assert_eq!(cli.log_level(), LevelFilter::INFO);
        let cli = Cli::parse_from(["tidings", "-vv", "-l", "1", "--listen", "2"]);
        assert_eq!(cli.log_level(), LevelFilter::TRACE);
        assert_eq!(cli.listen.len(), 2);
    }

    #[test]
    fn reads_settings() {
        let cli = Cli::parse_from(["tidings", "--set", "packet-max=100", "--set", "qos-max=1"]);
        let mut config = Config::default();
        for setting in &cli.set {
            assert_eq!(setting.apply(&mut config), Ok(()));
        }
        assert_eq!(config.limits.packet_bytes_max, 100);
        assert_eq!(config.qos_max as u8, 1);
        for (text, fault) in [
            ("packet-max", "write NAME=NUMBER, such as packet-max=65536"),
            (
                "packet-max=x",
                "write NAME=NUMBER, such as packet-max=65536",
            ),
            ("qos-max=3", "this setting has to be between 0 and 2"),
        ] {
            assert_eq!(text.parse::<Setting>(), Err(fault.to_owned()), "{text}");
        }
        for text in ["packet=1", "ask=1", "seed=1"] {
            let fault = text.parse::<Setting>().unwrap_err();
            assert!(fault.starts_with("there are alias-max, client-id-max, "));
            assert!(!fault.contains("ask") && !fault.contains("seed"), "{fault}");
        }
    }

    #[test]
    fn reads_addresses() {
        for (text, expected) in [
            ("1883", Ok("127.0.0.1:1883")),
            (":1883", Ok("127.0.0.1:1883")),
            ("0", Ok("127.0.0.1:0")),
            ("0.0.0.0:1883", Ok("0.0.0.0:1883")),
            ("[::1]:1883", Ok("[::1]:1883")),
            ("localhost:1883", Ok("localhost:1883")),
            ("localhost", Err(ListenAddrError::NoPort)),
            ("", Err(ListenAddrError::NoPort)),
            ("127.0.0.1", Err(ListenAddrError::NoPort)),
            ("::1", Err(ListenAddrError::NoPort)),
            ("65536", Err(ListenAddrError::Port)),
            ("a:b1", Err(ListenAddrError::Port)),
            ("mqtt://host:1883", Err(ListenAddrError::Host)),
            ("1::2:1883:x:1883", Err(ListenAddrError::Host)),
        ] {
            let read = text.parse::<ListenAddr>().map(|a| a.to_string());
            assert_eq!(read, expected.map(str::to_owned), "{text}");
        }
    }
}
