//! Why a site has its verdict, as a sentence.

use super::format::{about, bytes, count, plural};
use crate::values::duration::duration;
use crate::values::reason::{CouldBe, Growing, Measure, Reason};
use crate::values::snapshot::{Site, Snapshot, Verdict};

/// From then on it is worth a word how long it grew, in ms: half a minute says what intervals say.
const LONG_MS: u64 = 60_000;

/// Gives each site of a snapshot its evidence, from its reason.
pub fn put_evidence(snapshot: &mut Snapshot) {
    for site in &mut snapshot.sites {
        if let Some(reason) = &site.reason {
            site.evidence = sentence(reason, site);
        }
    }
}

/// A site's reason as a sentence.
fn sentence(reason: &Reason, site: &Site) -> String {
    let said = words(reason, site);
    let says_what_leaves = matches!(reason, Reason::Grew(Growing { of: Measure::Entries, .. }));
    match site.removed_entries {
        Some(0) if !says_what_leaves => format!("{said}; no entry was ever deleted"),
        Some(1..) if !says_what_leaves => format!("{said}; entries come and go"),
        _ => said,
    }
}

fn words(reason: &Reason, site: &Site) -> String {
    let about = |number: u64| about(number, site.estimated);
    match reason {
        Reason::NothingHeld => "nothing is held".to_owned(),
        Reason::TooYoung { age_ms } => format!("{} old: too young to judge", duration(*age_ms)),
        Reason::Grew(growing) => grew(growing, site),
        Reason::Even { gap_ms, held, could_be } => {
            let apart = (*gap_ms as f64 / 100.0).round() / 10.0;
            format!("one every {apart} s; {}", none_ended(*held, *could_be, site))
        }
        Reason::GrewOnAndOff { held, intervals, grew, .. } => {
            format!("{} held, grew in {grew} of {intervals} intervals and never shrank", about(*held))
        }
        Reason::PilingUp { pending, delay_ms, ended, outlook } => {
            let word = if *ended == 0 { "cleared" } else { "ended" };
            let pending = format!(
                "{} pending for {} each, {} of them ever {word}",
                about(*pending),
                duration(*delay_ms),
                about(*ended)
            );
            let outlook = match outlook {
                Some(outlook) => format!("; some {} when the first one fires", count(rounded(*outlook))),
                None => String::new(),
            };
            format!("{pending}{outlook}; each keeps what its callback holds")
        }
        Reason::Unproven { held } => {
            format!(
                "{} held, and more with time; no major garbage collection has shown yet what stays",
                about(*held)
            )
        }
        Reason::Few { held } => format!("it grows; {} are too few to judge", about(*held)),
        Reason::Growing { held } => {
            format!("it grows; {} held, but not for long enough to judge", about(*held))
        }
        Reason::EndsByItself { delay_ms } => {
            format!("its timers end by themselves, within {}", duration(*delay_ms))
        }
        Reason::Survives { bytes: kept, samples, error_percent, for_ms, ago_ms, looks } => {
            let until = match ago_ms {
                0 => String::new(),
                ago_ms => format!(" until {} ago", duration(*ago_ms)),
            };
            let looks = match looks {
                1 => "a major collection".to_owned(),
                looks => format!("{} major collections", count(*looks)),
            };
            let size = format!("{} (± {error_percent} %, {})", bytes(*kept), plural(*samples, "sample"));
            let reserve = match site.verdict {
                Verdict::Leak => "",
                _ => ": a cache that is still filling looks the same",
            };
            format!(
                "of what it allocated in {}{until} {size} outlived {looks}, some of each third of that time{reserve}",
                duration(*for_ms)
            )
        }
        Reason::Steady { intervals, grew, shrank } => {
            format!("grew in {grew}, shrank in {shrank} of {intervals} intervals")
        }
        Reason::StartAgain { pending, delay_ms, for_ms, ago_ms } => {
            let until = match ago_ms {
                0 => String::new(),
                ago_ms => format!(" until {} ago", duration(*ago_ms)),
            };
            format!(
                "{} pending, more and more for {}{until}, though each fires after {}: each that fires starts the next one, and \
                 next to none of these chains has ended: sessions that stay look the same until the first of them ends",
                about(*pending),
                duration(*for_ms),
                duration(*delay_ms)
            )
        }
        Reason::Unclosed { collected, closed, for_ms, ago_ms } => {
            let when =
                if *ago_ms < 60_000 { String::new() } else { format!(" until {} ago", duration(*ago_ms)) };
            format!(
                "in {}{when} the garbage collector closed {}, the program {}: each stays open until it is garbage, and Node \
                 warns of that or throws",
                duration(*for_ms),
                about(*collected),
                if *closed == 0 { "none".to_owned() } else { about(*closed) },
            )
        }
        Reason::Overdue { overdue, held, oldest_ms, limit_ms, beside } => {
            let late = format!(
                "{} of {} held for up to {}, longer than {}",
                about(*overdue),
                about(*held),
                duration(*oldest_ms),
                duration(*limit_ms)
            );
            match beside {
                Some(beside) => format!("{}; {late}", words(beside, site)),
                None => late,
            }
        }
    }
}

