//! Runner (c): the conformance cases, and the packets that no broker may take, against the worker
//! of the page, while the page uses it.
//!
//! A script in the page hands batches on between a socket of this test and a port of the worker,
//! and does nothing else: WebDriver alone would take ten times as long.
#![allow(clippy::unwrap_used)] // A test that fails says where.

use std::net::{TcpListener, TcpStream};

use serde_json::json;
use tidings_conformance::play::play;
use tidings_conformance::port::{Carrier, Ported, settings};
use tidings_conformance::{cases, malformed};
use tidings_e2e::{Page, server};
use tidings_testkit::PATIENCE;
use tungstenite::{Message, WebSocket};

/// Lets nobody lose sight of the page's worker.
const KEEP_WORKER: &str = "
    const Real = window.Worker;
    window.Worker = class extends Real {
        constructor(...what) { super(...what); window.tidingsWorker = this; }
    };";

/// A text opens a port with these settings in the place of the last one; everything else goes to
/// the port, and what comes from it back.
const HAND_ON: &str = "
    const socket = new WebSocket(arguments[0]);
    socket.binaryType = 'arraybuffer';
    let port;
    socket.onmessage = ({ data }) => {
        if (typeof data !== 'string') return port.postMessage(data, [data]);
        if (port) {
            port.onmessage = null;
            port.postMessage(new ArrayBuffer(0));
        }
        const channel = new MessageChannel();
        port = channel.port1;
        port.onmessage = ({ data }) => socket.send(data);
        window.tidingsWorker.postMessage(data, [channel.port2]);
    };";

/// The way to the worker.
struct Bridge(WebSocket<TcpStream>);

impl Bridge {
    fn open(page: &Page) -> Self {
        let listener = TcpListener::bind("127.0.0.1:0").unwrap();
        let url = format!("ws://{}", listener.local_addr().unwrap());
        page.driver().run(HAND_ON, &[json!(url)]);
        let (stream, _) = listener.accept().unwrap();
        stream.set_read_timeout(Some(PATIENCE)).unwrap();
        stream.set_nodelay(true).unwrap();
        Self(tungstenite::accept(stream).unwrap())
    }
}

impl Carrier for &mut Bridge {
    fn send(&mut self, batch: Vec<u8>) -> Result<(), String> {
        let sent = self.0.send(Message::binary(batch));
        sent.map_err(|error| error.to_string())
    }

    fn receive(&mut self) -> Result<Vec<u8>, String> {
        match self.0.read() {
            Ok(Message::Binary(batch)) => Ok(batch.to_vec()),
            Ok(other) => Err(format!("{other} came from the worker")),
            Err(error) => Err(error.to_string()),
        }
    }
}

/// The page, opened so that its worker can be had.
fn page(server: &tidings_testkit::Broker) -> Page {
    let page = Page::open(server);
    let script = json!({ "source": KEEP_WORKER });
    page.driver()
        .chromium("Page.addScriptToEvaluateOnNewDocument", &script);
    page.reload();
    page.sees("thermo");
    page
}

#[test]
fn the_worker_does_what_the_cases_say() {
    let server = server();
    let page = page(&server);
    // What is drawn meanwhile would only slow this down.
    page.pause();
    let mut bridge = Bridge::open(&page);
    let mut faults = Vec::new();
    for case in cases() {
        for version in case.versions_once() {
            bridge.0.send(Message::text(settings(&case))).unwrap();
            if let Err(fault) = play(&case, *version, &mut Ported::new(&mut bridge)) {
                faults.push(fault);
                // What still comes is an answer to nobody.
                bridge = Bridge::open(&page);
            }
        }
    }
    assert!(faults.is_empty(), "{}", faults.join("\n"));
    page.play();
    page.is_clean();
}

#[test]
fn the_worker_refuses_what_is_malformed() {
    let server = server();
    let page = page(&server);
    page.pause();
    let mut bridge = Bridge::open(&page);
    let settings = Message::text("clock=held sys-secs=0");
    bridge.0.send(settings).unwrap();
    let (count, faults) = malformed::play(&mut Ported::new(&mut bridge));
    assert!(count > 0, "no row");
    assert!(faults.is_empty(), "of {count}:\n{}", faults.join("\n"));
    page.play();
    page.is_clean();
}

#[test]
fn a_port_with_wrong_settings_is_told_so() {
    let server = server();
    let page = page(&server);
    let mut bridge = Bridge::open(&page);
    bridge.0.send(Message::text("receive-max=0")).unwrap();
    let answer = bridge.0.read().unwrap();
    let expected = "receive-max=0: this setting has to be between 1 and 65535";
    assert_eq!(answer, Message::text(expected));
    page.is_clean();
}

#[test]
fn a_port_of_its_own_accord_says_what_time_brings() {
    let server = server();
    let page = page(&server);
    let mut bridge = Bridge::open(&page);
    let settings = Message::text("connect-timeout-secs=1");
    bridge.0.send(settings).unwrap();
    let open = Message::binary(vec![0, 7, 0, 0, 0, 0, 0, 0, 0]);
    bridge.0.send(open).unwrap();
    // Nobody asks again: the time for a CONNECT is over, and the connection with it.
    let closed = Message::binary(vec![2, 7, 0, 0, 0, 0, 0, 0, 0]);
    assert_eq!(bridge.0.read().unwrap(), closed);
    page.is_clean();
}
