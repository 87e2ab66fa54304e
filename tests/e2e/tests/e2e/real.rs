//! The same publishers and subscribers at a real broker.

use std::fs;
use std::net::TcpListener;
use std::path::PathBuf;
use std::process::{Child, Command, Stdio};
use std::sync::mpsc::Receiver;

use tidings_e2e::{Page, server, until};
use tidings_testkit::peer::{Peer, header};
use tidings_testkit::{PATIENCE, lines_of};

/// A program that ends with the test.
pub(crate) struct Running(pub(crate) Child);

impl Drop for Running {
    fn drop(&mut self) {
        let _ = self.0.kill();
        let _ = self.0.wait();
    }
}

/// `mosquitto_sub` on everything at home: a topic, a space and a word a line.
fn listen(port: u16) -> (Running, Receiver<String>) {
    let mut child = Command::new("stdbuf")
        .args([
            "-oL",
            "mosquitto_sub",
            "-h",
            "127.0.0.1",
            "-v",
            "-t",
            "home/#",
            "-p",
        ])
        .arg(port.to_string())
        .stdout(Stdio::piped())
        .spawn()
        .unwrap();
    let lines = lines_of(child.stdout.take().unwrap());
    (Running(child), lines)
}

fn say(port: u16, topic: &str, word: &str) {
    let port = port.to_string();
    let arguments = [
        "-h",
        "127.0.0.1",
        "-p",
        &port,
        "-q",
        "1",
        "-t",
        topic,
        "-m",
        word,
    ];
    let status = Command::new("mosquitto_pub").args(arguments).status();
    assert!(status.unwrap().success());
}

/// Goes to a real broker and back. `port` is where it speaks MQTT over TCP.
fn visit(page: &Page, url: &str, port: u16) {
    page.sees("thermo");
    page.moves();
    let (_listener, heard) = listen(port);
    page.click("real-broker");
    page.fill("#real-url", url);
    page.click("real-connect");
    page.one("[data-testid=leave-remote]");
    // What the page's publishers say reaches somebody it knows nothing of,
    let line = loop {
        let line = heard
            .recv_timeout(PATIENCE)
            .expect("the thermometer speaks");
        if line.starts_with("home/kitchen/temp ") {
            break line;
        }
    };
    let word = line.split(' ').nth(1).and_then(|word| word.parse().ok());
    assert!(
        word.is_some_and(|word: f64| word > 15.0 && word < 30.0),
        "{line}"
    );
    // and what others say reaches the page's subscribers.
    page.keys("\u{e00c}");
    page.click("log-open");
    until("a word from outside", || {
        say(port, "home/garage/door", "ajar");
        let rows = page.rows("[data-testid=log-row]");
        let heard = rows.iter().flatten().any(|cell| cell == "home/garage/door");
        heard.then_some(())
    });
    page.click("log-open");
    page.click("leave-remote");
    until("the broker of glass", || {
        (!page.has("leave-remote")).then_some(())
    });
    page.sees("thermo");
    page.moves();
    page.is_clean();
}

#[test]
fn it_works_against_tidings() {
    let server = server();
    let page = Page::open(&server);
    let address = server.address();
    visit(&page, &format!("ws://{address}/mqtt"), address.port());
}

#[test]
fn it_works_against_mosquitto() {
    let [tcp, websocket] = free_ports();
    let name = format!("tidings-e2e-{}.conf", std::process::id());
    let file: PathBuf = std::env::temp_dir().join(name);
    let text = format!(
        "allow_anonymous true\nlistener {tcp} 127.0.0.1\n\
         listener {websocket} 127.0.0.1\nprotocol websockets\n"
    );
    fs::write(&file, text).unwrap();
    let broker = Command::new("mosquitto")
        .arg("-c")
        .arg(&file)
        .stderr(Stdio::null())
        .spawn();
    let _broker = Running(broker.unwrap());
    until("Mosquitto listens", || {
        std::net::TcpStream::connect(("127.0.0.1", websocket)).ok()
    });
    let server = server();
    let page = Page::open(&server);
    visit(&page, &format!("ws://127.0.0.1:{websocket}/mqtt"), tcp);
    fs::remove_file(&file).unwrap();
}

/// Ports that are free at this moment.
fn free_ports<const N: usize>() -> [u16; N] {
    let listeners = [(); N].map(|()| TcpListener::bind("127.0.0.1:0").unwrap());
    listeners.map(|listener| listener.local_addr().unwrap().port())
}

#[test]
fn it_offers_the_subprotocol() {
    let listener = TcpListener::bind("127.0.0.1:0").unwrap();
    listener.set_nonblocking(true).unwrap();
    let server = server();
    let page = Page::open(&server);
    page.sees("thermo");
    page.click("real-broker");
    page.fill(
        "#real-url",
        &format!("ws://{}/", listener.local_addr().unwrap()),
    );
    page.click("real-connect");
    let stream = until("a handshake", || Some(listener.accept().ok()?.0));
    stream.set_nonblocking(false).unwrap();
    let (head, _) = Peer::new(stream).http();
    // MQTT-6.0.0-3
    let offered = header(&head, "Sec-WebSocket-Protocol");
    let mut offered = offered.unwrap_or_default().split(',').map(str::trim);
    assert!(offered.any(|name| name == "mqtt"), "{head}");
}

#[test]
fn an_address_where_nobody_is_gives_a_sentence() {
    let server = server();
    let page = Page::open(&server);
    page.sees("thermo");
    let [nobody] = free_ports();
    page.click("real-broker");
    page.fill("#real-url", &format!("ws://127.0.0.1:{nobody}/"));
    page.click("real-connect");
    until("what to do", || {
        let sentence = page.text("[data-testid=real-trouble]");
        (!sentence.is_empty()).then_some(())
    });
    // It does not go on for ever, and says so.
    until("it stops", || page.has("real-again").then_some(()));
    let tries = page.driver().log("browser").len();
    page.click("real-again");
    until("it tries again", || (!page.has("real-again")).then_some(()));
    assert!(tries <= 20, "four tries each at most: {tries}");
}
