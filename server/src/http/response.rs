//! One answer: a head that is written here, and a body that was in memory all along.

use std::borrow::Cow;
use std::fmt::Write as _;
use std::time::SystemTime;

use bytes::Bytes;

use super::request::{Method, Request, RequestError};

/// What becomes of the connection when the answer is out.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum After {
    /// Another request may come.
    KeepAlive,
    /// The connection ends.
    Close,
}

/// An answer.
#[derive(Debug)]
pub(crate) struct Response {
    status: u16,
    headers: Vec<(&'static str, Cow<'static, str>)>,
    body: Bytes,
}

/// Sent with every answer: nothing here is for other sites to embed, guess at or be told about.
const ALWAYS: [(&str, &str); 5] = [
    ("X-Content-Type-Options", "nosniff"),
    ("Referrer-Policy", "no-referrer"),
    ("X-Frame-Options", "DENY"),
    ("Cross-Origin-Opener-Policy", "same-origin"),
    ("Cross-Origin-Resource-Policy", "same-origin"),
];

impl Response {
    /// An answer with neither header nor body.
    pub(crate) fn empty(status: u16) -> Self {
        Self {
            status,
            headers: Vec::new(),
            body: Bytes::new(),
        }
    }

    /// A sentence in plain text.
    pub(crate) fn text(status: u16, text: impl Into<Cow<'static, str>>) -> Self {
        let mut body = text.into().into_owned();
        body.push('\n');
        Self::empty(status)
            .with("Content-Type", "text/plain; charset=utf-8")
            .body(body.into())
    }

    /// 101, from which on the connection speaks something else.
    pub(crate) fn switching() -> Self {
        Self::empty(101).with("Connection", "Upgrade")
    }

    /// The answer to what is no request.
    pub(crate) fn unreadable(error: RequestError) -> Self {
        Self::text(error.status(), error.to_string())
    }

    /// Adds a header.
    pub(crate) fn with(mut self, name: &'static str, value: impl Into<Cow<'static, str>>) -> Self {
        self.headers.push((name, value.into()));
        self
    }

    /// Sets the body.
    pub(crate) fn body(mut self, body: Bytes) -> Self {
        self.body = body;
        self
    }

    /// The status code.
    pub(crate) fn status(&self) -> u16 {
        self.status
    }

    /// The bytes to send, head and body, and what to do after them.
    pub(crate) fn into_bytes(self, request: Option<&Request>) -> (Bytes, Bytes, After) {
        let after = match request {
            Some(request) if request.keeps_alive() => After::KeepAlive,
            _ => After::Close,
        };
        let mut head = String::with_capacity(512);
        let mut line = |name: &str, value: &str| {
            let _ = write!(head, "{name}: {value}\r\n");
        };
        line("Date", &httpdate::fmt_http_date(SystemTime::now()));
        for (name, value) in &self.headers {
            line(name, value);
        }
        if self.status != 101 {
            for (name, value) in ALWAYS {
                line(name, value);
            }
            if self.status != 304 {
                line("Content-Length", &self.body.len().to_string());
            }
            if after == After::Close {
                line("Connection", "close");
            }
        }
        let head = format!("HTTP/1.1 {} {}\r\n{head}\r\n", self.status, self.reason());
        let body = match request {
            Some(request) if request.method == Method::Head => Bytes::new(),
            _ => self.body,
        };
        (head.into(), body, after)
    }

    fn reason(&self) -> &'static str {
        match self.status {
            101 => "Switching Protocols",
            200 => "OK",
            304 => "Not Modified",
            400 => "Bad Request",
            403 => "Forbidden",
            404 => "Not Found",
            405 => "Method Not Allowed",
            408 => "Request Timeout",
            426 => "Upgrade Required",
            431 => "Request Header Fields Too Large",
            505 => "HTTP Version Not Supported",
            _ => "",
        }
    }
}
