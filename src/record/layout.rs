//! The 16-byte record that JavaScript writes and the collector reads.
//!
//! This is the only file with layout numbers. JavaScript reads them at start ([`layout`]), so that each is written
//! once.
//!
//! ```text
//! region (32-bit words)
//!  0        HEAD      written by JavaScript: records ever pushed, wrapping
//!  1        DROPPED   written by JavaScript: records that did not fit
//!  2        SWEPT     written by JavaScript: the last SWEEP request that was done
//!  16       TAIL      written by the collector: records ever drained, wrapping
//!  17       CLOCK     written by the collector: ms since it started, wrapping, a few ms old
//!  18       SWEEP     written by the collector: counts requests to look for dead owners now
//!  19       GC_REQUEST  written by the collector: counts requests for a garbage collection when it is cheap
//!  32…      records, four words each
//!           0   op | kind << 8 | site weight << 16 | DIES_WITH_OWNER | total weight << 24   (weights as log2)
//!           1   handle = generation << SLOT_BITS | slot
//!           2   site (register, insert), size (resize), number (window), entries (leave), count (unrecorded)
//!           3   the quantity of a registration, by its kind: see [`Quantity`]; entries (insert)
//! ```

/// Changes whenever a word moves or changes its meaning.
pub const VERSION: u32 = 5;

/// Records of a region outside of tests: 256 KiB, which fits into a core's cache. A service at 5,000 requests/s writes
/// them in half a second.
pub const RECORDS: u32 = 1 << 14;
/// Words of one record.
pub const RECORD_WORDS: usize = 4;
/// Words before the first record. Each side writes to its own cache lines.
pub const HEADER_WORDS: usize = 32;

/// See the layout above.
pub const HEAD: usize = 0;
/// See the layout above.
pub const DROPPED: usize = 1;
/// See the layout above.
pub const SWEPT: usize = 2;
/// See the layout above.
pub const TAIL: usize = 16;
/// See the layout above.
pub const CLOCK: usize = 17;
/// See the layout above.
pub const SWEEP: usize = 18;
/// See the layout above.
pub const GC_REQUEST: usize = 19;

/// Bits of a handle that number the slot: 4,194,303 live registrations an isolate.
pub const SLOT_BITS: u32 = 22;
/// Bits of a handle that number the occupants of the slot. With the slot they take 31 bits, which V8 keeps as a small
/// integer.
pub const GENERATION_BITS: u32 = 9;
/// The largest slot. Slot 0 is never used: handle 0 means "none".
pub const MAX_SLOT: u32 = (1 << SLOT_BITS) - 1;
/// The largest generation.
pub const MAX_GENERATION: u32 = (1 << GENERATION_BITS) - 1;
/// The largest log2 of a sampling weight.
pub const MAX_WEIGHT_LOG2: u8 = 15;

const _: () = assert!(RECORD_WORDS * 4 == 16, "a record is 16 bytes");
const _: () = assert!(SLOT_BITS + GENERATION_BITS == 31, "a handle is a small integer");
const _: () = assert!(
    TAIL >= 16 && TAIL < HEADER_WORDS && SWEEP < HEADER_WORDS && GC_REQUEST < HEADER_WORDS,
    "own cache lines"
);

/// The largest number of a window. Registrations of later windows belong to none.
pub const MAX_WINDOW: u32 = (1 << 24) - 1;
/// A bit in the first word of a registration: its owner was created in the open window.
const DIES_WITH_OWNER: u32 = 1 << 20;

const _: () = assert!(MAX_WEIGHT_LOG2 < 16, "a weight is four bits");

const REGISTER: u32 = 1;
const RELEASE: u32 = 2;
const COLLECT: u32 = 3;
const RESIZE: u32 = 4;
const UNTRACKED: u32 = 5;
const WINDOW: u32 = 6;
const DISOWN: u32 = 7;
const INSERT: u32 = 8;
const LEAVE: u32 = 9;
const UNRECORDED: u32 = 10;

/// The built-in kinds. Each other name given to `track()` gets the next free number, see
/// [`crate::record::kinds`].
pub const KINDS: [&str; 12] = [
    "listener",
    "timeout",
    "interval",
    "immediate",
    "map",
    "set",
    "array",
    "handle",
    "pool",
    "object",
    "heap",
    "buffer",
];

/// Index of `listener` in [`KINDS`].
pub const LISTENER: u8 = 0;
/// Index of `timeout` in [`KINDS`].
pub const TIMEOUT: u8 = 1;
/// Index of `map` in [`KINDS`].
pub const MAP: u8 = 4;
/// Index of `set` in [`KINDS`].
pub const SET: u8 = 5;
/// Index of `array` in [`KINDS`].
pub const ARRAY: u8 = 6;
/// Index of `handle` in [`KINDS`].
pub const HANDLE: u8 = 7;
/// Index of `pool` in [`KINDS`].
pub const POOL: u8 = 8;

