//! What leaks by itself, and what only hangs on it.
//!
//! A response that is kept shows as its listeners, its Maps, its arrays: all of these grow as fast as what keeps them. Signs
//! that cost nothing distinguish them. What ends by itself or by a call only is a cause where it piles up: timers, open
//! handles, checkouts. A listener is one on an owner that was there before the call that added it, and a consequence on an
//! owner that the same call made. Entries that pile up in a collection that stays are a cause, collections that pile up
//! are held by somebody.

#[path = "causes_allocations.rs"]
mod allocations;

use std::cmp::{Ordering, Reverse};

use super::{same_call, same_objects, unknown_pools};
use crate::analysis::proof;
use crate::record::layout::is_sampled;
use crate::record::layout::{self, LISTENER};
use crate::values::frames::{self, Frame, Owner, Place};
use crate::values::label::Label;
use crate::values::proof::Proof;
use crate::values::snapshot::{Growth, Leak, Role, Site, Verdict};

/// Old collections that may have grown where new ones come as well, before it is asked whether they are leaked ones
/// of the warm-up.
const FEW_OLD: u64 = 3;

/// The role of instances that pile up. `is_on_older`: on owners that are older than the call that registered them.
pub fn of_instances(kind: u8, is_on_older: bool) -> Role {
    match kind {
        LISTENER if is_on_older => Role::Cause,
        LISTENER => Role::Consequence,
        kind if layout::is_collection(kind) => Role::Consequence,
        _ => Role::Cause,
    }
}

/// The role of entries that pile up in `grown_old` collections that were there before. Where new collections come as well
/// and as many old ones grow as half the calls of the warm-up, these are old only because the warm-up leaked them.
pub fn of_entries(grown_old: u64, is_with_instances: bool, warmup: u64) -> Role {
    let are_leaked = is_with_instances && grown_old >= FEW_OLD && grown_old * 2 >= warmup;
    if are_leaked { Role::Consequence } else { Role::Cause }
}

/// Whether a call into a package took it, rather than the application itself; a pool's checkout is the application's.
fn is_through(kind: &str, stack: &[Frame], origin: Option<&Frame>) -> bool {
    frames::taken_by(stack, origin).is_some() && kind != "pool"
}

/// The role of a site in a service. `with_owner` of its `live` registrations came with their owner.
pub fn of_site(kind: u8, growth: Growth, live: u64, with_owner: u64) -> Role {
    match growth {
        Growth::Entries => Role::Cause,
        Growth::Instances => of_instances(kind, with_owner.saturating_mul(2) <= live),
    }
}

/// Puts sites in order: the most suspicious first, then causes, of those the nearest to who can fix them, then by kind and
/// by how much is held.
pub fn put_in_order(sites: &mut [Site]) {
    sites.sort_by_cached_key(|site| {
        let place = site.place();
        let is_through = is_through(&site.kind, &site.stack, site.origin.as_ref());
        // 16 digits of equal length: as the text would be.
        let fingerprint = u64::from_str_radix(&site.fingerprint, 16).unwrap_or(0);
        let near = (site.verdict, site.role, place, is_through, site.growth().rank(&site.kind));
        (near, Reverse(weight(site)), fingerprint)
    });
}

/// What a site holds, for the order of equally suspicious ones.
fn weight(site: &Site) -> u64 {
    site.size.map_or(site.live, |size| size.total.max(site.live))
}

