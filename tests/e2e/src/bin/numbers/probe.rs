//! What a browser says of itself, and the system of a browser.

use std::collections::BTreeMap;
use std::fs;
use std::path::PathBuf;

use serde_json::Value;
use tidings_e2e::Page;

/// Chromium's own messages since they were last asked for.
pub(crate) fn messages(page: &Page) -> Vec<Value> {
    let entries = page.driver().log("performance");
    let messages = entries.iter().filter_map(|entry| {
        let message: Value = serde_json::from_str(entry["message"].as_str()?).ok()?;
        Some(message["message"].clone())
    });
    messages.collect()
}

/// A thread of a browser, by its place below `/proc`.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Thread(PathBuf);

impl Thread {
    /// Every thread on this machine with such a name that belongs to a browser.
    pub(crate) fn all(name: &str) -> Vec<Self> {
        let mut found = Vec::new();
        for pid in browsers() {
            let tasks = fs::read_dir(format!("/proc/{pid}/task"));
            for task in tasks.into_iter().flatten().flatten() {
                let named = fs::read_to_string(task.path().join("comm")).unwrap_or_default();
                if named.starts_with(name) {
                    found.push(Self(task.path()));
                }
            }
        }
        found
    }

    /// Milliseconds of the processor that it has had.
    pub(crate) fn spent_ms(&self) -> f64 {
        let text = fs::read_to_string(self.0.join("schedstat")).unwrap_or_default();
        let nanos = text.split(' ').next().and_then(|first| first.parse().ok());
        nanos.unwrap_or(0.0_f64) / 1e6
    }
}

/// Browsers' processes.
fn browsers() -> Vec<u32> {
    let all = fs::read_dir("/proc").into_iter().flatten().flatten();
    let all = all.filter_map(|entry| entry.file_name().to_str()?.parse().ok());
    all.filter(|pid| {
        let name = fs::read_to_string(format!("/proc/{pid}/comm")).unwrap_or_default();
        name.starts_with("chrom")
    })
    .collect()
}

/// Megabytes that the largest process of a page holds.
pub(crate) fn memory_mb() -> f64 {
    let resident = browsers().into_iter().filter_map(|pid| {
        let arguments = fs::read_to_string(format!("/proc/{pid}/cmdline")).ok()?;
        let status = fs::read_to_string(format!("/proc/{pid}/status")).ok()?;
        let line = status
            .lines()
            .find_map(|line| line.strip_prefix("VmRSS:"))?;
        let kilobytes: f64 = line.trim().split(' ').next()?.parse().ok()?;
        arguments
            .contains("--type=renderer")
            .then_some(kilobytes / 1000.0)
    });
    resident.fold(0.0, f64::max)
}

/// The one in the middle.
pub(crate) fn median(values: &mut [f64]) -> f64 {
    percentile(values, 0.5)
}

/// The value that such a share is not above.
pub(crate) fn percentile(values: &mut [f64], share: f64) -> f64 {
    values.sort_by(f64::total_cmp);
    let place = (share * values.len() as f64).ceil() as usize;
    values
        .get(place.saturating_sub(1))
        .copied()
        .unwrap_or(f64::NAN)
}

/// What the main thread of the page did, frame by frame, as a trace tells it.
pub(crate) struct Frames {
    /// Milliseconds of the processor of each frame, and of them those that were rasterising.
    frames: Vec<(f64, f64)>,
    longest: f64,
}

/// Tasks' names, in traces.
const TASK: &str = "RunTask";
const FRAME: &str = "FireAnimationFrame";
/// What there is only because nothing else than the processor draws.
const RASTER: [&str; 4] = [
    "RasterTask",
    "CanvasResourceProvider::FlushCanvas",
    "Canvas2DLayerBridge::FlushRecording",
    "ImageDecodeTask",
];

impl Frames {
    /// Forgets what was before.
    pub(crate) fn begin(page: &Page) -> Self {
        messages(page);
        Self {
            frames: Vec::new(),
            longest: 0.0,
        }
    }