fn grew(growing: &Growing, site: &Site) -> String {
    let Growing { of, for_ms, ago_ms, intervals, grew, held, ended, could_be, .. } = growing;
    let when = if *intervals == 0 {
        let held = about(*held, site.estimated);
        let entries = if *of == Measure::Entries { " entries" } else { "" };
        let until =
            if *ago_ms < 1_000 { "just now".to_owned() } else { format!("{} ago", duration(*ago_ms)) };
        format!("grew for {} until {until}; {held}{entries} still held", duration(*for_ms))
    } else if *for_ms < LONG_MS {
        format!("grew in {grew} of {intervals} intervals")
    } else {
        format!("grew for {}, in {grew} of the last {intervals} intervals", duration(*for_ms))
    };
    let glue = if *intervals == 0 { ", " } else { "; " };
    let how = match of {
        Measure::Entries => entries_left(*ended, *could_be, site.verdict, *for_ms),
        _ if *could_be == Some(CouldBe::FewLongLived) => {
            format!("the oldest outlive everything its site ever {}", word(site))
        }
        _ if *intervals == 0 => {
            let reserve = if site.verdict == Verdict::Leak { "" } else { reserve(*could_be, site.verdict) };
            format!("{} ever {}{reserve}", about(ended.unwrap_or(0), site.estimated), word(site))
        }
        _ => match ended {
            None | Some(0) => none_ended(*held, *could_be, site),
            Some(ended) => {
                let (ended, all) = (about(*ended, site.estimated), about(site.registered, site.estimated));
                format!("{ended} of {all} ever {}{}", word(site), reserve(*could_be, site.verdict))
            }
        },
    };
    format!("{when}{glue}{how}")
}

fn none_ended(held: u64, could_be: Option<CouldBe>, site: &Site) -> String {
    let held = about(held, site.estimated);
    format!("0 of {held} ever {}{}", word(site), reserve(could_be, site.verdict))
}

/// What looks the same, and what will show which it is.
fn reserve(could_be: Option<CouldBe>, verdict: Verdict) -> &'static str {
    match (could_be, verdict) {
        (Some(CouldBe::LongSessions), Verdict::Leak) => {
            ", all held by what lives on (so are sessions that stay for longer)"
        }
        (Some(CouldBe::LongSessions), _) => {
            ": clients or sessions that stay look the same until the first of them ends"
        }
        _ => "",
    }
}

fn entries_left(deleted: Option<u64>, could_be: Option<CouldBe>, verdict: Verdict, for_ms: u64) -> String {
    let left = match deleted {
        None => "it never shrank".to_owned(),
        Some(0) if could_be.is_some() && verdict != Verdict::Leak => "no entry was deleted yet".to_owned(),
        Some(0) => "no entry was ever deleted".to_owned(),
        Some(deleted) => format!(
            "{} were ever deleted",
            super::format::plural(deleted, "entry").replace("entrys", "entries")
        ),
    };
    match (could_be, verdict) {
        (Some(CouldBe::FillingCache), Verdict::Leak) => {
            format!("{left} (a cache that takes longer than {} to fill looks the same)", duration(for_ms))
        }
        (Some(CouldBe::FewLongLived), _) => {
            format!(
                "{left}, and yet it grows at a constant rate: some stay, or live for much longer than the others"
            )
        }
        (Some(CouldBe::FillingCache), _) => {
            format!("{left}: a cache that is still filling looks the same; watch it for longer")
        }
        _ => left,
    }
}

