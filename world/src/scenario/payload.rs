//! Where the payload of a message comes from.

use serde::{Deserialize, Deserializer, Serialize, Serializer};

/// Where the payload of a message comes from. `F` is what an object is made of: on the wire an
/// object has no objects in it ([`Flat`]), so that nothing that is read can be endlessly deep.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub enum Payload<F = Vec<Field>> {
    /// The same words every time: a template.
    Constant(String),
    /// One after another, and from the beginning again: templates. Repeats are meant.
    List(Vec<String>),
    /// A sine around `middle`.
    Wave {
        /// The value it swings around.
        middle: f64,
        /// The largest distance from the middle.
        swing: f64,
        /// Seconds until it comes round.
        period_secs: f64,
        /// Digits after the point.
        decimals: u8,
    },
    /// A seeded random walk that is drawn back to where it began.
    Walk {
        /// Where it begins.
        start: f64,
        /// The largest step.
        step: f64,
        /// Digits after the point.
        decimals: u8,
    },
    /// The charge of a battery in per cent: it falls unevenly, and is charged ten times as fast
    /// when it is nearly empty.
    Battery {
        /// Where it begins.
        start: f64,
        /// Seconds it lasts, from full to empty, about.
        lasts_secs: f64,
        /// Digits after the point.
        decimals: u8,
    },
    /// Somebody who walks about a place, as `{"lat":…,"lon":…}` in degrees.
    Track {
        /// Degrees north.
        lat: f64,
        /// Degrees east.
        lon: f64,
        /// Metres a second.
        speed: f64,
    },
    /// A JSON object.
    Json(F),
}

/// A member of a JSON object.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Field {
    /// Its name.
    pub name: String,
    /// Where its value comes from: any but another object. What is no JSON value by itself becomes
    /// a string.
    #[serde(serialize_with = "write", deserialize_with = "read")]
    pub value: Payload,
}

/// What a member of an object cannot be.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub enum Flat {}

impl<F> Payload<F> {
    /// The same with other objects.
    fn map<G>(self, object: impl FnOnce(F) -> Payload<G>) -> Payload<G> {
        match self {
            Self::Constant(word) => Payload::Constant(word),
            Self::List(words) => Payload::List(words),
            Self::Wave {
                middle,
                swing,
                period_secs,
                decimals,
            } => Payload::Wave {
                middle,
                swing,
                period_secs,
                decimals,
            },
            Self::Walk {
                start,
                step,
                decimals,
            } => Payload::Walk {
                start,
                step,
                decimals,
            },
            Self::Battery {
                start,
                lasts_secs,
                decimals,
            } => Payload::Battery {
                start,
                lasts_secs,
                decimals,
            },
            Self::Track { lat, lon, speed } => Payload::Track { lat, lon, speed },
            Self::Json(fields) => object(fields),
        }
    }
}

fn write<S: Serializer>(value: &Payload, serializer: S) -> Result<S::Ok, S::Error> {
    // An object in an object is refused where it is written; none can come here.
    let flat: Payload<Flat> = value.clone().map(|_| Payload::Constant(String::new()));
    flat.serialize(serializer)
}

fn read<'de, D: Deserializer<'de>>(deserializer: D) -> Result<Payload, D::Error> {
    let flat = Payload::<Flat>::deserialize(deserializer)?;
    Ok(flat.map(|never| match never {}))
}
