//! What the operating system is asked for: the collector's CPU time, and to take memory back.
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
