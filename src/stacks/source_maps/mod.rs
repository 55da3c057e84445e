//! Source maps: frames of what runs become frames of what was written.
//!
//! Values are made with the frames that V8 reported, and then go through here: a stack is followed only when somebody wants
//! to see it. Whatever is in the way of a map costs the mapping and nothing else. Fingerprints stay those of the running
//! code.
//!
//! `comment` finds which map a file names, `map_file` reads it, `map` parses it, `places` finds the files it names; `open` keeps some of
//! them open. What bounds there are:
//! files and maps of 64 MiB and mappings of 16 MiB are read, one map at a time, and let go at once; what stays are
//! resolved positions, [`MAX_POSITIONS`] of [`MAX_FILES`] files; a value waits [`MAX_WAIT`] for files it has not seen.

mod comment;
mod content;
mod map;
mod map_file;
mod open;
mod places;

pub use content::content;
pub use open::OpenMaps;

use std::collections::{BTreeMap, HashMap};
use std::path::Path;
use std::time::{Duration, Instant};

use serde::Deserialize;

use crate::values::frames::{self, Frame, Owner, Position};
use crate::values::leftover::Leftover;
use crate::values::snapshot::{Leak, Snapshot, TopInserter};
use crate::values::stack::Stack;
use map_file::{MapFile, Original, Unreadable, may_be_built};

/// Files remembered, most of which have no map. Beyond it the cache starts afresh.
const MAX_FILES: usize = 20_000;
/// Positions remembered in files with a map. Beyond it the cache starts afresh.
const MAX_POSITIONS: usize = 100_000;
/// Positions that JavaScript may send; further ones are not stored, and a note says so.
const MAX_SENT: usize = 20_000;
/// How long one value waits for maps. Whoever asks is stopped meanwhile, be it the event loop or a signal.
const MAX_WAIT: Duration = Duration::from_secs(1);
/// Maps that could not be read and are named in notes.
const MAX_NOTES: usize = 8;
/// Longest name of a map in a note, in characters.
const MAX_NAME: usize = 200;

/// What JavaScript alone knows: code that was transformed in memory.
#[derive(Clone, Debug, PartialEq, Eq, Deserialize)]
pub struct Mapping {
    /// Where V8 says a frame is.
    pub from: Position,
    /// Where it really is. Without a function the frame keeps its own.
    pub to: Frame,
}

/// What is known of the maps of a process.
pub struct SourceMaps {
    /// The folder that notes leave out.
    root: String,
    /// [`MAX_WAIT`].
    max_wait: Duration,
    reported: HashMap<String, HashMap<(u32, u32), Frame>>,
    sent_count: usize,
    files: HashMap<String, Known>,
    /// Entries of all [`Known::Mapped`].
    positions: usize,
    /// Bytes of `reported` and `files`, roughly.
    bytes: usize,
    sent_bytes: usize,
    notes: Vec<String>,
    /// Whether the last value had to go without some maps.
    is_late: bool,
}

/// What is known of a file.
enum Known {
    /// It names no map, or one that cannot be read.
    Unmapped,
    /// The positions that were asked for; `None` for one that comes from nowhere.
    Mapped(HashMap<(u32, u32), Option<Original>>),
}

/// What belongs in the place of a frame.
enum InPlace<'a> {
    Message(&'a Frame),
    Mapped(&'a Original),
}

impl InPlace<'_> {
    /// Puts it in the place of the frame at `n`. What is called there is the function of the frame before.
    fn put(self, frames: &mut [Frame], n: usize) {
        if let Self::Mapped(Original { name: Some(name), .. }) = &self
            && let Some(callee) = n.checked_sub(1).and_then(|inner| frames[inner].function.as_mut())
        {
            rename(callee, name);
        }
        let frame = &mut frames[n];
        match self {
            Self::Message(to) => {
                let function = to.function.clone().or_else(|| frame.function.take());
                *frame = Frame { function, ..to.clone() };
            }
            Self::Mapped(Original { file, line, column, .. }) => {
                frame.file = file.to_string();
                (frame.line, frame.column) = (*line, *column);
            }
        }
    }
}

/// Longest name that a minifier gives a function. A longer one is the author's.
const MAX_MINIFIED: usize = 3;

/// Gives a minified function its name back.
fn rename(function: &mut String, name: &str) {
    let (new, own) = function.split_at(if function.starts_with("new ") { 4 } else { 0 });
    if own.len() <= MAX_MINIFIED && own != name {
        *function = format!("{new}{name}");
    }
}

/// A frame in a file that is not known yet, by its number on the stack of this number.
struct Waiting {
    stack: usize,
    frame: usize,
    position: (u32, u32),
}