/// Puts the causes first, and of those the nearest and the fastest. Where nothing is a cause by the signs, nor by the proof, one
/// finding stands for each set of owners.
pub fn settle(leaks: &mut Vec<Leak>, proof: Option<&Proof>) {
    drop_parts(leaks);
    drop_nodes_own(leaks);
    unknown_pools::name_calls(leaks);
    same_objects::fold(leaks);
    sort(leaks);
    if let Some(proof) = proof {
        let before: Vec<Role> = leaks.iter().map(|leak| leak.role).collect();
        proof::apply(leaks, proof);
        for (leak, before) in leaks.iter_mut().zip(before).filter(|(_, before)| *before == Role::Consequence)
        {
            if before != leak.role {
                leak.stands_for = Some(stood_for(leak));
                name_holder(leak, proof);
            }
        }
        sort(leaks);
    }
    same_call::fold(leaks);
    if leaks.iter().any(|leak| leak.role == Role::Cause) {
        sort(leaks);
        return;
    }
    let mut stood_for: Vec<String> = Vec::new();
    for leak in leaks.iter_mut() {
        let owner = owner_of(&leak.kind, &leak.label, leak.held_by.as_deref(), &leak.stack);
        if !stood_for.contains(&owner) {
            leak.stands_for = Some(class_that_is_kept(&leak.kind, &owner));
            leak.role = Role::Cause;
            stood_for.push(owner);
        }
    }
    sort(leaks);
}

/// What Node puts on a handle, in the call that opens it, is a part of it: a worker listens on its ports and on standard
/// output, an iterator of `events.on()` on its emitter.
fn drop_parts(leaks: &mut Vec<Leak>) {
    let handles = leaks.iter().filter(|leak| leak.kind == "handle");
    let opened: Vec<Frame> = handles.filter_map(|leak| leak.origin.clone()).collect();
    leaks.retain(|leak| !is_part(&leak.kind, &leak.stack, leak.origin.as_ref(), &opened));
}

/// Whether Node itself registered it, in a call of a line that has opened a handle.
fn is_part(kind: &str, stack: &[Frame], origin: Option<&Frame>, opened: &[Frame]) -> bool {
    kind != "handle"
        && (frames::caller(stack) == Some(Owner::Runtime) || is_of_iterator(stack, origin))
        && origin.is_some_and(|origin| opened.contains(origin))
}

/// Whether `events.on()` added it: a function of its own, which calls the emitter's method.
fn is_of_iterator(stack: &[Frame], origin: Option<&Frame>) -> bool {
    let at = stack.iter().position(|frame| Some(frame) == origin);
    at.and_then(|at| stack.get(at.checked_sub(1)?))
        .is_some_and(|frame| frame.file == "node:events" && frame.function.as_deref() == Some("on"))
}

/// Listeners that Node adds to what it makes are found only where nothing else is: then they stand for their owner.
fn drop_nodes_own(leaks: &mut Vec<Leak>) {
    let is_nodes = |leak: &Leak| {
        leak.kind == "listener"
            && leak.role == Role::Consequence
            && frames::caller(&leak.stack) == Some(Owner::Runtime)
    };
    if leaks.iter().any(|leak| !is_nodes(leak)) {
        leaks.retain(|leak| !is_nodes(leak));
    }
}

/// As [`settle`], for the sites of a service, which are in order: where no cause is as certain as what hangs on one, one site
/// stands for each set of owners.
pub fn settle_sites(sites: &mut [Site]) {
    allocations::fold(sites);
    let handles = sites.iter().filter(|site| site.kind == "handle" && site.live > 0);
    let opened: Vec<Frame> = handles.filter_map(|site| site.origin.clone()).collect();
    for site in sites.iter_mut() {
        if is_part(&site.kind, &site.stack, site.origin.as_ref(), &opened) {
            site.role = Role::Consequence;
        }
    }
    let is_listed = |site: &Site| {
        matches!(site.verdict, Verdict::Leak | Verdict::Suspect)
            && frames::place_of(site.origin.as_ref()) != Place::Node
    };
    same_call::fold_sites(sites, is_listed);
    let Some(best) = sites
        .iter()
        .filter(|site| is_listed(site) && site.role == Role::Cause && !is_sampled(&site.kind))
        .map(|site| site.verdict)
        .min()
    else {
        return stand(sites, is_listed);
    };
    stand(sites, |site| is_listed(site) && site.verdict < best);
}

