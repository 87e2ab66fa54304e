//! Which web pages may talk to this broker.
//!
//! A browser lets any page open a WebSocket to any address, `127.0.0.1` included, and only says
//! in `Origin` who is asking; and a page whose name is re-pointed at this machine after it was
//! loaded (DNS rebinding) even counts as being of the same origin. So two questions are asked of
//! every HTTP request: does `Host` name this machine, where only this machine can connect; and is
//! `Origin` absent, the same as `Host`, on this machine, or listed.
//!
//! Where other machines can connect, the broker may be called by any name, and everybody who can
//! connect may do everything already: there `Host` is believed, and rebinding not warded off.
//! Hosts are compared whole and parsed strictly: `http://localhost.example.com` is not localhost.

use std::fmt;
use std::net::{IpAddr, Ipv6Addr};
use std::str::FromStr;

/// An origin as RFC 6454 has it: scheme, host and port.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Origin {
    scheme: String,
    authority: Authority,
}

/// A host with the port it was written with, if any.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Authority {
    host: Host,
    port: Option<u16>,
}

#[derive(Clone, Debug, PartialEq, Eq)]
enum Host {
    Ip(IpAddr),
    /// In lower case.
    Name(String),
}

/// Why something is no origin.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
#[error("an origin is a scheme, a host and maybe a port, such as https://example.com:8080")]
pub(crate) struct OriginError;

/// Why a request is not served.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub(crate) enum Foreign {
    #[error(
        "this broker does not answer to the name in Host. If it should, start it with --allow-origin http://{0}"
    )]
    Host(Authority),
    #[error(
        "web pages of another origin may not use this broker. If this one may, start it with --allow-origin {0}"
    )]
    Origin(Origin),
    #[error("web pages without an origin of their own (Origin: null) may not use this broker")]
    Opaque,
    #[error("the request names its origin more than once or not as RFC 6454 has it")]
    Unreadable,
}

/// The rules of one listener.
#[derive(Clone, Debug, Default)]
pub(crate) struct OriginRules {
    listed: Vec<Origin>,
    /// Only this machine can connect, so every honest `Host` is a name of this machine.
    loopback_only: bool,
}

impl OriginRules {
    /// Rules for a listener that is reachable from this machine only, or from others too.
    pub(crate) fn new(listed: Vec<Origin>, loopback_only: bool) -> Self {
        Self {
            listed,
            loopback_only,
        }
    }

    /// Decides about a request by its `Host` and its `Origin` headers.
    ///
    /// # Errors
    /// When the request may not be served.
    pub(crate) fn check<'a>(
        &self,
        host: &Authority,
        mut origins: impl Iterator<Item = &'a [u8]>,
    ) -> Result<(), Foreign> {
        let host_is_listed = self.listed.iter().any(|o| o.authority.host == host.host);
        if self.loopback_only && !host.host.is_loopback() && !host_is_listed {
            return Err(Foreign::Host(host.clone()));
        }
        let Some(origin) = origins.next() else {
            return Ok(());
        };
        if origins.next().is_some() {
            return Err(Foreign::Unreadable);
        }
        if origin == b"null" {
            return Err(Foreign::Opaque);
        }
        let origin = std::str::from_utf8(origin).map_err(|_| Foreign::Unreadable)?;
        let origin: Origin = origin.parse().map_err(|_| Foreign::Unreadable)?;
        let same = origin.is_web()
            && origin.authority.host == host.host
            && origin.port() == host.port.or(origin.default_port());
        let local = origin.is_web() && origin.authority.host.is_loopback();
        if same || local || self.listed.contains(&origin) {
            Ok(())
        } else {
            Err(Foreign::Origin(origin))
        }
    }
}

impl Origin {
    fn is_web(&self) -> bool {
        self.default_port().is_some()
    }

    fn default_port(&self) -> Option<u16> {
        match self.scheme.as_str() {
            "http" => Some(80),
            "https" => Some(443),
            _ => None,
        }
    }

    fn port(&self) -> Option<u16> {
        self.authority.port.or(self.default_port())
    }
}

