//! Durations as text.

/// A duration in its one or two largest units: `31 ms`, `9.8 s`, `9 min 58 s`, `3 h 20 min`, `2 d 4 h`.
pub(crate) fn duration(ms: u64) -> String {
    if ms < 1000 {
        return format!("{ms} ms");
    }
    if ms < 9_950 {
        let tenths = (ms + 50) / 100;
        return match tenths % 10 {
            0 => format!("{} s", tenths / 10),
            tenth => format!("{}.{tenth} s", tenths / 10),
        };
    }
    let rounded = |n: u64, unit: u64| n / unit + u64::from(n % unit >= unit.div_ceil(2));
    let seconds = rounded(ms, 1000);
    let minutes = rounded(seconds, 60);
    let hours = rounded(minutes, 60);
    match () {
        () if seconds < 60 => format!("{seconds} s"),
        () if seconds < 3600 => two_units(seconds, 60, "min", "s"),
        () if minutes < 24 * 60 => two_units(minutes, 60, "h", "min"),
        () => two_units(hours, 24, "d", "h"),
    }
}

/// `n` of a unit that has `size` of the next smaller one, which is omitted when it is 0.
fn two_units(n: u64, size: u64, large: &str, small: &str) -> String {
    match n % size {
        0 => format!("{} {large}", n / size),
        rest => format!("{} {large} {rest} {small}", n / size),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn durations_have_their_two_largest_units() {
        let cases = [
            (0, "0 ms"),
            (31, "31 ms"),
            (999, "999 ms"),
            (1_000, "1 s"),
            (1_049, "1 s"),
            (9_800, "9.8 s"),
            (9_949, "9.9 s"),
            (9_950, "10 s"),
            (42_400, "42 s"),
            (59_499, "59 s"),
            (59_500, "1 min"),
            (598_000, "9 min 58 s"),
            (600_000, "10 min"),
            (3_599_499, "59 min 59 s"),
            (3_599_500, "1 h"),
            (12_000_000, "3 h 20 min"),
            (86_369_000, "23 h 59 min"),
            (86_370_000, "1 d"),
            (187_200_000, "2 d 4 h"),
            (u64::MAX, "213503982334 d 14 h"),
        ];
        for (ms, expected) in cases {
            assert_eq!(duration(ms), expected, "{ms} ms");
        }
    }
}
