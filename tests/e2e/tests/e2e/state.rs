//! What everybody remembers.

use tidings_e2e::{Page, server, until};

/// The text of the line of somebody.
fn line(page: &Page, name: &str) -> Option<Vec<String>> {
    let script = "return [...document.querySelectorAll('[data-testid=state-row]')]\
                  .map(row => [...row.cells].map(cell => cell.innerText))";
    let rows = page.run(script);
    let rows = rows.as_array()?.iter();
    let mut rows = rows.map(|row| {
        let cells = row.as_array().into_iter().flatten();
        let cells = cells.map(|cell| cell.as_str().unwrap_or_default().to_owned());
        cells.collect::<Vec<_>>()
    });
    rows.find(|row| row[0].contains(name))
}

#[test]
fn sessions_queues_and_timers_are_shown_as_they_were() {
    let server = server();
    let page = Page::open(&server);
    page.sees("thermo");
    until("something waits for the logger", || {
        (page.clock().as_str() >= "00:03").then_some(())
    });
    page.pause();
    page.click("state-open");
    let logger = until("the logger", || line(&page, "logger"));
    assert!(logger[0].contains("away since 00.700"), "{logger:?}");
    assert!(logger[1].contains("home/kitchen/#"), "{logger:?}");
    assert!(logger[3].contains("wait"), "{logger:?}");
    let kept = page.text("[data-testid=state-kept]");
    assert!(kept.contains("home/kitchen/temp"), "{kept}");
    until("timers with what is left of them", || {
        let timers = page.text("[data-testid=state-timers]");
        (timers.contains("thermo says its next word") && timers.contains(" s\n")).then_some(())
    });
    // Each step says what it changed.
    let title = page.text("[data-testid=state-title]");
    until("another event", || {
        page.click("step");
        (page.text("[data-testid=state-title]") != title).then_some(())
    });
    // At the beginning nobody remembers anything.
    page.click("start");
    until("nobody is there", || {
        let logger = line(&page, "logger")?;
        (!logger[1].contains("home/") && !page.has("state-kept")).then_some(())
    });
    page.keys("5");
    until("the stage", || page.has("stage").then_some(()));
    page.is_clean();
}
