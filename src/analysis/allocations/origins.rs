//! Who answers for the memory of a Buffer, by the stack that has allocated it.

use std::collections::HashMap;

use crate::values::allocations::POOL;
use crate::values::frames::{self, Frame};

/// Origins that are distinguished: code that is made while a program runs has places without end.
const MAX_ORIGINS: usize = 10_000;
/// Innermost frames in which Node's pool of small Buffers is looked for.
const POOL_FRAMES: usize = 4;
/// Node's functions that allocate a slab of it.
const POOL_FUNCTIONS: [&str; 2] = ["createPool", "allocPool"];

/// What distinguishes origins.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
enum By {
    /// A line of the application; of a package, where nobody of the application has called it.
    Line(String, u32, u32),
    /// A slab of Node's pool. Any of its slices retains it, so it does not matter which line has asked for it: that is the
    /// one that takes most, whoever keeps a slice.
    Pool,
    /// A module of Node, where no other code was on the stack.
    Node(String),
    /// Node itself, while no JavaScript ran.
    Outside,
}

/// An origin, as it is first reported.
#[derive(Debug, PartialEq)]
pub struct Origin {
    /// What it is called; `None` for what is called by its function.
    pub subject: Option<String>,
    /// Innermost first; frames of Node alone, or none, where no line answers.
    pub stack: Vec<Frame>,
}

/// The origins of one isolate.
#[derive(Debug, Default)]
pub struct Origins {
    numbers: HashMap<By, u32>,
    /// By number, from 1.
    origins: Vec<(By, Vec<Frame>)>,
}

impl Origins {
    /// The number of the origin of a stack; 0 where there is no room. An empty stack is Node outside of JavaScript.
    pub fn number(&mut self, stack: Vec<Frame>) -> u32 {
        let by = by(&stack);
        if let Some(number) = self.numbers.get(&by) {
            return *number;
        }
        if self.origins.len() >= MAX_ORIGINS {
            return 0;
        }
        self.origins.push((by.clone(), stack));
        let number = self.origins.len() as u32;
        self.numbers.insert(by, number);
        number
    }

    /// What is known of an origin.
    pub fn origin(&self, number: u32) -> Option<Origin> {
        let (by, stack) = self.origins.get((number as usize).checked_sub(1)?)?;
        let subject = match by {
            By::Line(..) => None,
            By::Pool => {
                let stack = stack.iter().take_while(|frame| is_of_node(frame)).cloned().collect();
                return Some(Origin { subject: Some(POOL.to_owned()), stack });
            }
            By::Node(module) => Some(format!("of {module}")),
            By::Outside => Some("outside of JavaScript".to_owned()),
        };
        Some(Origin { subject, stack: stack.clone() })
    }
}

fn by(stack: &[Frame]) -> By {
    let is_pool =
        |frame: &Frame| frame.function.as_deref().is_some_and(|name| POOL_FUNCTIONS.contains(&name));
    if stack.iter().take_while(|frame| is_of_node(frame)).take(POOL_FRAMES).any(is_pool) {
        return By::Pool;
    }
    if let Some(frame) = frames::origin(stack) {
        return line(frame);
    }
    // The first that is no part of Buffer itself.
    let module = stack.iter().map(|frame| &frame.file).find(|file| !file.ends_with("buffer"));
    module.or(stack.first().map(|frame| &frame.file)).map_or(By::Outside, |file| By::Node(file.clone()))
}

fn is_of_node(frame: &Frame) -> bool {
    frame.file.starts_with("node:")
}

fn line(frame: &Frame) -> By {
    By::Line(frame.file.clone(), frame.line, frame.column)
}

#[cfg(all(test, not(loom)))]
mod tests {
    use super::*;

    fn stack(frames: &[(&str, &str, u32)]) -> Vec<Frame> {
        let frame = |(function, file, line): &(&str, &str, u32)| Frame {
            function: Some((*function).to_owned()),
            file: (*file).to_owned(),
            line: *line,
            column: 1,
        };
        frames.iter().map(frame).collect()
    }

    fn slab(line: u32) -> Vec<Frame> {
        stack(&[
            ("createPool", "node:buffer", 170),
            ("allocate", "node:buffer", 450),
            ("save", "/srv/a.js", line),
        ])
    }

    #[test]
    fn a_line_of_the_application_answers_for_what_it_calls() {
        let mut origins = Origins::default();
        let package = ("compress", "/srv/node_modules/pako/index.js", 7);
        let alloc = ("alloc", "node:buffer", 370);
        let one = origins.number(stack(&[alloc, package, ("save", "/srv/a.js", 4)]));
        let other = origins.number(stack(&[alloc, ("save", "/srv/a.js", 4), ("main", "/srv/b.js", 1)]));
        let next = origins.number(stack(&[alloc, ("save", "/srv/a.js", 5)]));
        assert_eq!([one, other, next], [1, 1, 2]);
        let origin = origins.origin(1).unwrap();
        assert_eq!((origin.subject, origin.stack.len()), (None, 3));
        assert_eq!((origins.origin(0), origins.origin(3)), (None, None));
    }

    #[test]
    fn what_nobody_has_asked_for_is_called_by_what_is_known() {
        let mut origins = Origins::default();
        let read =
            stack(&[("allocUnsafeSlow", "node:buffer", 1), ("read", "node:internal/fs/read/context", 9)]);
        let numbers = [origins.number(read), origins.number(Vec::new())];
        let subjects =
            numbers.map(|number| origins.origin(number).and_then(|origin| origin.subject).unwrap());
        assert_eq!(subjects, ["of node:internal/fs/read/context", "outside of JavaScript"]);
    }

    #[test]
    fn a_slab_of_the_pool_is_of_no_line() {
        let mut origins = Origins::default();
        assert_eq!([origins.number(slab(4)), origins.number(slab(9))], [1, 1]);
        let expected = Origin { subject: Some(POOL.to_owned()), stack: slab(4)[..2].to_vec() };
        assert_eq!(origins.origin(1), Some(expected));
    }

    #[test]
    fn origins_are_bounded() {
        let mut origins = Origins::default();
        let numbers =
            (0..2 * MAX_ORIGINS as u32).map(|line| origins.number(stack(&[("save", "/srv/a.js", line)])));
        assert_eq!(numbers.filter(|number| *number == 0).count(), MAX_ORIGINS);
    }
}
