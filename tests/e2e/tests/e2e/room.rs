//! Where there is little room, and what a person typed that cannot be taken.

use serde_json::json;
use tidings_e2e::{Page, server, until};

use super::crowded::resize;

/// Buttons of the foot that are out of the window, under something else, or over the panel.
const OUT: &str = "\
    return [...document.querySelectorAll('.trans button')].filter(button => {\
        const { left, right, top, bottom } = button.getBoundingClientRect();\
        const there = document.elementFromPoint((left + right) / 2, (top + bottom) / 2);\
        const foot = button.closest('footer').getBoundingClientRect();\
        return left < foot.left || right > foot.right || !(button.contains(there));\
    }).map(button => button.dataset.testid || button.textContent)";

#[test]
fn the_views_are_at_hand_at_a_real_broker() {
    let server = server();
    let page = Page::open(&server);
    page.sees("thermo");
    page.moves();
    page.click("real-broker");
    page.fill("#real-url", &format!("ws://{}/mqtt", server.address()));
    page.click("real-connect");
    page.one("[data-testid=leave-remote]");
    for size in [
        (1440, 900),
        (1280, 800),
        (1024, 768),
        (834, 1112),
        (768, 1024),
        (720, 450),
    ] {
        resize(&page, size);
        until("the foot fits", || {
            (page.run(OUT) == json!([])).then_some(())
        });
        assert!(page.has("views") || page.has("plots-open"), "{size:?}");
    }
    page.is_clean();
}

#[test]
fn a_low_window_has_a_stage() {
    let server = server();
    let page = Page::open(&server);
    page.sees("thermo");
    page.moves();
    for size in [(844, 390), (720, 450)] {
        resize(&page, size);
        let share = "const of = e => document.querySelector(e).getBoundingClientRect();\
                     const stage = of('[data-testid=stage]');\
                     return [stage.height > innerHeight / 3, stage.top >= of('.say').bottom,\
                             of('[data-testid=play]').bottom <= innerHeight]";
        until("a stage", || {
            (page.run(share) == json!([true, true, true])).then_some(())
        });
    }
    page.is_clean();
}

#[test]
fn a_kept_scene_that_cannot_be_opened_is_not_lost() {
    let server = server();
    let page = Page::open(&server);
    page.sees("thermo");
    let name = "x".repeat(41);
    let text = format!("format = 1\ntitle = \"mine\"\nseed = 1\n\n[[actors]]\nname = \"{name}\"\n");
    page.scene(&text);
    page.sees("thermo");
    assert!(page.text("[data-testid=unread]").contains("40 letters"));
    // It is there as long as nobody lets it go.
    page.reload();
    page.sees("thermo");
    page.click("unread-show");
    page.one("[data-testid=unread-text]");
    let shown = page.run("return document.querySelector('[data-testid=unread-text]').value");
    assert_eq!(shown, json!(text));
    page.click("unread-forget");
    until("it is gone", || (!page.has("unread")).then_some(()));
    assert_eq!(page.run("return localStorage.length"), json!(0));
    page.is_clean();
}

#[test]
fn a_number_that_does_not_fit_is_told_its_limits() {
    let server = server();
    let page = Page::open(&server);
    page.sees("door");
    page.click_actor("door");
    page.fill("#rate-0", "0");
    assert!(page.text("#rate-0-limits").contains("0.005"));
    page.fill("#rate-0", "2");
    until("it fits", || {
        let told = page.run("return document.querySelector('#rate-0-limits')");
        told.is_null().then_some(())
    });
    page.is_clean();
}
