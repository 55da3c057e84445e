//! The ladder of verdicts, rung by rung; whole services are in `model`.

use super::*;

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
            live: self.value,
            ended: 0,
            age_ms: self.now_ms,
            oldest_creations_ms: &[0; MIN_LEAK as usize],
            collected_ms: 0,
            longest_ms: 0,
            held_count: 0,
            was_leak: false,
            creations_ms: &[],
            instances: &self.series,
            entries: None,
            timeline: &self.timeline,
            now_ms: self.now_ms,
        }
    }

    /// The same, where others have ended.
    fn busy(&self) -> Facts<'_> {
        Facts { ended: 10_000, ..self.facts() }
    }

    /// One Map with so many entries.
    fn map<'a>(&'a self, instances: &'a Series, removed_entries: Option<u64>) -> Facts<'a> {
        let entries = Entries { count: self.value, series: &self.series, min_size: 1_000, removed_entries };
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
    assert_eq!(judgement.evidence, "grew in 10 of 10 intervals; 0 of 56 ever released");
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

#[test]
fn growth_among_short_lives_is_no_leak() {
    let watched = watch(600, |ms| ms / 500);
    let busy = Facts { ended: 10_000, longest_ms: 400_000, ..watched.facts() };
    assert_eq!(verdict(&busy), Verdict::Steady, "its oldest is no older than what it released");
    let stuck = Facts { longest_ms: 1_000, ..busy.clone() };
    let judgement = judge(&stuck);
    assert_eq!(judgement.verdict, Verdict::Leak);
    assert!(judgement.evidence.ends_with("the oldest outlive everything its site ever released"));
    let young = watch(100, |ms| ms / 500);
    assert_eq!(verdict(&Facts { longest_ms: 1_000, ..young.busy() }), Verdict::New, "sessions, perhaps");
    let creations = [0, 598_000, 599_000];
    let few_stay = Facts { oldest_creations_ms: &creations, ..stuck };
    assert_eq!(verdict(&few_stay), Verdict::Steady, "one that stays is none");
}

#[test]
fn a_map_that_grows_does_not_show_that_the_others_of_its_site_are_held() {
    let watched = watch(28, |ms| ms / 500);
    let entries = Entries { count: 60, series: &Series::default(), min_size: 1_000, removed_entries: None };
    let facts = Facts { ends: Ends::WithOwner, held_count: 60, entries: Some(entries), ..watched.facts() };
    let judgement = judge(&facts);
    assert_eq!(judgement.verdict, Verdict::New, "{}", judgement.evidence);
    assert!(judgement.waits);
}

#[test]
fn what_may_be_garbage_is_not_accused() {
    let mut watched = watch(28, |ms| ms / 500);
    let unseen = Facts { ends: Ends::WithOwner, ..watched.facts() };
    let judgement = judge(&unseen);
    assert_eq!((judgement.verdict, judgement.waits), (Verdict::New, true));
    assert!(judgement.evidence.contains("no major garbage collection"));
    assert_eq!(verdict(&Facts { was_leak: true, ..unseen.clone() }), Verdict::Leak, "shown before");
    assert_eq!(verdict(&Facts { held_count: 50, ..unseen.clone() }), Verdict::Leak, "on an emitter in use");
    assert_eq!(verdict(&Facts { held_count: 12, ..unseen.clone() }), Verdict::New, "on others too");
    watched.series.collected(&watched.timeline, 23_000, 56);
    let seen = Facts { ends: Ends::WithOwner, collected_ms: 23_000, ..watched.facts() };
    assert_eq!(verdict(&seen), Verdict::Leak);
    let long_ago = Facts { collected_ms: 6_000, ..seen };
    assert_eq!(verdict(&long_ago), Verdict::New, "it has seen nothing age");
}

#[test]
fn timeouts_end_by_themselves() {
    let watched = watch(28, |ms| ms / 500);
    let timeouts = |delay_ms| Facts { ends: Ends::ByItself(delay_ms), ..watched.facts() };
    assert_eq!(verdict(&timeouts(600_000)), Verdict::New, "until it is known how many that comes to");
    let due = Facts { oldest_creations_ms: &[26_000], ..timeouts(3_000) };
    assert_eq!(verdict(&due), Verdict::Steady, "more are started than before");
    assert_eq!(verdict(&timeouts(1_000)), Verdict::Leak, "each is refreshed again and again");
}

#[test]
fn few_that_come_evenly_are_a_leak() {
    let watched = watch(28, |ms| ms / 5_000 + 1);
    let creations = [0, 5_020, 10_010, 15_050, 20_000, 25_100];
    let judgement = judge(&Facts { creations_ms: &creations, ..watched.facts() });
    assert_eq!(judgement.verdict, Verdict::Leak);
    assert_eq!(judgement.evidence, "one every 5 s; 0 of 6 ever released");
    let by_chance = [0, 1_020, 10_010, 15_050, 16_000, 25_100];
    assert_eq!(verdict(&Facts { creations_ms: &by_chance, ..watched.facts() }), Verdict::New);
    let ended = Facts { creations_ms: &creations, ended: 1, longest_ms: 100, ..watched.facts() };
    assert_ne!(verdict(&ended), Verdict::Leak);
}

#[test]
fn a_map_that_only_fills_is_a_leak_once_it_is_large() {
    let one = watch(28, |_| 1).series;
    let fast = watch(28, |ms| ms / 10);
    let judgement = judge(&fast.map(&one, Some(0)));
    assert_eq!(judgement.verdict, Verdict::Leak);
    assert_eq!(judgement.evidence, "grew in 10 of 10 intervals; no entry ever left");
    assert_eq!(verdict(&fast.map(&one, Some(500))), Verdict::Steady, "entries leave");
    let slow = judge(&watch(28, |ms| ms / 100).map(&one, Some(0)));
    assert_eq!((slow.verdict, &*slow.evidence), (Verdict::New, "it fills; too small to tell"));
    assert_eq!(verdict(&watch(60, |ms| (ms / 10).min(2_000)).map(&one, None)), Verdict::Steady, "full");
    assert_eq!(verdict(&watch(60, |_| 5_000).map(&one, None)), Verdict::Steady, "a table");
}

#[test]
fn growth_on_and_off_for_minutes_is_suspect() {
    // In two of three intervals of 40 s.
    let watched = watch(800, |ms| (ms / 60_000) * 3);
    let judgement = judge(&watched.facts());
    assert_eq!(judgement.verdict, Verdict::Suspect, "{}", judgement.evidence);
    assert!(judgement.evidence.ends_with("and never shrank"), "{}", judgement.evidence);
}
