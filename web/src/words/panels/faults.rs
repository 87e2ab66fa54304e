//! The words of faults: what can go wrong, and what is in force.

use tidings_world::scenario::{BrokerDeed, Deed, Wire};
use tidings_world::view::Cut;

use super::figures;

/// The panel of faults, and what stands on the stage and in the log of them.
pub(crate) struct Faults {
    pub(crate) title: &'static str,
    pub(crate) close: &'static str,
    pub(crate) in_force: fn(usize) -> String,
    pub(crate) link: &'static str,
    pub(crate) link_note: &'static str,
    pub(crate) client: &'static str,
    pub(crate) broker: &'static str,
    pub(crate) slow: Kind,
    pub(crate) uneven: Kind,
    pub(crate) narrow: Kind,
    pub(crate) reader: Kind,
    pub(crate) stall: Kind,
    pub(crate) half_open: Kind,
    /// Who finds out about a half-open connection, by its keep-alive in seconds.
    pub(crate) found_out: fn(u16) -> String,
    pub(crate) cut_now: Kind,
    pub(crate) cut_bytes: Kind,
    pub(crate) cut_before: Kind,
    pub(crate) cut_after: Kind,
    pub(crate) lose: Kind,
    pub(crate) crash: Kind,
    pub(crate) off: Kind,
    pub(crate) on: Kind,
    pub(crate) restart: Kind,
    pub(crate) keeps: Kind,
    pub(crate) loses: Kind,
    pub(crate) start: Kind,
    pub(crate) do_cut: &'static str,
    pub(crate) do_crash: &'static str,
    pub(crate) bytes: &'static str,
    pub(crate) range: fn(u32, u32) -> String,
    /// Why no packet can be chosen.
    pub(crate) no_packet: fn(running: bool) -> &'static str,
    pub(crate) which: &'static str,
    // Beside a packet.
    pub(crate) what_if: &'static str,
    pub(crate) before_it: &'static str,
    pub(crate) after_it: &'static str,
    pub(crate) again: &'static str,
    /// A real broker's link.
    pub(crate) remote: &'static str,
    pub(crate) end: fn(what: &str) -> String,
    // On the stage.
    pub(crate) stalled: &'static str,
    pub(crate) silent: &'static str,
    pub(crate) down: &'static str,
    pub(crate) down_story: &'static str,
    pub(crate) jitter: fn(u32) -> String,
    pub(crate) rate: fn(u32) -> String,
    pub(crate) reads: fn(u32) -> String,
    pub(crate) cut: fn(Cut) -> String,
    // In the log.
    pub(crate) deed: fn(Deed) -> &'static str,
    pub(crate) broker_deed: fn(BrokerDeed) -> &'static str,
    pub(crate) wire: fn(Wire) -> String,
}

/// One thing that can go wrong.
pub(crate) struct Kind {
    pub(crate) name: &'static str,
    /// The exact term beside the plain one, or nothing.
    pub(crate) term: &'static str,
    pub(crate) says: &'static str,
}

const fn kind(name: &'static str, term: &'static str, says: &'static str) -> Kind {
    Kind { name, term, says }
}

