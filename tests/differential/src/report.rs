//! The differences for people.

use std::fmt::Write;

use crate::classes::{Verdict, classes};
use crate::run::recorded;

/// The whole as a document in Markdown.
///
/// # Errors
/// If the classes cannot be read.
pub fn document() -> Result<String, String> {
    let mut text = String::from(
        "# Beside another broker\n\n\
         The same dialogues of several clients are played to Tidings and to Mosquitto 2.0.11, step by step, and every difference has a class here or fails the run.\n\
         `cargo xtask differential --document` writes this file from `tests/differential/classes.txt`, and a test fails when it is not up to date.\n\n",
    );
    let classes = classes()?;
    let _ = writeln!(
        text,
        "Three sources of dialogues:\n\n\
         - the conformance cases that need no more than a broker;\n\
         - {} dialogues in [dialogues.txt](../tests/differential/dialogues.txt), each in its versions;\n\
         - dialogues of two to four clients made from seeds: `cargo xtask differential --seeds 1000` plays a thousand fresh ones, `--seed 7` plays one again. One that differs is made as short as it can be and printed.\n",
        recorded().len()
    );
    text.push_str(
        "Tidings is spoken to over TCP, over WebSocket and over WebSocket in pieces, in turns; Mosquitto over TCP.\n\n\
         What a broker is free to choose is no difference: packet identifiers, topic aliases, what CONNACK says of the broker, reason strings, the order of messages on different topics or of different QoS and of what is retained among others between two steps, and the member of a group.\n",
    );
    let parts = [
        (true, "Allowed: the standard leaves the choice"),
        (false, "Against the standard: what Mosquitto does"),
    ];
    for (allowed, head) in parts {
        let _ = writeln!(
            text,
            "\n## {head}\n\n| difference | what differs | statement | how one sees it |\n| --- | --- | --- | --- |"
        );
        for class in classes
            .iter()
            .filter(|class| matches!(class.verdict, Verdict::Allowed(_)) == allowed)
        {
            let (Verdict::Allowed(why) | Verdict::Theirs(why)) = &class.verdict;
            let mut cases: Vec<String> = Vec::new();
            for (name, _) in class.cases.iter().chain(&class.only_in) {
                let name = format!("`{name}`");
                if !cases.contains(&name) {
                    cases.push(name);
                }
            }
            let cases = match cases.is_empty() {
                true => String::new(),
                false => format!(" Shown by {}.", cases.join(", ")),
            };
            let line = format!(
                "| {} | {} | {why} | {}{cases} |",
                class.id, class.title, class.evidence
            );
            let _ = writeln!(text, "{line}");
        }
    }
    text.push_str("\nA difference that is ours is mended and becomes a conformance case; none is listed because none may be known.\n");
    Ok(text)
}
