//! A page that is open.

use std::fs;
use std::path::{Path, PathBuf};
use std::thread;
use std::time::{Duration, Instant};

use serde_json::{Value, json};
use tidings_testkit::{Broker, PATIENCE, given};

use crate::driver::{Driver, Element, Setup};

/// The server under test, on a port of its own.
pub fn server() -> Broker {
    let program = given("TIDINGS_BIN");
    Broker::start(Path::new(&program), &["--listen", "127.0.0.1:0"])
}

/// Asks until there is an answer.
pub fn until<T>(what: &str, mut ask: impl FnMut() -> Option<T>) -> T {
    // The world's clock is slow on purpose.
    let deadline = Instant::now() + 2 * PATIENCE;
    loop {
        if let Some(answer) = ask() {
            return answer;
        }
        assert!(Instant::now() < deadline, "waited in vain: {what}");
        thread::sleep(Duration::from_millis(20));
    }
}

/// The page in a browser. A picture of it is kept when the test that holds it fails.
#[derive(Debug)]
pub struct Page {
    driver: Driver,
    /// Where it was loaded from.
    pub url: String,
}

impl Page {
    /// Opens the page this server serves, in a window of a desk.
    pub fn open(server: &Broker) -> Self {
        let setup = Setup {
            width: 1440,
            height: 900,
            still: false,
        };
        Self::open_in(setup, &format!("http://{}/", server.address()))
    }

    /// Opens a page in a browser of this kind, and waits until somebody is on the stage.
    pub fn open_in(setup: Setup, url: &str) -> Self {
        Self::open_with(setup, url, "")
    }

    /// The same in a browser that traces what its threads do, task by task.
    pub fn open_traced(setup: Setup, url: &str) -> Self {
        Self::open_with(
            setup,
            url,
            "devtools.timeline,disabled-by-default-devtools.timeline",
        )
    }

    fn open_with(setup: Setup, url: &str, trace: &str) -> Self {
        let page = Self {
            driver: Driver::start_with(setup, trace),
            url: url.to_owned(),
        };
        let Setup { width, height, .. } = setup;
        // The window's size is that of its content.
        page.driver.chromium(
            "Emulation.setDeviceMetricsOverride",
            &json!({ "width": width, "height": height, "deviceScaleFactor": 1, "mobile": false }),
        );
        page.driver.post("/url", &json!({ "url": url }));
        page
    }

    /// Loads it anew.
    pub fn reload(&self) {
        self.driver.post("/refresh", &json!({}));
    }

    /// Opens another scene, as if a person had built it here.
    pub fn scene(&self, text: &str) {
        let script = "localStorage.setItem('tidings.scene', arguments[0])";
        self.driver.run(script, &[json!(text)]);
        self.reload();
    }

    /// Chromium's own commands.
    pub fn driver(&self) -> &Driver {
        &self.driver
    }

    /// All that have this test id.
    pub fn all(&self, id: &str) -> Vec<Element> {
        self.driver.find(&format!("[data-testid={id}]"))
    }

    /// Whether something has this test id.
    pub fn has(&self, id: &str) -> bool {
        !self.all(id).is_empty()
    }

    /// What a selector fits, once it is there.
    pub fn one(&self, selector: &str) -> Element {
        until(selector, || self.driver.find(selector).into_iter().next())
    }

    /// Presses what a selector fits, as with a mouse: what is covered cannot be pressed.
    pub fn press(&self, selector: &str) {
        until(selector, || {
            self.driver.press(&self.one(selector)).then_some(())
        });
    }

    /// Steps one event on, and waits until the page shows it.
    pub fn step(&self) {
        let event = self.event();
        self.click("step");
        until("a step", || (self.event() > event).then_some(()));
    }

    /// Presses what has this test id.
    pub fn click(&self, id: &str) {
        self.press(&format!("[data-testid={id}]"));
    }

    /// Presses the place of an actor.
    pub fn click_actor(&self, name: &str) {
        self.press(&format!("[data-testid=actor][data-name={name:?}]"));
    }