impl SourceMaps {
    /// `root` is the folder that notes leave out.
    pub fn new(root: String) -> Self {
        Self {
            root,
            max_wait: MAX_WAIT,
            reported: HashMap::new(),
            sent_count: 0,
            files: HashMap::new(),
            positions: 0,
            bytes: 0,
            sent_bytes: 0,
            notes: Vec::new(),
            is_late: false,
        }
    }

    /// These positions are others, whatever a map says.
    pub fn add_positions(&mut self, mappings: Vec<Mapping>) {
        for Mapping { from, to } in mappings {
            if self.sent_count >= MAX_SENT {
                self.note(format!(
                    "more than {MAX_SENT} positions of transformed code: further frames are of the running code"
                ));
                return;
            }
            let bytes = size_of::<((u32, u32), Frame)>()
                + to.file.len()
                + to.function.as_ref().map_or(0, String::len);
            let of_file = self.reported.entry(from.file).or_default();
            if of_file.insert((from.line, from.column), to).is_none() {
                self.sent_count += 1;
                self.sent_bytes += bytes;
            }
        }
    }

    /// Follows the stacks of a snapshot, and says there what it costs and what could not be read. Returns whether any
    /// stack changed: then the sites' order may be another.
    pub fn follow_snapshot(&mut self, snapshot: &mut Snapshot) -> bool {
        let running: Vec<Stack> = snapshot.sites.iter().map(|site| site.stack.clone()).collect();
        let sites = snapshot.sites.iter_mut();
        let of_sites = sites
            .flat_map(|site| std::iter::once(&mut site.stack).chain(inserter_of(&mut site.top_inserter)));
        let of_collections = snapshot
            .collections
            .iter_mut()
            .filter_map(|collection| inserter_of(&mut collection.top_inserter));
        let changed = self.follow(of_sites.chain(of_collections));
        if changed {
            for (site, running) in snapshot.sites.iter_mut().zip(&running) {
                site.origin = frames::origin(&site.stack).cloned();
                site.shipped_at = shipped(&site.stack, running);
            }
        }
        snapshot.notes.extend(self.notes());
        changed
    }

    /// Follows the stacks of what a check found. What could not be read is in [`SourceMaps::notes`].
    pub fn follow_leaks(&mut self, leaks: &mut [Leak]) {
        let running: Vec<Stack> = leaks.iter().map(|leak| leak.stack.clone()).collect();
        let stacks = leaks
            .iter_mut()
            .flat_map(|leak| std::iter::once(&mut leak.stack).chain(inserter_of(&mut leak.top_inserter)));
        if self.follow(stacks) {
            for (leak, running) in leaks.iter_mut().zip(&running) {
                leak.origin = frames::origin(&leak.stack).cloned();
                leak.shipped_at = shipped(&leak.stack, running);
            }
        }
    }

    /// Follows the stacks of what tests left.
    pub fn follow_leftovers(&mut self, leftovers: &mut [Leftover]) {
        if self.follow(leftovers.iter_mut().map(|leftover| &mut leftover.stack)) {
            for leftover in leftovers {
                leftover.origin = frames::origin(&leftover.stack).cloned();
            }
        }
    }

