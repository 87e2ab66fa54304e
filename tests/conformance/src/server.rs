//! Runner (b): a running `tidings`, over TCP and over WebSocket.

use std::path::Path;
use std::sync::Mutex;
use std::sync::atomic::{AtomicUsize, Ordering};

use tidings_testkit::Broker as Process;

use crate::pipes::Transport;
use crate::play::play;
use crate::remote::Remote;

/// How many brokers run at a time. They wait more than they work.
const AT_A_TIME: usize = 4;

/// Plays every case that needs nothing but a broker with its settings, in each of its versions, to
/// a broker of its own. Returns how many were played and what failed.
pub fn cases(program: &Path, transport: Transport) -> (usize, Vec<String>) {
    let cases = crate::cases();
    let runs: Vec<_> = cases
        .iter()
        .filter(|case| case.needs().is_none())
        // Sheer numbers are no matter of how bytes are cut.
        .filter(|case| transport != Transport::WebSocketInPieces || !case.is_long())
        .flat_map(|case| case.versions_once().iter().map(move |v| (case, *v)))
        .collect();
    side_by_side(runs.len(), |at| {
        let (case, version) = runs[at];
        let settings = case
            .config
            .iter()
            .map(|(name, value)| format!("{name}={value}"));
        let settings: Vec<String> = settings.collect();
        let mut arguments = vec!["--listen", "127.0.0.1:0"];
        arguments.extend(settings.iter().flat_map(|setting| ["--set", setting]));
        let process = Process::start(program, &arguments);
        let address = process.address();
        let mut remote = Remote::new(|| transport.dial(address));
        play(case, version, &mut remote)
    })
}

/// Runs `count` things, a few at a time. Returns how many and what failed.
pub fn side_by_side(
    count: usize,
    run: impl Fn(usize) -> Result<(), String> + Sync,
) -> (usize, Vec<String>) {
    let next = AtomicUsize::new(0);
    let faults = Mutex::new(Vec::new());
    std::thread::scope(|scope| {
        for _ in 0..AT_A_TIME {
            scope.spawn(|| {
                loop {
                    let at = next.fetch_add(1, Ordering::Relaxed);
                    if at >= count {
                        break;
                    }
                    if let Err(fault) = run(at)
                        && let Ok(mut faults) = faults.lock()
                    {
                        faults.push(fault);
                    }
                }
            });
        }
    });
    let mut faults = faults.into_inner().unwrap_or_default();
    faults.sort();
    (count, faults)
}