pub(super) const EN: Faults = Faults {
    title: "Faults",
    close: "Put the faults away",
    in_force: |n| match n {
        0 => "Faults".into(),
        n => format!("Faults, {n} in force"),
    },
    link: "A link",
    link_note: "all that can go wrong with a wire",
    client: "A client",
    broker: "The broker",
    slow: kind("Slow", "latency", "every packet takes so long"),
    uneven: kind("Uneven", "jitter", "but never out of order"),
    narrow: kind("Narrow", "bandwidth", "a long packet holds up the next"),
    reader: kind("Slow reader", "full window", "what is unread piles up"),
    stall: kind(
        "Stalls",
        "outage, link holds",
        "nothing moves, nothing is lost",
    ),
    half_open: kind("Half-open", "dead, nobody told", ""),
    found_out: |secs| match secs {
        0 => "no keep-alive: nobody finds out".into(),
        secs => format!("found out by keep-alive, {} s", f64::from(secs) * 1.5),
    },
    cut_now: kind("Cut now", "", "what is in flight dies"),
    cut_bytes: kind("Cut after n bytes", "", "half a packet is no packet"),
    cut_before: kind("Cut before", "it arrives", "it must be sent again"),
    cut_after: kind("Cut after", "it has come", "its ack dies, it comes twice"),
    lose: kind(
        "Lose one packet",
        "does not exist",
        "TCP sends lost bytes again, and the later ones wait for them. If it cannot, the whole link dies. And MQTT 5 sends nothing twice on a living link: a packet lost alone would be waited for until the end of time.",
    ),
    crash: kind("Crash", "", "forgets all it had in hand"),
    off: kind("Switch off", "", "says DISCONNECT first, no will"),
    on: kind("Switch on", "", "connects again"),
    restart: kind("Restart", "", "crashes, and comes back at once"),
    keeps: kind(
        "Crash, the store survives",
        "",
        "sessions and kept words come back",
    ),
    loses: kind("Crash, the store is lost", "", "what waited is gone"),
    start: kind("Start again", "", "with what its store kept"),
    do_cut: "Cut",
    do_crash: "Crash",
    bytes: "bytes",
    range: |from, to| {
        format!(
            "A whole number from {} to {}, or nothing.",
            figures(from.into()),
            figures(to.into())
        )
    },
    no_packet: |running| match running {
        true => "stop the clock to choose one",
        false => "none in flight",
    },
    which: "Which packet",
    what_if: "What if the connection is cut",
    before_it: "before it arrives",
    after_it: "after it has arrived",
    again: "It has been: the world is had again from when it left, with the cut.",
    remote: "This link is not ours: we cannot slow it, stall it or count its bytes. What this page can do is to cut its own end.",
    end: |what| format!("End it: {what}"),
    stalled: "stalled",
    silent: "silent",
    down: "down: nobody answers",
    down_story: "The broker is down. Whoever connects finds nobody.",
    jitter: |ms| format!("± {ms} ms"),
    rate,
    reads: |bytes| format!("reads {}", rate(bytes)),
    cut: |cut| match cut {
        Cut::Bytes(n) => format!("cut after {} B", figures(n.into())),
        Cut::Packet {
            no, after: false, ..
        } => format!("cut before #{}", no.0),
        Cut::Packet {
            no, after: true, ..
        } => format!("cut after #{}", no.0),
    },
    deed: |deed| match deed {
        Deed::Unplug => "the cable is out, what flew is lost",
        Deed::SwitchOff => "it said goodbye: no will",
        Deed::SwitchOn => "it connects",
        Deed::Cut => "what flew is lost, it connects again",
        Deed::CutAfter(_) => "when so many bytes have left",
        Deed::Stall => "nothing moves, nothing is lost",
        Deed::Resume => "from where everything stood",
        Deed::Silence => "dead, and nobody was told",
        Deed::Crash => "it forgot all it had in hand",
        Deed::Restart => "it forgot all, and connects",
    },
    broker_deed: |deed| match deed {
        BrokerDeed::Crash => "all links are cut, its store survives",
        BrokerDeed::Lose => "all links are cut, all is forgotten",
        BrokerDeed::Start => "with what its store kept",
    },
    wire: |wire| {
        let mut text = format!("{} ms", figures(wire.latency_ms.into()));
        if wire.jitter_ms > 0 {
            text += &format!(" ± {}", figures(wire.jitter_ms.into()));
        }
        if wire.bytes_per_sec > 0 {
            text += &format!(", {}", rate(wire.bytes_per_sec));
        }
        if wire.reads_per_sec > 0 {
            text += &format!(", reads {}", rate(wire.reads_per_sec));
        }
        text
    },
};

/// `500 B/s`, `1.5 kB/s`.
fn rate(bytes: u32) -> String {
    match bytes {
        ..1000 => format!("{bytes} B/s"),
        1000..1_000_000 => format!("{} kB/s", tenths(bytes / 100)),
        _ => format!("{} MB/s", tenths(bytes / 100_000)),
    }
}

fn tenths(n: u32) -> String {
    match n % 10 {
        0 => (n / 10).to_string(),
        _ => format!("{}.{}", n / 10, n % 10),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use tidings_world::view::{EventNo, Micros};

    #[test]
    fn rates_and_wires_are_said_short() {
        assert_eq!(rate(500), "500 B/s");
        assert_eq!(rate(1_500), "1.5 kB/s");
        assert_eq!(rate(20_000), "20 kB/s");
        assert_eq!(rate(2_000_000), "2 MB/s");
        let wire = Wire {
            latency_ms: 600,
            jitter_ms: 80,
            bytes_per_sec: 5_000,
            reads_per_sec: 0,
        };
        assert_eq!((EN.wire)(wire), "600 ms ± 80, 5 kB/s");
    }

    #[test]
    fn a_cut_names_its_packet_or_its_bytes() {
        let (no, at) = (EventNo(39), Micros(1));
        let after = true;
        assert_eq!((EN.cut)(Cut::Packet { no, after, at }), "cut after #39");
        assert_eq!((EN.cut)(Cut::Bytes(19)), "cut after 19 B");
        assert_eq!((EN.found_out)(45), "found out by keep-alive, 67.5 s");
    }
}
