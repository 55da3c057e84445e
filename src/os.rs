//! What the operating system is asked for: the collector's CPU time, and a word before a signal
//! ends the process.
#![allow(unsafe_code)]

/// CPU time that the calling thread has used, in nanoseconds; 0 where it cannot be told.
pub fn thread_cpu_ns() -> u64 {
    #[cfg(unix)]
    {
        let mut time = libc::timespec { tv_sec: 0, tv_nsec: 0 };
        // SAFETY: `time` is a valid timespec to write to, and the clock id is a constant.
        if unsafe { libc::clock_gettime(libc::CLOCK_THREAD_CPUTIME_ID, &mut time) } == 0 {
            return time.tv_sec as u64 * 1_000_000_000 + time.tv_nsec as u64;
        }
    }
    0
}

/// Signals that end a process in an orderly way unless someone listens.
#[cfg(unix)]
pub mod ending {
    use std::sync::Mutex;
    use std::sync::atomic::{AtomicI32, Ordering};

    /// The signal that came; 0 for none.
    static PENDING: AtomicI32 = AtomicI32::new(0);
    /// What handled the watched signals before.
    static BEFORE: Mutex<Vec<(i32, libc::sigaction)>> = Mutex::new(Vec::new());

    extern "C" fn remember(signal: i32) {
        // Only an atomic store: a signal handler may do little else.
        // Relaxed: the number itself is the whole message.
        PENDING.store(signal, Ordering::Relaxed);
    }

    /// Watches SIGTERM or SIGINT, whichever the program does not listen to itself. A listener that
    /// it adds later takes the signal over and ends the process, which is an exit like any other.
    pub fn watch(term: bool, interrupt: bool) {
        let mut before = lock();
        if !before.is_empty() {
            return;
        }
        let wanted = [(libc::SIGTERM, term), (libc::SIGINT, interrupt)];
        for (signal, _) in wanted.into_iter().filter(|(_, wanted)| *wanted) {
            // SAFETY: zeroed is a valid sigaction (no flags, empty mask, default handler), both
            // pointers are to valid ones, and `remember` is async-signal-safe.
            unsafe {
                let mut ours: libc::sigaction = std::mem::zeroed();
                ours.sa_sigaction = remember as *const () as usize;
                ours.sa_flags = libc::SA_RESTART;
                let mut theirs: libc::sigaction = std::mem::zeroed();
                if libc::sigaction(signal, &ours, &mut theirs) == 0 {
                    before.push((signal, theirs));
                }
            }
        }
    }

    /// Puts back what handled the signals before, where it is still us who do.
    pub fn unwatch() {
        for (signal, theirs) in lock().drain(..) {
            // SAFETY: as in `watch`; `theirs` came from the same call.
            unsafe {
                let mut current: libc::sigaction = std::mem::zeroed();
                let known = libc::sigaction(signal, std::ptr::null(), &mut current) == 0;
                if known && current.sa_sigaction == remember as *const () as usize {
                    libc::sigaction(signal, &theirs, std::ptr::null_mut());
                }
            }
        }
    }

    /// The signal that came since the last call.
    pub fn pending() -> Option<i32> {
        match PENDING.swap(0, Ordering::Relaxed) {
            0 => None,
            signal => Some(signal),
        }
    }

    /// Lets a signal do what it would have done without us.
    pub fn pass_on(signal: i32) {
        unwatch();
        // SAFETY: sends a signal number that this process just got to this process.
        unsafe {
            libc::kill(libc::getpid(), signal);
        }
    }

    fn lock() -> std::sync::MutexGuard<'static, Vec<(i32, libc::sigaction)>> {
        // A panic elsewhere cannot leave a list of plain values half changed.
        BEFORE.lock().unwrap_or_else(std::sync::PoisonError::into_inner)
    }
}

/// Without POSIX signals there is nothing to watch.
#[cfg(not(unix))]
pub mod ending {
    /// Does nothing here.
    pub fn watch(_term: bool, _interrupt: bool) {}
    /// Does nothing here.
    pub fn unwatch() {}
    /// Nothing ever comes.
    pub fn pending() -> Option<i32> {
        None
    }
    /// Never called: nothing is ever pending.
    pub fn pass_on(_signal: i32) {}
}