/// Index of `object` in [`KINDS`].
pub const OBJECT: u8 = 9;
/// Index of `heap` in [`KINDS`].
pub const HEAP: u8 = 10;
/// Index of `buffer` in [`KINDS`].
pub const BUFFER: u8 = 11;

/// True for kinds that end by themselves or by a call, never by garbage collection.
pub fn is_timer(kind: u8) -> bool {
    matches!(KINDS.get(usize::from(kind)), Some(&("timeout" | "interval" | "immediate")))
}

/// True for kinds of memory that is sampled, by their names: sites of them have bytes.
pub fn is_sampled(kind: &str) -> bool {
    [HEAP, BUFFER].iter().any(|sampled| KINDS[usize::from(*sampled)] == kind)
}

/// True for kinds that hold entries.
pub fn is_collection(kind: u8) -> bool {
    matches!(kind, MAP | SET | ARRAY | OBJECT)
}

/// What happened.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Event {
    /// A resource was created.
    Register(Register),
    /// It was released.
    Release(Handle),
    /// Its owner was garbage-collected.
    Collect(Handle),
    /// A collection has this many entries now.
    Resize(Handle, u32),
    /// A registration without a free slot: only counted.
    Untracked {
        /// Index into the kinds.
        kind: u8,
    },
    /// Later registrations belong to this window, such as the time of one test; 0 for none. At most
    /// [`MAX_WINDOW`].
    Window(u32),
    /// The registration no longer belongs to a window.
    Disown(Handle),
    /// Entries were inserted into a collection.
    Fill {
        /// The collection.
        handle: Handle,
        /// The stack that inserted them; 0 when none was taken.
        site: u32,
        /// How many since the last such record.
        entries: u32,
    },
    /// How many entries were removed from a collection since the last such record.
    Leave(Handle, u32),
    /// Registrations that were created and released, only counted.
    Unrecorded {
        /// Index into the kinds.
        kind: u8,
        /// How many.
        count: u32,
    },
}

/// A resource was created.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Register {
    /// Its handle.
    pub handle: Handle,
    /// Index into the kinds.
    pub kind: u8,
    /// The site of its creation stack; 0 when none was captured.
    pub site: u32,
    /// log2 of the registrations of its site that it stands for.
    pub site_weight_log2: u8,
    /// log2 of the registrations of its kind that it stands for.
    pub total_weight_log2: u8,
    /// What its kind measures.
    pub quantity: Quantity,
    /// Its owner was created in the open window. It ends with its owner, so it is no leak of that window.
    pub dies_with_owner: bool,
}

impl Register {
    /// A registration that stands for itself alone, without a quantity.
    pub fn new(handle: Handle, kind: u8, site: u32) -> Self {
        let quantity = Quantity::of(kind, 0);
        Self {
            handle,
            kind,
            site,
            site_weight_log2: 0,
            total_weight_log2: 0,
            quantity,
            dies_with_owner: false,
        }
    }
}

/// The last word of a registration: what it means follows from the kind.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Quantity {
    /// Collections and handles have none.
    None,
    /// A timer: its delay in ms.
    DelayMs(u32),
    /// What is checked out, of pools and of `track()`: the longest hold in ms, after which it is overdue; 0 for none.
    MaxHoldMs(u32),
    /// A listener: the listeners of its event on its emitter, including this one; 0 when unknown.
    Listeners(u32),
}

impl Quantity {
    /// The meaning of `word` in a registration of `kind`.
    pub fn of(kind: u8, word: u32) -> Self {
        match KINDS.get(usize::from(kind)).copied() {
            Some("listener") => Self::Listeners(word),
            Some("timeout" | "interval" | "immediate") => Self::DelayMs(word),
            Some("pool") | None => Self::MaxHoldMs(word),
            Some(_) => Self::None,
        }
    }

    fn word(self) -> u32 {
        match self {
            Self::None => 0,
            Self::DelayMs(word) | Self::MaxHoldMs(word) | Self::Listeners(word) => word,
        }
    }
}

/// A slot and its occupant's number.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub struct Handle(pub u32);

impl Handle {
    /// The handle of a slot and a generation.
    pub fn new(slot: u32, generation: u32) -> Self {
        debug_assert!(slot <= MAX_SLOT && generation <= MAX_GENERATION);
        Self(generation << SLOT_BITS | slot)
    }

