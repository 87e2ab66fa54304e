//! From the stage and the log into the bytes.

use tidings_e2e::{Page, server, until};

/// The bytes an open packet shows, as hexadecimal digits.
fn bytes(page: &Page) -> String {
    page.one("[data-testid=packet-hex]");
    let script = "return document.querySelector('[data-testid=packet-hex]').textContent";
    page.run(script).as_str().unwrap_or_default().to_owned()
}

#[test]
fn a_press_on_a_packet_that_stands_still_shows_its_bytes() {
    let server = server();
    let page = Page::open(&server);
    page.sees("thermo");
    page.moves();
    page.pause();
    page.step();
    page.click("dot");
    until("bytes", || (!bytes(&page).is_empty()).then_some(()));
    assert!(!page.all("packet-field").is_empty());
    page.click("panel-close");
    until("it closes", || (!page.has("packet-hex")).then_some(()));
    page.is_clean();
}

#[test]
fn a_press_on_a_packet_that_moves_shows_its_bytes() {
    let server = server();
    let page = Page::open(&server);
    page.sees("thermo");
    page.moves();
    // A hundredth of the speed: a person's press must hit.
    page.keys("-----");
    page.pause();
    page.step();
    let dot = page.one("[data-testid=dot]");
    let (x, y) = page.middle(&dot);
    page.play();
    page.click_at(x, y);
    until("bytes", || (!bytes(&page).is_empty()).then_some(()));
    assert!(!page.runs(), "what is looked at holds still");
    page.is_clean();
}

#[test]
fn the_log_lists_packets_and_opens_them() {
    let server = server();
    let page = Page::open(&server);
    page.sees("thermo");
    until("some events", || (page.event() >= 20).then_some(()));
    page.pause();
    page.click("log-open");
    let rows = until("rows", || {
        let rows = page.rows("[data-testid=log-row]");
        (rows.len() > 5).then_some(rows)
    });
    let has = |word: &str| rows.iter().flatten().any(|cell| cell.contains(word));
    for word in ["CONNECT", "SUBSCRIBE", "home/kitchen/temp"] {
        assert!(has(word), "no {word} in {rows:#?}");
    }
    page.press("[data-testid=log-row].opens");
    until("bytes", || (!bytes(&page).is_empty()).then_some(()));
    page.is_clean();
}