impl FromStr for Origin {
    type Err = OriginError;

    fn from_str(text: &str) -> Result<Self, OriginError> {
        let (scheme, rest) = text.split_once("://").ok_or(OriginError)?;
        let is_scheme = scheme.starts_with(|c: char| c.is_ascii_alphabetic())
            && scheme
                .bytes()
                .all(|b| b.is_ascii_alphanumeric() || b"+-.".contains(&b));
        if !is_scheme {
            return Err(OriginError);
        }
        // People copy addresses with the slash that browsers show.
        let authority: Authority = rest.strip_suffix('/').unwrap_or(rest).parse()?;
        let mut origin = Self {
            scheme: scheme.to_ascii_lowercase(),
            authority,
        };
        if origin.authority.port == origin.default_port() {
            origin.authority.port = None;
        }
        Ok(origin)
    }
}

impl FromStr for Authority {
    type Err = OriginError;

    fn from_str(text: &str) -> Result<Self, OriginError> {
        let (host, port) = match text.rsplit_once(':') {
            Some((host, port)) if !port.ends_with(']') => (host, Some(port)),
            _ => (text, None),
        };
        let port = match port {
            Some(port) if port.bytes().all(|b| b.is_ascii_digit()) => {
                Some(port.parse().map_err(|_| OriginError)?)
            }
            Some(_) => return Err(OriginError),
            None => None,
        };
        Ok(Self {
            host: host.parse()?,
            port,
        })
    }
}

impl FromStr for Host {
    type Err = OriginError;

    fn from_str(text: &str) -> Result<Self, OriginError> {
        if let Some(inner) = text.strip_prefix('[') {
            let inner = inner.strip_suffix(']').ok_or(OriginError)?;
            let ip: Ipv6Addr = inner.parse().map_err(|_| OriginError)?;
            return Ok(Self::Ip(ip.to_canonical()));
        }
        if let Ok(ip) = text.parse::<IpAddr>() {
            return match ip {
                IpAddr::V4(_) => Ok(Self::Ip(ip)),
                IpAddr::V6(_) => Err(OriginError), // RFC 3986 3.2.2: in brackets only.
            };
        }
        let is_name = !text.is_empty()
            && text.len() <= 253
            && text
                .bytes()
                .all(|b| b.is_ascii_alphanumeric() || b"-._".contains(&b));
        if is_name {
            Ok(Self::Name(text.to_ascii_lowercase()))
        } else {
            Err(OriginError)
        }
    }
}

impl Host {
    /// RFC 6761 6.3: `localhost` and everything below it is this machine.
    fn is_loopback(&self) -> bool {
        match self {
            Self::Ip(ip) => ip.is_loopback(),
            Self::Name(name) => name == "localhost" || name.ends_with(".localhost"),
        }
    }
}

impl fmt::Display for Origin {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}://{}", self.scheme, self.authority)
    }
}

