//! Pictures of the page, as a person would come upon it, to be held beside the design.
#![allow(clippy::print_stdout)]
#![allow(clippy::unwrap_used)]

mod sheet;

use std::path::{Path, PathBuf};
use std::thread;
use std::time::Duration;

use serde_json::json;
use tidings_e2e::{Page, Setup, house, server, until};
use tidings_testkit::given;

/// A desk, a small laptop and a phone; of two views also a tablet and a hall.
const SIZES: [(u32, u32); 5] = [
    (1440, 900),
    (1024, 768),
    (390, 844),
    (834, 1112),
    (1920, 1080),
];
const THEMES: [&str; 2] = ["light", "dark"];

/// What is taken, by the name of its part; a part takes one picture or some.
type Part = (&'static str, fn(&Taker<'_>));
const PARTS: [Part; 15] = [
    ("first", first),
    ("actors", actors),
    ("log", log),
    ("keys", keys),
    ("real", real),
    ("empty", empty),
    ("topics", topics),
    ("state", state),
    ("plots", plots),
    ("faults", faults),
    ("ladder", ladder),
    ("will", will),
    ("refused", refused),
    ("deep", deep),
    ("busy", busy),
];

/// Takes pictures of a page in one size.
struct Taker<'a> {
    page: &'a Page,
    url: &'a str,
    folder: &'a Path,
    size: (u32, u32),
}

impl Taker<'_> {
    fn take(&self, name: &str) {
        let (width, height) = self.size;
        // The names of the design: a tablet, a phone and a hall show the first screen.
        let name = match (name, width, height) {
            ("first", 834, _) => "tablet",
            ("first", 390, _) => "phone-portrait",
            ("first", 1920, _) => "hall",
            (name, 1440 | 1024 | 390, _) => name,
            _ => return,
        };
        // What opens has opened, and what was typed is checked.
        thread::sleep(Duration::from_millis(600));
        for theme in THEMES {
            let feature = json!({ "name": "prefers-color-scheme", "value": theme });
            let media = json!({ "features": [feature] });
            self.page
                .driver()
                .chromium("Emulation.setEmulatedMedia", &media);
            thread::sleep(Duration::from_millis(200));
            let file = format!("{name}-{width}-{theme}.png");
            self.page.shot(&self.folder.join(file));
        }
    }
}

fn main() {
    let only: Vec<String> = std::env::args().skip(1).collect();
    let wanted = |name: &str| only.is_empty() || only.iter().any(|only| only == name);
    for name in &only {
        let known = PARTS.iter().any(|(known, _)| known == name);
        let parts = PARTS.map(|(name, _)| name).join(", ");
        assert!(known, "there are no pictures of {name}, but of: {parts}");
    }
    let folder = PathBuf::from(given("TIDINGS_SHOTS"));
    let server = server();
    let url = format!("http://{}/", server.address());
    for size in SIZES {
        let first_only = !matches!(size.0, 1440 | 1024 | 390);
        for (name, part) in PARTS {
            if !wanted(name) || first_only && name != "first" {
                continue;
            }
            let (width, height) = size;
            let still = false;
            let setup = Setup {
                width,
                height,
                still,
            };
            let page = Page::open_in(setup, &url);
            part(&Taker {
                page: &page,
                url: &url,
                folder: &folder,
                size,
            });
        }
    }
    println!("{}", sheet::write(&folder).display());
}

fn first(taker: &Taker<'_>) {
    let page = taker.page;
    page.sees("thermo");
    until("three messages wait", || {
        (page.clock().as_str() >= "00:03.9").then_some(())
    });
    taker.take("first");
    page.pause();
    page.click("step");
    taker.take("paused");
    // Not with the mouse: on a phone one dot may cover another.
    page.run("document.querySelector('[data-testid=dot]')?.click()");
    if taker.size.0 != 1920 {
        page.one("[data-testid=packet-hex]");
    }
    taker.take("bytes");
}

fn actors(taker: &Taker<'_>) {
    let page = taker.page;
    page.sees("thermo");
    until("some seconds", || {
        (page.clock().as_str() >= "00:03.9").then_some(())
    });
    page.pause();
    page.click_actor("thermo");
    page.one("[data-testid=actor-form]");
    taker.take("actor");
    page.click("panel-close");
    page.click_actor("logger");
    page.one("[data-testid=actor-form]");
    taker.take("actor-sub");
    page.click("panel-close");
    page.click("add-subscriber");
    page.one("[data-testid=add-form]");
    taker.take("add");
    page.fill("#filter-0", "home/#/temp");
    taker.take("error");
}

