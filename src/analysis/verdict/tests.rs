//! The ladder of verdicts, rung by rung; whole services are in `model`.

use super::*;
use crate::store::Shown;
use crate::store::series::Timeline;
use crate::values::reason::{CouldBe, Growing};

/// A site whose number was `number(ms)` for so many seconds, looked at each quarter of a second.
struct Watched {
    timeline: Timeline,
    series: Series,
    now_ms: u64,
    value: u64,
}

fn watch(seconds: u64, number: impl Fn(u64) -> u64) -> Watched {
    let (mut timeline, mut series) = (Timeline::default(), Series::default());
    let now_ms = seconds * 1_000;
    for at in (0..=now_ms).step_by(250) {
        series.lower(number(at));
        if let Some(due) = timeline.tick(at) {
            series.record(due, number(at));
        }
    }
    Watched { timeline, series, now_ms, value: number(now_ms) }
}

impl Watched {
    /// Things that end by a call, none of which has.
    fn facts(&self) -> Facts<'_> {
        Facts {
            ends: Ends::ByCall,
            start_again: false,
            live: self.value,
            ended: 0,
            age_ms: self.now_ms,
            oldest_creations_ms: &[0; MIN_LEAK as usize],
            collected_ms: 0,
            longest_ms: 0,
            held_count: 0,
            creations_ms: &[],
            instances: &self.series,
            entries: None,
            shown: None,
            timeline: &self.timeline,
            now_ms: self.now_ms,
        }
    }

    /// One Map with so many entries.
    fn map<'a>(&'a self, instances: &'a Series, removed_entries: Option<u64>) -> Facts<'a> {
        // Where many leave they do from the beginning on.
        let leaving_ms = removed_entries.filter(|left| *left > 100).map_or(0, |_| self.now_ms);
        let entries = Entries { count: self.value, series: &self.series, removed_entries, leaving_ms };
        let (ends, held_count) = (Ends::WithOwner, self.value);
        Facts { ends, live: 1, held_count, instances, entries: Some(entries), ..self.facts() }
    }
}

fn verdict(facts: &Facts<'_>) -> Verdict {
    judge(facts).verdict
}

#[test]
fn steady_growth_without_a_release_is_a_leak() {
    let watched = watch(28, |ms| ms / 500);
    let judgement = judge(&watched.facts());
    assert_eq!(judgement.verdict, Verdict::Leak);
    let expected =
        Growing { for_ms: 25_500, intervals: 10, grew: 10, held: 56, ended: Some(0), ..Growing::default() };
    assert_eq!(judgement.reason, Reason::Grew(expected));
}

#[test]
fn the_young_and_the_few_are_new() {
    assert_eq!(verdict(&watch(8, |ms| ms / 100).facts()), Verdict::New);
    assert_eq!(verdict(&watch(18, |ms| ms / 100).facts()), Verdict::New);
    assert_eq!(verdict(&watch(28, |ms| ms / 4_000).facts()), Verdict::New);
}

#[test]
fn what_goes_up_and_down_or_stops_is_steady() {
    assert_eq!(verdict(&watch(60, |ms| ms % 7_000).facts()), Verdict::Steady);
    assert_eq!(verdict(&watch(60, |ms| (ms % 13_000) / 100).facts()), Verdict::Steady);
    assert_eq!(verdict(&watch(60, |ms| ms.min(20_000) / 100).facts()), Verdict::Steady);
    assert_eq!(verdict(&watch(60, |_| 5_000).facts()), Verdict::Steady);
    assert_eq!(verdict(&watch(60, |ms| 100 - ms / 600).facts()), Verdict::Steady);
}

/// What is said of growth beside its numbers.
fn could_be(reason: &Reason) -> Option<CouldBe> {
    match reason {
        Reason::Grew(Growing { could_be, .. }) | Reason::Even { could_be, .. } => *could_be,
        _ => None,
    }
}

