//! Code that asks what it is built for.

/// What a condition may ask for; everything else is, or could be, about a target.
const ALLOWED: [&str; 7] = ["all", "any", "not", "test", "feature", "doc", "fuzzing"];

/// The lines, from 1, with a condition that is not the same on every target, and the word.
pub(super) fn conditions(text: &str) -> Vec<(usize, String)> {
    let code = without_comments(text);
    let mut found = Vec::new();
    let mut at = 0;
    while let Some((word, start)) = next_word(&code, at) {
        at = start + word.len();
        let condition = match word {
            // Whatever they choose between could have been chosen without them.
            "cfg_select" | "cfg_if" => Some(word.to_owned()),
            "cfg" => argument(&code[at..]).and_then(foreign),
            // The rest of it says what is done then.
            "cfg_attr" => argument(&code[at..]).and_then(|all| foreign(first_of(all))),
            _ => None,
        };
        if let Some(condition) = condition {
            let line = code[..start].matches('\n').count() + 1;
            found.push((line, condition));
        }
    }
    found
}

/// A word of a condition that is not allowed.
fn foreign(condition: &str) -> Option<String> {
    let mut at = 0;
    while let Some((word, start)) = next_word(condition, at) {
        at = start + word.len();
        // The name of a feature.
        let is_value = condition[..start].ends_with('"');
        if !is_value && !ALLOWED.contains(&word) {
            return Some(word.to_owned());
        }
    }
    None
}

/// The next name from `at` on, and where it begins.
fn next_word(text: &str, at: usize) -> Option<(&str, usize)> {
    let is_part = |c: char| c.is_alphanumeric() || c == '_';
    let start = at + text[at..].find(is_part)?;
    let rest = &text[start..];
    let len = rest.find(|c| !is_part(c)).unwrap_or(rest.len());
    Some((&rest[..len], start))
}

/// What is in the parentheses that `text` begins with, maybe after `!`.
fn argument(text: &str) -> Option<&str> {
    let text = text.trim_start();
    let text = text.strip_prefix('!').unwrap_or(text).trim_start();
    let text = text.strip_prefix('(')?;
    let mut depth = 1;
    let end = text.find(|c| {
        depth += match c {
            '(' => 1,
            ')' => -1,
            _ => 0,
        };
        depth == 0
    });
    Some(&text[..end.unwrap_or(text.len())])
}

/// The first of several arguments.
fn first_of(arguments: &str) -> &str {
    let mut depth = 0;
    let end = arguments.find(|c| {
        depth += match c {
            '(' => 1,
            ')' => -1,
            _ => 0,
        };
        depth == 0 && c == ','
    });
    &arguments[..end.unwrap_or(arguments.len())]
}

/// The text with its comments emptied, line for line. What begins with `//` in a string is taken
/// for a comment too; no condition stands behind one.
fn without_comments(text: &str) -> String {
    let lines = text.lines().map(|line| match line.split_once("//") {
        Some((code, _)) => code,
        None => line,
    });
    lines.collect::<Vec<_>>().join("\n")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn finds_every_way_to_ask_for_a_target() {
        for (code, word) in [
            ("#[cfg(target_arch = \"wasm32\")]", "target_arch"),
            ("#[cfg(unix)]", "unix"),
            ("#[cfg(windows)] fn f() {}", "windows"),
            ("#![cfg(not(target_os = \"linux\"))]", "target_os"),
            ("#[cfg(all(unix, feature = \"std\"))]", "unix"),
            (
                "#[cfg(any(test,\n    target_family = \"wasm\"))]",
                "target_family",
            ),
            (
                "if cfg!(target_pointer_width = \"32\") {}",
                "target_pointer_width",
            ),
            ("if cfg ! ( unix ) {}", "unix"),
            ("#[cfg(target_has_atomic)]", "target_has_atomic"),
            ("#[cfg_attr(windows, path = \"w.rs\")]", "windows"),
            ("#[cfg_attr(all(test, unix), allow(dead_code))]", "unix"),
            ("cfg_select! { unix => {} }", "cfg_select"),
            ("cfg_if::cfg_if! { if #[cfg(test)] {} }", "cfg_if"),
        ] {
            let found = conditions(&format!("// first\n{code}\n"));
            assert!(found.contains(&(2, word.to_owned())), "{code}: {found:?}");
        }
    }

    #[test]
    fn lets_tests_and_features_ask() {
        for code in [
            "#[cfg(test)]\nmod tests;",
            "#![cfg_attr(test, allow(clippy::unwrap_used))]",
            "#![cfg_attr(not(test), no_std)]",
            "#[cfg(all(feature = \"unix\", not(test)))]",
            "#[cfg(fuzzing)]",
            "//! Nothing like `#[cfg(unix)]` is here.",
            "let cfg = &config; // cfg(unix)",
            "let x = unix(); // [MQTT-3.1.0-1]",
        ] {
            assert_eq!(conditions(code), [], "{code}");
        }
    }
}
