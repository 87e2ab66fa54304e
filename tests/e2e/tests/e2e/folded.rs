//! More actors than there is room for: they are folded, counted, and unfolded by a press or a key.

use std::fmt::Write;

use serde_json::json;
use tidings_e2e::{Page, server, until};

use super::crowded::resize;

/// A house of six rooms with four publishers each, and twenty subscribers with eight filters.
fn house() -> String {
    let mut text = String::from("format = 1\ntitle = \"House\"\nseed = 7\n");
    let rooms = ["kitchen", "hall", "bath", "cellar", "roof", "yard"];
    for room in rooms {
        for (n, what) in ["temp", "hum", "light", "leak"].iter().enumerate() {
            write!(
                text,
                "\n[[actors]]\nname = \"{room}-{what}\"\nlatency_ms = 100\n[[actors.speaks]]\n\
                 topic = \"home/{room}/{what}\"\npayload = {{ list = [\"1\", \"2\"] }}\n\
                 first_ms = {}\nperiod_ms = 900\n",
                1000 + n * 50
            )
            .unwrap();
        }
    }
    let filters = [
        "home/#",
        "home/+/temp",
        "home/kitchen/#",
        "home/+/hum",
        "home/roof/+",
        "home/+/leak",
        "home/hall/#",
        "home/bath/light",
    ];
    for n in 0..20 {
        let filter = filters[n / 3 % filters.len()];
        write!(
            text,
            "\n[[actors]]\nname = \"l{n}\"\nlatency_ms = 150\n[[actors.listens]]\nfilter = \"{filter}\"\n"
        )
        .unwrap();
    }
    text
}

fn bundles(page: &Page) -> Vec<String> {
    let script = "return [...document.querySelectorAll('[data-testid=bundle]')].map(one => one.dataset.name)";
    let names = page.run(script);
    let names = names.as_array().into_iter().flatten();
    names
        .filter_map(|name| Some(name.as_str()?.to_owned()))
        .collect()
}

/// What of the stage and of the page does not fit.
fn beyond(page: &Page) -> serde_json::Value {
    page.run(
        "const stage = document.querySelector('[data-testid=stage]');\
         return [stage.scrollHeight > stage.clientHeight + 1, document.documentElement.scrollWidth > innerWidth]",
    )
}

#[test]
fn a_crowd_is_folded_until_it_fits_and_unfolds() {
    let server = server();
    let page = Page::open(&server);
    page.scene(&house());
    until("somebody", || (!bundles(&page).is_empty()).then_some(()));
    page.moves();
    page.pause();
    let folded = bundles(&page);
    assert!(folded.contains(&"kitchen × 4".to_owned()), "{folded:?}");
    for size in [(1440, 900), (820, 1180)] {
        resize(&page, size);
        assert_eq!(beyond(&page), json!([false, false]), "{size:?}");
    }
    resize(&page, (1440, 900));
    assert!(!page.has("fold-again"));

    // By a press, and by a key.
    page.press("[data-testid=bundle][data-name='kitchen × 4']");
    for what in ["temp", "hum", "light", "leak"] {
        page.sees(&format!("kitchen-{what}"));
    }
    let listeners = folded.iter().find(|name| name.starts_with("l0 ×")).unwrap();
    page.run(&format!(
        "document.querySelector(`[data-testid=bundle][data-name='{listeners}']`).focus()"
    ));
    page.keys("\u{e007}");
    page.sees("l0");
    page.sees("l1");

    // Who is selected stays when the others fold.
    page.click_actor("kitchen-hum");
    page.one("[data-testid=actor-form]");
    page.click("fold-again");
    until("they fold", || {
        let actors = page.actors();
        let alone = actors.contains(&"kitchen-hum".to_owned());
        (alone && !actors.contains(&"kitchen-temp".to_owned())).then_some(())
    });
    page.click("panel-close");
    until("all of them", || (bundles(&page) == folded).then_some(()));
    page.is_clean();
}

#[test]
fn the_ladder_folds_its_lanes() {
    let server = server();
    let page = Page::open(&server);
    page.scene(&house());
    until("somebody", || (!bundles(&page).is_empty()).then_some(()));
    page.moves();
    page.pause();
    page.click("ladder-open");
    page.one("[data-testid=ladder]");
    let high = || {
        let high = page.run("return document.querySelector('[data-testid=arrows]').clientHeight");
        high.as_u64().unwrap_or(0)
    };
    let folded = until("a paper", || Some(high()).filter(|high| *high > 0));
    page.click("all-lanes");
    until("every lane", || (high() > 45 * 36).then_some(()));
    assert!(folded < 900, "{folded}");
    page.click("all-lanes");
    until("few lanes", || (high() == folded).then_some(()));
    page.is_clean();
}
