//! Every case against the core in this process.

use tidings_conformance::cases;
use tidings_conformance::node::{Core, Way};
use tidings_conformance::play::play;

fn in_way(way: Way) {
    let mut faults = Vec::new();
    let plain = way == Way::Whole;
    for case in cases().iter().filter(|case| plain || !case.is_long()) {
        for version in &case.versions {
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