/// One site stands for each set of owners of the wanted ones; one that Node itself registered only where no other is.
fn stand(sites: &mut [Site], is_wanted: impl Fn(&Site) -> bool) {
    let is_nodes = |site: &Site| frames::caller(&site.stack) == Some(Owner::Runtime);
    let is_any_other = sites.iter().any(|site| is_wanted(site) && !is_nodes(site));
    let mut stood_for: Vec<String> = Vec::new();
    for site in sites.iter_mut().filter(|site| is_wanted(site) && !is_sampled(&site.kind)) {
        let owner = owner_of(&site.kind, &site.label, site.held_by.as_deref(), &site.stack);
        if (is_any_other && is_nodes(site)) || stood_for.contains(&owner) {
            continue;
        }
        site.stands_for = Some(class_that_is_kept(&site.kind, &owner));
        site.role = Role::Cause;
        stood_for.push(owner);
    }
}

/// A property of the objects that are kept says nothing of what keeps them: where that is proven, it is named instead.
fn name_holder(leak: &mut Leak, proof: &Proof) {
    if leak.growth != Growth::Instances || leak.kind == "listener" {
        return;
    }
    let proven = proof.findings.iter().find(|proven| Some(proven.finding) == leak.number);
    if let Some(held) = proven.and_then(|proven| proven.holder.as_ref()) {
        leak.held_by = Some(held.text.clone());
    }
}

/// The class of the objects that a finding stands for where these are held by what is no finding.
fn stood_for(leak: &Leak) -> String {
    let owner = owner_of(&leak.kind, &leak.label, leak.held_by.as_deref(), &leak.stack);
    class_that_is_kept(&leak.kind, &owner)
}

/// What is kept, by its class; of a collection whose owner has none, the collection.
fn class_that_is_kept(kind: &str, owner: &str) -> String {
    let class = match kind {
        "map" => "Map",
        "set" => "Set",
        _ => "Array",
    };
    // A place in a file is no class.
    if owner.is_empty() || owner.contains(' ') { class.to_owned() } else { owner.to_owned() }
}

/// What says the owners of a consequence from those of another: their class where it is known, else the function that makes
/// it.
fn owner_of(kind: &str, label: &Label, held_by: Option<&str>, stack: &[Frame]) -> String {
    if kind == "listener" {
        return label.class_of(kind).to_owned();
    }
    if let Some((class, _)) = held_by.and_then(|held_by| held_by.split_once('.')) {
        return class.to_owned();
    }
    let Some(frame) = frames::registering(stack) else { return String::new() };
    match frame.function.as_deref().and_then(|name| name.strip_prefix("new ")) {
        Some(class) => class.to_owned(),
        None => format!("{} {}", frame.file, frame.function.as_deref().unwrap_or_default()),
    }
}

fn sort(leaks: &mut [Leak]) {
    leaks.sort_by(order);
}

fn order(a: &Leak, b: &Leak) -> Ordering {
    let key = |leak: &Leak| {
        // A package's list that the application's call fills is as far from it as what such a call takes.
        let is_packages = frames::place_of(leak.origin.as_ref()) != leak.place();
        let is_through = is_packages || is_through(&leak.kind, &leak.stack, leak.origin.as_ref());
        (leak.role, leak.place(), is_through, leak.growth.rank(&leak.kind))
    };
    let bytes = |leak: &Leak| leak.bytes_per_call.unwrap_or(0.0);
    key(a)
        .cmp(&key(b))
        .then_with(|| bytes(b).total_cmp(&bytes(a)))
        .then_with(|| b.per_iteration.total_cmp(&a.per_iteration))
        .then_with(|| {
            let rest = |leak: &Leak| (Reverse(leak.total), leak.fingerprint.clone());
            rest(a).cmp(&rest(b))
        })
}

#[cfg(all(test, not(loom)))]
#[path = "causes_tests.rs"]
mod tests;

#[cfg(all(test, not(loom)))]
#[path = "causes_model.rs"]
mod model;
