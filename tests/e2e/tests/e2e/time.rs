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
