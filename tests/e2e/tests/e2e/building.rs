//! Changing the scene.

use tidings_e2e::{Page, server, until};

/// PUBLISH packets on their way to `name`: number and payload, as the log has them.
fn heard_by(page: &Page, name: &str) -> Vec<(u32, String)> {
    let rows = page.rows("[data-testid=log-row]");
    let heard = rows.iter().filter_map(|cells| {
        let [_, number, _, way, kind, _, payload, ..] = &cells[..] else {
            return None;
        };
        let is_it = way.ends_with(name) && kind.contains("PUBLISH");
        Some((number.parse().ok()?, payload.clone())).filter(|_| is_it)
    });
    heard.collect()
}

fn add_subscriber(page: &Page, name: &str, filter: &str) {
    page.click("add-subscriber");
    page.fill("#filter-0", filter);
    page.fill("#name", name);
    page.click("add");
    page.sees(name);
}

#[test]
fn a_subscriber_that_is_added_receives() {
    let server = server();
    let page = Page::open(&server);
    page.sees("thermo");
    page.moves();
    add_subscriber(&page, "display", "home/+/door");
    page.keys("\u{e00c}");
    page.play();
    page.click("log-open");
    let heard = until("a message", || {
        let heard = heard_by(&page, "display");
        (!heard.is_empty()).then_some(heard)
    });
    assert!(
        ["open", "closed"].contains(&heard[0].1.as_str()),
        "{heard:?}"
    );
    page.is_clean();
}

#[test]
fn a_publisher_that_is_added_is_heard() {
    let server = server();
    let page = Page::open(&server);
    page.sees("thermo");
    page.moves();
    page.click("add-publisher");
    page.fill("#topic-0", "home/attic/wind");
    page.fill("#name", "vane");
    page.click("add");
    page.sees("vane");
    page.keys("\u{e00c}");
    page.play();
    page.click("log-open");
    until("its word in the log", || {
        let rows = page.rows("[data-testid=log-row]");
        let topics = rows.iter().flatten().filter(|c| *c == "home/attic/wind");
        // To the broker, and on to the phone, which asked for everything at home.
        (topics.count() >= 2).then_some(())
    });
    page.is_clean();
}

#[test]
fn what_was_kept_for_the_logger_reaches_it_in_order() {
    let server = server();
    let page = Page::open(&server);
    page.sees("logger");
    until("three messages wait", || {
        (page.clock().as_str() >= "00:03.7").then_some(())
    });
    page.click("invite");
    page.click("log-open");
    let heard = until("three messages", || {
        let heard = heard_by(&page, "logger");
        (heard.len() >= 3).then_some(heard)
    });
    let words: Vec<&str> = heard.iter().map(|(_, word)| word.as_str()).collect();
    assert_eq!(words[..3], ["21.2", "21.3", "21.4"]);
    assert!(heard.is_sorted(), "{heard:?}");
    page.is_clean();
}

#[test]
fn a_client_is_switched_off_and_on() {
    let server = server();
    let page = Page::open(&server);
    page.sees("phone");
    page.moves();
    page.click_actor("phone");
    page.click("switch-off");
    page.one("[data-testid=switch-on]");
    page.click("switch-on");
    page.one("[data-testid=switch-off]");
    page.is_clean();
}

#[test]
fn what_was_built_is_there_again() {
    let server = server();
    let page = Page::open(&server);
    page.sees("thermo");
    page.moves();
    add_subscriber(&page, "display", "home/#");
    until("it is kept", || {
        let kept = page.run("return Object.values(localStorage).join()");
        kept.as_str()?.contains("display").then_some(())
    });
    page.reload();
    page.sees("display");
    page.sees("thermo");
    page.moves();
    page.is_clean();
}

#[test]
fn a_template_becomes_what_it_says() {
    let server = server();
    let page = Page::open(&server);
    page.sees("thermo");
    page.moves();
    page.click("add-publisher");
    page.fill("#topic-0", "home/{room}/wind");
    page.fill("#value-0-room", "attic");
    page.fill("#name", "vane");
    until("what it becomes", || {
        page.text("#topic-0-hint")
            .contains("Becomes home/attic/wind")
            .then_some(())
    });
    page.click("add");
    page.sees("vane");
    page.keys("\u{e00c}");
    page.play();
    page.click("log-open");
    until("its word in the log", || {
        let rows = page.rows("[data-testid=log-row]");
        let topics = rows.iter().flatten().filter(|c| *c == "home/attic/wind");
        (topics.count() >= 2).then_some(())
    });
    page.is_clean();
}

/// A scene in which a responder answers an asker, and somebody watches for a will.
const ASKED: &str = r#"format = 1
title = "Asked"
[[actors]]
name = "asker"
[[actors.speaks]]
topic = "ask"
payload = { constant = "what {n}" }
period_ms = 1000
[actors.speaks.properties]
response_topic = "answers/{name}"
correlation = "{n}"
[[actors.listens]]
filter = "answers/#"
[[actors]]
name = "oracle"
[actors.will]
topic = "gone/{name}"
payload = "away"
[actors.will.properties]
content_type = "text/plain"
[[actors.listens]]
filter = "ask"
handling_ms = 50
[actors.listens.answer]
payload = "heard {payload}"
[[actors]]
name = "watcher"
[[actors.listens]]
filter = "gone/+"
"#;

#[test]
fn a_responder_answers_and_its_will_is_said() {
    let server = server();
    let page = Page::open(&server);
    page.sees("thermo");
    page.scene(ASKED);
    page.sees("oracle");
    page.play();
    page.click("log-open");
    until("an answer", || {
        let heard = heard_by(&page, "asker");
        heard
            .iter()
            .any(|(_, word)| word.starts_with("heard what "))
            .then_some(())
    });
    page.keys("\u{e00c}");
    page.click_actor("oracle");
    page.click("unplug");
    page.play();
    page.click("log-open");
    until("the will", || {
        let heard = heard_by(&page, "watcher");
        heard.iter().any(|(_, word)| word == "away").then_some(())
    });
    page.is_clean();
}
