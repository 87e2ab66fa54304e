//! Every case against the core in this process.

use tidings_conformance::cases;
use tidings_conformance::node::{Core, Way};
use tidings_conformance::play::play;

fn in_way(way: Way) {
    let mut faults = Vec::new();
    for case in &cases() {
        // What is about sheer numbers takes its time; these ways see it in one version.
        let versions = match way {
            Way::Whole => &case.versions,
            Way::Bytewise | Way::Durable => case.versions_once(),
        };
        for version in versions {
            let mut core = Core::for_case(case, way).expect(&case.name);
            if let Err(fault) = play(case, *version, &mut core) {
                faults.push(fault);
            }
        }
    }
    assert!(faults.is_empty(), "{way:?}:\n{}", faults.join("\n"));
}

#[test]
fn the_core_does_what_the_cases_say() {
    in_way(Way::Whole);
}

#[test]
fn it_does_so_byte_by_byte() {
    in_way(Way::Bytewise);
}

#[test]
fn it_does_so_with_a_store() {
    in_way(Way::Durable);
}
