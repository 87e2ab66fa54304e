//! A moment of a scene in the fragment of an address: nothing of it reaches a server.
//!
//! `#t=4.32` is the first scene at a moment, in seconds. `s` is the text of another scene, `e` what
//! was changed in the run, in the letters of RFC 4648, section 5; `v` is the version of both, and
//! `c` tells a whole link from one that was cut short on its way.

use tidings_world::view::{Micros, Moment};

/// The version of what is in a link.
const VERSION: &str = "2";
/// Chats and mail cut longer ones.
pub(crate) const LETTERS_MAX: usize = 8_000;
/// Nothing longer is read.
const READ_MAX: usize = 400_000;

/// Why a fragment is no link.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Broken {
    /// It is of another version.
    Version,
    /// It is not whole.
    Cut,
}

/// The fragment of a moment, without its `#`.
pub(crate) fn fragment(moment: &Moment) -> String {
    let mut rest = format!("t={}", seconds(moment.at));
    let scene = moment.scene.as_deref().unwrap_or_default();
    for (name, bytes) in [("s", scene.as_bytes()), ("e", &moment.edits)] {
        if !bytes.is_empty() {
            rest += &format!("&{name}={}", encode(bytes));
        }
    }
    match rest.contains('&') {
        true => format!("v={VERSION}&c={}&{rest}", check(&rest)),
        false => rest,
    }
}

/// The moment that a fragment names; none if it names none.
pub(crate) fn moment(fragment: &str) -> Option<Result<Moment, Broken>> {
    let fragment = fragment.trim_start_matches('#');
    let part = |name: &str| {
        let mut parts = fragment.split('&');
        parts.find_map(|part| part.strip_prefix(name)?.strip_prefix('='))
    };
    let (version, sum) = (part("v"), part("c"));
    if version.is_none() && part("t").is_none() {
        return None;
    }
    if version.is_some_and(|version| version != VERSION) {
        return Some(Err(Broken::Version));
    }
    let rest = fragment.find("t=").map_or("", |at| &fragment[at..]);
    let whole = match sum {
        Some(sum) => sum == check(rest),
        None => version.is_none() && !rest.contains('&'),
    };
    let read = || {
        let bytes = |name| part(name).map_or(Some(Vec::new()), decode);
        let scene = String::from_utf8(bytes("s")?).ok()?;
        Some(Moment {
            scene: Some(scene).filter(|scene| !scene.is_empty()),
            edits: bytes("e")?,
            at: micros(part("t")?)?,
        })
    };
    let moment = (whole && fragment.len() <= READ_MAX).then(read).flatten();
    Some(moment.ok_or(Broken::Cut))
}

/// `4.32`: as many digits as there are.
fn seconds(Micros(at): Micros) -> String {
    let text = format!("{}.{:06}", at / 1_000_000, at % 1_000_000);
    text.trim_end_matches('0').trim_end_matches('.').to_owned()
}

fn micros(text: &str) -> Option<Micros> {
    let (whole, part) = text.split_once('.').unwrap_or((text, ""));
    let digits = |text: &str| text.bytes().all(|b| b.is_ascii_digit());
    if part.len() > 6 || !digits(whole) || !digits(part) {
        return None;
    }
    let part: u64 = format!("{part:0<6}").parse().ok()?;
    let whole: u64 = whole.parse().ok()?;
    Some(Micros(whole.checked_mul(1_000_000)?.checked_add(part)?))
}

/// FNV-1a: no proof against malice, but no link that lost its end has it by chance.
fn check(text: &str) -> String {
    let step = |hash: u32, byte: u8| (hash ^ u32::from(byte)).wrapping_mul(0x0100_0193);
    format!("{:08x}", text.bytes().fold(0x811c_9dc5, step))
}

const LETTERS: &[u8; 64] = b"ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_";

fn encode(bytes: &[u8]) -> String {
    let mut out = String::with_capacity(bytes.len() * 4 / 3 + 3);
    for chunk in bytes.chunks(3) {
        let mut group = [0; 4];
        group[1..=chunk.len()].copy_from_slice(chunk);
        let bits = u32::from_be_bytes(group);
        for n in 0..=chunk.len() {
            out.push(char::from(LETTERS[(bits >> (18 - 6 * n)) as usize & 63]));
        }
    }
    out
}

fn decode(text: &str) -> Option<Vec<u8>> {
    let mut out = Vec::with_capacity(text.len() * 3 / 4);
    let (mut bits, mut count) = (0_u32, 0);
    for letter in text.bytes() {
        let digit = LETTERS.iter().position(|one| *one == letter)?;
        bits = bits << 6 | digit as u32;
        count += 6;
        if count >= 8 {
            count -= 8;
            out.push((bits >> count) as u8);
        }
    }
    Some(out)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_moment_comes_back_from_its_link() {
        for (scene, edits, at) in [
            (None, vec![], 4_320_000),
            (None, vec![0, 255, 7], 1),
            (Some("title = \"день\"\n".to_owned()), vec![], 0),
            (Some("x".to_owned()), vec![1; 1000], 3_600_000_000),
        ] {
            let at = Micros(at);
            let whole = Moment { scene, edits, at };
            assert_eq!(moment(&fragment(&whole)), Some(Ok(whole)));
        }
        let first = moment("#t=4.32").and_then(Result::ok);
        assert_eq!(first.map(|moment| moment.at), Some(Micros(4_320_000)));
    }

    #[test]
    fn a_link_that_was_cut_or_changed_is_known() {
        let whole = fragment(&Moment {
            scene: Some("title = \"a scene\"".into()),
            edits: vec![9; 40],
            at: Micros(5),
        });
        for end in 3..whole.len() {
            let cut = moment(&whole[..end]);
            assert_eq!(cut, Some(Err(Broken::Cut)), "{}", &whole[..end]);
        }
        let other = whole.replace("v=2", "v=3");
        assert_eq!(moment(&other), Some(Err(Broken::Version)));
        let changed = whole.replace("t=0.000005", "t=0.000006");
        assert_eq!(moment(&changed), Some(Err(Broken::Cut)));
        for broken in [
            "t=",
            "t=-1",
            "t=1.1234567",
            "t=99999999999999",
            "t=x",
            "t=1&s=*",
        ] {
            assert_eq!(moment(broken), Some(Err(Broken::Cut)), "{broken}");
        }
    }

    #[test]
    fn what_is_no_link_is_none() {
        assert_eq!(moment(""), None);
        assert_eq!(moment("#top"), None);
    }
}
