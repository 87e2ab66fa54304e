//! The clock belongs to the person.

use tidings_e2e::{Page, server, until};

#[test]
fn it_can_be_held_and_stepped_both_ways() {
    let server = server();
    let page = Page::open(&server);
    page.sees("thermo");
    until("some events", || (page.event() >= 3).then_some(()));
    page.pause();
    let (clock, event) = (page.clock(), page.event());
    page.click("step");
    until("a step", || (page.clock() != clock).then_some(()));
    assert!(page.event() >= event);
    assert!(!page.runs(), "a step holds the clock");
    page.click("back");
    until("a step back", || (page.event() <= event).then_some(()));
    page.click("start");
    let beginning = "00:00.000";
    until("the beginning", || {
        (page.clock() == beginning).then_some(())
    });
    page.play();
    until("it goes on", || (page.event() > event).then_some(()));
    page.is_clean();
}

#[test]
fn it_can_be_faster() {
    let server = server();
    let page = Page::open(&server);
    page.sees("thermo");
    page.moves();
    page.keys("++++++++++");
    let minute = |clock: &str| clock.split(':').next().and_then(|m| m.parse().ok());
    until("a minute of the world", || {
        let minutes: u32 = minute(&page.clock())?;
        (minutes >= 1).then_some(())
    });
    page.is_clean();
}

#[test]
fn time_that_passes_renders_nothing() {
    let server = server();
    let page = Page::open(&server);
    page.sees("thermo");
    // A hundredth of the speed, and a packet that has just left: the next event is far away.
    page.keys("----------");
    page.moves();
    let now = "return [wasmBindings.renders(),\
               document.querySelector('[data-testid=event]').textContent,\
               document.querySelector('[data-testid=clock]').textContent]";
    until("frames without a render", || {
        let before = page.run(now);
        page.moves();
        page.moves();
        let after = page.run(now);
        if before[1] != after[1] {
            return None;
        }
        assert_ne!(before[2], after[2], "the clock is painted");
        assert_eq!(
            before[0], after[0],
            "nothing happened, and components rendered"
        );
        Some(())
    });
    // What happens does render.
    let before = page.run(now);
    page.pause();
    page.step();
    assert_ne!(before[0], page.run(now)[0]);
    page.is_clean();
}

#[test]
fn a_keyboard_is_enough() {
    let server = server();
    let page = Page::open(&server);
    page.sees("thermo");
    page.moves();
    page.keys(" ");
    until("space holds", || (!page.runs()).then_some(()));
    let event = page.event();
    page.keys("\u{e014}");
    until("an arrow steps", || (page.event() > event).then_some(()));
    page.keys("\u{e012}");
    until("another steps back", || {
        (page.event() <= event).then_some(())
    });
    page.keys("\u{e014}");
    // Tab to a packet on the stage, and open it.
    let focused = || page.run("return document.activeElement.dataset.testid ?? ''");
    let tabs = (0..60).position(|_| {
        page.keys("\u{e004}");
        focused() == "dot"
    });
    assert!(tabs.is_some(), "no packet can be reached");
    page.keys("\u{e007}");
    until("a packet", || page.has("packet-hex").then_some(()));
    page.keys("\u{e00c}");
    until("it closes", || (!page.has("packet-hex")).then_some(()));
    page.keys("l");
    until("the log", || page.has("log-row").then_some(()));
    page.keys("\u{e00c}");
    until("the stage", || page.has("stage").then_some(()));
    page.keys("?");
    until("the list of keys", || page.has("panel-title").then_some(()));
    page.is_clean();
}

/// Chooses the n-th of a list.
fn choose(page: &Page, id: &str, n: usize) {
    page.one(&format!("[data-testid={id}]"));
    page.run(&format!(
        "const list = document.querySelector('[data-testid={id}]'); list.selectedIndex = {n};\
         list.dispatchEvent(new Event('change', {{ bubbles: true }}))"
    ));
}

