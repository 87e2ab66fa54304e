//! Pictures of the page, as a person would come upon it, to be held beside the design.
#![allow(clippy::print_stdout)]
#![allow(clippy::unwrap_used)]

use std::path::PathBuf;
use std::thread;
use std::time::Duration;

use serde_json::json;
use tidings_e2e::{Page, Setup, house, server, until};
use tidings_testkit::given;

const SIZES: [(u32, u32); 4] = [(1440, 900), (1024, 768), (834, 1112), (390, 844)];
const THEMES: [&str; 2] = ["light", "dark"];

fn main() {
    let only: Vec<String> = std::env::args().skip(1).collect();
    let folder = PathBuf::from(given("TIDINGS_SHOTS"));
    let server = server();
    let url = format!("http://{}/", server.address());
    for (width, height) in SIZES {
        let setup = Setup {
            width,
            height,
            still: false,
        };
        let page = Page::open_in(setup, &url);
        let take = |name: &str| {
            // What opens has opened, and what was typed is checked.
            thread::sleep(Duration::from_millis(600));
            for theme in THEMES {
                let feature = json!({ "name": "prefers-color-scheme", "value": theme });
                let media = json!({ "features": [feature] });
                page.driver().chromium("Emulation.setEmulatedMedia", &media);
                thread::sleep(Duration::from_millis(200));
                page.shot(&folder.join(format!("{name}-{width}-{theme}.png")));
            }
        };
        if only.is_empty() {
            scenes(&page, &url, &take);
        } else {
            views(&page, &take, &only);
        }
    }
    println!("{}", folder.display());
}

fn scenes(page: &Page, url: &str, take: &dyn Fn(&str)) {
    page.sees("thermo");
    until("three messages wait", || {
        (page.clock().as_str() >= "00:03.9").then_some(())
    });
    take("first");
    page.pause();
    page.click("step");
    take("paused");
    // Not with the mouse: on a phone one dot may cover another.
    page.run("document.querySelector('[data-testid=dot]').click()");
    page.one("[data-testid=packet-hex]");
    take("packet");
    page.keys("\u{e00c}");
    page.click_actor("thermo");
    page.one("[data-testid=actor-form]");
    take("actor");
    page.click("panel-close");
    page.click_actor("logger");
    page.one("[data-testid=actor-form]");
    take("actor-sub");
    page.click("panel-close");
    page.keys("l");
    page.one("[data-testid=log-row]");
    take("log");
    page.keys("l");
    page.keys("?");
    page.one("[data-testid=panel-title]");
    take("keys");
    page.click("panel-close");
    real(page, url, take);
    empty(page, take);
    topics(page, take);
    state(page, take);
    plots(page, take);
    faults(page, take);
    ladder(page, take);
}

/// Links with faults, a breakpoint that has stopped the clock, and a broker that is down.
fn faults(page: &Page, take: &dyn Fn(&str)) {
    let press = |selector: &str| {
        page.one(selector);
        page.run(&format!("document.querySelector({selector:?}).click()"));
    };
    page.reload();
    page.sees("thermo");
    page.keys("b");
    page.one("[data-testid=stop-kind]");
    page.run(
        "const list = document.querySelector('[data-testid=stop-kind]'); list.selectedIndex = 1;\
         list.dispatchEvent(new Event('change', { bubbles: true }))",
    );
    press("[data-testid=stop-add]");
    page.one("[data-testid=stop-row]");
    take("time");
    page.keys("\u{e00c}");
    page.play();
    page.one("[data-testid=packet-hex]");
    take("stopped");
    page.keys("b");
    press("[data-testid=stop-remove]");
    page.keys("\u{e00c}");
    page.play();
    until("some messages", || {
        (page.clock().as_str() >= "00:04.2").then_some(())
    });
    page.pause();
    page.keys("f");
    press("[data-testid=faults] label > input[aria-label=heating]");
    press("[data-testid=fault-silence]");
    press("[data-testid=faults] label > input[aria-label=thermo]");
    press("[data-testid=fault-stall]");
    page.fill("#fault-rate", "1500");
    page.keys("\u{e007}");
    page.run("document.activeElement.blur()");
    press("[data-testid=faults] label > input[aria-label=phone]");
    take("faults");
    page.keys("f");
    take("faults-stage");
    page.keys("f");
    press("[data-testid=fault-broker]");
    page.keys("f");
    take("down");
    page.run("localStorage.clear()");
}

