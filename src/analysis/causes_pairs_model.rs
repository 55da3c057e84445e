//! Two leaking programs in one: what each of them shows alone is shown of both.
//!
//! It is known who holds whom, so what a look at the heap proves is known too: it is found here by plain reachability, and given
//! to the rules as the heap engine gives it.

use std::collections::VecDeque;
use std::collections::btree_map::Entry;

use super::*;
use crate::values::heap::Held;
use crate::values::proof::{Proof, Proven};

/// What one call leaves in the heap; each leaves the same.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
enum Node {
    Root,
    /// What is watched, and piles up by itself: a timer, a handle, a listener, an entry.
    Keeper(usize, usize),
    /// What nobody watches.
    Variable(usize, usize),
    Object(usize),
    /// The Maps of an object.
    Maps(usize),
}

/// What each node refers to.
struct Graph(BTreeMap<Node, Vec<Node>>);

impl Graph {
    fn of(program: &[Object]) -> Self {
        let mut edges: BTreeMap<Node, Vec<Node>> = BTreeMap::new();
        for (n, object) in program.iter().enumerate() {
            for (h, holder) in object.holders.iter().enumerate() {
                let from = match holder {
                    Holder::Nobody => continue,
                    Holder::Lasting(_) | Holder::OldMap => Node::Keeper(n, h),
                    Holder::Unwatched => Node::Variable(n, h),
                    Holder::Object(other) => Node::Object(*other),
                };
                if !matches!(from, Node::Object(_)) {
                    edges.entry(Node::Root).or_default().push(from);
                }
                edges.entry(from).or_default().push(Node::Object(n));
            }
            edges.entry(Node::Object(n)).or_default().push(Node::Maps(n));
        }
        Self(edges)
    }

    /// What is reached from a node, each with the node before it; what `is_end` is not passed.
    fn reached(&self, from: Node, is_end: impl Fn(Node) -> bool) -> BTreeMap<Node, Node> {
        let mut reached = BTreeMap::from([(from, from)]);
        let mut waiting = VecDeque::from([from]);
        while let Some(node) = waiting.pop_front() {
            let edges = self.0.get(&node).filter(|_| node == from || !is_end(node));
            for &to in edges.into_iter().flatten() {
                if let Entry::Vacant(place) = reached.entry(to) {
                    place.insert(node);
                    waiting.push_back(to);
                }
            }
        }
        reached
    }

    /// What a look proves of the findings.
    fn prove(&self, leaks: &[Leak]) -> Proof {
        let nodes: Vec<Node> = leaks.iter().map(node_of).collect();
        let all = self.reached(Node::Root, |_| false);
        let absorbed = self.reached(Node::Root, |node| nodes.contains(&node));
        let is_direct = |node: Node| absorbed.contains_key(&node);
        let number = |at: usize| leaks[at].number.unwrap();
        let calls = (ROUNDS * CALLS) as u32;
        let proven = nodes.iter().enumerate().map(|(at, &own)| {
            let others = |is: &dyn Fn(Node) -> bool| -> Vec<u32> {
                let others = nodes.iter().enumerate().filter(|(other, _)| *other != at);
                others.filter(|(_, node)| is(**node)).map(|(other, _)| number(other)).collect()
            };
            let mut proven = Proven {
                finding: number(at),
                reached: if all.contains_key(&own) { calls } else { 0 },
                same: others(&|node| node == own),
                ..Proven::default()
            };
            if is_direct(own) {
                let rest = self.reached(Node::Root, |node| node == own);
                let led = self.reached(own, |node| is_direct(node) && nodes.contains(&node));
                let gone = others(&|node| all.contains_key(&node) && !rest.contains_key(&node));
                proven.frees = gone.into_iter().map(|number| (number, 1.0)).collect();
                proven.leads_to = others(&|node| led.contains_key(&node));
                proven.direct = calls;
                proven.holder = holder(own, &absorbed);
            }
            proven
        });
        Proof { findings: proven.collect() }
    }
}

/// The variable that a way begins with.
fn holder(node: Node, reached: &BTreeMap<Node, Node>) -> Option<Held> {
    let mut first = node;
    while reached[&first] != Node::Root {
        first = reached[&first];
    }
    let text = format!("{first:?}");
    let held = Held { root: text.clone(), text, file: None, steps: Vec::new() };
    matches!(first, Node::Variable(..)).then_some(held)
}

