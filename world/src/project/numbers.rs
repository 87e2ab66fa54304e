//! Numbers in payloads: the whole of it, or what a JSON text has at its leaves.

/// Of a longer payload the rest is not looked at.
const BYTES_MAX: usize = 16 * 1024;
/// What lies deeper is not looked at.
const DEPTH_MAX: usize = 8;
/// Longer names are cut: nobody could choose between them anyway.
const NAME_MAX: usize = 60;

/// Calls `found` with each number's place and text, in order, until it says that it has enough.
pub(super) fn numbers(payload: &[u8], found: &mut dyn FnMut(&str, &str) -> bool) {
    let payload = &payload[..payload.len().min(BYTES_MAX)];
    let text = match std::str::from_utf8(payload) {
        Ok(text) => text,
        Err(error) => std::str::from_utf8(&payload[..error.valid_up_to()]).unwrap_or_default(),
    };
    if number(text.trim()).is_some() {
        found("", text.trim());
    } else if text.trim_start().starts_with(['{', '[']) {
        let mut reader = Reader { text, at: 0, found };
        reader.value(&mut String::new(), 0);
    }
}

/// The number at a place.
pub(super) fn at(payload: &[u8], place: &str) -> Option<f64> {
    let mut value = None;
    numbers(payload, &mut |name, text| {
        if name == place {
            value = number(text);
        }
        value.is_none()
    });
    value
}

/// A number as people and JSON write it.
fn number(text: &str) -> Option<f64> {
    // `parse` also takes "inf" and "nan".
    let digits = text.ends_with(|c: char| c.is_ascii_digit() || c == '.');
    text.parse().ok().filter(|n: &f64| digits && n.is_finite())
}

struct Reader<'a> {
    text: &'a str,
    at: usize,
    found: &'a mut dyn FnMut(&str, &str) -> bool,
}

impl<'a> Reader<'a> {
    /// Reads one value; none if there is none or nobody wants more.
    fn value(&mut self, place: &mut String, depth: usize) -> Option<()> {
        if depth > DEPTH_MAX {
            return None;
        }
        match self.peek()? {
            b'"' => self.string().map(|_| ()),
            open @ (b'{' | b'[') => {
                self.at += 1;
                let mut index = 0;
                loop {
                    if matches!(self.peek()?, b'}' | b']') {
                        self.at += 1;
                        return Some(());
                    }
                    let before = place.len();
                    if open == b'{' {
                        let name = self.string()?;
                        place.push('.');
                        place.extend(name.chars().take(NAME_MAX));
                        if self.peek()? != b':' {
                            return None;
                        }
                        self.at += 1;
                    } else {
                        place.push_str(&format!("[{index}]"));
                    }
                    self.value(place, depth + 1)?;
                    place.truncate(before);
                    index += 1;
                    if self.peek()? == b',' {
                        self.at += 1;
                    }
                }
            }
            _ => {
                let rest = &self.text[self.at..];
                let end = rest.find([',', '}', ']', ' ', '\n', '\r', '\t', '"', '{', '[']);
                // What runs to the end may have been cut.
                let word = &rest[..end.filter(|end| *end > 0)?];
                self.at += word.len();
                let more = number(word).is_none() || (self.found)(place, word);
                more.then_some(())
            }
        }
    }

    /// The text between two quotation marks, as it is written.
    fn string(&mut self) -> Option<&'a str> {
        if self.peek()? != b'"' {
            return None;
        }
        let text = self.text;
        let from = self.at + 1;
        let mut escaped = false;
        let len = text[from..].bytes().position(|byte| {
            let end = byte == b'"' && !escaped;
            escaped = byte == b'\\' && !escaped;
            end
        })?;
        self.at = from + len + 1;
        Some(&text[from..from + len])
    }

    fn peek(&mut self) -> Option<u8> {
        let rest = &self.text.as_bytes()[self.at..];
        self.at += rest.iter().position(|byte| !byte.is_ascii_whitespace())?;
        Some(self.text.as_bytes()[self.at])
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn check(payload: &str, wanted: &[(&str, &str)]) {
        let mut all = Vec::new();
        numbers(payload.as_bytes(), &mut |place, text| {
            all.push((place.to_owned(), text.to_owned()));
            true
        });
        let all: Vec<_> = all.iter().map(|(p, t)| (&p[..], &t[..])).collect();
        assert_eq!(all, wanted, "{payload}");
    }

    #[test]
    fn numbers_are_found_with_their_places() {
        check(" 21.4\n", &[("", "21.4")]);
        check("-1e3", &[("", "-1e3")]);
        check("open", &[]);
        check("inf", &[]);
        check("NaN", &[]);
        check(
            r#"{"kw": 1.84, "s": "9,\"8", "in":[1, {"a b": -2}], "t": true}"#,
            &[(".kw", "1.84"), (".in[0]", "1"), (".in[1].a b", "-2")],
        );
        check("[]", &[]);
        check("[[[[[[[[[[1]]]]]]]]]]", &[]);
        check(r#"{"a":1,"b":"#, &[(".a", "1")]);
        check(r#"{"a" 1}"#, &[]);
        check("{\"\u{202E}\":<b>2</b>,\"x\":3}", &[(".x", "3")]);
        assert_eq!(at(br#"{"a":1,"b":2}"#, ".b"), Some(2.0));
        assert_eq!(at(b"3", ".b"), None);
        assert_eq!(at(b"\xFF\xFE", ""), None);
    }
}