impl fmt::Display for Authority {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match &self.host {
            Host::Ip(IpAddr::V6(ip)) => write!(f, "[{ip}]")?,
            Host::Ip(ip) => write!(f, "{ip}")?,
            Host::Name(name) => f.write_str(name)?,
        }
        match self.port {
            Some(port) => write!(f, ":{port}"),
            None => Ok(()),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn allowed(rules: &OriginRules, host: &str, origin: &[&str]) -> bool {
        let host = host.parse().unwrap();
        rules
            .check(&host, origin.iter().map(|o| o.as_bytes()))
            .is_ok()
    }

    #[test]
    fn on_loopback() {
        let listed = vec!["https://good.example:8443/".parse().unwrap()];
        let rules = OriginRules::new(listed, true);
        for (host, origin, expected) in [
            ("127.0.0.1:8080", &[][..], true),
            ("localhost:8080", &[], true),
            ("[::1]:8080", &[], true),
            ("[::ffff:127.0.0.1]:8080", &[], true),
            ("127.0.0.1:8080", &["http://127.0.0.1:8080"], true),
            ("127.0.0.1:8080", &["http://localhost:9000"], true),
            ("127.0.0.1:8080", &["https://localhost"], true),
            ("127.0.0.1:8080", &["http://app.localhost:3000"], true),
            ("127.0.0.1:8080", &["http://[::1]:1"], true),
            ("127.0.0.1:8080", &["https://good.example:8443"], true),
            ("127.0.0.1:8080", &["HTTPS://GOOD.example:8443"], true),
            ("127.0.0.1:8080", &["https://good.example"], false),
            ("127.0.0.1:8080", &["http://good.example:8443"], false),
            ("127.0.0.1:8080", &["http://evil.example"], false),
            ("127.0.0.1:8080", &["http://localhost.evil.example"], false),
            ("127.0.0.1:8080", &["http://127.0.0.1.evil.example"], false),
            ("127.0.0.1:8080", &["http://localhost@evil.example"], false),
            ("127.0.0.1:8080", &["http://evil.example#localhost"], false),
            ("127.0.0.1:8080", &["http://evil.example/localhost"], false),
            ("127.0.0.1:8080", &["http://evillocalhost"], false),
            ("127.0.0.1:8080", &["null"], false),
            ("127.0.0.1:8080", &[""], false),
            ("127.0.0.1:8080", &["file://"], false),
            ("127.0.0.1:8080", &["evil://localhost"], false),
            (
                "127.0.0.1:8080",
                &["http://localhost", "http://evil.example"],
                false,
            ),
            ("evil.example:8080", &["http://evil.example:8080"], false),
            ("evil.example:8080", &[], false),
            ("192.168.1.4:8080", &[], false),
            ("good.example", &["https://good.example:8443"], true),
        ] {
            assert_eq!(allowed(&rules, host, origin), expected, "{host} {origin:?}");
        }
    }

    #[test]
    fn beyond_loopback() {
        let rules = OriginRules::new(vec!["http://iot.example".parse().unwrap()], false);
        for (host, origin, expected) in [
            ("broker.example:8080", &[][..], true),
            ("192.168.1.4:8080", &["http://192.168.1.4:8080"], true),
            ("192.168.1.4", &["http://192.168.1.4"], true),
            ("192.168.1.4:80", &["http://192.168.1.4"], true),
            ("192.168.1.4:8080", &["http://192.168.1.4"], false),
            ("192.168.1.4:8080", &["http://192.168.1.5:8080"], false),
            ("pi.local:8080", &["http://pi.local:8080"], true),
            ("pi:8080", &["http://pi:8080"], true),
            ("myhost.lan:8080", &["http://myhost.lan:8080"], true),
            ("MyHost.lan:8080", &["http://myhost.lan:8080"], true),
            ("broker.example", &["https://broker.example"], true),
            ("myhost.lan:8080", &["http://myhost.lan:8081"], false),
            ("myhost.lan:8080", &["http://other.lan:8080"], false),
            ("myhost.lan:8080", &["http://evil.example"], false),
            ("myhost.lan:8080", &["http://localhost:3000"], true),
            ("127.0.0.1:8080", &["http://evil.example:8080"], false),
            ("myhost.lan:8080", &["null"], false),
            ("iot.example", &["http://iot.example"], true),
            ("iot.example:8080", &["http://iot.example:8080"], true),
        ] {
            assert_eq!(allowed(&rules, host, origin), expected, "{host} {origin:?}");
        }
    }

    #[test]
    fn refuses_what_is_no_origin() {
        for text in [
            "",
            "a",
            "://a",
            "1://a",
            "http://",
            "http://a:",
            "http://a:b",
            "http://a:99999",
            "http://a b",
            "http://[::1",
            "http://::1",
            "http://a/b",
            "http://a?b",
            "http://a:1:2",
        ] {
            // A trailing colon without digits is an empty port, which browsers never send.
            assert!(text.parse::<Origin>().is_err(), "{text}");
        }
        let shown = |text: &str| text.parse::<Origin>().unwrap().to_string();
        assert_eq!(shown("HTTP://Example.COM:80/"), "http://example.com");
        assert_eq!(shown("https://[::1]:80"), "https://[::1]:80");
    }
}
