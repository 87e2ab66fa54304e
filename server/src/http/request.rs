//! One request's head, checked as far as anything here depends on it.

use std::str;

use crate::origin::Authority;

/// The longest head that is read: browsers' cookies for `localhost` are shared between all ports,
/// so a head may be longer than anything this server would ever ask for.
pub(super) const HEAD_BYTES_MAX: usize = 16 * 1024;

/// More header lines than any browser sends.
const HEADERS_MAX: usize = 100;

/// What is at the front of the input.
#[derive(Debug)]
pub(crate) enum Status {
    /// The head goes on.
    Partial,
    /// One head, this many bytes long.
    Complete(Request, usize),
}

/// Why there is no answering a request.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
pub(crate) enum RequestError {
    #[error("This is neither MQTT nor HTTP/1.1: {0}.")]
    Syntax(httparse::Error),
    #[error("HTTP/2 is not spoken here without asking; use HTTP/1.1.")]
    Http2,
    #[error("The head of a request may be 16 KiB and 100 lines long.")]
    TooLong,
}

impl RequestError {
    /// The status that goes with it.
    pub(crate) fn status(self) -> u16 {
        match self {
            Self::Syntax(_) => 400,
            Self::Http2 => 505,
            Self::TooLong => 431,
        }
    }
}

/// Methods, as far as they matter.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Method {
    Get,
    Head,
    Other,
}

/// The head of a request.
#[derive(Debug)]
pub(crate) struct Request {
    pub(crate) method: Method,
    pub(crate) is_http_1_1: bool,
    target: String,
    /// Names in lower case.
    headers: Vec<(String, Vec<u8>)>,
}

/// Reads one head off the front of `input`.
///
/// # Errors
/// When it never can become a head.
pub(crate) fn parse(input: &[u8]) -> Result<Status, RequestError> {
    let mut lines = [httparse::EMPTY_HEADER; HEADERS_MAX];
    let mut parsed = httparse::Request::new(&mut lines);
    let head = &input[..input.len().min(HEAD_BYTES_MAX)];
    if head.starts_with(b"PRI * HTTP/2") {
        return Err(RequestError::Http2);
    }
    let len = match parsed.parse(head) {
        Ok(httparse::Status::Complete(len)) => len,
        Ok(httparse::Status::Partial) if input.len() < HEAD_BYTES_MAX => {
            return Ok(Status::Partial);
        }
        Ok(httparse::Status::Partial) | Err(httparse::Error::TooManyHeaders) => {
            return Err(RequestError::TooLong);
        }
        Err(error) => return Err(RequestError::Syntax(error)),
    };
    let request = Request {
        method: match parsed.method {
            Some("GET") => Method::Get,
            Some("HEAD") => Method::Head,
            _ => Method::Other,
        },
        is_http_1_1: parsed.version == Some(1),
        target: parsed.path.unwrap_or("/").to_owned(),
        headers: parsed
            .headers
            .iter()
            .map(|line| (line.name.to_ascii_lowercase(), line.value.to_vec()))
            .collect(),
    };
    Ok(Status::Complete(request, len))
}

impl Request {
    /// The path without query and fragment, as it was sent.
    pub(crate) fn path(&self) -> &str {
        let target = match self.absolute() {
            Some(rest) => &rest[rest.find(['/', '?', '#']).unwrap_or(rest.len())..],
            None => &self.target,
        };
        match target.split(['?', '#']).next() {
            None | Some("") => "/",
            Some(path) => path,
        }
    }

    /// What follows the scheme if the target is a whole address (RFC 9112 3.2.2).
    fn absolute(&self) -> Option<&str> {
        let http = self.target.strip_prefix("http://");
        http.or_else(|| self.target.strip_prefix("https://"))
    }

    /// Every value of a header; `name` in lower case.
    pub(crate) fn all<'a>(&'a self, name: &'a str) -> impl Iterator<Item = &'a [u8]> {
        self.headers
            .iter()
            .filter(move |(n, _)| n == name)
            .map(|(_, value)| value.as_slice())
    }

    /// The value of a header that occurs exactly once.
    pub(crate) fn one<'a>(&'a self, name: &'a str) -> Option<&'a [u8]> {
        let mut all = self.all(name);
        let first = all.next()?;
        all.next().is_none().then_some(first)
    }

    /// The members of a header whose value is a list, without their surroundings.
    pub(crate) fn list<'a>(&'a self, name: &'a str) -> impl Iterator<Item = &'a str> {
        self.all(name)
            .filter_map(|value| str::from_utf8(value).ok())
            .flat_map(|value| value.split(','))
            .map(|member| member.trim_matches([' ', '\t']))
            .filter(|member| !member.is_empty())
    }

    /// Whom the request was meant for; nothing unless it says so exactly once and readably. A
    /// target that is a whole address has to say the same.
    pub(crate) fn host(&self) -> Option<Authority> {
        let host = str::from_utf8(self.one("host")?).ok()?.parse().ok();
        match self.absolute() {
            Some(rest) => {
                let authority = rest.split(['/', '?', '#']).next().unwrap_or(rest);
                host.filter(|host| authority.parse().as_ref() == Ok(host))
            }
            None => host,
        }
    }

    /// Whether this is an opening handshake, right or wrong.
    pub(crate) fn wants_upgrade(&self) -> bool {
        let has = |name, token: &str| {
            self.list(name)
                .any(|member| member.eq_ignore_ascii_case(token))
        };
        has("connection", "upgrade") && has("upgrade", "websocket")
    }

    /// `Sec-WebSocket-Key`, if it is what RFC 6455 4.2.1 asks for.
    pub(crate) fn websocket_key(&self) -> Option<&str> {
        let key = str::from_utf8(self.one("sec-websocket-key")?).ok()?;
        let digits = key.strip_suffix("==")?;
        let is_base64 = |b: u8| b.is_ascii_alphanumeric() || b == b'+' || b == b'/';
        (digits.len() == 22 && digits.bytes().all(is_base64)).then_some(key)
    }

    /// Whether something follows the head that nobody reads here.
    pub(crate) fn has_body(&self) -> bool {
        self.all("transfer-encoding").next().is_some()
            || self.all("content-length").any(|value| value != b"0")
    }

    /// Whether the client wants to use the connection again, and can: nobody reads bodies here.
    pub(crate) fn keeps_alive(&self) -> bool {
        let says = |token: &str| {
            self.list("connection")
                .any(|member| member.eq_ignore_ascii_case(token))
        };
        !self.has_body() && !says("close") && (self.is_http_1_1 || says("keep-alive"))
    }
}
