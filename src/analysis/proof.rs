//! What a look at the heap makes of causes and consequences: signs rank, a proof folds and brings back.
//!
//! A cause by the signs is folded only if nearly all of its objects go with those of one other cause, and not the other way
//! round. A consequence by the signs becomes a cause where something holds its objects directly that is no finding. What no
//! object is known of stays as the signs have it.

use crate::values::heap::Held;
use crate::values::proof::{Proof, Proven};
use crate::values::snapshot::{Growth, Leak, Role};

/// The share of a finding's objects that go with another one's where it is kept by that one alone.
const ALONE: f64 = 0.8;

/// Applies a proof to findings, which are in their order.
pub fn apply(leaks: &mut [Leak], proof: &Proof) {
    let mut findings = Findings::of(leaks, proof);
    findings.fold_causes();
    findings.fold_below_checkouts();
    findings.bring_back();
    findings.fold_consequences();
    let Findings { proven, kept, .. } = findings;
    for (at, kept) in kept.into_iter().enumerate() {
        let Some(proven) = proven[at] else { continue };
        let leak = &mut leaks[at];
        if proven.bytes_each > 0.0 && leak.bytes_per_call.is_none() {
            leak.bytes_per_call = Some(proven.bytes_each * leak.per_iteration);
        }
        match kept {
            Kept::Cause => {
                leak.role = Role::Cause;
                if let Some(held) = &proven.holder {
                    show_holder(leak, held);
                }
            }
            Kept::Open => {}
            Kept::By(keepers) => {
                leak.role = Role::Consequence;
                leak.kept_by = keepers;
            }
        }
    }
}

fn show_holder(leak: &mut Leak, held: &Held) {
    if leak.held_by.is_none() {
        leak.held_by = Some(held.text.clone());
    }
    if leak.retainers.is_empty() {
        leak.retainers = held.retainers();
    }
}

/// What becomes of a finding.
#[derive(Clone, Debug, PartialEq)]
enum Kept {
    /// As the signs have it.
    Open,
    Cause,
    /// By the fingerprints of causes: one alone, or several together.
    By(Vec<String>),
}

struct Findings<'a> {
    /// By finding, what is proven of it, where its objects are known.
    proven: Vec<Option<&'a Proven>>,
    numbers: Vec<Option<u32>>,
    kinds: Vec<(String, Growth)>,
    roles: Vec<Role>,
    fingerprints: Vec<String>,
    kept: Vec<Kept>,
}

impl<'a> Findings<'a> {
    fn of(leaks: &[Leak], proof: &'a Proof) -> Self {
        let proven = |leak: &Leak| {
            let number = leak.number?;
            proof.findings.iter().find(|proven| proven.finding == number && proven.is_known())
        };
        Self {
            proven: leaks.iter().map(proven).collect(),
            numbers: leaks.iter().map(|leak| leak.number).collect(),
            kinds: leaks.iter().map(|leak| (leak.kind.clone(), leak.growth)).collect(),
            roles: leaks.iter().map(|leak| leak.role).collect(),
            fingerprints: leaks.iter().map(|leak| leak.fingerprint.clone()).collect(),
            kept: vec![Kept::Open; leaks.len()],
        }
    }

    /// Whether nearly all objects of `other` go with those of `one`.
    fn frees(&self, one: usize, other: usize) -> bool {
        one != other
            && self.proven[one]
                .zip(self.numbers[other])
                .is_some_and(|(proven, number)| proven.share_of(number) >= ALONE)
    }

    fn indices(&self) -> std::ops::Range<usize> {
        0..self.roles.len()
    }

    /// The causes of which something is proven.
    fn causes(&self) -> Vec<usize> {
        self.indices()
            .filter(|&at| match self.kept[at] {
                Kept::Cause => true,
                Kept::Open => self.roles[at] == Role::Cause && self.proven[at].is_some(),
                Kept::By(_) => false,
            })
            .collect()
    }

    fn fold_causes(&mut self) {
        let causes = self.causes();
        let is_below = |one: usize, other: usize| self.frees(one, other) && !self.frees(other, one);
        // Who checks something out is to return it, whoever holds it.
        let may_fold = |other: usize| self.kinds[other].0 != "pool";
        let above =
            |other: usize| causes.iter().copied().filter(move |&one| may_fold(other) && is_below(one, other));
        let is_top = |at: usize| above(at).next().is_none();
        let kept = causes.iter().map(|&at| {
            let top = above(at).find(|&one| is_top(one)).or_else(|| above(at).next());
            let kept = top.map_or(Kept::Cause, |one| Kept::By(vec![self.fingerprints[one].clone()]));
            (at, kept)
        });
        for (at, kept) in kept.collect::<Vec<_>>() {
            self.kept[at] = kept;
        }
    }