/// Of which objects a finding is, by the name that [`Run`] gave to its line.
fn node_of(leak: &Leak) -> Node {
    let name = name_of(leak);
    let numbers = |text: &str| -> Vec<usize> { text.split('_').map(|text| text.parse().unwrap()).collect() };
    match name.strip_prefix("keeper").or_else(|| name.strip_prefix("listener")).map(numbers) {
        Some(numbers) if name.starts_with('k') => Node::Keeper(numbers[0], numbers[1]),
        Some(numbers) => Node::Object(numbers[0]),
        None => Node::Maps(name.strip_prefix("new Class").unwrap().parse().unwrap()),
    }
}

/// Which program of a pair a finding is of, the first of which has so many objects.
fn is_of_second(leak: &Leak, first: usize) -> bool {
    match node_of(leak) {
        Node::Keeper(n, _) | Node::Variable(n, _) | Node::Object(n) | Node::Maps(n) => n >= first,
        Node::Root => false,
    }
}

fn proven(program: &[Object]) -> Vec<Leak> {
    let mut leaks = Run::new().found(program);
    let proof = Graph::of(program).prove(&leaks);
    settle(&mut leaks, Some(&proof));
    leaks
}

fn causes(leaks: &[Leak]) -> BTreeSet<&str> {
    leaks.iter().filter(|leak| leak.role == Role::Cause).map(name_of).collect()
}

/// Objects that nobody holds.
fn nothing(count: usize) -> Vec<Object> {
    vec![Object { holders: Vec::new(), listeners: 0, maps: 0 }; count]
}

/// The objects of a program behind `count` others.
fn behind(count: usize, program: &[Object]) -> Vec<Object> {
    let mut objects = program.to_vec();
    for holder in objects.iter_mut().flat_map(|object| &mut object.holders) {
        if let Holder::Object(n) = holder {
            *n += count;
        }
    }
    objects
}

/// That both programs of a pair show in one what each shows alone, and that nothing of one is said to go with the other.
fn neither_hides_the_other(one: &[Object], other: &[Object]) {
    let second = behind(one.len(), other);
    let alone = [
        proven(&[one, &nothing(other.len())].concat()),
        proven(&[&nothing(one.len()), &second[..]].concat()),
    ];
    let both = proven(&[one, &second].concat());
    let expected: BTreeSet<&str> = alone.iter().flat_map(|leaks| causes(leaks)).collect();
    assert_eq!(causes(&both), expected);
    let fingerprints = |is_second: bool| -> BTreeSet<&str> {
        let own = both.iter().filter(|leak| is_of_second(leak, one.len()) == is_second);
        own.map(|leak| &*leak.fingerprint).collect()
    };
    let own = [fingerprints(false), fingerprints(true)];
    for leak in &both {
        let own = &own[usize::from(is_of_second(leak, one.len()))];
        assert!(leak.kept_by.iter().all(|by| own.contains(&**by)), "{} by {:?}", name_of(leak), leak.kept_by);
    }
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(if cfg!(miri) { 4 } else { 1_000 }))]

    #[test]
    fn two_programs_never_hide_each_other(one in program(), other in program()) {
        neither_hides_the_other(&one, &other);
    }
}

/// One that keeps its objects in each way that is known, beside one of which nothing that is watched is a cause.
#[test]
fn what_no_sign_accuses_is_not_hidden_by_any_kind_of_cause() {
    let held_by =
        |holder: Holder, listeners: u32, maps: u32| Object { holders: vec![holder], listeners, maps };
    let unwatched =
        [(1, 0), (0, 1), (2, 1)].map(|(listeners, maps)| held_by(Holder::Unwatched, listeners, maps));
    let lasting = [LISTENER, INTERVAL, HANDLE, POOL].map(Holder::Lasting);
    for hidden in &unwatched {
        for holder in lasting.into_iter().chain([Holder::OldMap]) {
            for (listeners, maps) in [(0, 0), (1, 0), (2, 1)] {
                let other = held_by(holder, listeners, maps);
                let of_signs = Run::new().check(&[other.clone(), hidden.clone()]);
                let is_hidden = |leak: &Leak| is_of_second(leak, 1) && leak.role == Role::Consequence;
                assert!(of_signs.iter().any(is_hidden), "the signs alone hide it");
                neither_hides_the_other(&[other], std::slice::from_ref(hidden));
            }
        }
    }
}
