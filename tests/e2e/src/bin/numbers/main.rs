//! What the page is held to, measured in Chromium: a table of bars and what they come to here.
//!
//! Nothing in here fails for a number: this machine may be busy, and says how much. Times of the
//! processor are told beside those of the wall, as they bear a busy machine better.
#![allow(clippy::print_stdout)]
#![allow(clippy::unwrap_used)]

mod probe;
mod scenes;

use std::fs;
use std::thread;
use std::time::{Duration, Instant};

use serde_json::json;
use tidings_e2e::{Page, Setup, Talk, Worker, server, until};
use tidings_world::view::{Micros, Open, ScoreWatch, Speed, ToWorker, Watch};

use probe::{Frames, Thread, median, percentile};

const USAGE: &str = "\
cargo xtask numbers [--only <part>[,<part>...]] [--minutes N] [--events N]
parts: load, scrub, stage, ingest, tree
";

/// One line of the table.
struct Row {
    what: &'static str,
    bar: &'static str,
    measured: String,
    met: bool,
}

/// Measures some of it at an address.
type Part = fn(&str, &Asked) -> Vec<Row>;

/// What is asked for.
struct Asked {
    only: Vec<String>,
    minutes: f64,
    events: u32,
}

fn main() {
    let asked = asked();
    let server = server();
    let url = format!("http://{}/", server.address());
    println!("{}", machine());
    let parts: [(&str, Part); 5] = [
        ("load", load),
        ("scrub", scrub),
        ("stage", stage),
        ("tree", tree),
        ("ingest", ingest),
    ];
    println!("| what | bar | measured | |\n| --- | --- | --- | --- |");
    for (name, part) in parts {
        if asked.only.is_empty() || asked.only.iter().any(|only| only == name) {
            for row in part(&url, &asked) {
                let met = if row.met { "met" } else { "**missed**" };
                println!("| {} | {} | {} | {met} |", row.what, row.bar, row.measured);
            }
        }
    }
    println!("\nload of the machine at the end: {}", load_average());
}

fn asked() -> Asked {
    let mut asked = Asked {
        only: Vec::new(),
        minutes: 10.0,
        events: 1_000_000,
    };
    let mut arguments = std::env::args().skip(1);
    while let Some(argument) = arguments.next() {
        let value = arguments.next().unwrap_or_default();
        match argument.as_str() {
            "--only" => asked.only = value.split(',').map(str::to_owned).collect(),
            "--minutes" => asked.minutes = value.parse().unwrap(),
            "--events" => asked.events = value.parse().unwrap(),
            _ => {
                println!("{USAGE}");
                std::process::exit(2);
            }
        }
    }
    asked
}

fn machine() -> String {
    let read = |path: &str| fs::read_to_string(path).unwrap_or_default();
    let cpu = read("/proc/cpuinfo");
    let model = cpu.lines().find_map(|line| line.strip_prefix("model name"));
    let model = model.map_or("a processor", |model| {
        model.trim_start_matches([' ', '\t', ':'])
    });
    let cores = thread::available_parallelism().map_or(1, usize::from);
    format!(
        "{cores} × {model}, load {} when this began. Chromium without a window and without a GPU: \
         everything is drawn by software.\n",
        load_average()
    )
}

fn load_average() -> String {
    let load = fs::read_to_string("/proc/loadavg").unwrap_or_default();
    load.split(' ').take(3).collect::<Vec<_>>().join(" ")
}

const DESK: Setup = Setup {
    width: 1440,
    height: 900,
    still: false,
};

/// Remembers when something first moved on the canvas of packets.
const FIRST_MOVE: &str = "
    const proto = CanvasRenderingContext2D.prototype;
    const note = name => {
        const plain = proto[name];
        proto[name] = function (...what) {
            if (this.canvas.dataset.testid === 'packets' && !window.moved) {
                const m = this.getTransform();
                const at = [m.e, m.f, ...what].join();
                (window.places ??= {})[name] ??= at;
                if (window.places[name] !== at) window.moved = performance.now();
            }
            return plain.apply(this, what);
        };
    };
    ['arc', 'moveTo', 'translate', 'setTransform', 'rect'].forEach(note);";

/// So often the page is loaded.
const LOADS: usize = 3;

