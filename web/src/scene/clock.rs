//! Moments in figures.

use super::model::Micros;

/// `00:04.120`; hours appear when there are some.
pub(crate) fn clock(at: Micros) -> String {
    format!("{}.{:03}", minutes(at), at / 1000 % 1000)
}

/// `00:04`.
pub(crate) fn minutes(at: Micros) -> String {
    let seconds = at / 1_000_000;
    let (h, m, s) = (seconds / 3600, seconds / 60 % 60, seconds % 60);
    if h > 0 {
        format!("{h}:{m:02}:{s:02}")
    } else {
        format!("{m:02}:{s:02}")
    }
}

/// `00:04.5`, a moment of an axis whose marks are `step` microseconds apart: no two of them read the same.
pub(crate) fn mark(at: Micros, step: f64) -> String {
    let digits = match step {
        _ if step % 1e6 == 0.0 => return minutes(at),
        _ if step % 1e5 == 0.0 => 1,
        _ if step % 1e4 == 0.0 => 2,
        _ => 3,
    };
    let fraction = format!("{:06}", at % 1_000_000);
    format!("{}.{}", minutes(at), &fraction[..digits])
}

/// `04.120`, the seconds of a row; minutes and hours appear when there are some.
pub(crate) fn seconds(at: Micros) -> String {
    let (m, s, ms) = (at / 60_000_000, at / 1_000_000 % 60, at / 1000 % 1000);
    if m >= 60 {
        clock(at)
    } else if m > 0 {
        format!("{m}:{s:02}.{ms:03}")
    } else {
        format!("{s:02}.{ms:03}")
    }
}

/// `+0.240`, a time since.
pub(crate) fn since(micros: Micros) -> String {
    format!("+{}.{:03}", micros / 1_000_000, micros / 1000 % 1000)
}

/// `1/20×`, `1×`, `40×`.
pub(crate) fn speed(times: f64) -> String {
    if times <= 0.0 {
        return "0×".to_owned();
    }
    if times < 0.95 {
        format!("1/{:.0}×", 1.0 / times)
    } else if times < 9.5 && (times - times.round()).abs() > 0.05 {
        format!("{times:.1}×")
    } else {
        format!("{times:.0}×")
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_moment_reads_as_a_clock() {
        assert_eq!(clock(4_120_000), "00:04.120");
        assert_eq!(clock(3_661_000_999), "1:01:01.000");
        assert_eq!(seconds(64_007_000), "1:04.007");
        assert_eq!(seconds(16_337_000_000), "4:32:17.000");
        assert_eq!(since(240_000), "+0.240");
    }

    #[test]
    fn marks_of_an_axis_read_differently() {
        assert_eq!(mark(3_000_000, 500_000.0), "00:03.0");
        assert_eq!(mark(3_500_000, 500_000.0), "00:03.5");
        assert_eq!(mark(3_020_000, 20_000.0), "00:03.02");
        assert_eq!(mark(3_002_000, 2_000.0), "00:03.002");
        assert_eq!(mark(65_000_000, 5e6), "01:05");
    }

    #[test]
    fn a_speed_reads_as_a_fraction_below_one() {
        assert_eq!(speed(0.25), "1/4×");
        assert_eq!(speed(0.05), "1/20×");
        assert_eq!(speed(1.0), "1×");
        assert_eq!(speed(1000.0), "1000×");
    }
}
