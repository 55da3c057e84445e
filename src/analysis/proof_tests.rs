use super::*;
use crate::values::frames::Frame;

fn leak(number: u32, role: Role) -> Leak {
    let frame = Frame { function: None, file: format!("/app/{number}.js"), line: 1, column: 1 };
    Leak {
        kind: "listener".to_owned(),
        label: format!("Class{number} 'x'").into(),
        fingerprint: format!("{number:016x}"),
        per_iteration: 1.0,
        origin: Some(frame.clone()),
        stack: vec![frame].into(),
        role,
        number: Some(number),
        ..Leak::default()
    }
}

fn proven(finding: u32, direct: u32, frees: &[(u32, f64)]) -> Proven {
    let leads_to = frees.iter().map(|(other, _)| *other).collect();
    Proven { finding, reached: 10, direct, frees: frees.to_vec(), leads_to, ..Proven::default() }
}

fn held(text: &str) -> Option<Held> {
    Some(Held { text: text.to_owned(), root: text.to_owned(), file: None, steps: Vec::new() })
}

fn applied(roles: &[Role], findings: Vec<Proven>) -> Vec<(Role, Vec<String>)> {
    let mut leaks: Vec<Leak> = (0..).zip(roles).map(|(number, role)| leak(number, *role)).collect();
    apply(&mut leaks, &Proof { findings });
    leaks.into_iter().map(|leak| (leak.role, leak.kept_by)).collect()
}

fn kept_by(numbers: &[u32]) -> (Role, Vec<String>) {
    (Role::Consequence, numbers.iter().map(|number| format!("{number:016x}")).collect())
}

const CAUSE: Role = Role::Cause;
const HANGS: Role = Role::Consequence;
const STAYS: (Role, Vec<String>) = (Role::Cause, Vec::new());

#[test]
fn what_goes_with_one_cause_alone_is_kept_by_it() {
    let found = applied(&[CAUSE, HANGS], vec![proven(0, 10, &[(1, 1.0)]), proven(1, 0, &[])]);
    assert_eq!(found, [STAYS, kept_by(&[0])]);
    // A part of it is no proof.
    let found = applied(&[CAUSE, HANGS], vec![proven(0, 10, &[(1, 0.6)]), proven(1, 0, &[])]);
    assert_eq!(found, [STAYS, kept_by(&[])]);
}

#[test]
fn what_several_keep_goes_with_all_of_them() {
    let mut one = proven(0, 10, &[]);
    one.leads_to = vec![2];
    let two = Proven { finding: 1, ..one.clone() };
    let found = applied(&[CAUSE, CAUSE, HANGS], vec![one, two, proven(2, 0, &[])]);
    assert_eq!(found, [STAYS, STAYS, kept_by(&[0, 1])]);
}

#[test]
fn a_cause_that_another_one_frees_is_folded_unless_they_free_each_other() {
    let found = applied(&[CAUSE, CAUSE], vec![proven(0, 10, &[(1, 1.0)]), proven(1, 10, &[])]);
    assert_eq!(found, [STAYS, kept_by(&[0])]);
    let found = applied(&[CAUSE, CAUSE], vec![proven(0, 10, &[(1, 1.0)]), proven(1, 10, &[(0, 1.0)])]);
    assert_eq!(found, [STAYS, STAYS]);
    let chain = vec![proven(0, 10, &[(1, 1.0), (2, 1.0)]), proven(1, 10, &[(2, 1.0)]), proven(2, 10, &[])];
    assert_eq!(applied(&[CAUSE, CAUSE, CAUSE], chain), [STAYS, kept_by(&[0]), kept_by(&[0])]);
}

#[test]
fn a_leak_that_nothing_watched_keeps_is_not_hidden_beside_another() {
    let other = Proven { holder: held("module app.js › last: Device"), ..proven(1, 10, &[]) };
    let third = Proven { finding: 2, ..other.clone() };
    let found = applied(&[CAUSE, HANGS, HANGS], vec![proven(0, 10, &[]), other.clone(), third]);
    assert_eq!(found, [STAYS, STAYS, kept_by(&[1])], "those with one holder are one");
    let mut leaks = vec![leak(0, CAUSE), leak(1, HANGS)];
    apply(&mut leaks, &Proof { findings: vec![proven(0, 10, &[]), other] });
    assert_eq!(leaks[1].held_by.as_deref(), Some("module app.js › last: Device"));
}

#[test]
fn what_is_about_the_same_objects_as_a_cause_is_folded() {
    let same = Proven { same: vec![0], ..proven(1, 10, &[]) };
    assert_eq!(applied(&[CAUSE, HANGS], vec![proven(0, 10, &[]), same]), [STAYS, kept_by(&[0])]);
}

#[test]
fn what_no_named_holder_keeps_is_not_brought_back() {
    let found = applied(&[CAUSE, HANGS], vec![proven(0, 10, &[]), proven(1, 10, &[])]);
    assert_eq!(found, [STAYS, kept_by(&[])]);
}

#[test]
fn what_has_no_known_objects_stays_as_the_signs_have_it() {
    // The first may be what holds the second.
    let direct = Proven { finding: 1, ..proven(1, 10, &[]) };
    assert_eq!(applied(&[CAUSE, HANGS], vec![direct]), [STAYS, kept_by(&[])]);
    assert_eq!(applied(&[CAUSE, HANGS], vec![proven(0, 10, &[])]), [STAYS, kept_by(&[])]);
    let unreached = Proven { finding: 1, ..Proven::default() };
    assert_eq!(applied(&[CAUSE, HANGS], vec![proven(0, 10, &[]), unreached]), [STAYS, kept_by(&[])]);
}

#[test]
fn bytes_are_those_of_a_call() {
    let mut leaks = vec![Leak { per_iteration: 2.0, ..leak(0, CAUSE) }];
    apply(&mut leaks, &Proof { findings: vec![Proven { bytes_each: 100.0, ..proven(0, 10, &[]) }] });
    assert_eq!(leaks[0].bytes_per_call, Some(200.0));
}

#[test]
fn what_a_pool_opens_and_lists_for_checkouts_goes_with_them() {
    let kinds = [("pool", Growth::Instances), ("handle", Growth::Instances), ("array", Growth::Entries)];
    let mut leaks: Vec<Leak> = (0..)
        .zip(kinds)
        .map(|(number, (kind, growth))| Leak { kind: kind.to_owned(), growth, ..leak(number, CAUSE) })
        .collect();
    let mut checkouts = proven(0, 0, &[]);
    checkouts.leads_to = vec![1];
    let mut list = proven(2, 10, &[]);
    list.leads_to = vec![0];
    leaks.push(leak(3, HANGS));
    let of_handle = Proven { same: vec![1], ..proven(3, 10, &[]) };
    apply(&mut leaks, &Proof { findings: vec![checkouts, proven(1, 10, &[]), list, of_handle] });
    let found: Vec<_> = leaks.into_iter().map(|leak| (leak.role, leak.kept_by)).collect();
    assert_eq!(found, [STAYS, kept_by(&[0]), kept_by(&[0]), kept_by(&[0])]);
}
