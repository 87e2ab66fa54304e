//! What is published about other people's clients is what they do.

use std::path::Path;

#[test]
fn every_client_does_what_the_table_says() {
    let path = Path::new(env!("CARGO_MANIFEST_DIR")).join("../../docs/clients.md");
    let kept = std::fs::read_to_string(path).unwrap_or_default();
    let mut made = tidings_interop::table::run(None);
    if made != kept {
        // Some clients have deadlines of their own, which a busy machine makes them miss.
        made = tidings_interop::table::run(None);
    }
    let differ: Vec<String> = made
        .lines()
        .filter(|line| !kept.lines().any(|known| known == *line))
        .map(str::to_owned)
        .collect();
    assert!(
        kept == made,
        "docs/clients.md says something else; `cargo xtask clients` writes it. Now:\n{}",
        differ.join("\n")
    );
}
