//! As much of a WebDriver client as these tests need: one request at a time, and whatever goes
//! wrong is a panic that says where.
//!
//! The clients one can depend on bring an asynchronous runtime and a hundred packages, for what is
//! a few lines of HTTP to a program on this machine.

use std::fmt::Write as _;
use std::io::{BufRead, BufReader, Read, Write};
use std::net::TcpStream;
use std::process::{Child, Command, Stdio};

use serde_json::{Value, json};
use tidings_testkit::{PATIENCE, lines_of};

/// The key of an element in WebDriver's answers.
const ELEMENT: &str = "element-6066-11e4-a52e-4f735466cecf";

/// A browser that ends with the test.
#[derive(Debug)]
pub struct Driver {
    process: Child,
    port: u16,
    session: String,
}

/// Something on the page.
#[derive(Clone, Debug)]
pub struct Element(String);

impl Element {
    /// Its name to WebDriver.
    pub fn id(&self) -> &str {
        &self.0
    }

    /// As an argument of a script.
    pub fn argument(&self) -> Value {
        json!({ ELEMENT: self.0 })
    }
}

/// How the browser is set up.
#[derive(Clone, Copy, Debug)]
pub struct Setup {
    /// The window's.
    pub width: u32,
    /// The window's.
    pub height: u32,
    /// The system asks for less motion.
    pub still: bool,
}

impl Driver {
    /// Starts a browser.
    pub fn start(setup: Setup) -> Self {
        Self::start_with(setup, "")
    }

    /// Starts a browser that says of these categories of its trace what it does: they come with
    /// the log of performance.
    pub fn start_with(setup: Setup, trace: &str) -> Self {
        // It looks for a port that is free for IPv4 and then wants the same for IPv6, which somebody
        // else may have taken meanwhile; then it ends, and another try finds another port.
        let (process, port) = (0..TRIES)
            .find_map(|_| chromedriver())
            .expect("chromedriver starts");
        let mut this = Self {
            process,
            port,
            session: String::new(),
        };
        let answer = this.request("POST", "/session", Some(&capabilities(setup, trace)));
        let id = answer["sessionId"].as_str();
        this.session = id.expect("a session has an id").to_owned();
        this
    }

    /// Sends a command of this session.
    pub fn post(&self, command: &str, body: &Value) -> Value {
        self.request("POST", &self.path(command), Some(body))
    }

    /// Asks something of this session.
    pub fn get(&self, command: &str) -> Value {
        self.request("GET", &self.path(command), None)
    }

    fn path(&self, command: &str) -> String {
        format!("/session/{}{command}", self.session)
    }

    /// Every element a selector fits.
    pub fn find(&self, selector: &str) -> Vec<Element> {
        let using = json!({ "using": "css selector", "value": selector });
        let found = self.post("/elements", &using);
        let ids = found.as_array().into_iter().flatten();
        ids.map(|element| Element(element[ELEMENT].as_str().expect("an id").to_owned()))
            .collect()
    }

    /// Presses an element; `false` when the page has put another in its place since it was found.
    pub fn press(&self, element: &Element) -> bool {
        let path = self.path(&format!("/element/{}/click", element.id()));
        let answer = self.try_request("POST", &path, Some(&json!({})));
        let (status, answer) = answer.unwrap_or_else(|error| panic!("POST {path}: {error}"));
        if answer["value"]["error"] == "stale element reference" {
            return false;
        }
        assert_eq!(status, 200, "POST {path}: {answer}");
        true
    }

    /// Runs a function body in the page.
    pub fn run(&self, script: &str, arguments: &[Value]) -> Value {
        let body = json!({ "script": script, "args": arguments });
        self.post("/execute/sync", &body)
    }

    /// Sends a command of Chromium's own.
    pub fn chromium(&self, command: &str, parameters: &Value) -> Value {
        let body = json!({ "cmd": command, "params": parameters });
        self.post("/goog/cdp/execute", &body)
    }

    /// What a log has got since it was last asked for.
    pub fn log(&self, kind: &str) -> Vec<Value> {
        let entries = self.post("/se/log", &json!({ "type": kind }));
        entries.as_array().cloned().unwrap_or_default()
    }