    /// The slot.
    pub fn slot(self) -> u32 {
        self.0 & MAX_SLOT
    }

    /// The number of the slot's occupant.
    pub fn generation(self) -> u16 {
        (self.0 >> SLOT_BITS & MAX_GENERATION) as u16
    }
}

/// A record as it is in the region.
pub type Record = [u32; RECORD_WORDS];

impl Event {
    /// Decodes a record; `None` when this version does not know it.
    pub fn decode([head, handle, argument, last]: Record) -> Option<Self> {
        let kind = (head >> 8) as u8;
        let handle = Handle(handle);
        Some(match head & 0xff {
            REGISTER => Self::Register(Register {
                handle,
                kind,
                site: argument,
                site_weight_log2: (head >> 16 & 0xf) as u8,
                total_weight_log2: (head >> 24 & 0xf) as u8,
                quantity: Quantity::of(kind, last),
                dies_with_owner: head & DIES_WITH_OWNER != 0,
            }),
            RELEASE => Self::Release(handle),
            COLLECT => Self::Collect(handle),
            RESIZE => Self::Resize(handle, argument),
            UNTRACKED => Self::Untracked { kind },
            WINDOW => Self::Window(argument.min(MAX_WINDOW)),
            DISOWN => Self::Disown(handle),
            INSERT => Self::Fill { handle, site: argument, entries: last },
            LEAVE => Self::Leave(handle, argument),
            UNRECORDED => Self::Unrecorded { kind, count: argument },
            _ => return None,
        })
    }

    /// Encodes a record as JavaScript does.
    pub fn encode(self) -> Record {
        match self {
            Self::Register(Register {
                handle,
                kind,
                site,
                site_weight_log2,
                total_weight_log2,
                quantity,
                dies_with_owner,
            }) => [
                REGISTER
                    | u32::from(kind) << 8
                    | u32::from(site_weight_log2) << 16
                    | u32::from(total_weight_log2) << 24
                    | if dies_with_owner { DIES_WITH_OWNER } else { 0 },
                handle.0,
                site,
                quantity.word(),
            ],
            Self::Release(handle) => [RELEASE, handle.0, 0, 0],
            Self::Collect(handle) => [COLLECT, handle.0, 0, 0],
            Self::Resize(handle, size) => [RESIZE, handle.0, size, 0],
            Self::Untracked { kind } => [UNTRACKED | u32::from(kind) << 8, 0, 0, 0],
            Self::Window(number) => [WINDOW, 0, number, 0],
            Self::Disown(handle) => [DISOWN, handle.0, 0, 0],
            Self::Fill { handle, site, entries } => [INSERT, handle.0, site, entries],
            Self::Leave(handle, entries) => [LEAVE, handle.0, entries, 0],
            Self::Unrecorded { kind, count } => [UNRECORDED | u32::from(kind) << 8, 0, count, 0],
        }
    }
}

/// The numbers that JavaScript needs, by name.
pub fn layout() -> Vec<(&'static str, u32)> {
    let mut numbers = vec![
        ("VERSION", VERSION),
        ("RECORDS", RECORDS),
        ("RECORD_WORDS", RECORD_WORDS as u32),
        ("HEADER_WORDS", HEADER_WORDS as u32),
        ("HEAD", HEAD as u32),
        ("DROPPED", DROPPED as u32),
        ("SWEPT", SWEPT as u32),
        ("TAIL", TAIL as u32),
        ("CLOCK", CLOCK as u32),
        ("SWEEP", SWEEP as u32),
        ("GC_REQUEST", GC_REQUEST as u32),
        ("SLOT_BITS", SLOT_BITS),
        ("MAX_SLOT", MAX_SLOT),
        ("MAX_GENERATION", MAX_GENERATION),
        ("MAX_WEIGHT_LOG2", u32::from(MAX_WEIGHT_LOG2)),
        ("REGISTER", REGISTER),
        ("RELEASE", RELEASE),
        ("COLLECT", COLLECT),
        ("RESIZE", RESIZE),
        ("UNTRACKED", UNTRACKED),
        ("WINDOW", WINDOW),
        ("DISOWN", DISOWN),
        ("INSERT", INSERT),
        ("LEAVE", LEAVE),
        ("UNRECORDED", UNRECORDED),
        ("DIES_WITH_OWNER", DIES_WITH_OWNER),
        ("MAX_WINDOW", MAX_WINDOW),
    ];
    numbers.extend(KINDS.iter().enumerate().map(|(index, name)| (*name, index as u32)));
    numbers
}

#[cfg(test)]
#[path = "layout_tests.rs"]
mod tests;