fn log(taker: &Taker<'_>) {
    let page = taker.page;
    page.sees("thermo");
    until("some seconds", || {
        (page.clock().as_str() >= "00:04.2").then_some(())
    });
    page.keys("3");
    page.one("[data-testid=log-row]");
    taker.take("log");
}

fn keys(taker: &Taker<'_>) {
    let page = taker.page;
    page.sees("thermo");
    page.keys("?");
    page.one("[data-testid=panel-title]");
    taker.take("keys");
}

/// Somebody is lost, and the broker says its last word for it.
fn will(taker: &Taker<'_>) {
    let page = taker.page;
    page.scene(WILL);
    page.sees("pump");
    until("its last word", || {
        (page.clock().as_str() >= "00:04.55").then_some(())
    });
    page.pause();
    taker.take("will");
}

/// Somebody asks for what cannot be had.
fn refused(taker: &Taker<'_>) {
    let page = taker.page;
    page.scene(REFUSED);
    page.sees("guest");
    until("the refusal", || {
        (page.clock().as_str() >= "00:02.3").then_some(())
    });
    page.pause();
    taker.take("refused");
}

/// Topics and filters of many levels.
fn deep(taker: &Taker<'_>) {
    let page = taker.page;
    page.scene(DEEP);
    page.sees("press-7");
    until("a word", || {
        (page.clock().as_str() >= "00:02.6").then_some(())
    });
    page.pause();
    taker.take("deep");
}

/// More actors, filters and packets than can be drawn one by one.
fn busy(taker: &Taker<'_>) {
    let page = taker.page;
    let mut text = house(true);
    for n in 1..=16 {
        text.push_str(&format!(
            "\n[[actors]]\nname = \"meter {n} of the eastern wing\"\nlatency_ms = {}\n[[actors.speaks]]\n\
             topic = \"home/east/meter{n}/power/active\"\npayload = {{ wave = {{ middle = 20.0, swing = 5.0, \
             period_secs = 9.0, decimals = 1 }} }}\nperiod_ms = 200\nfirst_ms = {}\n",
            200 + 20 * n,
            10 * n
        ));
    }
    for n in 1..=8 {
        text.push_str(&format!(
            "\n[[actors]]\nname = \"screen {n}\"\nlatency_ms = 150\n[[actors.listens]]\n\
             filter = \"home/+/meter{n}/#\"\n"
        ));
    }
    page.scene(&text);
    page.sees("thermo");
    page.keys("++");
    until("some seconds", || {
        (page.clock().as_str() >= "00:06").then_some(())
    });
    taker.take("busy");
    page.pause();
    taker.take("busy-paused");
    page.keys("2");
    taker.take("busy-ladder");
    page.keys("3");
    taker.take("busy-log");
    page.run("localStorage.clear()");
}

const WILL: &str = r#"format = 1
title = "The pump"
[[actors]]
name = "pump"
picture = "box"
latency_ms = 300
[actors.will]
topic = "home/cellar/pump"
payload = "lost"
retain = true
[[actors.speaks]]
topic = "home/cellar/pump"
payload = { list = ["idle", "on"] }
period_ms = 1500
first_ms = 700
retain = true
[[actors]]
name = "phone"
picture = "phone"
latency_ms = 500
[[actors.listens]]
filter = "home/#"
[[beats]]
at_ms = 4000
actor = "pump"
what = "unplug"
"#;

const REFUSED: &str = r#"format = 1
title = "A refusal"
[[actors]]
name = "thermo"
picture = "thermometer"
latency_ms = 240
[[actors.speaks]]
topic = "home/kitchen/temp"
payload = { list = ["21.2", "21.3"] }
period_ms = 1000
first_ms = 1000
[[actors]]
name = "guest"
picture = "person"
latency_ms = 200
[[actors.speaks]]
topic = "$SYS/broker/version"
payload = { constant = "mine" }
period_ms = 2000
first_ms = 1500
qos = 1
[[actors]]
name = "phone"
picture = "phone"
latency_ms = 500
[[actors.listens]]
filter = "home/#"
"#;

