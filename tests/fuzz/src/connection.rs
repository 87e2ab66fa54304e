//! Any bytes from one peer, cut anywhere.

use std::time::Duration;

use tidings_core::node::{CloseCause, LostCause};

use crate::choices::Choices;
use crate::driver::{Driver, config};

/// The first bytes are the configuration and the cuts; the rest is what the peer says.
pub(crate) fn run(data: &[u8]) {
    let mut choices = Choices::new(data);
    let cut = usize::from(choices.byte());
    let config_bytes = choices.bytes(8);
    let bytes = choices.rest();
    let config = config(&mut Choices::new(config_bytes));
    let (first, second) = bytes.split_at(cut.min(bytes.len()));

    // What is on its way to a store when a connection is closed does not go out any more, and
    // what that is depends on how much came at once; so does the version that a CONNECT is
    // refused by, if it is refused before all of it is there.
    let is_durable = config.durable;
    let (sent, cause) = talk(Driver::new(config.clone()), [bytes]);
    for parts in [vec![first, second], bytes.chunks(1).collect()] {
        let (sent_then, cause_then) = talk(Driver::new(config.clone()), parts);
        match (&cause, &cause_then) {
            (Some(CloseCause::Malformed(one)), Some(CloseCause::Malformed(other))) => {
                assert_eq!((one.offset, one.what), (other.offset, other.what));
                if one.version != other.version {
                    continue;
                }
            }
            _ => assert_eq!(cause, cause_then),
        }
        assert!(
            is_durable || sent_then == sent,
            "{sent_then:x?} and not {sent:x?}"
        );
    }
}

/// What the peer was sent, and why it was closed.
fn talk<'a>(
    mut driver: Driver,
    parts: impl IntoIterator<Item = &'a [u8]>,
) -> (Vec<u8>, Option<CloseCause>) {
    let conn = driver.open();
    for part in parts {
        driver.feed(conn, part);
    }
    driver.obey();
    driver.allow_all();
    driver.check();
    // Time ends what waits: a keep-alive, a will, a session.
    driver.pass(Duration::from_secs(3));
    driver.obey();
    let said = driver
        .ends
        .get_mut(&conn)
        .map(|end| (std::mem::take(&mut end.sent), end.closed.take()));
    driver.lose(conn, LostCause::Reset);
    driver.end();
    assert!(driver.node.is_deserted(), "{:#?}", driver.node.state());
    said.unwrap_or_default()
}