/// Every packet as an arrow, then a cut and what came of it, and a handshake of QoS 2.
fn ladder(page: &Page, take: &dyn Fn(&str)) {
    page.reload();
    page.sees("thermo");
    page.keys("+++");
    until("some seconds", || {
        (page.clock().as_str() >= "00:04.7").then_some(())
    });
    page.pause();
    page.keys("2");
    page.one("[data-testid=arrow]");
    take("ladder");
    page.run("document.querySelector('[data-testid=cut]').focus()");
    page.keys("\u{e012}\u{e012}\u{e012}");
    page.one("[data-testid=parted]");
    take("fork");
    page.keys("1");
    page.scene(METER);
    page.sees("meter");
    until("some seconds", || {
        (page.clock().as_str() >= "00:03").then_some(())
    });
    page.pause();
    page.keys("2");
    page.one("[data-testid=arrow]");
    take("qos2");
    page.keys("1");
    page.run("localStorage.clear()");
}

/// A pulse that must be counted once.
const METER: &str = r#"format = 1
title = "The meter"
[[actors]]
name = "meter"
picture = "box"
latency_ms = 240
[[actors.speaks]]
topic = "home/power/pulse"
payload = { constant = "1" }
period_ms = 5000
first_ms = 800
qos = 2
[[actors]]
name = "phone"
picture = "phone"
latency_ms = 600
away = "keep"
[[actors.listens]]
filter = "home/power/+"
qos = 2
"#;

/// The first scene at the moment that was drawn, and a house with many sessions.
fn state(page: &Page, take: &dyn Fn(&str)) {
    page.reload();
    page.sees("thermo");
    page.pause();
    page.click(if page.has("start") { "start" } else { "back" });
    until("the moment", || {
        page.click("step");
        (page.clock().as_str() >= "00:04.24").then_some(())
    });
    page.keys("5");
    page.one("[data-testid=state-row]");
    take("state");
    page.keys("1");
    page.scene(&house(false));
    page.sees("thermo");
    page.keys("++++");
    until("some seconds", || {
        (page.clock().as_str() >= "00:06").then_some(())
    });
    page.pause();
    page.keys("5");
    page.one("[data-testid=state-row]");
    take("state-many");
    page.keys("1");
    page.run("localStorage.clear()");
}

/// Numbers over the time of the score, with a playhead that went back.
fn plots(page: &Page, take: &dyn Fn(&str)) {
    page.reload();
    page.sees("thermo");
    page.keys("+++++");
    until("some seconds", || {
        (page.clock().as_str() >= "00:20").then_some(())
    });
    page.pause();
    for _ in 0..12 {
        page.click("back");
    }
    page.keys("6");
    page.one("[data-testid=plot]");
    take("plots");
    page.keys("1");
}

/// Those views alone.
fn views(page: &Page, take: &dyn Fn(&str), only: &[String]) {
    for name in only {
        match name.as_str() {
            "topics" => topics(page, take),
            "state" => state(page, take),
            "plots" => plots(page, take),
            "faults" => faults(page, take),
            "ladder" => ladder(page, take),
            name => panic!("there are no pictures of {name}"),
        }
    }
}

/// A house with more topics than the first scene, and a guest who writes what is hostile.
fn topics(page: &Page, take: &dyn Fn(&str)) {
    page.scene(&house(true));
    page.sees("thermo");
    page.keys("+++++++");
    until("half a minute", || {
        (page.clock().as_str() >= "00:30").then_some(())
    });
    page.pause();
    page.keys("4");
    page.one("[data-testid=topic-row]");
    take("topics");
    page.run(
        "[...document.querySelectorAll('[data-testid=topic-row]')]\
         .find(row => row.textContent.includes('now')).click()",
    );
    page.one("[data-testid=topic-plot]");
    take("topic");
    page.click("panel-close");
    page.keys("1");
    page.run("localStorage.clear()");
}

/// Against the very server the page comes from.
fn real(page: &Page, url: &str, take: &dyn Fn(&str)) {
    open_real(page);
    page.fill("#real-url", &format!("{}mqtt", url.replace("http", "ws")));
    page.click("real-connect");
    page.one("[data-testid=real-leave]");
    thread::sleep(Duration::from_secs(4));
    take("real-panel");
    page.click("panel-close");
    take("real");
    open_real(page);
    page.click("real-leave");
    page.click("panel-close");
    page.sees("thermo");
}

/// On a phone it is in the menu.
fn open_real(page: &Page) {
    if !page.has("real-broker") {
        page.click("menu");
    }
    page.click("real-broker");
}

fn empty(page: &Page, take: &dyn Fn(&str)) {
    page.click(if page.has("scenes") { "scenes" } else { "menu" });
    page.click("scene-clear");
    page.one("[data-testid=add-publisher]");
    take("empty");
}
