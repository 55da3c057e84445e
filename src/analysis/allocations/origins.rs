//! Who answers for the memory of a Buffer, by the stack that has allocated it.

use std::collections::HashMap;

use crate::values::allocations::POOL;
use crate::values::frames::{self, Frame};

/// Places and origins that are distinguished: code that is made while a program runs has places without end.
const MAX_PLACES: usize = 10_000;
/// Innermost frames in which Node's pool of small Buffers is looked for.
const POOL_FRAMES: usize = 4;
/// Node's functions that allocate a slab of it.
const POOL_FUNCTIONS: [&str; 2] = ["createPool", "allocPool"];
/// Slabs after which the only line that has asked for any answers for the pool.
const MIN_SLABS: u64 = 9;

/// What distinguishes origins.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
enum By {
    /// A line of the application; of a package, where nobody of the application has called it.
    Line(String, u32, u32),
    /// A slab of Node's pool: whose slice keeps it does not depend on who has asked for it.
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
    /// Of each place, from 1: its origin, and the line that has asked for a slab of the pool.
    places: Vec<(u32, Option<By>)>,
    /// Slabs by the line that has asked for them, and a stack of each.
    slabs: HashMap<Option<By>, (u64, Vec<Frame>)>,
    /// See [`Origins::place_outside`].
    outside: u32,
}

impl Origins {
    /// The number of the place that a stack is; 0 where there is no room. An empty stack is Node outside of JavaScript.
    pub fn place(&mut self, stack: Vec<Frame>) -> u32 {
        if self.places.len() >= MAX_PLACES {
            return 0;
        }
        let by = by(&stack);
        let line = (by == By::Pool).then(|| frames::origin(&stack).map(line)).flatten();
        if by == By::Pool && self.slabs.len() < MAX_PLACES {
            self.slabs.entry(line.clone()).or_insert_with(|| (0, stack.clone()));
        }
        let number = self.numbers.get(&by).copied().unwrap_or_else(|| {
            self.origins.push((by.clone(), stack));
            let number = self.origins.len() as u32;
            self.numbers.insert(by, number);
            number
        });
        self.places.push((number, line));
        self.places.len() as u32
    }

    /// The place of what Node allocates outside of JavaScript.
    pub fn place_outside(&mut self) -> u32 {
        if self.outside == 0 {
            self.outside = self.place(Vec::new());
        }
        self.outside
    }

    /// Something was sampled at a place. Returns its origin; 0 for place 0.
    pub fn sampled(&mut self, place: u32) -> u32 {
        let Some((number, line)) = (place as usize).checked_sub(1).and_then(|at| self.places.get(at)) else {
            return 0;
        };
        if self.origins.get(*number as usize - 1).is_some_and(|(by, _)| *by == By::Pool)
            && let Some((slabs, _)) = self.slabs.get_mut(line)
        {
            *slabs += 1;
        }
        *number
    }

    /// What is known of an origin.
    pub fn origin(&self, number: u32) -> Option<Origin> {
        let (by, stack) = self.origins.get((number as usize).checked_sub(1)?)?;
        let (subject, stack) = match by {
            By::Line(..) => (None, stack.clone()),
            By::Pool => {
                let of_node = || stack.iter().take_while(|frame| is_of_node(frame)).cloned().collect();
                (Some(POOL.to_owned()), self.only_line().unwrap_or_else(of_node))
            }
            By::Node(module) => (Some(format!("of {module}")), stack.clone()),
            By::Outside => (Some("outside of JavaScript".to_owned()), Vec::new()),
        };
        Some(Origin { subject, stack })
    }

    /// The stack of the only line that has asked for slabs.
    fn only_line(&self) -> Option<Vec<Frame>> {
        let mut asked = self.slabs.iter().filter(|(_, (slabs, _))| *slabs > 0);
        let (line, (slabs, stack)) = asked.next()?;
        (line.is_some() && *slabs >= MIN_SLABS && asked.next().is_none()).then(|| stack.clone())
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
        let one = origins.place(stack(&[alloc, package, ("save", "/srv/a.js", 4)]));
        let other = origins.place(stack(&[alloc, ("save", "/srv/a.js", 4), ("main", "/srv/b.js", 1)]));
        let next = origins.place(stack(&[alloc, ("save", "/srv/a.js", 5)]));
        assert_eq!([one, other, next].map(|place| origins.sampled(place)), [1, 1, 2]);
        let origin = origins.origin(1).unwrap();
        assert_eq!((origin.subject, origin.stack.len()), (None, 3));
        assert_eq!(origins.sampled(0), 0);
        assert_eq!(origins.origin(3), None);
    }

    #[test]
    fn what_nobody_has_asked_for_is_called_by_what_is_known() {
        let mut origins = Origins::default();
        let read =
            stack(&[("allocUnsafeSlow", "node:buffer", 1), ("read", "node:internal/fs/read/context", 9)]);
        let places = [origins.place(read), origins.place(Vec::new())];
        let subjects = places.map(|place| {
            let number = origins.sampled(place);
            origins.origin(number).and_then(|origin| origin.subject).unwrap()
        });
        assert_eq!(subjects, ["of node:internal/fs/read/context", "outside of JavaScript"]);
    }

    #[test]
    fn a_slab_of_the_pool_is_of_a_line_that_is_the_only_one() {
        let mut origins = Origins::default();
        let place = origins.place(slab(4));
        for _ in 0..MIN_SLABS - 1 {
            assert_eq!(origins.sampled(place), 1);
        }
        let of_pool = |stack| Some(Origin { subject: Some(POOL.to_owned()), stack });
        assert_eq!(origins.origin(1), of_pool(slab(4)[..2].to_vec()));
        origins.sampled(place);
        assert_eq!(origins.origin(1), of_pool(slab(4)));
        let other = origins.place(slab(9));
        assert_eq!(origins.sampled(other), 1);
        assert_eq!(origins.origin(1), of_pool(slab(4)[..2].to_vec()), "either may keep it");
    }

    #[test]
    fn places_are_bounded() {
        let mut origins = Origins::default();
        let places = (0..2 * MAX_PLACES as u32).map(|line| origins.place(slab(line)));
        assert_eq!(places.filter(|place| *place == 0).count(), MAX_PLACES);
        assert!(origins.slabs.len() <= MAX_PLACES);
    }
}
