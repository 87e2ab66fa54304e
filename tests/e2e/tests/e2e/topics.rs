//! The tree of topics.

use tidings_e2e::{Page, house, server, until};

/// The first cells of the tree's rows.
fn tree(page: &Page) -> Vec<Vec<String>> {
    page.rows("[data-testid=topic-row]")
}

fn row<'a>(rows: &'a [Vec<String>], label: &str) -> Option<&'a Vec<String>> {
    rows.iter().find(|row| row[0] == label)
}

#[test]
fn the_tree_shows_who_speaks_and_who_receives_and_goes_back_in_time() {
    let server = server();
    let page = Page::open(&server);
    page.sees("thermo");
    until("some events", || (page.event() >= 30).then_some(()));
    page.pause();
    page.click("topics-open");
    let rows = until("two topics", || {
        let rows = tree(&page);
        (rows.len() == 3).then_some(rows)
    });
    assert_eq!(rows[0][1], "2 topics", "{rows:#?}");
    let temp = row(&rows, "kitchen/temp").unwrap();
    assert!(temp[1].starts_with("21."), "{temp:?}");
    assert_eq!(temp[5], "thermo");
    assert!(temp[6].starts_with("phone: got"), "{temp:?}");
    assert!(temp[8].starts_with("logger: "), "{temp:?}");
    let before: u32 = temp[3].parse().unwrap();
    assert!(before > 1);
    // Back until the thermometer had not said its last word.
    until("fewer messages", || {
        page.click("back");
        let rows = tree(&page);
        let temp = row(&rows, "kitchen/temp")?;
        (temp[3].parse::<u32>().ok()? < before).then_some(())
    });
    page.click("start");
    until("nothing yet", || tree(&page).is_empty().then_some(()));
    page.is_clean();
}

#[test]
fn a_topic_opens_with_its_payload_and_its_plot() {
    let server = server();
    let page = Page::open(&server);
    page.scene(&house(true));
    until("the scene", || {
        page.text("header").contains("A small house").then_some(())
    });
    page.keys("++++++");
    until("ten seconds", || {
        (page.clock().as_str() >= "00:10").then_some(())
    });
    page.pause();
    page.keys("4");
    until("the house", || (tree(&page).len() > 20).then_some(()));
    // What is hostile is shown: as text, and with its characters named.
    let all = page.text("[data-testid=topics]");
    assert!(all.contains("<img src=x onerror=alert(1)>"), "{all}");
    assert!(all.contains("U+202E"), "{all}");
    assert_eq!(
        page.run("return document.querySelectorAll('.tt img').length"),
        0
    );

    page.keys("/");
    until("the search", || {
        let focus = page.run("return document.activeElement.dataset.testid");
        (focus == "topics-search").then_some(())
    });
    page.keys("power/n");
    until("one topic", || {
        let rows = tree(&page);
        (rows.len() == 1 && rows[0][0] == "home/power/now").then_some(())
    });
    page.press("[data-testid=topic-row] .lw");
    let payload = until("its payload", || {
        let text = page.text("[data-testid=topic-payload]");
        text.contains("\"kw\": ").then_some(text)
    });
    assert!(payload.contains("\"tariff\": \"day\""), "{payload}");
    assert_eq!(page.all("topic-number").len(), 4);
    let drawn = || page.run("return document.querySelector('.plot .step').getAttribute('d')");
    let first = drawn();
    page.press("[data-testid=topic-number]:nth-child(2)");
    until("another plot", || (drawn() != first).then_some(()));
    // Beside the others, over the time of the score.
    page.click("topic-pin");
    page.run("document.activeElement.blur()");
    page.keys("6");
    until("its plot, messages, and what waits", || {
        let plots = page.all("plot").len();
        (plots >= 2 && page.text("[data-testid=plots]").contains("volt[0]")).then_some(())
    });
    assert!(page.has("score"));
    page.keys("4");
    page.run("document.querySelectorAll('[name=payload-as]')[2].click()");
    until("bytes", || {
        let text = page.text("[data-testid=topic-payload]");
        text.starts_with("0000").then_some(())
    });
    page.is_clean();
}

#[test]
fn a_keyboard_walks_the_tree() {
    let server = server();
    let page = Page::open(&server);
    page.scene(&house(false));
    until("the scene", || {
        page.text("header").contains("A small house").then_some(())
    });
    page.keys("++++++");
    until("all have spoken", || {
        (page.clock().as_str() >= "00:04").then_some(())
    });
    page.pause();
    page.keys("4");
    let rows = || tree(&page).len();
    let all = until("the house", || Some(rows()).filter(|rows| *rows > 20));
    let focused =
        || page.run("return document.activeElement.getAttribute('aria-activedescendant')");
    until("the tree has the focus", || {
        page.keys("\u{e015}");
        (focused() == "topic-1").then_some(())
    });
    // Shut the branch, open it, and open its first topic.
    page.keys("\u{e012}");
    until("a branch is shut", || (rows() < all).then_some(()));
    page.keys("\u{e014}");
    until("it is open", || (rows() == all).then_some(()));
    page.keys("\u{e015}\u{e007}");
    until("a topic", || page.has("topic").then_some(()));
    page.keys("\u{e00c}");
    until("it closes", || (!page.has("topic")).then_some(()));
    page.click("topics-shut");
    until("all is shut", || (rows() == 1).then_some(()));
    page.keys("1");
    until("the stage", || page.has("stage").then_some(()));
    page.is_clean();
}