#[test]
fn a_breakpoint_stops_the_clock_says_why_and_selects_the_cause() {
    let server = server();
    let page = Page::open(&server);
    page.sees("thermo");
    page.moves();
    page.click("time-open");
    choose(&page, "stop-kind", 1);
    page.fill("#stop-filter", "home/#/door");
    page.click("stop-add");
    page.one("[data-testid=stops] [role=alert]");
    assert!(!page.has("stop-row"), "it is no filter");
    page.fill("#stop-filter", "home/+/door");
    page.click("stop-add");
    page.one("[data-testid=stop-row]");
    page.play();
    let why = until("it stops", || {
        let why = page.run("return document.querySelector('[data-testid=halt]').textContent");
        Some(why.as_str()?.to_owned()).filter(|why| !why.is_empty())
    });
    assert!(why.contains("has arrived, on home/+/door"), "{why}");
    assert!(!page.runs());
    let title = until("its cause", || {
        page.has("packet-hex")
            .then(|| page.text("[data-testid=panel-title]"))
    });
    let number = title.rsplit('#').next().unwrap_or_default();
    assert!(title.starts_with("PUBLISH"), "{title}");
    assert!(why.contains(&format!("#{number} ")), "{why}, {title}");

    // Switched off, it stops nothing; taken away, it is gone.
    page.keys("b");
    page.click("stop-on");
    page.one("[data-testid=stop-on][aria-checked=false]");
    page.play();
    let event = page.event();
    until("it goes on and on", || {
        (page.event() > event + 15).then_some(())
    });
    page.click("stop-remove");
    until("it is gone", || (!page.has("stop-row")).then_some(()));
    page.is_clean();
}

#[test]
fn steps_go_to_the_next_timer_and_until_somebody_gets_something() {
    let server = server();
    let page = Page::open(&server);
    page.sees("thermo");
    until("some events", || (page.event() >= 14).then_some(()));
    page.pause();
    page.keys("b");
    let event = page.event();
    choose(&page, "go-whom", 1);
    page.click("go-gets");
    until("it got something", || (page.event() > event).then_some(()));
    page.keys("l");
    let rows = until("the log", || {
        let rows = page.rows("[data-testid=log-row]");
        (!rows.is_empty()).then_some(rows)
    });
    // The copy for the heating asks for no answer, and has arrived.
    let got = rows
        .iter()
        .rev()
        .find(|row| row[3].ends_with("heating") && row[4] == "PUBLISH");
    assert!(got.is_some_and(|row| row.last().is_some_and(|cell| cell.starts_with("arrived"))));
    let clock = page.clock();
    page.click("go-timer");
    until("a timer", || (page.clock() > clock).then_some(()));
    assert!(!page.runs());
    page.is_clean();
}

#[test]
fn a_link_brings_another_page_to_the_same_moment() {
    let server = server();
    let page = Page::open(&server);
    page.sees("thermo");
    until("some events", || (page.event() >= 16).then_some(()));
    page.keys("f");
    page.click("fault-stall");
    until("it is stalled", || page.has("fault-chip").then_some(()));
    page.keys("f");
    let event = page.event();
    until("some more", || (page.event() > event + 4).then_some(()));
    page.pause();
    page.keys("b");
    page.click("link-make");
    let link = until("a link", || {
        let link = page.run("return document.querySelector('[data-testid=link]')?.value");
        Some(link.as_str()?.to_owned())
    });
    assert_eq!(page.run("return location.href"), link.as_str());
    let stage = "return document.querySelector('[data-testid=stage] svg.still').textContent";
    let before = (page.clock(), page.event(), page.run(stage));
    page.reload();
    page.sees("thermo");
    until("the same moment", || {
        (page.clock() == before.0).then_some(())
    });
    assert_eq!(page.event(), before.1);
    assert!(!page.runs());
    page.keys("b");
    until("the same stage", || {
        (page.run(stage) == before.2).then_some(())
    });
    assert!(
        before
            .2
            .as_str()
            .is_some_and(|text| text.contains("stalled"))
    );

    // A link that lost its end is not opened, and the page says so.
    let cut = &link[..link.len() - 5];
    page.run(&format!("location.href = {cut:?}"));
    let why = until("why not", || {
        page.has("link-problem")
            .then(|| page.text("[data-testid=link-problem]"))
    });
    assert!(why.contains("not whole"), "{why}");
    page.is_clean();
}