    /// Takes in what has happened since.
    pub(crate) fn end(&mut self, page: &Page) {
        let events: Vec<Value> = messages(page)
            .into_iter()
            .filter(|one| one["method"] == "Tracing.dataCollected")
            .map(|one| one["params"].clone())
            .collect();
        let thread = |event: &Value| Some((event["pid"].as_u64()?, event["tid"].as_u64()?));
        let mut count = BTreeMap::new();
        for event in events.iter().filter(|event| event["name"] == FRAME) {
            *count.entry(thread(event)).or_insert(0) += 1;
        }
        let Some((main, _)) = count.into_iter().max_by_key(|(_, count)| *count) else {
            return;
        };
        let number = |event: &Value, field: &str| event[field].as_f64().unwrap_or(0.0) / 1000.0;
        let mine = || events.iter().filter(|event| thread(event) == main);
        let begins = mine().filter(|event| event["name"] == FRAME);
        let mut begins: Vec<f64> = begins.map(|event| number(event, "ts")).collect();
        begins.sort_by(f64::total_cmp);
        begins.dedup_by(|one, other| *one - *other < 2.0);
        let mut frames = vec![(0.0, 0.0); begins.len().saturating_sub(1)];
        for event in mine() {
            let name = event["name"].as_str().unwrap_or_default();
            let spent = number(event, "tdur");
            let is_task = name.ends_with(TASK);
            if is_task {
                self.longest = self.longest.max(spent);
            }
            let place = begins.partition_point(|begin| *begin <= number(event, "ts") + 1e-6);
            // The task in which a frame is drawn begins a little before its script does.
            let dur = number(event, "dur");
            let ends = begins.partition_point(|begin| *begin <= number(event, "ts") + dur);
            let place = if is_task { ends.max(place) } else { place };
            let Some(frame) = place.checked_sub(1).and_then(|at| frames.get_mut(at)) else {
                continue;
            };
            if is_task {
                frame.0 += spent;
            } else if RASTER.contains(&name) {
                frame.1 += spent;
            }
        }
        self.frames.extend(frames);
    }

    /// Of each frame, without rasterising.
    pub(crate) fn percentile(&self, share: f64) -> f64 {
        let mut all: Vec<f64> = self
            .frames
            .iter()
            .map(|(all, raster)| all - raster)
            .collect();
        percentile(&mut all, share)
    }

    /// Of the rasterising in each frame.
    pub(crate) fn raster_percentile(&self, share: f64) -> f64 {
        let mut all: Vec<f64> = self.frames.iter().map(|(_, raster)| *raster).collect();
        percentile(&mut all, share)
    }

    /// How many there were.
    pub(crate) fn count(&self) -> usize {
        self.frames.len()
    }

    /// Milliseconds of the processor that the longest task had.
    pub(crate) fn longest_task(&self) -> f64 {
        self.longest
    }
}

/// Counts tasks of the main thread that took more of the wall than 50 ms.
pub(crate) const LONG_TASKS: &str = "
    window.longTasks = { count: 0, longest: 0 };
    new PerformanceObserver(list => {
        for (const { duration } of list.getEntries()) {
            window.longTasks.count += 1;
            window.longTasks.longest = Math.max(window.longTasks.longest, duration);
        }
    }).observe({ type: 'longtask' });";

/// Types into the search, and notes when the tree has been drawn anew.
pub(crate) const SEARCH: &str = "
    const field = document.querySelector('[data-testid=topics-search]');
    const rows = document.querySelector('[data-testid=topics]');
    window.searched = null;
    const began = performance.now();
    const seen = new MutationObserver(() => {
        seen.disconnect();
        requestAnimationFrame(() => setTimeout(() => window.searched = performance.now() - began));
    });
    seen.observe(rows, { subtree: true, childList: true, characterData: true });
    Object.getOwnPropertyDescriptor(HTMLInputElement.prototype, 'value').set.call(field, arguments[0]);
    field.dispatchEvent(new InputEvent('input', { bubbles: true }));";
