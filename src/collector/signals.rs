//! Sees signals in native code, so that a report can be written while the event loop is blocked, and without a listener
//! that programs would count.
//!
//! This handler runs before the program's: it notes the signal and calls the handler that was there before.
//! libuv puts its own handler in front when the program begins to listen, and the system's default when it stops:
//! [`Watch::look`] goes in front again. Everything that changes handlers runs on the collector's thread, which blocks all
//! signals: the handler may wait for it.
#![allow(unsafe_code)]

/// What a signal means here.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Meaning {
    /// It ends the process unless the program handles it.
    Ends,
    /// Requests a report; the process goes on.
    Asks,
}

/// Signals that came since the last look.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Came {
    /// One that ends the process when it is [passed on](Watch::pass_on).
    pub ends: Option<i32>,
    /// One that would end it, and that the program handles.
    pub handled: Option<i32>,
    /// One that requests a report.
    pub asks: Option<i32>,
}

#[cfg(unix)]
pub use unix::{Watch, block_here, numbered};

/// Without POSIX signals there is nothing to watch.
#[cfg(not(unix))]
pub use none::{Watch, block_here, numbered};

#[cfg(unix)]
mod unix {
    use std::ffi::c_void;
    use std::ptr;
    use std::sync::atomic::{AtomicI32, AtomicU8, AtomicU64, AtomicUsize, Ordering};

    use super::{Came, Meaning};

    /// Signals that have a number below it can be watched, which all have that end a process.
    const SIGNALS: usize = 64;

    /// How long a process that sends itself a signal waits for its report, in steps of [`STEP`].
    const STEPS: u32 = 400;
    /// 5 ms.
    const STEP: libc::timespec = libc::timespec { tv_sec: 0, tv_nsec: 5_000_000 };

    /// What [`Slot::before`] is while it is being changed; no handler has this address.
    const CHANGING: usize = usize::MAX;

    /// What the handler knows of a signal.
    struct Slot {
        /// 0: not watched any more. Else a [`Meaning`], plus 1.
        meaning: AtomicU8,
        /// The handler before ours, or `SIG_DFL`, `SIG_IGN`.
        before: AtomicUsize,
        /// Its flags. Written while `before` is [`CHANGING`].
        flags: AtomicI32,
    }

    static SLOTS: [Slot; SIGNALS] = [const {
        Slot { meaning: AtomicU8::new(0), before: AtomicUsize::new(libc::SIG_DFL), flags: AtomicI32::new(0) }
    }; SIGNALS];

    /// A bit for each signal that came: to end the process, to the program as well, to ask.
    static ENDS: AtomicU64 = AtomicU64::new(0);
    static HANDLED: AtomicU64 = AtomicU64::new(0);
    static ASKS: AtomicU64 = AtomicU64::new(0);

    /// Only does what a signal handler may do: atomics, getpid, nanosleep, sigaction, kill, and what the handler before
    /// does.
    extern "C" fn on_signal(signal: i32, info: *mut libc::siginfo_t, context: *mut c_void) {
        let Some(slot) = usize::try_from(signal).ok().and_then(|at| SLOTS.get(at)) else { return };
        let bit = 1 << signal;
        let mut before = CHANGING;
        for _ in 0..STEPS {
            // Acquire: of the Release in `put_in_front`, so that the flags are those of this handler.
            before = slot.before.load(Ordering::Acquire);
            if before != CHANGING {
                break;
            }
            pause();
        }
        let flags = slot.flags.load(Ordering::Relaxed);
        // Relaxed, as of all below: a bit is the whole message.
        let meaning = slot.meaning.load(Ordering::Relaxed);
        if meaning == Meaning::Asks as u8 + 1 {
            ASKS.fetch_or(bit, Ordering::Relaxed);
            if is_to_be_called(signal, before, flags) {
                call(before, flags, signal, info, context);
            }
            return;
        }
        if before == libc::SIG_IGN || before == CHANGING {
            return;
        }
        if !is_default(before, flags) {
            if meaning != 0 {
                HANDLED.fetch_or(bit, Ordering::Relaxed);
            }
            call(before, flags, signal, info, context);
            return;
        }
        if meaning == 0 {
            // A handler that was installed later still calls this one.
            put_back(signal, slot);
            // SAFETY: sends a signal to this process.
            unsafe { libc::kill(libc::getpid(), signal) };
            return;
        }
        ENDS.fetch_or(bit, Ordering::Relaxed);
        // SAFETY: with SA_SIGINFO the kernel passes a valid siginfo; getpid takes nothing and cannot fail.
        if unsafe { (*info).si_pid() != libc::getpid() } {
            return;
        }
        // A process that sends itself a signal is not to run on behind it. The collector passes the signal on when the
        // report is written; should it be gone, the process goes on after all.
        for _ in 0..STEPS {
            pause();
        }
    }

