//! The page, which `build.rs` put into the program, or what to say when it did not.

use bytes::Bytes;

use super::request::Request;
use super::response::Response;

/// One file of the built page.
struct File {
    /// Such as `/index.html`.
    path: &'static str,
    mime: &'static str,
    /// The beginning of the content's SHA-256, in hexadecimal.
    hash: &'static str,
    /// Whether the name changes with the content, so that nobody needs to ask again.
    immutable: bool,
    plain: &'static [u8],
    gzip: Option<&'static [u8]>,
    brotli: Option<&'static [u8]>,
}

include!(concat!(env!("OUT_DIR"), "/page.rs"));

/// The files that make the page, sorted by path.
#[derive(Clone, Copy)]
pub(crate) struct Page {
    files: &'static [File],
    /// `Content-Security-Policy` of its documents.
    policy: &'static str,
}

/// At `/` when the page was not built.
const NO_PAGE: &str = "\
<!doctype html>
<html lang=\"en\">
<meta charset=\"utf-8\">
<meta name=\"viewport\" content=\"width=device-width\">
<meta name=\"color-scheme\" content=\"light dark\">
<title>Tidings</title>
<h1>The broker runs; its page was not built</h1>
<p>This program was compiled without the page. To build both and start them, type in the source folder:</p>
<pre>cargo xtask run</pre>
<p>MQTT clients need no page: they connect to this address, over TCP or over WebSocket.</p>
</html>
";

impl Page {
    /// The page of this program.
    pub(crate) const BUILT_IN: Self = Self {
        files: FILES,
        policy: POLICY,
    };

    /// Whether there is one.
    pub(crate) fn is_built(&self) -> bool {
        self.find("/index.html").is_some()
    }

    fn find(&self, path: &str) -> Option<&'static File> {
        let at = self.files.binary_search_by(|file| file.path.cmp(path));
        Some(&self.files[at.ok()?])
    }

    /// Answers GET and HEAD.
    pub(crate) fn respond(&self, path: &str, request: &Request) -> Response {
        let file = self.find(if path == "/" { "/index.html" } else { path });
        match file {
            Some(file) => self.respond_with(file, request),
            None if path == "/" => Response::empty(200)
                .with("Content-Type", "text/html; charset=utf-8")
                .with("Content-Security-Policy", "default-src 'none'")
                .with("Cache-Control", "no-store")
                .body(Bytes::from_static(NO_PAGE.as_bytes())),
            None => Response::text(404, "There is nothing here. The page is at /."),
        }
    }

    fn respond_with(&self, file: &'static File, request: &Request) -> Response {
        let (coding, body) = file.choose(request);
        let tag = match coding {
            Some(coding) => format!("\"{}-{coding}\"", file.hash),
            None => format!("\"{}\"", file.hash),
        };
        // RFC 9110 13.1.2: weak comparison, and a tag that was given out for any coding.
        let known = request.list("if-none-match").any(|member| {
            let member = member.strip_prefix("W/").unwrap_or(member);
            member == tag || member == "*"
        });
        let mut response = Response::empty(if known { 304 } else { 200 })
            .with("ETag", tag)
            .with("Vary", "Accept-Encoding")
            .with(
                "Cache-Control",
                if file.immutable {
                    "public, max-age=31536000, immutable"
                } else {
                    "no-cache"
                },
            );
        // Not for documents alone: a worker obeys the policy its script was sent with.
        response = response.with("Content-Security-Policy", self.policy);
        if known {
            return response;
        }
        response = response.with("Content-Type", file.mime);
        if let Some(coding) = coding {
            response = response.with("Content-Encoding", coding);
        }
        response.body(Bytes::from_static(body))
    }
}

impl File {
    /// The smallest form that the client understands.
    fn choose(&self, request: &Request) -> (Option<&'static str>, &'static [u8]) {
        let forms = [("br", self.brotli), ("gzip", self.gzip)];
        for (coding, body) in forms {
            if let Some(body) = body.filter(|_| accepts(request, coding)) {
                return (Some(coding), body);
            }
        }
        (None, self.plain)
    }
}

/// RFC 9110 12.5.3, without preferences: whatever is not weighted with zero is welcome.
fn accepts(request: &Request, coding: &str) -> bool {
    let weight = |wanted: &str| {
        request.list("accept-encoding").find_map(|member| {
            let (name, parameters) = member.split_once(';').unwrap_or((member, ""));
            let is_it = name.trim().eq_ignore_ascii_case(wanted);
            let q = parameters.trim().strip_prefix("q=");
            is_it.then(|| q.is_none_or(|q| q.trim().parse().is_ok_and(|q: f32| q > 0.0)))
        })
    };
    weight(coding).or_else(|| weight("*")).unwrap_or(false)
}

#[cfg(test)]
pub(super) mod tests {
    use super::*;

    const MADE_UP: &[File] = &[
        File {
            path: "/index.html",
            mime: "text/html; charset=utf-8",
            hash: "00aa",
            immutable: false,
            plain: b"<p>plain",
            gzip: Some(b"gz"),
            brotli: Some(b"br"),
        },
        File {
            path: "/page-0123456789abcdef.wasm",
            mime: "application/wasm",
            hash: "11bb",
            immutable: true,
            plain: b"\0asm",
            gzip: None,
            brotli: None,
        },
    ];

    pub(in crate::http) const PAGE: Page = Page {
        files: MADE_UP,
        policy: "script-src 'self'",
    };

    #[test]
    fn the_built_in_files_are_in_order() {
        assert!(FILES.is_sorted_by(|a, b| a.path < b.path));
        assert_eq!(
            Page::BUILT_IN.is_built(),
            FILES.iter().any(|f| f.path == "/index.html")
        );
    }
}