    fn request(&self, method: &str, path: &str, body: Option<&Value>) -> Value {
        let answer = self.try_request(method, path, body);
        let (status, answer) = answer.unwrap_or_else(|error| panic!("{method} {path}: {error}"));
        assert_eq!(status, 200, "{method} {path} {body:?}: {answer}");
        answer["value"].clone()
    }

    fn try_request(
        &self,
        method: &str,
        path: &str,
        body: Option<&Value>,
    ) -> std::io::Result<(u16, Value)> {
        let body = body.map(Value::to_string).unwrap_or_default();
        let mut request = format!(
            "{method} {path} HTTP/1.1\r\nHost: 127.0.0.1:{}\r\n",
            self.port
        );
        let _ = write!(request, "Content-Type: application/json\r\n");
        let _ = write!(request, "Content-Length: {}\r\n", body.len());
        request.push_str("Connection: close\r\n\r\n");
        request.push_str(&body);
        let mut stream = TcpStream::connect(("127.0.0.1", self.port))?;
        stream.set_read_timeout(Some(3 * PATIENCE))?;
        stream.write_all(request.as_bytes())?;
        // The other end may keep the connection: the length says where the answer ends.
        let mut stream = BufReader::new(stream);
        let mut head = String::new();
        while !head.ends_with("\r\n\r\n") && stream.read_line(&mut head)? > 0 {}
        let length = head.lines().find_map(|line| {
            let (name, value) = line.split_once(':')?;
            let is_it = name.eq_ignore_ascii_case("content-length");
            value.trim().parse().ok().filter(|_| is_it)
        });
        let mut body = vec![0; length.unwrap_or(0)];
        stream.read_exact(&mut body)?;
        let status = head.split(' ').nth(1).and_then(|code| code.parse().ok());
        let value = serde_json::from_slice(&body).unwrap_or(Value::Null);
        Ok((status.unwrap_or(0), value))
    }
}

/// So often chromedriver may miss its port.
const TRIES: usize = 5;

/// A chromedriver and its port, unless it ended at once.
fn chromedriver() -> Option<(Child, u16)> {
    let mut process = Command::new("chromedriver")
        .arg("--port=0")
        .stdout(Stdio::piped())
        .stderr(Stdio::null())
        .spawn()
        .expect("chromedriver is installed by the gate");
    let lines = lines_of(process.stdout.take().expect("it is piped"));
    loop {
        let Ok(line) = lines.recv_timeout(PATIENCE) else {
            let _ = process.kill();
            let _ = process.wait();
            return None;
        };
        if let Some((_, port)) = line.split_once("started successfully on port ") {
            let port = port.trim_end_matches('.').parse().expect("a port");
            return Some((process, port));
        }
    }
}

impl Drop for Driver {
    fn drop(&mut self) {
        // The browser first: it does not end with the process that drives it.
        if !self.session.is_empty() {
            let _ = self.try_request("DELETE", &self.path(""), None);
        }
        let _ = self.process.kill();
        let _ = self.process.wait();
    }
}

fn capabilities(setup: Setup, trace: &str) -> Value {
    let mut arguments = vec![
        "--headless=new".to_owned(),
        // In a container one is root, and there it cannot build its sandbox.
        "--no-sandbox".to_owned(),
        "--disable-dev-shm-usage".to_owned(),
        "--disable-gpu".to_owned(),
        "--disable-quic".to_owned(),
        "--no-first-run".to_owned(),
        "--disable-background-networking".to_owned(),
        "--disable-component-update".to_owned(),
        "--disable-sync".to_owned(),
        // There is no other host: a request to one fails, and is an error in the log.
        "--host-resolver-rules=MAP * ~NOTFOUND, EXCLUDE 127.0.0.1, EXCLUDE localhost".to_owned(),
        "--force-device-scale-factor=1".to_owned(),
        "--hide-scrollbars".to_owned(),
        "--lang=en".to_owned(),
        format!("--window-size={},{}", setup.width, setup.height),
    ];
    if setup.still {
        arguments.push("--force-prefers-reduced-motion".to_owned());
    }
    let mut options = json!({ "args": arguments });
    if !trace.is_empty() {
        options["perfLoggingPrefs"] = json!({ "traceCategories": trace });
    }
    json!({ "capabilities": { "alwaysMatch": {
        "browserName": "chrome",
        "goog:chromeOptions": options,
        "goog:loggingPrefs": { "browser": "ALL", "performance": "ALL" },
    }}})
}