    /// The names on the stage.
    pub fn actors(&self) -> Vec<String> {
        let script = "return [...document.querySelectorAll('[data-testid=actor]')]\
                      .map(actor => actor.dataset.name)";
        strings(&self.driver.run(script, &[]))
    }

    /// Waits until somebody of this name is on the stage.
    pub fn sees(&self, name: &str) {
        until(name, || {
            self.actors().iter().any(|n| n == name).then_some(())
        });
    }

    /// Clicks at a place of the window.
    pub fn click_at(&self, x: f64, y: f64) {
        let (x, y) = (x.round() as i64, y.round() as i64);
        let at = json!({ "type": "pointerMove", "x": x, "y": y, "duration": 0 });
        let actions = json!([{
            "type": "pointer", "id": "mouse", "parameters": { "pointerType": "mouse" },
            "actions": [
                at,
                { "type": "pointerDown", "button": 0 },
                { "type": "pointerUp", "button": 0 },
            ],
        }]);
        self.driver.post("/actions", &json!({ "actions": actions }));
    }

    /// Drags with a mouse from one place of the window to another, in some steps.
    pub fn drag(&self, from: (f64, f64), to: (f64, f64)) {
        let at = |share: f64, duration: u32| {
            let between = |a: f64, b: f64| (a + (b - a) * share).round() as i64;
            let (x, y) = (between(from.0, to.0), between(from.1, to.1));
            json!({ "type": "pointerMove", "x": x, "y": y, "duration": duration })
        };
        let mut steps = vec![at(0.0, 0), json!({ "type": "pointerDown", "button": 0 })];
        steps.extend((1..=5).map(|n| at(f64::from(n) / 5.0, 40)));
        steps.push(json!({ "type": "pointerUp", "button": 0 }));
        let actions = json!([{
            "type": "pointer", "id": "mouse", "parameters": { "pointerType": "mouse" },
            "actions": steps,
        }]);
        self.driver.post("/actions", &json!({ "actions": actions }));
    }

    /// The middle of an element, in the window.
    pub fn middle(&self, element: &Element) -> (f64, f64) {
        let script = "const r = arguments[0].getBoundingClientRect();\
                      return [r.x + r.width / 2, r.y + r.height / 2]";
        let middle = self.driver.run(script, &[element.argument()]);
        (middle[0].as_f64().unwrap(), middle[1].as_f64().unwrap())
    }

    /// Presses keys one after the other, wherever the focus is. `\u{e007}` and its like are
    /// WebDriver's for those without a character.
    pub fn keys(&self, keys: &str) {
        let actions: Vec<Value> = keys
            .chars()
            .flat_map(|key| ["keyDown", "keyUp"].map(|kind| json!({ "type": kind, "value": key })))
            .collect();
        let keyboard = json!([{ "type": "key", "id": "keyboard", "actions": actions }]);
        self.driver
            .post("/actions", &json!({ "actions": keyboard }));
    }

    /// Puts a text in the place of what a field holds.
    pub fn fill(&self, selector: &str, text: &str) {
        let element = self.one(selector);
        let path = format!("/element/{}", element.id());
        // Not WebDriver's `clear`: a person selects all and types over it.
        let typed = format!("\u{e009}a\u{e000}{text}");
        self.driver
            .post(&format!("{path}/value"), &json!({ "text": typed }));
        let value = || self.driver.get(&format!("{path}/property/value"));
        assert_eq!(value(), text, "{selector}");
    }

    /// The text of what a selector fits.
    pub fn text(&self, selector: &str) -> String {
        let element = self.one(selector);
        let text = self.driver.get(&format!("/element/{}/text", element.id()));
        text.as_str().unwrap_or_default().to_owned()
    }

    /// What a function body returns in the page.
    pub fn run(&self, script: &str) -> Value {
        self.driver.run(script, &[])
    }

    /// The texts of all that a selector fits, each cell of a row by itself.
    pub fn rows(&self, selector: &str) -> Vec<Vec<String>> {
        let script = "return [...document.querySelectorAll(arguments[0])]\
                      .map(row => [...row.cells].map(cell => cell.textContent.trim()))";
        let rows = self.driver.run(script, &[json!(selector)]);
        rows.as_array().into_iter().flatten().map(strings).collect()
    }