#[test]
fn some_that_never_end_among_short_lives_are_suspect_by_their_cohorts() {
    let watched = watch(60, |ms| ms / 500);
    let busy = Facts { ended: 10_000, longest_ms: 40_000, ..watched.facts() };
    assert_eq!(verdict(&busy), Verdict::Steady, "its oldest is no older than twice what it released");
    let stuck = Facts { longest_ms: 1_000, ..busy.clone() };
    let judgement = judge(&stuck);
    assert_eq!(
        (judgement.verdict, could_be(&judgement.reason)),
        (Verdict::Suspect, Some(CouldBe::FewLongLived))
    );
    let creations = [0, 58_000, 59_000];
    let few_stay = Facts { oldest_creations_ms: &creations, ..stuck };
    assert_eq!(verdict(&few_stay), Verdict::Steady, "one that stays is none");
    let next_to_nothing = Facts { ended: 5, longest_ms: 40_000, ..watched.facts() };
    assert_eq!(verdict(&next_to_nothing), Verdict::Leak, "5 of 120");
}

#[test]
fn a_map_that_grows_does_not_show_that_the_others_of_its_site_are_held() {
    let watched = watch(28, |ms| ms / 500);
    let entries = Entries { count: 60, series: &Series::default(), removed_entries: None, leaving_ms: 0 };
    let facts = Facts { ends: Ends::WithOwner, held_count: 60, entries: Some(entries), ..watched.facts() };
    let judgement = judge(&facts);
    assert_eq!((judgement.verdict, judgement.reason), (Verdict::New, Reason::Unproven { held: 56 }));
    assert!(judgement.waits);
}

#[test]
fn what_may_be_garbage_is_not_accused() {
    let mut watched = watch(28, |ms| ms / 500);
    let unseen = Facts { ends: Ends::WithOwner, ..watched.facts() };
    let judgement = judge(&unseen);
    assert_eq!((judgement.verdict, judgement.waits), (Verdict::New, true));
    assert_eq!(judgement.reason, Reason::Unproven { held: 56 });
    assert_eq!(verdict(&Facts { held_count: 50, ..unseen.clone() }), Verdict::Leak, "on an emitter in use");
    assert_eq!(verdict(&Facts { held_count: 12, ..unseen.clone() }), Verdict::New, "on others too");
    watched.series.collected(&watched.timeline, 23_000, 56, 0);
    let seen = Facts { ends: Ends::WithOwner, collected_ms: 23_000, ..watched.facts() };
    let judgement = judge(&seen);
    assert_eq!(
        (judgement.verdict, could_be(&judgement.reason)),
        (Verdict::Suspect, Some(CouldBe::LongSessions)),
        "its owners are new each time: they may end yet"
    );
    let long_ago = Facts { collected_ms: 6_000, ..seen };
    assert_eq!(verdict(&long_ago), Verdict::New, "it has seen nothing age");
}

#[test]
fn timeouts_that_pile_up_are_suspect_with_their_outlook() {
    let watched = watch(28, |ms| ms / 50);
    let timeouts = |delay_ms| Facts { ends: Ends::ByItself(delay_ms), ..watched.facts() };
    let judgement = judge(&timeouts(600_000));
    assert_eq!(judgement.verdict, Verdict::Suspect);
    let Reason::PilingUp { pending: 560, delay_ms: 600_000, ended: 0, outlook: Some(outlook) } =
        judgement.reason
    else {
        panic!("{:?}", judgement.reason)
    };
    assert!(outlook.abs_diff(12_000) < 300, "{outlook} when the first one fires");
    assert_eq!(verdict(&timeouts(90_000)), Verdict::New, "deadlines");
    assert_eq!(verdict(&Facts { ended: 500, ..timeouts(600_000) }), Verdict::New, "half of them are cleared");
    assert_eq!(verdict(&timeouts(i32::MAX as u64)), Verdict::Leak, "they never come");
    let due = Facts { oldest_creations_ms: &[26_000], ..timeouts(3_000) };
    assert_eq!(verdict(&due), Verdict::Steady, "more are started than before");
    assert_eq!(verdict(&timeouts(1_000)), Verdict::Leak, "each is refreshed again and again");
}

