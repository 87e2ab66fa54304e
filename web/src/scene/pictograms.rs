//! Pictograms of actors: a square of 40, one line weight, strokes that end where the thing ends.

use super::shape::Part;

/// What an actor is, as far as its picture goes.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(crate) enum Pictogram {
    Thermometer,
    Door,
    Phone,
    Heating,
    Logger,
    Chip,
    Lamp,
    Camera,
    #[default]
    Tablet,
    Guest,
}

const fn line(d: &'static str) -> Part {
    Part { d, class: "" }
}

const fn solid(d: &'static str) -> Part {
    Part { d, class: "solid" }
}

impl Pictogram {
    pub(crate) fn parts(self) -> &'static [Part] {
        match self {
            Self::Thermometer => THERMOMETER,
            Self::Door => DOOR,
            Self::Phone => PHONE,
            Self::Heating => HEATING,
            Self::Logger => LOGGER,
            Self::Chip => CHIP,
            Self::Lamp => LAMP,
            Self::Camera => CAMERA,
            Self::Tablet => TABLET,
            Self::Guest => GUEST,
        }
    }
}

static THERMOMETER: &[Part] = &[
    line("M15 24.5V8.5a4.5 4.5 0 0 1 9 0v16a8 8 0 1 1-9 0Z"),
    Part {
        d: "M19.5 14V31",
        class: "thick",
    },
    solid("M16 31a3.5 3.5 0 1 0 7 0a3.5 3.5 0 1 0 -7 0Z"),
    line("M28 9h5M28 14h3M28 19h5"),
];
static DOOR: &[Part] = &[
    line("M5 36h30M10 36V5h20v31"),
    line("M10 5l11 4v30l-11-3"),
    solid("M16.3 23a1.2 1.2 0 1 0 2.4 0a1.2 1.2 0 1 0 -2.4 0Z"),
];
static PHONE: &[Part] = &[
    line("M12 4h16v32H12Z"),
    line("M12 9.5h16M12 29.5h16M18.5 33h3"),
];
static HEATING: &[Part] = &[
    line("M4 13h32M4 27h32"),
    Part {
        d: "M8 8v24M14 8v24M20 8v24M26 8v24M32 8v24",
        class: "fin",
    },
];
static LOGGER: &[Part] = &[
    line("M10 5h22v30H10Z"),
    line("M6.5 11h7M6.5 17h7M6.5 23h7M6.5 29h7M18 13h9M18 19h9M18 25h5"),
];
static CHIP: &[Part] = &[
    line("M11 11h18v18H11Z"),
    line(
        "M15 11V6M20 11V6M25 11V6M15 34v-5M20 34v-5M25 34v-5M6 15h5M6 20h5M6 25h5M29 15h5M29 20h5M29 25h5",
    ),
];
static LAMP: &[Part] = &[
    line("M13 6h14l5 14H8Z"),
    line("M20 20v13M12 34.5h16"),
    solid("M18.5 24.5a1.5 1.5 0 1 0 3 0a1.5 1.5 0 1 0 -3 0Z"),
];
static CAMERA: &[Part] = &[
    line("M5 11h30v20H5Z"),
    line("M14 11l3-5h8l3 5"),
    line("M13.5 21a6.5 6.5 0 1 0 13 0a6.5 6.5 0 1 0 -13 0Z"),
];
static TABLET: &[Part] = &[line("M5 8h30v24H5Z"), line("M30 8v24M32.5 19v2")];
static GUEST: &[Part] = &[
    line("M8 35c0-9 5-13 12-13s12 4 12 13"),
    line("M12.5 13a7.5 7.5 0 1 0 15 0a7.5 7.5 0 1 0 -15 0Z"),
];