/// From an empty cache to a packet that moves, what was transferred, and what is asked for after.
fn load(url: &str, _: &Asked) -> Vec<Row> {
    let mut first = Vec::new();
    let mut bytes = Vec::new();
    let mut later = 0;
    for _ in 0..LOADS {
        let page = Page::open_in(DESK, "about:blank");
        let script = json!({ "source": FIRST_MOVE });
        page.driver()
            .chromium("Page.addScriptToEvaluateOnNewDocument", &script);
        page.driver().post("/url", &json!({ "url": url }));
        let moved = until("a packet that moves", || {
            page.run("return window.moved").as_f64()
        });
        first.push(moved);
        thread::sleep(Duration::from_secs(2));
        let log = probe::messages(&page);
        let loaded = log
            .iter()
            .filter(|one| one["method"] == "Network.loadingFinished");
        let sizes = loaded.filter_map(|one| one["params"]["encodedDataLength"].as_f64());
        bytes.push(sizes.sum::<f64>());
        // A person does this and that.
        page.keys("+++");
        for key in ["2", "3", "4", "5", "6", "1", "f", "f", "?"] {
            page.keys(key);
            thread::sleep(Duration::from_millis(300));
        }
        let log = probe::messages(&page);
        later += log
            .iter()
            .filter(|one| one["method"] == "Network.requestWillBeSent")
            .count();
    }
    vec![
        Row {
            what: "first moving packet, cold load, median of 3",
            bar: "≤ 2 s",
            measured: format!("{:.2} s", median(&mut first) / 1000.0),
            met: median(&mut first) <= 2000.0,
        },
        Row {
            what: "transferred, compressed, headers included",
            bar: "≤ 1 MB",
            measured: format!("{:.0} kB", median(&mut bytes) / 1000.0),
            met: median(&mut bytes) <= 1_000_000.0,
        },
        Row {
            what: "requests after that, with every view opened",
            bar: "0",
            measured: later.to_string(),
            met: later == 0,
        },
    ]
}

/// Any moment of a long run, by a worker of the page.
fn scrub(url: &str, asked: &Asked) -> Vec<Row> {
    let page = Page::open_in(DESK, url);
    page.sees("thermo");
    page.pause();
    let before = Thread::all("DedicatedWorker");
    let mut worker = Worker::start(&page);
    let text = scenes::busy();
    let run = true;
    worker.ask(|token| ToWorker::Open {
        token,
        what: Open::Text(text),
        run,
    });
    let mine = Thread::all("DedicatedWorker").into_iter();
    let mine: Vec<Thread> = mine.filter(|thread| !before.contains(thread)).collect();
    worker.say(ToWorker::Speed(Speed::Times(1000.0)));
    let began = Instant::now();
    while worker.print().entries < asked.events {
        thread::sleep(Duration::from_millis(50));
    }
    let made = began.elapsed().as_secs_f64();
    worker.say(ToWorker::Pause);
    let end = worker.print();
    let (mut walls, mut processor) = (Vec::new(), Vec::new());
    for n in 0..60 {
        let at = Micros(end.at.0 / 60 * (n * 37 % 60));
        let from = Micros(at.0.saturating_sub(3_000_000));
        let to = Micros(from.0 + 8_000_000);
        worker.say(ToWorker::Watch(Watch {
            score: Some(ScoreWatch { from, to }),
            ..Watch::default()
        }));
        worker.print();
        let spent = || mine.iter().map(Thread::spent_ms).sum::<f64>();
        let (before, began) = (spent(), Instant::now());
        worker.say(ToWorker::Seek(at));
        let print = worker.print();
        assert_eq!(print.at, at);
        walls.push(began.elapsed().as_secs_f64() * 1000.0);
        processor.push(spent() - before);
    }
    let (entries, checked) = (end.entries, walls.len());
    let processor_max = percentile(&mut processor, 1.0);
    vec![Row {
        what: "scrub to a moment of a long run, there and drawn",
        bar: "≤ 100 ms",
        measured: format!(
            "processor: median {:.0} ms, worst {processor_max:.0} ms; wall: median {:.0} ms, worst {:.0} ms, of {checked} \
             ({entries} entries, made in {made:.0} s)",
            median(&mut processor),
            median(&mut walls),
            percentile(&mut walls, 1.0),
        ),
        met: percentile(&mut walls, 0.5) <= 100.0 && processor_max <= 100.0,
    }]
}

