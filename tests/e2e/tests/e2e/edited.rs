//! Packets that are edited and sent again, also malformed ones; and the two versions of a packet.

use tidings_e2e::{Page, server, until};

/// A page that stands at a PUBLISH of a publisher, on its way to the broker, and shows it.
fn at_a_word(page: &Page) {
    page.sees("thermo");
    page.moves();
    until("some messages", || {
        (page.clock().as_str() >= "00:02.4").then_some(())
    });
    page.pause();
    page.click("log-open");
    let first = "const row = [...document.querySelectorAll('[data-testid=log-row].opens')]\
                 .filter(row => row.textContent.includes('PUBLISH') && row.textContent.includes('home/kitchen/temp'))[0];\
                 if (row) row.click(); return !!row";
    until("a word", || (page.run(first) == true).then_some(()));
    page.one("[data-testid=packet-hex]");
}

fn title(page: &Page) -> String {
    page.text("[data-testid=panel-title]")
}

/// Types into a field, as a person would who replaces what is there.
fn put(page: &Page, id: &str, text: &str) {
    page.one(&format!("[data-testid={id}]"));
    page.run(&format!(
        "const field = document.querySelector('[data-testid={id}]');\
         Object.getOwnPropertyDescriptor(Object.getPrototypeOf(field), 'value').set.call(field, {text:?});\
         field.dispatchEvent(new InputEvent('input', {{ bubbles: true }}))"
    ));
}

fn choose_field(page: &Page, holds: &str) {
    page.run(&format!(
        "[...document.querySelectorAll('[data-testid=packet-field]')].find(row => row.textContent.includes({holds:?})).click()"
    ));
}

#[test]
fn both_versions_stand_side_by_side() {
    let server = server();
    let page = Page::open(&server);
    at_a_word(&page);
    let rows = until("two versions", || {
        let rows = page.rows("[data-testid=twin-row]");
        (!rows.is_empty()).then_some(rows)
    });
    let row = |name: &str| {
        let found = rows.iter().find(|row| row[0].starts_with(name));
        found.unwrap_or_else(|| panic!("no {name} in {rows:?}"))
    };
    assert_eq!(row("Property Length")[1..], ["not there", "00"]);
    assert_eq!(row("Remaining Length")[1..], ["19", "1A"]);
    let differ = page.all("twin-row").len();
    assert!(differ >= 7, "{rows:?}");
    page.is_clean();
}

#[test]
fn a_payload_is_edited_and_reaches_who_asked() {
    let server = server();
    let page = Page::open(&server);
    at_a_word(&page);
    let before = title(&page);
    page.click("packet-edit");
    page.one("[data-testid=packet-edit-form]");
    choose_field(&page, "payload");
    put(&page, "packet-text", "99.9 and more");
    // The length of the packet follows.
    until("the length", || {
        let rows = page.rows("[data-testid=packet-field]");
        let text = rows.iter().any(|row| row[2].contains("99.9 and more"));
        (text && rows[1][2].contains("35")).then_some(())
    });
    page.click("packet-send");
    until("another packet", || {
        let now = title(&page);
        (now != before && now.starts_with("PUBLISH")).then_some(())
    });
    page.run("document.querySelector('[data-testid=log-open]').click()");
    page.play();
    until("the phone has it", || {
        let said = page.run("return document.querySelector('[data-testid=stage]').textContent");
        said.as_str()
            .is_some_and(|said| said.contains("99.9"))
            .then_some(())
    });
    page.is_clean();
}

#[test]
fn what_is_malformed_is_sent_too_and_answered() {
    let server = server();
    let page = Page::open(&server);
    at_a_word(&page);
    let before = title(&page);
    page.click("packet-edit");
    page.one("[data-testid=packet-bit]");
    // QoS 1 becomes QoS 3.
    page.run("document.querySelectorAll('[data-testid=packet-bit]')[5].click()");
    until("what the broker will say", || {
        let verdict = page.text("[data-testid=packet-verdict]");
        verdict.contains("DISCONNECT").then_some(())
    });
    assert!(page.has("packet-wrong"));
    page.click("packet-put-back");
    until("it is as it was", || {
        (!page.has("packet-wrong")).then_some(())
    });
    page.run("document.querySelectorAll('[data-testid=packet-bit]')[5].click()");
    until("it is wrong", || page.has("packet-wrong").then_some(()));
    page.click("packet-send");
    until("another packet", || (title(&page) != before).then_some(()));
    until("its mistake", || page.has("packet-wrong").then_some(()));
    // The broker answers, and says why.
    for _ in 0..12 {
        page.click("step");
        let tree = "return [...document.querySelectorAll('.tree .trow')].map(row => row.textContent).join('|')";
        let tree = page.run(tree);
        if tree
            .as_str()
            .is_some_and(|tree| tree.contains("DISCONNECT"))
        {
            page.is_clean();
            return;
        }
        std::thread::sleep(std::time::Duration::from_millis(150));
    }
    panic!("the broker said nothing");
}
