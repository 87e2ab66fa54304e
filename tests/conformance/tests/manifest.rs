//! The manifest is complete and names what is there.

use std::path::Path;

use tidings_conformance::{manifest, report};

#[test]
fn every_statement_has_a_proof_or_a_reason() {
    let root = Path::new(env!("CARGO_MANIFEST_DIR")).join("../..");
    let faults = manifest::faults(&root);
    assert!(faults.is_empty(), "\n{}", faults.join("\n"));
}

#[test]
fn the_document_is_up_to_date() {
    let root = Path::new(env!("CARGO_MANIFEST_DIR")).join("../..");
    let kept = std::fs::read_to_string(root.join("docs/conformance.md")).unwrap_or_default();
    let made = report::document().expect("the manifest can be read");
    assert!(kept == made, "run `cargo xtask conformance --document`");
}
