//! What the operating system is asked for: the collector's CPU time, to take memory back, and a word before a signal
//! ends the process.
#![allow(unsafe_code)]

/// CPU time that the calling thread has used, in nanoseconds; 0 where it cannot be reported.
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

/// CPU time that all threads of the process have used, in nanoseconds; 0 where it cannot be read.
pub fn process_cpu_ns() -> u64 {
    #[cfg(unix)]
    {
        let mut time = libc::timespec { tv_sec: 0, tv_nsec: 0 };
        // SAFETY: `time` is a valid timespec to write to, and the clock id is a constant.
        if unsafe { libc::clock_gettime(libc::CLOCK_PROCESS_CPUTIME_ID, &mut time) } == 0 {
            return time.tv_sec as u64 * 1_000_000_000 + time.tv_nsec as u64;
        }
    }
    0
}

/// Bytes of a page of memory.
pub fn page_size() -> u64 {
    #[cfg(unix)]
    {
        // SAFETY: asks for a constant.
        let page = unsafe { libc::sysconf(libc::_SC_PAGESIZE) };
        if let Ok(page) = u64::try_from(page) {
            return page;
        }
    }
    4096
}

/// The user whose files this process may make; `None` where users have no number.
pub fn user() -> Option<u32> {
    #[cfg(unix)]
    // SAFETY: takes nothing and cannot fail.
    return Some(unsafe { libc::geteuid() });
    #[cfg(not(unix))]
    None
}

/// The end of the process by `exit()`, however it comes to that: by `process.exit()`, by an error nobody caught, or
/// because there is nothing left to do.
pub mod exiting {
    use std::sync::Once;

    use crate::collector::recorder;
    use crate::flight::Cause;

    static WATCHED: Once = Once::new();

    /// Has the flight recorder say so from now on. A listener for 'exit' would show, and does not run when JavaScript cannot.
    pub fn watch() {
        WATCHED.call_once(register);
    }

    #[cfg(all(target_os = "linux", target_env = "gnu"))]
    fn register() {
        unsafe extern "C" {
            // glibc's own: `atexit` does not say the code. The crate libc does not have it.
            fn on_exit(
                call: extern "C" fn(libc::c_int, *mut libc::c_void),
                with: *mut libc::c_void,
            ) -> libc::c_int;
        }
        extern "C" fn exits(code: libc::c_int, _: *mut libc::c_void) {
            recorder::end(Cause::Exit, code, "");
        }
        // SAFETY: `exits` lives as long as the library, which is never unloaded, and takes no argument of ours.
        unsafe { on_exit(exits, std::ptr::null_mut()) };
    }

    #[cfg(all(unix, not(all(target_os = "linux", target_env = "gnu"))))]
    fn register() {
        extern "C" fn exits() {
            recorder::end(Cause::Exit, -1, "");
        }
        // SAFETY: `exits` lives as long as the library, which is never unloaded.
        unsafe { libc::atexit(exits) };
    }

    #[cfg(not(unix))]
    fn register() {
        // An end that nobody writes reads as one that nobody knows.
    }
}

/// In a process of more it is left where it is: to look through so much would take too long.
#[cfg(all(target_os = "linux", target_env = "gnu", not(miri)))]
const MAX_LOOKED_THROUGH: u64 = 512 << 20;

/// Gives memory that is free back to the system. With the first stack of a function V8 compiles it again, to know its
/// positions; what that takes is freed at once, but glibc keeps it for the process: 3 to 10 MiB of an Express service.
pub fn give_back_memory() {
    #[cfg(all(target_os = "linux", target_env = "gnu", not(miri)))]
    if resident_bytes().is_some_and(|bytes| bytes <= MAX_LOOKED_THROUGH) {
        // SAFETY: any thread may call it at any time; it touches only what is free.
        unsafe { libc::malloc_trim(0) };
    }
}

/// Bytes of this process that lie in memory; `None` where the system does not say.
#[cfg(all(target_os = "linux", target_env = "gnu", not(miri)))]
fn resident_bytes() -> Option<u64> {
    let numbers = std::fs::read_to_string("/proc/self/statm").ok()?;
    let pages: u64 = numbers.split(' ').nth(1)?.parse().ok()?;
    Some(pages * page_size())
}

/// Signals that end a process in an orderly way unless someone listens.
#[cfg(unix)]
pub mod ending {
    use std::ffi::c_void;
    use std::ptr;
    use std::sync::Mutex;
    use std::sync::atomic::{AtomicI32, Ordering};

