//! What a person sees before doing anything.

use serde_json::json;
use tidings_e2e::{Page, Setup, server, until};

const FIRST_SCENE: [&str; 5] = ["door", "heating", "logger", "phone", "thermo"];

fn shows_the_first_scene(page: &Page) {
    for name in FIRST_SCENE {
        page.sees(name);
    }
    assert_eq!(page.actors().len(), FIRST_SCENE.len());
}

/// How much of the canvas is painted, as a number that differs when the picture does.
fn picture(page: &Page) -> String {
    let script = "const c = document.querySelector('[data-testid=packets]');\
                  return (c.matches('canvas') ? c : c.querySelector('canvas')).toDataURL()";
    page.run(script).as_str().unwrap_or_default().to_owned()
}

#[test]
fn it_opens_and_moves_by_itself() {
    let server = server();
    let page = Page::open(&server);
    shows_the_first_scene(&page);
    page.moves();
    let first = page.event();
    until("packets are sent", || (page.event() > first).then_some(()));
    let before = picture(&page);
    until("packets are seen to move", || {
        (picture(&page) != before).then_some(())
    });
    assert!(page.has("stage") && page.has("score"));
    page.one("[data-testid=invite]");
    page.is_clean();
}

#[test]
fn the_theme_can_be_chosen_and_stays() {
    let server = server();
    let page = Page::open(&server);
    page.sees("thermo");
    let colour = || page.run("return getComputedStyle(document.body).backgroundColor");
    let system = |scheme: &str| {
        let feature = json!({ "name": "prefers-color-scheme", "value": scheme });
        let media = json!({ "features": [feature] });
        page.driver().chromium("Emulation.setEmulatedMedia", &media);
        colour()
    };
    let (light, dark) = (system("light"), system("dark"));
    assert_ne!(light, dark, "the page follows the system");
    page.click("theme");
    assert_eq!(colour(), light, "until a theme is chosen");
    page.reload();
    page.sees("thermo");
    assert_eq!(colour(), light, "and it is kept");
    page.is_clean();
}

#[test]
fn who_wants_stillness_gets_it() {
    let server = server();
    let setup = Setup {
        width: 1440,
        height: 900,
        still: true,
    };
    let page = Page::open_in(setup, &format!("http://{}/", server.address()));
    shows_the_first_scene(&page);
    until("the first event", || (page.event() > 0).then_some(()));
    assert!(!page.runs());
    let clock = page.clock();
    let focus = page.run("return document.activeElement.dataset.testid");
    assert_eq!(focus, "step");
    page.keys("\u{e007}");
    until("a step", || (page.clock() != clock).then_some(()));
    assert!(!page.runs());
    page.is_clean();
}

#[test]
fn it_fits_a_phone() {
    let server = server();
    let setup = Setup {
        width: 390,
        height: 844,
        still: false,
    };
    let page = Page::open_in(setup, &format!("http://{}/", server.address()));
    shows_the_first_scene(&page);
    page.moves();
    let wider = page.run("return document.documentElement.scrollWidth");
    assert!(wider.as_f64() <= Some(390.0), "it is {wider} wide");
    page.is_clean();
}