    fn pause() {
        // SAFETY: a valid time to wait; what is left of it is not asked for.
        unsafe { libc::nanosleep(&STEP, ptr::null_mut()) };
    }

    /// Whether a handler only ends the process, as the system would. Node's own puts the terminal in order first, and
    /// then lets the system: it is for one time.
    fn is_default(handler: usize, flags: i32) -> bool {
        handler == libc::SIG_DFL || flags & libc::SA_RESETHAND != 0
    }

    /// Whether somebody else than leakline is to see a signal that asks for a report. Node opens its debugger on SIGUSR1
    /// unless the program listens to it; libuv's handlers, and nobody's else, restart what they interrupt.
    fn is_to_be_called(signal: i32, handler: usize, flags: i32) -> bool {
        let is_debugger = signal == libc::SIGUSR1 && flags & libc::SA_RESTART == 0;
        ![libc::SIG_DFL, libc::SIG_IGN, CHANGING].contains(&handler)
            && !is_default(handler, flags)
            && !is_debugger
    }

    /// Calls a handler as the kernel would.
    fn call(handler: usize, flags: i32, signal: i32, info: *mut libc::siginfo_t, context: *mut c_void) {
        if flags & libc::SA_SIGINFO == 0 {
            // SAFETY: the address came from sigaction, without SA_SIGINFO: it is of this type, and neither SIG_DFL nor
            // SIG_IGN, which the callers have looked at.
            let handler = unsafe { std::mem::transmute::<usize, extern "C" fn(i32)>(handler) };
            handler(signal);
        } else {
            // SAFETY: as above, with SA_SIGINFO.
            let handler = unsafe {
                std::mem::transmute::<usize, extern "C" fn(i32, *mut libc::siginfo_t, *mut c_void)>(handler)
            };
            handler(signal, info, context);
        }
    }

    /// The signals that are watched. One at a time, on the collector's thread.
    #[derive(Debug, Default)]
    pub struct Watch {
        watched: Vec<i32>,
    }

    impl Watch {
        /// Watches a signal. One that is ignored, as by nohup, stays so.
        pub fn add(&mut self, signal: i32, meaning: Meaning) {
            let Some(slot) = usize::try_from(signal).ok().and_then(|at| SLOTS.get(at)) else { return };
            slot.meaning.store(meaning as u8 + 1, Ordering::Relaxed);
            if !self.watched.contains(&signal) {
                self.watched.push(signal);
            }
            put_in_front(signal, slot);
        }

        /// Goes in front of handlers that came since the last time, and says which signals came.
        pub fn look(&self) -> Came {
            let mut watched = 0;
            for &signal in &self.watched {
                put_in_front(signal, &SLOTS[signal as usize]);
                watched |= 1 << signal;
            }
            let first = |bits: &AtomicU64| match bits.fetch_and(!watched, Ordering::Relaxed) & watched {
                0 => None,
                bits => Some(bits.trailing_zeros() as i32),
            };
            Came { ends: first(&ENDS), handled: first(&HANDLED), asks: first(&ASKS) }
        }

        /// Puts back what handled the signals before, where it is still us who do. Returns one that came since the last
        /// look and ends the process: it is still to be [passed on](Self::pass_on).
        pub fn end(&mut self) -> Option<i32> {
            let mut watched = 0;
            for signal in self.watched.drain(..) {
                let slot = &SLOTS[signal as usize];
                slot.meaning.store(0, Ordering::Relaxed);
                put_back(signal, slot);
                watched |= 1 << signal;
            }
            let came = ENDS.fetch_and(!watched, Ordering::Relaxed) & watched;
            (came != 0).then(|| came.trailing_zeros() as i32)
        }

        /// Lets a signal do what it would have done without us.
        pub fn pass_on(&mut self, signal: i32) {
            self.end();
            // SAFETY: sends a signal number that this process just got to this process.
            unsafe { libc::kill(libc::getpid(), signal) };
        }
    }