    /// A pool opens a handle for each checkout that is not returned, and lists it: the handles that checkouts lead to, and the
    /// lists that lead to them, go with the checkouts.
    fn fold_below_checkouts(&mut self) {
        let leads = |one: usize, other: usize| {
            self.proven[one]
                .zip(self.numbers[other])
                .is_some_and(|(proven, number)| proven.leads_to.contains(&number))
        };
        let causes = self.causes();
        let is_checkout = |at: &usize| self.kinds[*at].0 == "pool";
        let above = |at: usize| {
            let (kind, growth) = &self.kinds[at];
            causes.iter().copied().filter(is_checkout).find(|&checkout| match (kind.as_str(), growth) {
                ("handle", _) => leads(checkout, at),
                ("pool", _) => false,
                (_, Growth::Entries) => leads(at, checkout),
                _ => false,
            })
        };
        let folded: Vec<(usize, usize)> =
            causes.iter().filter_map(|&at| above(at).map(|checkout| (at, checkout))).collect();
        for (at, checkout) in folded {
            self.kept[at] = Kept::By(vec![self.fingerprints[checkout].clone()]);
        }
    }

    /// What is about the same objects as a folded finding is folded as that is.
    fn fold_same_as_folded(&mut self) {
        let folded: Vec<usize> = self.indices().filter(|&at| matches!(self.kept[at], Kept::By(_))).collect();
        for at in self.indices().filter(|&at| self.roles[at] == Role::Consequence) {
            let is_same = |&&other: &&usize| {
                self.proven[at]
                    .zip(self.numbers[other])
                    .is_some_and(|(proven, number)| proven.same.contains(&number))
            };
            if let Some(&other) = folded.iter().find(is_same) {
                self.kept[at] = self.kept[other].clone();
            }
        }
    }

    /// Makes causes of consequences that something else holds. Those with the same holder are one.
    fn bring_back(&mut self) {
        self.fold_same_as_folded();
        let causes = self.causes();
        let is_unknown = |at: usize| self.roles[at] == Role::Cause && self.proven[at].is_none();
        // What has no known objects may be what holds them.
        if self.indices().any(is_unknown) {
            return;
        }
        let mut holders: Vec<(String, usize)> = Vec::new();
        for at in self.indices() {
            let is_open = self.roles[at] == Role::Consequence && self.kept[at] == Kept::Open;
            let Some(proven) = self.proven[at].filter(|_| is_open) else { continue };
            let is_same =
                |&cause: &usize| self.numbers[cause].is_some_and(|number| proven.same.contains(&number));
            // By the signs a container that stays is a consequence where what it holds leaks by itself.
            let is_container = self.kinds[at].1 == Growth::Entries;
            if is_container || !proven.is_direct() || causes.iter().any(is_same) {
                continue;
            }
            // What native code holds, as it holds an open socket, says nothing of who keeps it.
            let Some(holder) = proven.holder.as_ref().map(|held| held.text.clone()) else { continue };
            match holders.iter().find(|(known, _)| *known == holder) {
                Some((_, first)) => self.kept[at] = Kept::By(vec![self.fingerprints[*first].clone()]),
                None => {
                    holders.push((holder, at));
                    self.kept[at] = Kept::Cause;
                }
            }
        }
    }

    fn fold_consequences(&mut self) {
        let causes = self.causes();
        for at in self.indices() {
            let Some(proven) = self.proven[at] else { continue };
            if self.roles[at] != Role::Consequence || self.kept[at] != Kept::Open {
                continue;
            }
            let is_same =
                |&&cause: &&usize| self.numbers[cause].is_some_and(|number| proven.same.contains(&number));
            let alone =
                causes.iter().find(is_same).or_else(|| causes.iter().find(|&&cause| self.frees(cause, at)));
            let together = causes.iter().filter(|&&cause| {
                let leads_to = self.proven[cause].map(|proven| &proven.leads_to);
                leads_to.zip(self.numbers[at]).is_some_and(|(leads_to, number)| leads_to.contains(&number))
            });
            let keepers: Vec<String> = match alone {
                Some(cause) => vec![self.fingerprints[*cause].clone()],
                None if proven.is_direct() => continue,
                None => together.map(|&cause| self.fingerprints[cause].clone()).collect(),
            };
            // One that keeps a part of them is no proof that it keeps all.
            if alone.is_some() || keepers.len() > 1 {
                self.kept[at] = Kept::By(keepers);
            }
        }
    }
}

#[cfg(all(test, not(loom)))]
#[path = "proof_tests.rs"]
mod tests;
