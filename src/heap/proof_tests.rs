use super::*;
use crate::heap::graph::EdgeKind;
use crate::heap::members;
use crate::heap::written::Written;

/// A program: a root with global objects, and what hands over the objects of findings.
struct Program {
    written: Written,
    root: usize,
    global: usize,
    lists: usize,
    count: usize,
}

impl Program {
    fn new() -> Self {
        let mut written = Written::default();
        let root = written.node("synthetic", "", 0);
        let gc = written.node("synthetic", "(GC roots)", 0);
        let stack = written.node("synthetic", "(Stack roots)", 0);
        let global = written.node("object", "global", 8);
        let holder = written.node("object", "LeaklineMembers", 8);
        let lists = written.node("object", "Array", 8);
        written.edge(root, EdgeKind::Shortcut, "global", global);
        written.edge(root, EdgeKind::Element, "1", gc);
        written.edge(gc, EdgeKind::Element, "1", stack);
        written.edge(stack, EdgeKind::Element, "1", holder);
        written.edge(holder, EdgeKind::Property, "lists", lists);
        Self { written, root, global, lists, count: 0 }
    }

    fn object(&mut self, class: &str) -> usize {
        self.written.node("object", class, 64)
    }

    fn property(&mut self, from: usize, name: &str, to: usize) {
        self.written.edge(from, EdgeKind::Property, name, to);
    }

    fn list(&mut self, nodes: &[usize]) {
        let list = self.written.node("object", "Array", 8);
        for (at, node) in nodes.iter().enumerate() {
            self.written.edge(list, EdgeKind::Element, &at.to_string(), *node);
        }
        let at = self.count.to_string();
        self.written.edge(self.lists, EdgeKind::Element, &at, list);
        self.count += 1;
    }

    fn finding(&mut self, grown: &[usize]) {
        self.list(grown);
        self.list(&[]);
    }

    fn proof(&self) -> Vec<Proven> {
        let mut heap = self.written.heap();
        let lists = members::take(&mut heap);
        let asked = |finding| Asked { finding, kind: "map".to_owned(), weight: 2 };
        let asked: Vec<Asked> = (0..lists.len() as u32 / 2).map(asked).collect();
        prove(&Analysis::without_dominators(heap, ""), &asked, &lists, "").findings
    }
}

#[test]
fn one_search_says_what_is_direct_and_cuts_say_what_goes_with_it() {
    let mut program = Program::new();
    let kept = program.object("Array");
    program.property(program.global, "kept", kept);
    let owners = [program.object("Owner"), program.object("Owner")];
    let parts = [program.object("Map"), program.object("Map")];
    for (at, (owner, part)) in owners.iter().zip(parts).enumerate() {
        program.written.edge(kept, EdgeKind::Element, &at.to_string(), *owner);
        program.property(*owner, "part", part);
    }
    program.finding(&owners);
    program.finding(&parts);
    let proven = program.proof();
    assert_eq!((proven[0].reached, proven[0].direct), (2, 2));
    assert_eq!((proven[1].reached, proven[1].direct), (2, 0));
    assert_eq!(proven[0].frees, [(1, 1.0)]);
    assert_eq!(proven[0].leads_to, [1]);
    assert_eq!(proven[0].bytes_each, 128.0, "an owner and its part");
    assert_eq!(proven[0].holder.as_ref().map(|held| held.text.as_str()), Some("global › kept: Array"));
    assert_eq!(proven[1].holder, None);
}

#[test]
fn what_two_findings_keep_together_is_freed_by_neither_alone() {
    let mut program = Program::new();
    let shared = program.object("Shared");
    let [one, other] = [program.object("One"), program.object("Other")];
    for each in [one, other] {
        program.property(each, "shared", shared);
    }
    program.property(program.global, "one", one);
    program.property(program.global, "other", other);
    program.finding(&[one]);
    program.finding(&[other]);
    program.finding(&[shared]);
    let proven = program.proof();
    assert_eq!(proven.iter().map(|each| each.direct).collect::<Vec<_>>(), [1, 1, 0]);
    assert!(proven[0].frees.is_empty() && proven[1].frees.is_empty());
    assert_eq!((&proven[0].leads_to[..], &proven[1].leads_to[..]), (&[2][..], &[2][..]));
}

#[test]
fn a_member_of_a_list_that_is_cut_still_leads_to_the_next() {
    let mut program = Program::new();
    let [first, second] = [program.object("Timeout"), program.object("Timeout")];
    let held = program.object("Held");
    program.property(program.global, "list", first);
    program.property(first, "_idleNext", second);
    program.property(first, "_onTimeout", held);
    program.finding(&[first]);
    program.finding(&[second]);
    program.finding(&[held]);
    let direct: Vec<u32> = program.proof().iter().map(|each| each.direct).collect();
    assert_eq!(direct, [1, 1, 0]);
}

#[test]
fn a_chain_of_one_finding_is_as_direct_as_its_first() {
    let mut program = Program::new();
    let chain: Vec<usize> = (0..6).map(|_| program.object("Device")).collect();
    program.property(program.global, "last", chain[0]);
    for pair in chain.windows(2) {
        program.property(pair[0], "before", pair[1]);
    }
    program.finding(&chain);
    assert_eq!(program.proof()[0].direct, 6);
}

#[test]
fn objects_that_only_the_stack_or_the_lists_hold_are_not_reached() {
    let mut program = Program::new();
    let object = program.object("Owner");
    program.written.edge(2, EdgeKind::Element, "2", object);
    program.finding(&[object]);
    assert_eq!(program.root, 0);
    let proven = program.proof();
    assert_eq!((proven[0].reached, proven[0].is_known()), (0, false));
}

#[test]
fn the_same_objects_are_recognised() {
    let mut program = Program::new();
    let object = program.object("Socket");
    program.property(program.global, "socket", object);
    program.finding(&[object]);
    program.finding(&[object]);
    assert_eq!(program.proof()[1].same, [0]);
}

#[test]
fn a_heap_without_lists_has_none() {
    let mut written = Written::default();
    written.node("synthetic", "", 0);
    let other = written.node("object", "Object", 8);
    written.edge(0, EdgeKind::Element, "1", other);
    assert!(members::take(&mut written.heap()).is_empty());
}
