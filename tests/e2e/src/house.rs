//! A scene with more in it than the first one has: a small house of twenty topics, four of its
//! listeners' filters, and a guest who writes what nobody should believe.

use std::fmt::Write as _;

/// Who says what: the actor, its picture, the topic, its payload, milliseconds between two
/// messages, and whether the broker keeps the last.
const SAID: [(&str, &str, &str, &str, u32, bool); 20] = [
    (
        "thermo",
        "thermometer",
        "home/kitchen/temp",
        WARM,
        1000,
        true,
    ),
    ("hygro", "box", "home/kitchen/hum", DAMP, 5000, true),
    ("wall-3", "lamp", "home/kitchen/light", SWITCH, 9000, true),
    (
        "smoke-1",
        "box",
        "home/kitchen/smoke",
        r#"{ constant = "clear" }"#,
        11_000,
        true,
    ),
    (
        "door",
        "door",
        "home/hall/door",
        r#"{ list = ["open", "closed"] }"#,
        3300,
        false,
    ),
    (
        "pir-1",
        "box",
        "home/hall/motion",
        r#"{ list = ["1", "0"] }"#,
        2100,
        false,
    ),
    ("wall-1", "lamp", "home/hall/light", SWITCH, 8000, true),
    (
        "thermo-2",
        "thermometer",
        "home/bath/temp",
        WARM,
        5000,
        true,
    ),
    ("hygro-2", "box", "home/bath/hum", DAMP, 5000, true),
    (
        "leak-1",
        "box",
        "home/bath/leak",
        r#"{ constant = "dry" }"#,
        12_000,
        true,
    ),
    (
        "thermo-3",
        "thermometer",
        "home/bedroom/temp",
        WARM,
        5000,
        true,
    ),
    (
        "reed-1",
        "box",
        "home/bedroom/window",
        r#"{ list = ["closed", "open"] }"#,
        7000,
        true,
    ),
    ("wall-2", "lamp", "home/bedroom/light", SWITCH, 8000, true),
    (
        "thermo-4",
        "thermometer",
        "home/cellar/temp",
        WARM,
        5000,
        true,
    ),
    (
        "leak-2",
        "box",
        "home/cellar/leak",
        r#"{ constant = "dry" }"#,
        12_000,
        true,
    ),
    (
        "pump",
        "box",
        "home/cellar/pump",
        r#"{ list = ["idle", "on"] }"#,
        4000,
        true,
    ),
    (
        "vane",
        "box",
        "home/roof/wind",
        r#"{ walk = { start = 5.2, step = 0.6, decimals = 1 } }"#,
        2000,
        false,
    ),
    (
        "lux",
        "box",
        "home/roof/sun",
        r#"{ walk = { start = 412.0, step = 9.0, decimals = 0 } }"#,
        2000,
        false,
    ),
    ("meter", "box", "home/power/now", METER, 1000, false),
    (
        "meter-2",
        "box",
        "home/power/today",
        r#"{ constant = "6.2" }"#,
        15_000,
        true,
    ),
];

const WARM: &str = "{ wave = { middle = 21.2, swing = 0.4, period_secs = 40.0, decimals = 1 } }";
const DAMP: &str = "{ walk = { start = 48.0, step = 1.0, decimals = 0 } }";
const SWITCH: &str = r#"{ list = ["off", "on"] }"#;
const METER: &str = r#"{ list = [
    '{"kw": 1.84, "volt": [229.8, 230.1, 230.4], "tariff": "day"}',
    '{"kw": 2.10, "volt": [229.9, 230.0, 230.4], "tariff": "day"}',
    '{"kw": 0.95, "volt": [229.9, 230.2, 230.3], "tariff": "day"}',
] }"#;

/// The scene's text; `guest` also says what is hostile.
pub fn house(guest: bool) -> String {
    let mut text = String::from("format = 1\ntitle = \"A small house\"\n");
    let mut speaker = |name: &str, picture: &str, said: &str| {
        let _ = write!(
            text,
            "\n[[actors]]\nname = \"{name}\"\npicture = \"{picture}\"\nlatency_ms = 90\n{said}"
        );
    };
    for (n, (name, picture, topic, payload, period, retain)) in SAID.iter().enumerate() {
        let (first, qos) = (300 + 130 * n, n % 3);
        let said = format!(
            "[[actors.speaks]]\ntopic = \"{topic}\"\npayload = {payload}\nperiod_ms = {period}\n\
             first_ms = {first}\nqos = {qos}\nretain = {retain}\n"
        );
        speaker(name, picture, &said);
    }
    if guest {
        let hostile = [
            (r"home/<img src=x onerror=alert(1)>", r"<b>open</b>\u202E!"),
            (r"home/\u202Epmet\u202C/\u200B", r"19\u00079"),
            (
                "home/hall/with a name that is much too long for anybody to read it/and/deeper/still/on",
                "1",
            ),
        ];
        let said: String = hostile
            .iter()
            .map(|(topic, payload)| {
                format!(
                    "[[actors.speaks]]\ntopic = \"{topic}\"\npayload = {{ constant = \"{payload}\" }}\n\
                     period_ms = 2500\n"
                )
            })
            .collect();
        speaker("guest", "person", &said);
    }
    for (name, picture, filter, qos, away) in [
        ("phone", "phone", "home/#", 1, "forget"),
        ("heating", "heating", "home/+/temp", 0, "forget"),
        ("logger", "logger", "home/kitchen/#", 2, "keep_hour"),
    ] {
        let _ = write!(
            text,
            "\n[[actors]]\nname = \"{name}\"\npicture = \"{picture}\"\nlatency_ms = 120\naway = \"{away}\"\n\
             keep_alive_secs = 45\n[[actors.listens]]\nfilter = \"{filter}\"\nqos = {qos}\n"
        );
    }
    text.push_str("\n[[beats]]\nat_ms = 4000\nactor = \"logger\"\nwhat = \"unplug\"\n");
    text
}