#[test]
fn timeouts_that_start_the_next_one_are_chains() {
    let chains = |watched: &Watched| -> Judgement {
        judge(&Facts {
            ends: Ends::ByItself(4_000),
            start_again: true,
            ended: 5_000,
            oldest_creations_ms: &[watched.now_ms - 3_900],
            ..watched.facts()
        })
    };
    let more = watch(28, |ms| ms / 50);
    let judgement = chains(&more);
    assert_eq!(judgement.verdict, Verdict::Suspect);
    let Reason::StartAgain { pending: 560, delay_ms: 4_000, ago_ms: 0, .. } = judgement.reason else {
        panic!("{:?}", judgement.reason)
    };
    assert_eq!(chains(&watch(28, |_| 560)).verdict, Verdict::Steady, "each goes on, and none is new");
    let sessions = watch(28, |ms| (ms / 50).min(350) + ms / 1_000);
    assert_eq!(chains(&sessions).verdict, Verdict::Steady, "they level off, as the first end");
    assert_eq!(chains(&watch(60, |ms| 500 + ms / 1_000)).verdict, Verdict::Steady, "chance");
    assert_eq!(chains(&watch(28, |ms| ms / 50 % 100)).verdict, Verdict::Steady, "they end");

    // The load is over: they go on.
    let shown = remembered(
        &judge(&Facts {
            start_again: true,
            ends: Ends::ByItself(4_000),
            oldest_creations_ms: &[27_000],
            ..more.facts()
        }),
        &more.facts(),
        |_| 0,
    );
    let after = |live: u64| {
        let facts = Facts {
            shown: shown.as_ref(),
            start_again: true,
            ends: Ends::ByItself(4_000),
            oldest_creations_ms: &[89_000],
            live,
            ended: 9_000,
            now_ms: 90_000,
            ..more.facts()
        };
        judge(&facts).verdict
    };
    assert_eq!([after(560), after(555), after(300)], [Verdict::Suspect, Verdict::Suspect, Verdict::Steady]);
}

#[test]
fn few_at_regular_intervals_are_a_leak() {
    let watched = watch(28, |ms| ms / 5_000 + 1);
    let creations = [0, 5_020, 10_010, 15_050, 20_000, 25_100];
    let judgement = judge(&Facts { creations_ms: &creations, ..watched.facts() });
    assert_eq!(judgement.verdict, Verdict::Leak);
    assert_eq!(judgement.reason, Reason::Even { gap_ms: 5_020, held: 6, could_be: None });
    let by_chance = [0, 1_020, 10_010, 15_050, 16_000, 25_100];
    assert_eq!(verdict(&Facts { creations_ms: &by_chance, ..watched.facts() }), Verdict::New);
    let ended = Facts { creations_ms: &creations, ended: 1, longest_ms: 100, ..watched.facts() };
    assert_ne!(verdict(&ended), Verdict::Leak);
}

#[test]
fn a_map_that_only_fills_is_suspect_by_the_time_it_has_grown() {
    let one = watch(28, |_| 1).series;
    let fast = watch(28, |ms| ms / 10);
    let judgement = judge(&fast.map(&one, Some(0)));
    assert_eq!(
        (judgement.verdict, could_be(&judgement.reason)),
        (Verdict::Suspect, Some(CouldBe::FillingCache))
    );
    assert_eq!(verdict(&fast.map(&one, Some(500))), Verdict::Steady, "entries leave");
    let longer = watch(60, |ms| ms / 10);
    let mixed = judge(&longer.map(&one, Some(6_000)));
    assert_eq!(
        (mixed.verdict, could_be(&mixed.reason)),
        (Verdict::Suspect, Some(CouldBe::FewLongLived)),
        "as many stay as leave"
    );
    assert_eq!(verdict(&longer.map(&one, Some(60_000))), Verdict::Steady, "a busy table");
    let saturates = watch(60, |ms| (6_000.0 * (1.0 - (-(ms as f64) / 40_000.0).exp())) as u64);
    assert_eq!(verdict(&saturates.map(&one, Some(6_000))), Verdict::Steady, "they live for a minute");
    assert_eq!(verdict(&watch(28, |ms| ms / 200).map(&one, Some(0))), Verdict::Suspect, "five a second");
    assert_eq!(verdict(&watch(120, |ms| ms / 1_000).map(&one, Some(0))), Verdict::Suspect, "one a second");
    let small = judge(&watch(28, |ms| ms / 500).map(&one, Some(0)));
    assert_eq!((small.verdict, small.reason), (Verdict::New, Reason::Few { held: 56 }));
    assert_eq!(verdict(&watch(60, |ms| (ms / 10).min(2_000)).map(&one, None)), Verdict::Steady, "full");
    assert_eq!(verdict(&watch(60, |_| 5_000).map(&one, None)), Verdict::Steady, "a table");
}

