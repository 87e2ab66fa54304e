//! What strangers write is shown, and never obeyed: markup, directions, control characters, and
//! more of it than anybody reads.

use std::io::Write as _;
use std::net::TcpStream;

use serde_json::json;
use tidings_e2e::{Page, server, until};

const NAME: &str = "<img src=x onerror=hacked=1>";
const TOPIC: &str = "home/<svg onload=hacked=1>/\u{202e}pmet";
const PAYLOAD: &str = "<script>hacked=1</script><b id=hacked>\u{202e}\u{7}\u{1b}[31m&lt;";

/// A scene of one who says and one who hears.
fn scene() -> String {
    let escaped = |text: &str| {
        let letters = text.chars().map(|c| match c {
            '\u{202e}' => "\\u202E".to_owned(),
            '\u{7}' => "\\u0007".to_owned(),
            '\u{1b}' => "\\u001B".to_owned(),
            c => c.to_string(),
        });
        letters.collect::<String>()
    };
    let (topic, payload) = (escaped(TOPIC), escaped(PAYLOAD));
    format!(
        "format = 1\ntitle = \"{NAME}\"\n[[actors]]\nname = \"{NAME}\"\nlatency_ms = 100\n\
         [[actors.speaks]]\ntopic = \"{topic}\"\npayload = {{ constant = \"{payload}\" }}\nperiod_ms = 1000\n\
         retain = true\nqos = 1\n\
         [[actors]]\nname = \"phone\"\nlatency_ms = 100\n[[actors.listens]]\nfilter = \"home/#\"\nqos = 1\n"
    )
}

/// Nothing of it has become a part of the page.
fn obeys_nobody(page: &Page) {
    let made = "return [typeof window.hacked, document.querySelectorAll(\
                'img, #hacked, [onerror], [onload], script:not([type=module])').length, \
                document.title.includes('<img') && document.querySelector('title').children.length]";
    let made = page.run(made);
    assert_eq!(made[0], "undefined");
    assert_eq!(made[1], json!(0));
}

/// Every view, and what opens in it.
fn walk(page: &Page) {
    for (key, id) in [
        ("2", "ladder"),
        ("3", "log"),
        ("4", "topics"),
        ("5", "state"),
    ] {
        page.keys(key);
        page.one(&format!("[data-testid={id}]"));
        obeys_nobody(page);
    }
}

#[test]
fn hostile_texts_are_shown_in_every_view_and_never_obeyed() {
    let server = server();
    let page = Page::open(&server);
    page.sees("thermo");
    page.scene(&scene());
    page.sees("phone");
    page.keys("++");
    until("some messages", || (page.event() >= 12).then_some(()));
    page.pause();
    obeys_nobody(&page);
    assert!(page.actors().iter().any(|name| name == NAME));
    walk(&page);
    page.keys("3");
    let log = until("the log", || {
        let text = page.text("[data-testid=log]");
        text.contains("<script>").then_some(text)
    });
    for shown in ["<img src=x", "<svg onload", "U+202E"] {
        assert!(log.contains(shown), "{shown} in {log}");
    }
    page.keys("4");
    page.press("[data-testid=topic-row] .lw");
    page.one("[data-testid=topic]");
    obeys_nobody(&page);
    page.keys("1");
    page.one("[data-testid=stage]");
    page.click_actor(NAME);
    page.one("[data-testid=actor-form]");
    obeys_nobody(&page);
    page.is_clean();
}

/// Bytes of MQTT 3.1.1: a stranger comes and says one thing.
fn stranger(server: &tidings_testkit::Broker, topic: &str, payload: &[u8]) {
    let mut socket = TcpStream::connect(server.address()).unwrap();
    socket
        .write_all(b"\x10\x12\x00\x04MQTT\x04\x02\x00\x00\x00\x06nobody")
        .unwrap();
    let mut rest = (topic.len() as u16).to_be_bytes().to_vec();
    rest.extend(topic.as_bytes());
    rest.extend(payload);
    let mut packet = vec![0x30];
    let mut length = rest.len();
    loop {
        let more = length > 127;
        packet.push((length % 128) as u8 | u8::from(more) << 7);
        length /= 128;
        if !more {
            break;
        }
    }
    packet.extend(rest);
    packet.extend(b"\xe0\x00");
    socket.write_all(&packet).unwrap();
}

#[test]
fn a_megabyte_from_a_stranger_is_shown_and_holds_nothing_up() {
    let server = server();
    let page = Page::open(&server);
    page.sees("thermo");
    page.scene(&scene());
    page.sees("phone");
    page.click("real-broker");
    page.fill("#real-url", &format!("ws://{}/mqtt", server.address()));
    page.click("real-connect");
    page.one("[data-testid=leave-remote]");
    page.keys("\u{e00c}");
    let megabyte = PAYLOAD.repeat(1_000_000 / PAYLOAD.len());
    let long = format!("home/{}", "<i>".repeat(20_000));
    until("the phone is there", || {
        stranger(&server, TOPIC, megabyte.as_bytes());
        stranger(&server, &long, b"1");
        page.keys("3");
        let text = page.text("[data-testid=log]");
        page.keys("1");
        text.contains("<i><i>").then_some(())
    });
    obeys_nobody(&page);
    walk(&page);
    page.keys("4");
    page.fill("[data-testid=topics-search]", "<svg");
    page.press("[data-testid=topic-row] .lw");
    page.one("[data-testid=topic-payload]");
    let shown = page.text("[data-testid=topic-payload]");
    assert!(
        shown.contains("<script>") && shown.contains("U+0007"),
        "{}",
        &shown[..200]
    );
    obeys_nobody(&page);
    // And it can still be talked to.
    page.click("panel-close");
    page.keys("1");
    page.one("[data-testid=stage]");
    page.is_clean();
}