const DEEP: &str = r#"format = 1
title = "A plant"
[[actors]]
name = "press-7"
picture = "box"
latency_ms = 300
[[actors.speaks]]
topic = "plant/north/hall-2/line-4/press-7/hydraulics/pressure"
payload = { wave = { middle = 182.0, swing = 6.0, period_secs = 20.0, decimals = 1 } }
period_ms = 1000
first_ms = 1000
[[actors]]
name = "robot"
picture = "box"
latency_ms = 260
[[actors.speaks]]
topic = "plant/north/hall-2/line-4/robot/joint/3/angle"
payload = { wave = { middle = 40.0, swing = 30.0, period_secs = 12.0, decimals = 0 } }
period_ms = 1400
first_ms = 1500
[[actors]]
name = "board"
picture = "box"
latency_ms = 500
[[actors.listens]]
filter = "plant/+/hall-2/+/+/hydraulics/pressure"
[[actors]]
name = "archive"
picture = "logger"
latency_ms = 400
[[actors.listens]]
filter = "plant/north/#"
[[actors]]
name = "safety"
picture = "phone"
latency_ms = 350
[[actors.listens]]
filter = "plant/north/hall-2/line-4/robot/joint/+/angle"
"#;

/// Links with faults, a breakpoint that has stopped the clock, and a broker that is down.
fn faults(taker: &Taker<'_>) {
    let page = taker.page;
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
    taker.take("time");
    page.keys("\u{e00c}");
    page.play();
    page.one("[data-testid=packet-hex]");
    taker.take("stopped");
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
    taker.take("faults");
    page.keys("f");
    taker.take("faults-stage");
    page.keys("f");
    press("[data-testid=fault-broker]");
    page.keys("f");
    taker.take("down");
    page.run("localStorage.clear()");
}

/// Every packet as an arrow, then a cut and what came of it, and a handshake of QoS 2.
fn ladder(taker: &Taker<'_>) {
    let page = taker.page;
    page.reload();
    page.sees("thermo");
    page.keys("+++");
    until("some seconds", || {
        (page.clock().as_str() >= "00:04.7").then_some(())
    });
    page.pause();
    page.keys("2");
    page.one("[data-testid=arrow]");
    taker.take("ladder");
    page.run("document.querySelector('[data-testid=cut]').focus()");
    page.keys("\u{e012}\u{e012}\u{e012}");
    page.one("[data-testid=parted]");
    taker.take("fork");
    page.keys("1");
    page.scene(METER);
    page.sees("meter");
    until("some seconds", || {
        (page.clock().as_str() >= "00:03").then_some(())
    });
    page.pause();
    page.keys("2");
    page.one("[data-testid=arrow]");
    taker.take("qos2");
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
fn state(taker: &Taker<'_>) {
    let page = taker.page;
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
    taker.take("state");
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
    taker.take("state-many");
    page.keys("1");
    page.run("localStorage.clear()");
}

/// Numbers over the time of the score, with a playhead that went back.
fn plots(taker: &Taker<'_>) {
    let page = taker.page;
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
    taker.take("plots");
    page.keys("1");
}

/// A house with more topics than the first scene, and a guest who writes what is hostile.
fn topics(taker: &Taker<'_>) {
    let page = taker.page;
    page.scene(&house(true));
    page.sees("thermo");
    page.keys("+++++++");
    until("half a minute", || {
        (page.clock().as_str() >= "00:30").then_some(())
    });
    page.pause();
    page.keys("4");
    page.one("[data-testid=topic-row]");
    taker.take("tree");
    page.run(
        "[...document.querySelectorAll('[data-testid=topic-row]')]\
         .find(row => row.textContent.includes('now')).click()",
    );
    page.one("[data-testid=topic-plot]");
    taker.take("topic");
    page.click("panel-close");
    page.keys("1");
    page.run("localStorage.clear()");
}

/// Against the very server the page comes from.
fn real(taker: &Taker<'_>) {
    let (page, url) = (taker.page, taker.url);
    page.sees("thermo");
    open_real(page);
    page.fill("#real-url", &format!("{}mqtt", url.replace("http", "ws")));
    page.click("real-connect");
    page.one("[data-testid=real-leave]");
    thread::sleep(Duration::from_secs(4));
    taker.take("real-panel");
    page.click("panel-close");
    taker.take("real");
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

fn empty(taker: &Taker<'_>) {
    let page = taker.page;
    page.sees("thermo");
    page.click(if page.has("scenes") { "scenes" } else { "menu" });
    page.click("scene-clear");
    page.one("[data-testid=add-publisher]");
    taker.take("empty");
}