#[test]
fn growth_on_and_off_for_minutes_is_suspect() {
    // In two of three intervals of 40 s.
    let watched = watch(800, |ms| (ms / 60_000) * 3);
    let judgement = judge(&watched.facts());
    assert_eq!(judgement.verdict, Verdict::Suspect);
    assert!(matches!(judgement.reason, Reason::GrewOnAndOff { .. }), "{:?}", judgement.reason);
}

/// What is remembered of a site that has just been judged.
fn remember(facts: &Facts<'_>) -> Option<Shown> {
    remembered(&judge(facts), facts, |_| 0)
}

#[test]
fn what_was_reported_stays_until_it_is_released() {
    let busy = watch(40, |ms| ms / 100);
    let shown = remember(&busy.facts()).unwrap();
    let idle = watch(600, |ms| ms.min(40_000) / 100);
    let still = Facts { shown: Some(&shown), ..idle.facts() };
    let judgement = judge(&still);
    assert_eq!(judgement.verdict, Verdict::Leak);
    let Reason::Grew(Growing { ago_ms: 560_000, held: 400, intervals: 0, .. }) = judgement.reason else {
        panic!("{:?}", judgement.reason)
    };
    let mut released = shown.clone();
    (0..390).for_each(|n| released.ended(n * 100, 500_000, 1));
    assert_eq!(verdict(&Facts { live: 10, shown: Some(&released), ..still }), Verdict::Steady, "released");
}

#[test]
fn a_suspect_is_withdrawn_when_the_first_end() {
    let mut watched = watch(58, |ms| ms / 100);
    watched.series.collected(&watched.timeline, 50_000, 580, 0);
    let sessions = Facts { ends: Ends::WithOwner, collected_ms: 50_000, ..watched.facts() };
    let mut shown = remember(&sessions).unwrap();
    let level = watch(62, |ms| ms.min(60_000) / 100);
    (0..20).for_each(|n| shown.ended(25_000 + n * 100, 60_000, 1));
    let ending = Facts {
        ends: Ends::WithOwner,
        collected_ms: 61_000,
        live: 600,
        ended: 20,
        longest_ms: 60_000,
        shown: Some(&shown),
        ..level.facts()
    };
    assert_eq!(verdict(&ending), Verdict::Suspect, "next to nothing");
    let mut more = shown.clone();
    (20..60).for_each(|n| more.ended(25_000 + n * 100, 60_000, 1));
    assert_eq!(verdict(&Facts { ended: 60, shown: Some(&more), ..ending }), Verdict::Steady);
}

#[test]
fn a_suspect_that_goes_on_for_five_minutes_is_a_leak() {
    let one = watch(28, |_| 1).series;
    let at = |seconds: u64, shown: Option<&Shown>| {
        let watched = watch(seconds, |ms| ms / 100);
        let facts = Facts { shown, ..watched.map(&one, Some(0)) };
        (verdict(&facts), remember(&facts))
    };
    let mut shown = None;
    for seconds in (25..=320).step_by(5) {
        let (verdict, next) = at(seconds, shown.as_ref());
        shown = next;
        let expected = if seconds < 300 { Verdict::Suspect } else { Verdict::Leak };
        assert!(verdict == expected || (300..306).contains(&seconds), "{verdict:?} at {seconds} s");
    }
}
