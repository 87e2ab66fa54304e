//! The ladder: packets as arrows, a cut that is dragged along them, and the runs that come of it.

use tidings_e2e::{Page, Setup, server, until};

/// The ladder at a moment at which the phone has had some messages, and the clock held.
fn opened(page: &Page) {
    page.sees("thermo");
    page.keys("+++");
    until("some seconds", || {
        (page.clock().as_str() >= "00:05").then_some(())
    });
    page.pause();
    page.keys("2");
    until("arrows", || (page.all("arrow").len() >= 8).then_some(()));
}

fn label(page: &Page, selector: &str) -> String {
    let script = format!("return document.querySelector({selector:?})?.ariaLabel ?? ''");
    page.run(&script).as_str().unwrap_or_default().to_owned()
}

/// Where two runs part, as the page says it.
fn parted(page: &Page) -> String {
    let script = "return document.querySelector('[data-testid=parted]')?.textContent ?? ''";
    page.run(script).as_str().unwrap_or_default().to_owned()
}

/// How many other runs there are, as the page says it.
fn runs(page: &Page) -> String {
    let script = "return document.querySelector('[data-testid=runs-open]')?.textContent ?? ''";
    page.run(script).as_str().unwrap_or_default().to_owned()
}

#[test]
fn every_packet_is_an_arrow_and_one_selection_goes_through_all_views() {
    let server = server();
    let page = Page::open(&server);
    opened(&page);
    let arrows = page.all("arrow");
    let name = label(&page, "[data-testid=arrow]");
    assert!(name.contains(" to ") && name.contains(", left "), "{name}");
    // A press on the end of an arrow chooses its packet, and shows its bytes.
    let (x, y) = page.middle(&arrows[arrows.len() / 2]);
    page.click_at(x, y);
    page.one("[data-testid=packet-hex]");
    let chosen = "[data-testid=arrow][aria-selected=true]";
    let first = label(&page, chosen);
    assert!(!first.is_empty());
    // Arrow keys go on to the next, from wherever the paper was pressed.
    page.run("document.querySelector('[data-testid=arrows]').focus()");
    page.keys("\u{e015}");
    until("the next packet", || {
        (label(&page, chosen) != first).then_some(())
    });
    page.keys("\u{e013}");
    until("and back", || (label(&page, chosen) == first).then_some(()));
    let number = first.split([' ', ',']).nth(1).unwrap().to_owned();
    // The log has the same one.
    page.keys("3");
    let row = page.one("[data-testid=log-row][aria-selected=true]");
    let script = "return arguments[0].textContent";
    let text = page.driver().run(script, &[row.argument()]);
    assert!(text.as_str().unwrap().contains(&number), "{text}: {number}");
    page.keys("\u{e00c}");
    page.keys("2");
    page.one("[data-testid=ladder]");
    page.keys("\u{e00c}\u{e00c}");
    until("the stage", || page.has("stage").then_some(()));
    page.is_clean();
}

#[test]
fn a_press_on_the_paper_goes_to_that_moment() {
    let server = server();
    let page = Page::open(&server);
    opened(&page);
    let clock = page.clock();
    let paper = page.one("[data-testid=arrows]");
    let script = "const r = arguments[0].getBoundingClientRect(); return [r.x, r.y]";
    let corner = page.driver().run(script, &[paper.argument()]);
    let (x, y) = (corner[0].as_f64().unwrap(), corner[1].as_f64().unwrap());
    // Near the beginning of the paper, on the ruler, where no arrow is.
    page.click_at(x + 260.0, y + 40.0);
    until("an earlier moment", || (page.clock() < clock).then_some(()));
    page.is_clean();
}

#[test]
fn a_cut_is_dragged_and_what_comes_of_it_is_told() {
    let server = server();
    let page = Page::open(&server);
    opened(&page);
    let clock = page.clock();
    let handle = page.one("[data-testid=cut]");
    let from = page.middle(&handle);
    page.drag(from, (from.0 - 120.0, from.1));
    page.one("[data-testid=outcome]");
    until("another run", || {
        (runs(&page) == "1 other run").then_some(())
    });
    assert_eq!(page.clock(), clock, "the playhead stays");
    let place = || {
        let script = "return document.querySelector('[data-testid=cut]').ariaValueText";
        page.run(script).as_str().unwrap_or_default().to_owned()
    };
    let first = place();
    assert!(first.starts_with("cut at "), "{first}");
    // Dragged on, it is moved: there is no second cut, and no third run.
    let from = page.middle(&handle);
    page.drag(from, (from.0 - 90.0, from.1));
    until("it moves", || (place() != first).then_some(()));
    assert_eq!(runs(&page), "1 other run");
    // By keys it goes from one arrival to the next.
    let second = place();
    page.run("document.querySelector('[data-testid=cut]').focus()");
    page.keys("\u{e014}");
    until("a key moves it", || (place() != second).then_some(()));
    assert_eq!(runs(&page), "1 other run");
    page.keys("\u{e017}");
    until("it is gone", || {
        place().starts_with("not cut").then_some(())
    });
    until("the old run", || runs(&page).is_empty().then_some(()));
    page.is_clean();
}

#[test]
fn the_old_run_is_kept_compared_and_gone_back_to() {
    let server = server();
    let page = Page::open(&server);
    opened(&page);
    let handle = page.one("[data-testid=cut]");
    let from = page.middle(&handle);
    page.drag(from, (from.0 - 400.0, from.1));
    let forked = "Run 2 parts from run 1 at ";
    until("a fork", || parted(&page).starts_with(forked).then_some(()));
    until("dotted arrows", || page.has("ghost").then_some(()));
    let ghost = label(&page, "[data-testid=ghost]");
    assert!(ghost.starts_with("In the other run: "), "{ghost}");
    until("who got fewer", || {
        let script = "return document.querySelector('[data-testid=differs]')?.textContent ?? ''";
        let differs = page.run(script);
        let differs = differs.as_str().unwrap_or_default();
        (differs.contains("phone: ") && differs.contains(" instead of ")).then_some(())
    });
    page.click("run-back");
    until("run 1", || {
        parted(&page)
            .starts_with("Run 1 parts from run 2")
            .then_some(())
    });
    // Compared with none there is nothing dotted.
    page.click("runs-open");
    assert_eq!(page.all("run").len(), 1);
    page.click("run-alone");
    until("no ghosts", || (!page.has("ghost")).then_some(()));
    // The tree has both: a run that is pressed is compared with, and its arrow goes back to it.
    assert_eq!(page.all("branch").len(), 1);
    page.click("branch");
    until("dotted arrows", || page.has("ghost").then_some(()));
    page.click("branch-back");
    until("run 2", || parted(&page).starts_with(forked).then_some(()));
    page.is_clean();
}

#[test]
fn on_a_phone_the_ladder_has_its_names_and_its_handle() {
    let server = server();
    let setup = Setup {
        width: 390,
        height: 844,
        still: false,
    };
    let page = Page::open_in(setup, &format!("http://{}/", server.address()));
    opened(&page);
    let handle = page.one("[data-testid=cut]");
    let script = "const r = arguments[0].getBoundingClientRect();\
                  return [r.width, r.height, r.right <= innerWidth, document.body.scrollWidth <= innerWidth]";
    let size = page.driver().run(script, &[handle.argument()]);
    assert!(
        size[0].as_f64() >= Some(44.0) && size[1].as_f64() >= Some(44.0),
        "{size}"
    );
    assert_eq!(
        (size[2].as_bool(), size[3].as_bool()),
        (Some(true), Some(true))
    );
    page.is_clean();
}