    /// Puts our handler in front of the one that is there.
    fn put_in_front(signal: i32, slot: &Slot) {
        let Some(there) = current(signal) else { return };
        if is_ours(&there) || there.sa_sigaction == libc::SIG_IGN {
            return;
        }
        slot.before.store(CHANGING, Ordering::Relaxed);
        // SAFETY: zeroed is a valid sigaction (no flags, empty mask, default handler), both pointers are to valid ones,
        // and `on_signal` is async-signal-safe.
        let before = unsafe {
            let mut ours: libc::sigaction = std::mem::zeroed();
            ours.sa_sigaction = on_signal as *const () as usize;
            ours.sa_flags = libc::SA_RESTART | libc::SA_SIGINFO | (there.sa_flags & libc::SA_ONSTACK);
            // libuv's handler runs with all signals blocked, and its locks rely on that.
            if !is_default(there.sa_sigaction, there.sa_flags) {
                ours.sa_mask = there.sa_mask;
            }
            let mut before: libc::sigaction = std::mem::zeroed();
            // What was there may have changed since the look: what the exchange gives back is what is called.
            if libc::sigaction(signal, &ours, &mut before) == 0 { before } else { there }
        };
        slot.flags.store(before.sa_flags, Ordering::Relaxed);
        // Release: for the Acquire in `on_signal`, so that it sees the flags of this handler.
        slot.before.store(before.sa_sigaction, Ordering::Release);
    }

    /// Puts back the handler that was there before, unless another one was installed later.
    fn put_back(signal: i32, slot: &Slot) {
        if !current(signal).is_some_and(|there| is_ours(&there)) {
            return;
        }
        // SAFETY: zeroed is a valid sigaction; handler and flags are those that this signal had before us. With all
        // signals blocked, as libuv and Node have it, no handler is interrupted that was not before.
        unsafe {
            let mut before: libc::sigaction = std::mem::zeroed();
            before.sa_sigaction = slot.before.load(Ordering::Acquire);
            before.sa_flags = slot.flags.load(Ordering::Relaxed);
            libc::sigfillset(&mut before.sa_mask);
            let mut there: libc::sigaction = std::mem::zeroed();
            if libc::sigaction(signal, &before, &mut there) == 0 && !is_ours(&there) {
                libc::sigaction(signal, &there, ptr::null_mut());
            }
        }
    }

    fn current(signal: i32) -> Option<libc::sigaction> {
        // SAFETY: zeroed is a valid sigaction to write to; nothing is changed.
        unsafe {
            let mut current: libc::sigaction = std::mem::zeroed();
            (libc::sigaction(signal, ptr::null(), &mut current) == 0).then_some(current)
        }
    }

    fn is_ours(action: &libc::sigaction) -> bool {
        action.sa_sigaction == on_signal as *const () as usize
    }

    /// Keeps all signals away from the calling thread: the collector must not run a handler that waits for the
    /// collector.
    pub fn block_here() {
        // SAFETY: a valid set to fill, then to read; the old one is not asked for.
        unsafe {
            let mut all: libc::sigset_t = std::mem::zeroed();
            libc::sigfillset(&mut all);
            libc::pthread_sigmask(libc::SIG_SETMASK, &all, ptr::null_mut());
        }
    }

    /// The signals by which a supervisor ends a process, by name and number.
    const NUMBERED: &[(&str, i32)] = &[
        ("SIGTERM", libc::SIGTERM),
        ("SIGINT", libc::SIGINT),
        ("SIGHUP", libc::SIGHUP),
        ("SIGQUIT", libc::SIGQUIT),
    ];

    /// Signals that end a process in an orderly way.
    pub fn numbered() -> &'static [(&'static str, i32)] {
        NUMBERED
    }
}

#[cfg(not(unix))]
mod none {
    use super::{Came, Meaning};

    /// Watches nothing.
    #[derive(Debug, Default)]
    pub struct Watch;

    impl Watch {
        /// Does nothing here.
        pub fn add(&mut self, _signal: i32, _meaning: Meaning) {}
        /// Nothing ever comes.
        pub fn look(&self) -> Came {
            Came::default()
        }
        /// Does nothing here.
        pub fn end(&mut self) -> Option<i32> {
            None
        }
        /// Never called: nothing ever comes.
        pub fn pass_on(&mut self, _signal: i32) {}
    }

    /// Does nothing here.
    pub fn block_here() {}

    /// There are none.
    pub fn numbered() -> &'static [(&'static str, i32)] {
        &[]
    }
}

#[cfg(all(test, unix, not(miri), not(loom)))]
#[path = "signals_tests.rs"]
mod tests;
