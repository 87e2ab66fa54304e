//! The cases of RFC 6455 that are about frames alone, against the core in this process.

use tidings_conformance::websocket::on_core;

fn check(bytewise: bool) {
    let (count, faults) = on_core(bytewise);
    assert!(count > 0, "no case");
    assert!(faults.is_empty(), "of {count}:\n{}", faults.join("\n"));
}

#[test]
fn the_core_does_what_the_cases_of_websocket_say() {
    check(false);
}

#[test]
fn it_does_so_when_they_come_byte_by_byte() {
    check(true);
}