    /// How long a process that sends itself a signal waits for its report, in steps of [`STEP`].
    const STEPS: u32 = 400;
    /// 5 ms.
    const STEP: libc::timespec = libc::timespec { tv_sec: 0, tv_nsec: 5_000_000 };

    /// The signal that came; 0 for none.
    static PENDING: AtomicI32 = AtomicI32::new(0);
    /// What handled the watched signals before.
    static BEFORE: Mutex<Vec<(i32, libc::sigaction)>> = Mutex::new(Vec::new());

    /// Remembers the signal for the collector. It does only what a signal handler may do: atomics,
    /// getpid and nanosleep.
    extern "C" fn remember(signal: i32, info: *mut libc::siginfo_t, _: *mut c_void) {
        // Relaxed: the number itself is the whole message.
        PENDING.store(signal, Ordering::Relaxed);
        // SAFETY: with SA_SIGINFO the kernel passes a valid siginfo.
        let sender = unsafe { (*info).si_pid() };
        // SAFETY: takes nothing and cannot fail.
        if sender != unsafe { libc::getpid() } {
            return;
        }
        // A process that sends itself a signal is not to run on behind it. The collector passes the
        // signal on when the report is written; should it be gone, the process goes on after all.
        for _ in 0..STEPS {
            // SAFETY: a valid time to wait; what is left of it is not asked for.
            unsafe { libc::nanosleep(&STEP, ptr::null_mut()) };
        }
    }

    /// Watches SIGTERM or SIGINT, whichever the program does not listen to itself. A listener that
    /// it adds later takes the signal over and ends the process, which is an exit like any other.
    /// To be called again when the last such listener is gone.
    pub fn watch(term: bool, interrupt: bool) {
        let mut before = lock();
        let wanted = [(libc::SIGTERM, term), (libc::SIGINT, interrupt)];
        for (signal, _) in wanted.into_iter().filter(|(_, wanted)| *wanted) {
            if current(signal).is_none_or(|current| is_ours(&current)) {
                continue;
            }
            // SAFETY: zeroed is a valid sigaction (no flags, empty mask, default handler), both
            // pointers are to valid ones, and `remember` is async-signal-safe.
            unsafe {
                let mut ours: libc::sigaction = std::mem::zeroed();
                ours.sa_sigaction = remember as *const () as usize;
                ours.sa_flags = libc::SA_RESTART | libc::SA_SIGINFO;
                let mut theirs: libc::sigaction = std::mem::zeroed();
                if libc::sigaction(signal, &ours, &mut theirs) == 0 {
                    before.retain(|(known, _)| *known != signal);
                    before.push((signal, theirs));
                }
            }
        }
    }

    /// Puts back what handled the signals before, where it is still us who do.
    pub fn unwatch() {
        for (signal, theirs) in lock().drain(..) {
            if current(signal).is_some_and(|current| is_ours(&current)) {
                // SAFETY: `theirs` came from the same call for the same signal.
                unsafe { libc::sigaction(signal, &theirs, ptr::null_mut()) };
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
        unsafe { libc::kill(libc::getpid(), signal) };
    }

    /// Keeps all signals away from the calling thread: the collector must not run a handler that
    /// waits for the collector.
    pub fn block_here() {
        // SAFETY: a valid set to fill, then to read; the old one is not asked for.
        unsafe {
            let mut all: libc::sigset_t = std::mem::zeroed();
            libc::sigfillset(&mut all);
            libc::pthread_sigmask(libc::SIG_SETMASK, &all, ptr::null_mut());
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
        action.sa_sigaction == remember as *const () as usize
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
    /// Does nothing here.
    pub fn block_here() {}
    /// Nothing ever comes.
    pub fn pending() -> Option<i32> {
        None
    }
    /// Never called: nothing is ever pending.
    pub fn pass_on(_signal: i32) {}
}

#[cfg(all(test, target_os = "linux", target_env = "gnu", not(miri), not(loom)))]
mod tests {
    use super::*;

    const MIB: u64 = 1 << 20;

    #[test]
    fn memory_that_is_free_is_given_back() {
        let mut pieces: Vec<Box<[u8; 1_000]>> = (0..64 << 10).map(|_| Box::new([1; 1_000])).collect();
        // What lies above what is free keeps it: glibc gives back by itself only what lies on top.
        pieces.drain(..pieces.len() - 1);
        let before = resident_bytes().unwrap();
        assert!(before > 64 * MIB, "{before}");
        give_back_memory();
        let after = resident_bytes().unwrap();
        assert!(after + 32 * MIB < before, "{before} -> {after}");
        drop(pieces);
    }
}