    /// The clock as it is shown.
    pub fn clock(&self) -> String {
        self.shown("clock")
    }

    /// The number of the event at the playhead.
    pub fn event(&self) -> u32 {
        self.shown("event").parse().unwrap_or(0)
    }

    fn shown(&self, id: &str) -> String {
        let script = "return document.querySelector(arguments[0])?.textContent ?? ''";
        let selector = format!("[data-testid={id}]");
        let text = self.driver.run(script, &[json!(selector)]);
        text.as_str().unwrap_or_default().trim().to_owned()
    }

    /// Waits until the clock has moved on.
    pub fn moves(&self) {
        let before = self.clock();
        until("the clock moves", || {
            let now = self.clock();
            (!now.is_empty() && now != before).then_some(())
        });
    }

    /// Holds the clock, wherever it is.
    pub fn pause(&self) {
        if self.runs() {
            self.click("play");
        }
        until("it stands still", || (!self.runs()).then_some(()));
    }

    /// Lets the clock run.
    pub fn play(&self) {
        if !self.runs() {
            self.click("play");
        }
        until("it runs", || self.runs().then_some(()));
    }

    /// Whether the clock moves.
    pub fn runs(&self) -> bool {
        let before = self.clock();
        thread::sleep(Duration::from_millis(150));
        self.clock() != before
    }

    /// Nothing went wrong that a browser knows of, and nobody else was asked for anything.
    pub fn is_clean(&self) {
        let log = self.driver.log("browser");
        let bad: Vec<&Value> = log
            .iter()
            .filter(|entry| entry["level"] != "INFO" && entry["level"] != "DEBUG")
            .collect();
        assert!(bad.is_empty(), "the console says: {bad:#?}");
        let own = self.url.split('/').take(3).collect::<Vec<_>>().join("/");
        for url in self.requests() {
            let is_own = url.starts_with(&own) || url.starts_with("data:") || url == "about:blank";
            assert!(is_own, "a request to {url}");
        }
    }

    /// The addresses the page asked since it was last asked for them.
    pub fn requests(&self) -> Vec<String> {
        let entries = self.driver.log("performance");
        let messages = entries.iter().filter_map(|entry| {
            let message: Value = serde_json::from_str(entry["message"].as_str()?).ok()?;
            Some(message["message"].clone())
        });
        messages
            .filter(|message| message["method"] == "Network.requestWillBeSent")
            .filter_map(|message| Some(message["params"]["request"]["url"].as_str()?.to_owned()))
            .collect()
    }

    /// Writes a picture of the page.
    pub fn shot(&self, file: &Path) {
        let picture = self.driver.get("/screenshot");
        let picture = decode_base64(picture.as_str().unwrap_or_default());
        fs::create_dir_all(file.parent().unwrap()).unwrap();
        fs::write(file, picture).unwrap();
    }
}

impl Drop for Page {
    fn drop(&mut self) {
        if thread::panicking() {
            let test = thread::current()
                .name()
                .unwrap_or("test")
                .replace("::", "-");
            let file = PathBuf::from(given("TIDINGS_SHOTS")).join(format!("failed-{test}.png"));
            self.shot(&file);
            eprintln!("the page as it was: {}", file.display());
        }
    }
}

fn strings(value: &Value) -> Vec<String> {
    let values = value.as_array().into_iter().flatten();
    values
        .map(|value| value.as_str().unwrap_or_default().to_owned())
        .collect()
}

fn decode_base64(text: &str) -> Vec<u8> {
    const DIGITS: &[u8; 64] = b"ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/";
    let mut out = Vec::new();
    let (mut bits, mut count) = (0u32, 0);
    for byte in text.bytes() {
        let Some(digit) = DIGITS.iter().position(|d| *d == byte) else {
            continue;
        };
        bits = bits << 6 | digit as u32;
        count += 6;
        if count >= 8 {
            count -= 8;
            out.push((bits >> count) as u8);
        }
    }
    out
}