/// A crowded stage.
fn stage(url: &str, _: &Asked) -> Vec<Row> {
    let page = Page::open_traced(DESK, url);
    page.sees("thermo");
    page.scene(&scenes::crowd());
    page.sees("s1");
    page.play();
    page.run("window.scrollTo(0, 0)");
    thread::sleep(Duration::from_secs(4));
    let mut frames = Frames::begin(&page);
    thread::sleep(Duration::from_secs(10));
    frames.end(&page);
    page.pause();
    let shown = page.all("dot").len();
    let script = frames.percentile(0.95);
    vec![Row {
        what: "50 actors and 200 packets on stage: main thread of a frame, p95",
        bar: "≤ 8 ms",
        measured: format!(
            "{script:.1} ms of the processor without rasterising (median {:.1}); rasterising on that thread {:.1} ms; {} frames in 10 s; {shown} packets on their way",
            frames.percentile(0.5),
            frames.raster_percentile(0.95),
            frames.count(),
        ),
        // Of no frame nothing is known.
        met: frames.count() > 0 && script <= 8.0,
    }]
}

/// Ten thousand topics in the tree.
fn tree(url: &str, _: &Asked) -> Vec<Row> {
    let page = Page::open_in(DESK, url);
    page.sees("thermo");
    page.scene(&scenes::topics());
    page.sees("s1");
    page.play();
    page.keys("++++++");
    page.keys("4");
    page.one("[data-testid=topic-row]");
    let topics = until("ten thousand topics", || {
        let text = page.text("[data-testid=topics]");
        let digits: String = text
            .chars()
            .filter(|c| *c != ',' && *c != '\u{202f}')
            .collect();
        digits.contains("10000 topics").then_some(10_000)
    });
    page.pause();
    let mut searched = Vec::new();
    for word in [
        "t77",
        "dev3/t1",
        "t100",
        "site/4/dev9/t5",
        "nothing like it",
        "",
    ] {
        page.driver().run(probe::SEARCH, &[json!(word)]);
        // The answer of the worker, and the frame it is drawn in.
        let took = until("an answer", || {
            let took = page.run("return window.searched");
            took.as_f64()
        });
        searched.push(took);
    }
    let worst = percentile(&mut searched, 1.0);
    vec![Row {
        what: "search in a tree of 10,000 topics, from the key to what is drawn",
        bar: "< 100 ms",
        measured: format!(
            "median {:.0} ms, worst {worst:.0} ms of the wall ({topics} topics)",
            median(&mut searched)
        ),
        met: worst < 100.0,
    }]
}

/// Five thousand messages a second for a long time, with the log in the place of the stage.
fn ingest(url: &str, asked: &Asked) -> Vec<Row> {
    let page = Page::open_traced(DESK, url);
    page.sees("thermo");
    page.scene(&scenes::flood());
    page.sees("s1");
    page.driver().run(probe::LONG_TASKS, &[]);
    page.keys("3");
    page.one("[data-testid=log]");
    page.run("document.activeElement.blur()");
    // The automatic speed counts as a quarter: this is that of the wall.
    page.keys("++");
    page.play();
    let began = Instant::now();
    let from = world_ms(&page);
    let mut frames = Frames::begin(&page);
    let mut memory: f64 = 0.0;
    while began.elapsed().as_secs_f64() < 60.0 * asked.minutes {
        thread::sleep(Duration::from_secs(5));
        frames.end(&page);
        memory = memory.max(probe::memory_mb());
    }
    let wall = began.elapsed().as_secs_f64();
    let world = (world_ms(&page) - from) / 1000.0;
    let rate = 5000.0 * world / wall;
    let long = page.run("return window.longTasks");
    let shown = page.text(".counts");
    let shown = shown.replace('\n', ", ");
    vec![
        Row {
            what: "5,000 messages a second, log in view: messages in a second of the wall",
            bar: "5,000",
            measured: format!("{rate:.0} for {:.1} min", wall / 60.0),
            met: rate >= 4_900.0,
        },
        Row {
            what: "longest task of the main thread meanwhile",
            bar: "≤ 50 ms",
            measured: format!(
                "{:.0} ms of the processor; the wall had {} longer than 50 ms, the longest {:.0} ms",
                frames.longest_task(),
                long["count"],
                long["longest"].as_f64().unwrap_or(0.0)
            ),
            met: frames.count() > 0 && frames.longest_task() <= 50.0,
        },
        Row {
            what: "memory: page and worker resident, at most",
            bar: "what the page shows",
            measured: format!("{memory:.0} MB with Chromium’s own; the page says “{shown}”"),
            met: memory <= 512.0,
        },
    ]
}

/// Milliseconds that the page's clock shows.
fn world_ms(page: &Page) -> f64 {
    let clock = page.clock();
    let parts = clock
        .split(':')
        .map(|part| part.trim().parse().unwrap_or(0.0));
    1000.0 * parts.fold(0.0, |sum, part: f64| 60.0 * sum + part)
}