/// How registrations of a site end in order.
fn word(site: &Site) -> &'static str {
    match site.kind.as_str() {
        "map" | "set" | "array" => "collected",
        _ => "released",
    }
}

/// Two digits: an outlook is no measurement.
fn rounded(number: u64) -> u64 {
    let mut unit = 1;
    while number / unit >= 100 {
        unit *= 10;
    }
    (number + unit / 2) / unit * unit
}

#[cfg(all(test, not(loom)))]
mod tests {
    use super::*;

    fn said(reason: Reason, site: Site) -> String {
        sentence(&reason, &site)
    }

    fn growing() -> Growing {
        Growing { for_ms: 28_000, intervals: 10, grew: 10, held: 56, ended: Some(0), ..Growing::default() }
    }

    fn leak() -> Site {
        Site { kind: "listener".to_owned(), verdict: Verdict::Leak, registered: 56, ..Site::default() }
    }

    #[test]
    fn what_is_certain_is_said_without_reserve() {
        assert_eq!(
            said(Reason::Grew(growing()), leak()),
            "grew in 10 of 10 intervals; 0 of 56 ever released"
        );
        let long = Growing { for_ms: 400_000, held: 800, ..growing() };
        assert_eq!(
            said(Reason::Grew(long), leak()),
            "grew for 6 min 40 s, in 10 of the last 10 intervals; 0 of 800 ever released"
        );
    }

    #[test]
    fn what_is_still_held_is_said_with_when_it_grew() {
        let over =
            Growing { for_ms: 32_000, ago_ms: 40_000, intervals: 0, grew: 0, held: 3_073, ..growing() };
        assert_eq!(
            said(Reason::Grew(over.clone()), leak()),
            "grew for 32 s until 40 s ago; 3,073 still held, 0 ever released"
        );
        let map =
            Site { kind: "map".to_owned(), verdict: Verdict::Suspect, removed_entries: Some(0), ..leak() };
        let entries = Growing { of: Measure::Entries, could_be: Some(CouldBe::FillingCache), ..over };
        assert_eq!(
            said(Reason::Grew(entries), map),
            "grew for 32 s until 40 s ago; 3,073 entries still held, no entry was deleted yet: a cache that is still filling \
             looks the same; watch it for longer"
        );
    }

    #[test]
    fn a_reserve_says_what_looks_the_same() {
        let suspect = Site { verdict: Verdict::Suspect, ..leak() };
        let sessions = Growing { could_be: Some(CouldBe::LongSessions), ..growing() };
        assert_eq!(
            said(Reason::Grew(sessions), suspect.clone()),
            "grew in 10 of 10 intervals; 0 of 56 ever released: clients or sessions that stay look the same until the first \
             of them ends"
        );
        let mixed = Growing {
            could_be: Some(CouldBe::FewLongLived),
            ended: Some(900),
            longest_ms: Some(40),
            ..growing()
        };
        assert_eq!(
            said(Reason::Grew(mixed), suspect),
            "grew in 10 of 10 intervals; the oldest outlive everything its site ever released"
        );
    }

    #[test]
    fn timeouts_have_an_outlook() {
        let reason = Reason::PilingUp { pending: 1_396, delay_ms: 600_000, ended: 0, outlook: Some(11_987) };
        assert_eq!(
            said(reason, Site { kind: "timeout".to_owned(), ..leak() }),
            "1,396 pending for 10 min each, 0 of them ever cleared; some 12,000 when the first one fires; each keeps what its \
             callback holds"
        );
    }

    #[test]
    fn an_outlook_has_two_digits() {
        assert_eq!([7, 99, 11_987, 149_000].map(rounded), [7, 99, 12_000, 150_000]);
    }
}
