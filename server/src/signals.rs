//! Ctrl-C and SIGTERM as something a reactor can wait for.

use std::io;
use std::sync::Arc;
use std::sync::atomic::AtomicBool;

use signal_hook::consts::{SIGINT, SIGTERM};
use signal_hook::flag;
use signal_hook_mio::v1_0::Signals;

/// What shells report for a program that Ctrl-C ended.
const INTERRUPTED: i32 = 130;

/// A source that becomes readable when the program is asked to end.
///
/// The second request ends the program at once, from the signal handler itself, so that it works
/// whatever the first one waits for.
///
/// # Errors
/// When the system refuses the handlers.
pub(crate) fn endings() -> io::Result<Signals> {
    let asked = Arc::new(AtomicBool::new(false));
    for signal in [SIGINT, SIGTERM] {
        // In this order: the first request finds the flag down and only raises it.
        flag::register_conditional_shutdown(signal, INTERRUPTED, Arc::clone(&asked))?;
        flag::register(signal, Arc::clone(&asked))?;
    }
    Signals::new([SIGINT, SIGTERM])
}
