//! The manifest is complete and names what is there.

use std::path::Path;

use tidings_conformance::manifest;

#[test]
fn every_statement_has_a_proof_or_a_reason() {
    let root = Path::new(env!("CARGO_MANIFEST_DIR")).join("../..");
    let faults = manifest::faults(&root);
    assert!(faults.is_empty(), "\n{}", faults.join("\n"));
}
