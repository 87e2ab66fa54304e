//! What can go wrong, made to go wrong.

use tidings_e2e::{Page, server, until};

/// Everything that is written on the stage.
fn stage(page: &Page) -> String {
    let words = "return [...document.querySelectorAll('[data-testid=stage] svg.still text')]\
                 .map(text => text.textContent).join('|')";
    page.run(words).as_str().unwrap_or_default().to_owned()
}

fn stage_says(page: &Page, words: &str) {
    until(words, || stage(page).contains(words).then_some(()));
}

fn stage_is_without(page: &Page, words: &str) {
    until(words, || (!stage(page).contains(words)).then_some(()));
}

/// What the log says of it, once a row of this kind is there.
fn log_says(page: &Page, kind: &str) -> String {
    page.click("log-open");
    let row = until(kind, || {
        let rows = page.rows("[data-testid=log-row]");
        rows.into_iter()
            .rev()
            .find(|row| row.iter().any(|cell| cell == kind))
    });
    page.click("faults-open");
    page.one("[data-testid=faults]");
    row.last().cloned().unwrap_or_default()
}

/// Chooses a link by its name.
fn choose(page: &Page, name: &str) {
    page.press(&format!(
        "[data-testid=faults] label:has(input[aria-label={name:?}])"
    ));
    page.one(&format!(
        "[data-testid=faults] label.on:has(input[aria-label={name:?}])"
    ));
}

fn chips(page: &Page) -> usize {
    page.all("fault-chip").len()
}

fn open(page: &Page) {
    page.sees("thermo");
    until("they are connected", || (page.event() >= 14).then_some(()));
    page.click("faults-open");
    page.one("[data-testid=faults]");
}

#[test]
fn a_link_stalls_moves_again_and_falls_silent() {
    let server = server();
    let page = Page::open(&server);
    open(&page);
    choose(&page, "phone");
    page.click("fault-stall");
    stage_says(&page, "stalled");
    until("a chip", || (chips(&page) == 1).then_some(()));
    assert_eq!(log_says(&page, "stalled"), "nothing moves, nothing is lost");
    page.press("[data-testid=fault-chip] button");
    stage_is_without(&page, "stalled");
    assert_eq!(
        log_says(&page, "moves again"),
        "from where everything stood"
    );
    choose(&page, "phone");
    page.click("fault-silence");
    stage_says(&page, "silent");
    assert_eq!(log_says(&page, "half-open"), "dead, and nobody was told");
    page.is_clean();
}

#[test]
fn a_link_is_uneven_and_narrow_and_its_figures_are_checked() {
    let server = server();
    let page = Page::open(&server);
    open(&page);
    choose(&page, "heating");
    page.fill("#fault-jitter", "80");
    page.keys("\u{e007}");
    stage_says(&page, "± 80 ms");
    page.fill("#fault-rate", "1500");
    page.keys("\u{e007}");
    stage_says(&page, "1.5 kB/s");
    page.fill("#fault-reads", "200");
    page.keys("\u{e007}");
    until("three chips", || (chips(&page) == 3).then_some(()));
    assert!(log_says(&page, "another link").ends_with("± 80, 1.5 kB/s, reads 200 B/s"));
    choose(&page, "heating");
    page.fill("#fault-rate", "3");
    page.keys("\u{e007}");
    until("what is wrong", || {
        page.text("[data-testid=faults] [role=alert]")
            .contains("from 10")
            .then_some(())
    });
    assert_eq!(chips(&page), 3, "what was in force is still");
    page.is_clean();
}

#[test]
fn a_connection_is_cut_when_the_chosen_packet_has_arrived() {
    let server = server();
    let page = Page::open(&server);
    open(&page);
    choose(&page, "phone");
    page.pause();
    until("a packet on its way to the phone", || {
        page.step();
        page.has("fault-after").then_some(())
    });
    page.click("fault-after");
    stage_says(&page, "cut after #");
    page.play();
    stage_is_without(&page, "cut after #");
    assert_eq!(
        log_says(&page, "cut"),
        "what flew is lost, it connects again"
    );
    choose(&page, "phone");
    page.one("#fault-bytes:not([disabled])");
    page.fill("#fault-bytes", "3");
    page.keys("\u{e007}");
    stage_says(&page, "cut after 3 B");
    page.press("[data-testid=fault-chip] button");
    stage_is_without(&page, "cut after 3 B");
    page.is_clean();
}

#[test]
fn the_broker_crashes_with_and_without_its_store() {
    let server = server();
    let page = Page::open(&server);
    page.sees("logger");
    until("something waits", || {
        stage(&page).contains("away · 2 wait").then_some(())
    });
    page.click("faults-open");
    page.click("fault-broker");
    stage_says(&page, "down: nobody answers");
    assert_eq!(
        log_says(&page, "crashed"),
        "all links are cut, its store survives"
    );
    page.click("fault-start");
    stage_is_without(&page, "down: nobody answers");
    stage_says(&page, "21.2");
    page.click("fault-lose");
    stage_says(&page, "down: nobody answers");
    stage_is_without(&page, "21.2");
    assert_eq!(
        log_says(&page, "lost its store"),
        "all links are cut, all is forgotten"
    );
    page.click("fault-start");
    stage_is_without(&page, "down: nobody answers");
    page.is_clean();
}

#[test]
fn a_client_crashes_and_restarts_by_keyboard() {
    let server = server();
    let page = Page::open(&server);
    open(&page);
    page.keys("\u{e00c}");
    page.one("[data-testid=stage]");
    page.keys("f");
    page.one("[data-testid=faults]");
    let reach = |id: &str| {
        let focused = || page.run("return document.activeElement.dataset.testid ?? ''");
        let there = (0..90).any(|_| {
            page.keys("\u{e004}");
            focused() == id
        });
        assert!(there, "{id} can be reached");
        page.keys("\u{e007}");
    };
    reach("fault-crash");
    page.one("[data-testid=fault-on]");
    assert_eq!(log_says(&page, "crashed"), "it forgot all it had in hand");
    reach("fault-restart");
    page.one("[data-testid=fault-off]");
    page.is_clean();
}
