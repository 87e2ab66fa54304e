//! A line of a case, cut into words.

/// A word: `value`, `name=value` or `!name`.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Word {
    /// What stands before `=`.
    pub key: Option<String>,
    /// What it is made of.
    pub parts: Vec<Part>,
}

/// What a word is made of: `a/"b c":x'00'` has three parts, with the colon between two of them.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Part {
    /// Plain letters.
    Bare(String),
    /// What stood in quotes or was written in hexadecimal: never syntax.
    Exact(Vec<u8>),
}

impl Word {
    /// The text of a word that has only plain letters.
    pub fn bare(&self) -> Option<&str> {
        match (&self.key, &self.parts[..]) {
            (None, [Part::Bare(text)]) => Some(text),
            _ => None,
        }
    }

    /// All bytes of the value.
    pub fn bytes(&self) -> Vec<u8> {
        self.parts.iter().flat_map(Part::bytes).copied().collect()
    }

    /// The bytes before and after the last bare colon.
    pub fn split_colon(&self) -> Option<(Vec<u8>, String)> {
        let (last, before) = self.parts.split_last()?;
        let Part::Bare(text) = last else { return None };
        let (head, tail) = text.rsplit_once(':')?;
        let mut bytes: Vec<u8> = before.iter().flat_map(Part::bytes).copied().collect();
        bytes.extend(head.bytes());
        Some((bytes, tail.to_owned()))
    }
}

impl Part {
    fn bytes(&self) -> &[u8] {
        match self {
            Self::Bare(text) => text.as_bytes(),
            Self::Exact(bytes) => bytes,
        }
    }
}

/// Cuts a line at spaces outside quotes.
///
/// In quotes, `\"`, `\\` and `\u{…}` stand for a character; `x'…'` is hexadecimal, `100*"ab"`
/// a repetition.
///
/// # Errors
/// With what is not closed.
pub fn words(line: &str) -> Result<Vec<Word>, String> {
    let mut found = Vec::new();
    let mut rest = line.trim_start();
    while !rest.is_empty() {
        let (word, after) = word(rest)?;
        found.push(word);
        rest = after.trim_start();
    }
    Ok(found)
}

fn word(text: &str) -> Result<(Word, &str), String> {
    let mut key = None;
    let mut rest = text;
    let name_len = rest
        .find(|c: char| !(c.is_ascii_lowercase() || c == '-' || c == '.'))
        .unwrap_or(0);
    if name_len > 0 && rest[name_len..].starts_with('=') {
        key = Some(rest[..name_len].to_owned());
        rest = &rest[name_len + 1..];
    }
    let mut parts = Vec::new();
    let mut bare = String::new();
    while let Some(letter) = rest.chars().next() {
        if letter == ' ' {
            break;
        }
        let quoted = match letter {
            '"' => Some(quoted(&rest[1..])?),
            'x' if rest.starts_with("x'") => Some(hexadecimal(&rest[2..])?),
            _ => None,
        };
        let Some((mut bytes, after)) = quoted else {
            bare.push(letter);
            rest = &rest[letter.len_utf8()..];
            continue;
        };
        if let Some((before, times)) = repetition(&bare) {
            bytes = bytes.repeat(times);
            bare = before;
        }
        if !bare.is_empty() {
            parts.push(Part::Bare(std::mem::take(&mut bare)));
        }
        parts.push(Part::Exact(bytes));
        rest = after;
    }
    if !bare.is_empty() {
        parts.push(Part::Bare(bare));
    }
    Ok((Word { key, parts }, rest))
}

/// `100*` at the end of what came before a quote.
fn repetition(bare: &str) -> Option<(String, usize)> {
    let number = bare.strip_suffix('*')?;
    let start = number.trim_end_matches(|c: char| c.is_ascii_digit()).len();
    let times = number[start..].parse().ok()?;
    Some((number[..start].to_owned(), times))
}

fn quoted(text: &str) -> Result<(Vec<u8>, &str), String> {
    let mut bytes = Vec::new();
    let mut letters = text.char_indices();
    while let Some((at, letter)) = letters.next() {
        match letter {
            '"' => return Ok((bytes, &text[at + 1..])),
            '\\' => match letters.next() {
                Some((_, letter @ ('"' | '\\'))) => bytes.push(letter as u8),
                Some((at, 'u')) => {
                    let code = text[at..]
                        .strip_prefix("u{")
                        .and_then(|rest| rest.split_once('}'))
                        .and_then(|(code, _)| {
                            Some((code.len(), u32::from_str_radix(code, 16).ok()?))
                        });
                    let letter = code.and_then(|(_, code)| char::from_u32(code));
                    let (Some((len, _)), Some(letter)) = (code, letter) else {
                        return Err("\\u{…} is no character".to_owned());
                    };
                    bytes.extend(letter.to_string().bytes());
                    for _ in 0..len + 2 {
                        letters.next();
                    }
                }
                _ => return Err("after \\ comes \", \\ or u{…}".to_owned()),
            },
            letter => bytes.extend(letter.to_string().bytes()),
        }
    }
    Err("a quote is not closed".to_owned())
}

fn hexadecimal(text: &str) -> Result<(Vec<u8>, &str), String> {
    let (digits, rest) = text.split_once('\'').ok_or("x' is not closed")?;
    let digits: Vec<char> = digits.chars().filter(|c| *c != ' ').collect();
    let bytes = digits.chunks(2).map(|pair| {
        let pair: String = pair.iter().collect();
        u8::from_str_radix(&pair, 16).map_err(|_| format!("{pair} is no byte"))
    });
    Ok((bytes.collect::<Result<_, _>>()?, rest))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn words_are_cut_and_quotes_are_not() {
        let all = words(r#"PUBLISH a/+:1 id=7 "x \"\u{feff}y" p=3*"ab" t=x'00 ff' user="k":v"#);
        let all = all.expect("in order");
        assert_eq!(all[0].bare(), Some("PUBLISH"));
        assert_eq!(
            all[1].split_colon(),
            Some((b"a/+".to_vec(), "1".to_owned()))
        );
        assert_eq!(all[2].key.as_deref(), Some("id"));
        assert_eq!(all[3].bytes(), "x \"\u{feff}y".as_bytes());
        assert_eq!(all[4].bytes(), b"ababab");
        assert_eq!(all[5].bytes(), [0, 255]);
        assert_eq!(all[6].split_colon(), Some((b"k".to_vec(), "v".to_owned())));
        assert!(words("\"open").is_err());
    }
}
