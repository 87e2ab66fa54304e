//! Many actors, and texts that nobody expects.

use serde_json::json;
use tidings_e2e::{Page, Setup, server, until};

const SPEAK: [(&str, &str); 4] = [
    ("<img src=x onerror=alert(1)>", "home/hall/lamp"),
    ("thermo 2", "home/x"),
    ("long", "a/b/c/d/e/f/g/h/i/j"),
    ("sys", "$SYS/x"),
];
const LISTEN: [(&str, &str); 4] = [
    ("hall", "home/hall/#"),
    ("s4", "$share/g/+/x"),
    ("s5", "#"),
    ("s6", "home//temp"),
];

/// The first scene with more actors.
fn crowd(server: &tidings_testkit::Broker) -> Page {
    let page = Page::open(server);
    page.sees("thermo");
    page.moves();
    let add = |opens: &str, field: &str, (name, filter): (&str, &str)| {
        page.click(opens);
        page.fill(field, filter);
        page.fill("#name", name);
        page.click("add");
        page.sees(name);
        page.click("panel-close");
    };
    for one in SPEAK {
        add("add-publisher", "#topic-0", one);
    }
    for one in LISTEN {
        add("add-subscriber", "#filter-0", one);
    }
    page
}

#[test]
fn what_adds_and_what_invites_do_not_lie_over_each_other() {
    let server = server();
    let page = crowd(&server);
    page.one("[data-testid=invite]");
    // What is covered cannot be pressed, nor what is out of sight.
    let covers = "const box = id => document.querySelector(`[data-testid=${id}]`).getBoundingClientRect();\
                  const stage = box('stage'), say = document.querySelector('.then').getBoundingClientRect();\
                  const foot = document.querySelector('footer').getBoundingClientRect();\
                  return [stage.top >= say.bottom,\
                          ...['invite', 'add-publisher', 'add-subscriber'].map(id => box(id).bottom <= foot.top)]";
    assert_eq!(page.run(covers), json!([true, true, true, true]));
    page.click("add-subscriber");
    page.one("[data-testid=add-form]");
    assert!(page.has("invite"), "the logger is still away");
    page.click("panel-close");
    page.is_clean();
}

/// Remembers where words are painted on the canvas of packets, and asks for those that lie over others.
const WORDS: &str = "\
    if (!window.words) {\
        window.words = [];\
        const proto = CanvasRenderingContext2D.prototype, fill = proto.fillText, clear = proto.clearRect;\
        const mine = context => context.canvas.dataset.testid === 'packets';\
        proto.clearRect = function (...a) { if (mine(this)) window.words = []; return clear.apply(this, a); };\
        proto.fillText = function (text, x, y) {\
            if (mine(this)) {\
                const m = this.measureText(text);\
                const box = this.canvas.getBoundingClientRect();\
                window.words.push({ text, left: box.left + x - m.actualBoundingBoxLeft, right: box.left + x + m.actualBoundingBoxRight,\
                    top: box.top + y - m.actualBoundingBoxAscent, bottom: box.top + y + m.actualBoundingBoxDescent });\
            }\
            return fill.call(this, text, x, y);\
        };\
    }\
    const said = window.words;\
    const stand = [...document.querySelectorAll('.still text, .still .abox, .still .tile')].map(e => {\
        const { left, right, top, bottom, height } = e.getBoundingClientRect();\
        /* A line of text is higher than its letters. */\
        const [over, under] = e.tagName == 'text' ? [0.2 * height, 0.12 * height] : [0, 0];\
        return { text: e.textContent || e.getAttribute('class'), left, right, top: top + over, bottom: bottom - under };\
    });\
    const meets = (a, b) => a.left < b.right && b.left < a.right && a.top < b.bottom && b.top < a.bottom;\
    const over = said.flatMap((a, n) => [...said.slice(n + 1), ...stand].filter(b => meets(a, b)).map(b => `${a.text} | ${b.text}`));\
    return { said: said.length, over };";

/// Gives the window another size, and waits until the stage has it.
pub(crate) fn resize(page: &Page, (width, height): (u32, u32)) {
    let size = json!({ "width": width, "height": height, "deviceScaleFactor": 1, "mobile": false });
    page.driver()
        .chromium("Emulation.setDeviceMetricsOverride", &size);
    let drawn = "return new Promise(done => requestAnimationFrame(() => requestAnimationFrame(() => done(\
                 document.querySelector('.still').clientWidth === document.querySelector('main').clientWidth))))";
    until("the size", || (page.run(drawn) == true).then_some(()));
    page.run(drawn);
}

#[test]
fn no_label_lies_over_another_or_over_a_name() {
    let server = server();
    let page = crowd(&server);
    page.pause();
    page.run(WORDS);
    let sizes = [(1440, 900), (834, 1112), (1024, 768), (390, 844)];
    let mut said = [0; 4];
    for _ in 0..10 {
        // What only arrives has no number of its own, so the clock tells that a step was made.
        let clock = page.clock();
        page.click("step");
        until("a step", || (page.clock() != clock).then_some(()));
        for (size, said) in sizes.into_iter().zip(&mut said) {
            resize(&page, size);
            let words = page.run(WORDS);
            assert_eq!(words["over"], json!([]), "{size:?}");
            *said += words["said"].as_u64().unwrap_or(0);
        }
    }
    assert!(
        said.iter().all(|said| *said > 10),
        "what packets say: {said:?}"
    );
    page.is_clean();
}

#[test]
fn a_tablet_shows_the_whole_sentence() {
    let server = server();
    let setup = Setup {
        width: 834,
        height: 1112,
        still: false,
    };
    let page = Page::open_in(setup, &format!("http://{}/", server.address()));
    page.sees("thermo");
    let cut =
        "const say = document.querySelector('.say'); return say.scrollWidth > say.clientWidth";
    assert_eq!(page.run(cut), json!(false));
    let left = "const stage = document.querySelector('.still .glass').getBoundingClientRect();\
                return document.querySelector('footer').getBoundingClientRect().top - stage.bottom";
    let left = page.run(left).as_f64().unwrap_or(f64::MAX);
    assert!(left < 120.0, "{left} lie empty under the stage");
}

#[test]
fn a_field_does_not_obey_what_is_typed() {
    let server = server();
    let page = Page::open(&server);
    page.sees("thermo");
    page.moves();
    page.click("add-publisher");
    page.one("#name");
    let paste = "const name = document.querySelector('#name'); name.focus(); name.select();\
                 document.execCommand('insertText', false, 'a\u{202e}live'); return true";
    page.run(paste);
    let value = || page.run("return document.querySelector('#name').value");
    until("the mark by its name", || {
        (value() == "a‹U+202E›live").then_some(())
    });
    // And it stays the character that it is.
    page.click("add");
    page.sees("a\u{202e}live");
    page.is_clean();
}

#[test]
fn down_in_the_search_goes_to_the_first_row() {
    let server = server();
    let page = Page::open(&server);
    page.sees("thermo");
    until("some events", || (page.event() >= 10).then_some(()));
    page.click("log-open");
    page.one("[data-testid=log-row]");
    page.press("[data-testid=log-search]");
    page.keys("\u{e015}");
    until("the first row", || {
        let at = page.run("return [document.activeElement.getAttribute('role'), document.activeElement.getAttribute('aria-activedescendant')]");
        (at == json!(["grid", "log-0"])).then_some(())
    });
    page.is_clean();
}
