//! A payload as text, as JSON, as bytes, as base64: always made of the bytes that were kept.

/// Bytes in a row of the hexadecimal form.
const ROW_BYTES: usize = 8;

/// JSON with a line for each value, its words and numbers left as they are; none if it is not JSON.
pub(super) fn json(text: &str) -> Option<String> {
    let text = text.trim();
    if !text.starts_with(['{', '[']) {
        return None;
    }
    let mut out = String::new();
    let mut open: Vec<char> = Vec::new();
    let (mut quoted, mut escaped, mut empty) = (false, false, false);
    let line = |out: &mut String, depth: usize| {
        out.push('\n');
        out.extend(std::iter::repeat_n("  ", depth));
    };
    for c in text.chars() {
        if quoted {
            out.push(c);
            quoted = c != '"' || escaped;
            escaped = c == '\\' && !escaped;
            continue;
        }
        // What follows a whole value is not JSON.
        if open.is_empty() && !out.is_empty() {
            return None;
        }
        match c {
            _ if c.is_whitespace() => continue,
            '}' | ']' => {
                let first = open.pop()?;
                if (first == '{') != (c == '}') {
                    return None;
                }
                if !empty {
                    line(&mut out, open.len());
                }
                out.push(c);
                empty = false;
                continue;
            }
            _ => {}
        }
        if empty {
            line(&mut out, open.len());
        }
        empty = false;
        out.push(c);
        match c {
            '{' | '[' => {
                open.push(c);
                empty = true;
            }
            ',' => line(&mut out, open.len()),
            ':' => out.push(' '),
            '"' => quoted = true,
            _ => {}
        }
    }
    (open.is_empty() && !quoted).then_some(out)
}

/// Offset, bytes, and the letters among them.
pub(super) fn hex(bytes: &[u8]) -> String {
    let rows = bytes.chunks(ROW_BYTES).enumerate().map(|(n, row)| {
        let pairs: Vec<_> = row.iter().map(|byte| format!("{byte:02X}")).collect();
        let letter = |byte: &u8| match byte {
            0x20..=0x7E => char::from(*byte),
            _ => '·',
        };
        let letters: String = row.iter().map(letter).collect();
        let width = ROW_BYTES * 3;
        format!(
            "{:04X}  {:width$} {letters}",
            n * ROW_BYTES,
            pairs.join(" ")
        )
    });
    rows.collect::<Vec<_>>().join("\n")
}

/// Base64 as everybody writes it.
pub(super) fn base64(bytes: &[u8]) -> String {
    const DIGITS: &[u8; 64] = b"ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/";
    let mut out = String::new();
    for three in bytes.chunks(3) {
        let byte = |n: usize| u32::from(three.get(n).copied().unwrap_or(0));
        let bits = byte(0) << 16 | byte(1) << 8 | byte(2);
        for digit in 0..4 {
            out.push(match digit <= three.len() {
                true => char::from(DIGITS[(bits >> (18 - 6 * digit) & 63) as usize]),
                false => '=',
            });
        }
    }
    out
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn json_gets_lines_and_keeps_its_words() {
        let cases = [
            (
                r#"{"a":1.50,"b":[]}"#,
                Some("{\n  \"a\": 1.50,\n  \"b\": []\n}"),
            ),
            (
                r#"[ {"x":"a,\"{"} ]"#,
                Some("[\n  {\n    \"x\": \"a,\\\"{\"\n  }\n]"),
            ),
            ("{}", Some("{}")),
            ("21.4", None),
            ("{]", None),
            ("[1] [2]", None),
            (r#"["open]"#, None),
            ("[[", None),
            ("]", None),
        ];
        for (text, wanted) in cases {
            assert_eq!(json(text).as_deref(), wanted, "{text}");
        }
    }

    #[test]
    fn bytes_are_shown_in_rows_and_in_base64() {
        assert_eq!(hex(b"21.4\n"), "0000  32 31 2E 34 0A           21.4·");
        assert_eq!(hex(&[0; 9]).lines().count(), 2);
        let cases: [(&[u8], &str); 5] = [
            (b"", ""),
            (b"f", "Zg=="),
            (b"fo", "Zm8="),
            (b"foo", "Zm9v"),
            (&[0xFF, 0xFE, 0x3F, 0x00], "//4/AA=="),
        ];
        for (bytes, wanted) in cases {
            assert_eq!(base64(bytes), wanted);
        }
    }
}