    /// Follows stacks that are in no value yet.
    pub fn follow_stacks<'a>(&mut self, stacks: impl Iterator<Item = &'a mut Stack>) {
        self.follow(stacks);
    }

    /// What a reader of the value that was followed last has to know.
    pub fn notes(&self) -> impl Iterator<Item = String> {
        let late = "source maps took too long to read: some frames are of the running code";
        self.notes.iter().cloned().chain(self.is_late.then(|| late.to_owned()))
    }

    /// Bytes held.
    #[cfg(test)]
    pub fn bytes(&self) -> usize {
        self.bytes + self.sent_bytes
    }

    /// Puts originals in the place of frames. Returns whether there were any.
    ///
    /// Files that are not known yet wait until all frames were seen, so that each is read once. A stack without originals
    /// stays shared.
    fn follow<'a>(&mut self, stacks: impl Iterator<Item = &'a mut Stack>) -> bool {
        let mut changed = false;
        let mut unknown: BTreeMap<String, Vec<Waiting>> = BTreeMap::new();
        let mut stacks: Vec<&mut Stack> = stacks.collect();
        // Most frames are of the file that the frame before is of.
        let mut plain = String::new();
        for (at, stack) in stacks.iter_mut().enumerate() {
            for n in 0..stack.len() {
                if !plain.is_empty() && stack[n].file == plain {
                    continue;
                }
                match self.original(&stack[n]) {
                    Some(Some(original)) => {
                        original.put(stack.make_mut(), n);
                        changed = true;
                    }
                    Some(None) if self.is_plain(&stack[n].file) => plain.clone_from(&stack[n].file),
                    Some(None) => {}
                    None => {
                        let Frame { file, line, column, .. } = &stack[n];
                        let waiting = Waiting { stack: at, frame: n, position: (*line, *column) };
                        match unknown.get_mut(file) {
                            Some(of_file) => of_file.push(waiting),
                            None => drop(unknown.insert(file.clone(), vec![waiting])),
                        }
                    }
                }
            }
        }
        let began = Instant::now();
        self.is_late = false;
        for (file, waiting) in unknown {
            self.is_late = began.elapsed() > self.max_wait;
            if self.is_late {
                break;
            }
            self.learn(file, waiting.iter().map(|waiting| waiting.position));
            for Waiting { stack, frame, .. } in waiting {
                if let Some(Some(original)) = self.original(&stacks[stack][frame]) {
                    original.put(stacks[stack].make_mut(), frame);
                    changed = true;
                }
            }
        }
        changed
    }

    /// What belongs in the place of `frame`, if anything; `None` when that is not known yet.
    fn original(&self, frame: &Frame) -> Option<Option<InPlace<'_>>> {
        let position = (frame.line, frame.column);
        if !self.reported.is_empty()
            && let Some(to) = self.reported.get(&frame.file).and_then(|reported| reported.get(&position))
        {
            return Some(Some(InPlace::Message(to)));
        }
        if !may_be_built(&frame.file) {
            return Some(None);
        }
        match self.files.get(&frame.file)? {
            Known::Unmapped => Some(None),
            Known::Mapped(positions) => Some(positions.get(&position)?.as_ref().map(InPlace::Mapped)),
        }
    }

    /// Whether no frame of a file that was asked about has an original.
    fn is_plain(&self, file: &str) -> bool {
        self.reported.is_empty() && !matches!(self.files.get(file), Some(Known::Mapped(_)))
    }

    /// Reads the map of `file` for some positions in it.
    fn learn(&mut self, file: String, asked: impl Iterator<Item = (u32, u32)>) {
        if self.files.len() >= MAX_FILES || self.positions >= MAX_POSITIONS {
            self.files = HashMap::new();
            (self.positions, self.bytes) = (0, 0);
        }
        let map = match MapFile::of(Path::new(&file)) {
            Ok(map) => map,
            Err(Unreadable { map, why }) => {
                // A package that ships comments without maps is nobody's to fix here.
                if frames::owner(&file) == Owner::Application {
                    let name: String = self.below_root(&map).chars().take(MAX_NAME).collect();
                    self.note_unreadable(&format!("{name} ({why})"));
                }
                None
            }
        };
        self.bytes += match self.files.contains_key(&file) {
            true => 0,
            false => file.len() + size_of::<(String, Known)>(),
        };
        let Some(mut map) = map else {
            // One that was there before has answered for other positions.
            let known = self.files.entry(file).or_insert(Known::Unmapped);
            if let Known::Mapped(positions) = known {
                positions.extend(asked.map(|position| (position, None)));
            }
            return;
        };
        let owner = frames::owner(&file);
        let mut learnt = HashMap::new();
        for position in asked {
            learnt.entry(position).or_insert_with_key(|position| map.original(*position, owner));
        }
        let text_bytes = map.path_bytes();
        self.positions += learnt.len();
        self.bytes += text_bytes + learnt.len() * size_of::<((u32, u32), Option<Original>)>();
        match self.files.entry(file).or_insert(Known::Unmapped) {
            Known::Mapped(positions) => positions.extend(learnt),
            known => *known = Known::Mapped(learnt),
        }
    }

    fn below_root<'a>(&self, file: &'a str) -> &'a str {
        let below = file.strip_prefix(&self.root).filter(|_| !self.root.is_empty());
        below.and_then(|below| below.strip_prefix(['/', '\\'])).unwrap_or(file)
    }

    fn note_unreadable(&mut self, what: &str) {
        self.note(match self.notes.len() {
            0..MAX_NOTES => format!("a source map could not be read: {what}"),
            _ => "further source maps could not be read".to_owned(),
        });
    }

    /// Said once. There are [`MAX_NOTES`] and a few fixed ones.
    fn note(&mut self, note: String) {
        if !self.notes.contains(&note) {
            self.notes.push(note);
        }
    }
}

/// Where the frame to look at first is in the file that runs; `None` where that is the file that was written.
fn shipped(written: &Stack, running: &Stack) -> Option<Position> {
    let origin = frames::origin(written)?;
    let at = written.iter().position(|frame| frame == origin)?;
    let Frame { file, line, column, .. } = running.get(at)?;
    (*file != origin.file).then(|| Position { file: file.clone(), line: *line, column: *column })
}

fn inserter_of(top: &mut Option<TopInserter>) -> Option<&mut Stack> {
    top.as_mut().map(|top| &mut top.stack)
}

#[cfg(all(test, unix, not(loom)))]
mod tests;
