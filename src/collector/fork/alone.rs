//! The child. It has one thread, all memory of the program and its descriptors, of which it gives up all: nobody may hear of it but
//! by the pipe.
#![allow(unsafe_code)]

use std::ffi::{CStr, c_int, c_void};
use std::os::fd::RawFd;
use std::panic::{AssertUnwindSafe, catch_unwind};

/// It panicked.
pub const PANICKED: c_int = 74;
/// It would have waited for a thread that is not there.
pub const WAITED: c_int = 75;
/// It would have taken a lock that a thread had which is not there.
pub const LOCKED: c_int = 76;
/// It could not be set up.
pub const UNPREPARED: c_int = 77;

/// Lower than whatever is a service's.
const NICE: c_int = 10;

/// Does `work`, writes what it returns to `pipe`, and ends the process.
pub fn run(pipe: RawFd, cpu_seconds: u64, work: impl FnOnce() -> Vec<u8>) -> ! {
    if !set_up(pipe, cpu_seconds) {
        exit(UNPREPARED);
    }
    let Ok(answer) = catch_unwind(AssertUnwindSafe(work)) else { exit(PANICKED) };
    let mut rest = &answer[..];
    while !rest.is_empty() {
        // SAFETY: writes from a slice that stays.
        let written = unsafe { libc::write(pipe, rest.as_ptr().cast(), rest.len()) };
        match usize::try_from(written) {
            Ok(written) => rest = &rest[written..],
            Err(_) if std::io::Error::last_os_error().raw_os_error() == Some(libc::EINTR) => {}
            // The parent does not want it any more.
            Err(_) => exit(UNPREPARED),
        }
    }
    exit(0)
}

/// Ends at once: nothing that the program has registered for its end is run.
fn exit(code: c_int) -> ! {
    // SAFETY: does not return.
    unsafe { libc::_exit(code) }
}

fn set_up(pipe: RawFd, cpu_seconds: u64) -> bool {
    // SAFETY: system calls on the process itself with valid arguments; zeroed is a valid sigaction (the default) and set.
    unsafe {
        // The service's end is the child's.
        libc::prctl(libc::PR_SET_PDEATHSIG, libc::SIGKILL as libc::c_ulong);
        let mut action: libc::sigaction = std::mem::zeroed();
        action.sa_sigaction = libc::SIG_DFL;
        for signal in 1..64 {
            libc::sigaction(signal, &action, std::ptr::null_mut());
        }
        let mut none: libc::sigset_t = std::mem::zeroed();
        libc::sigemptyset(&mut none);
        libc::sigprocmask(libc::SIG_SETMASK, &none, std::ptr::null_mut());
        // A crash is to leave no image of the service's memory.
        let no_core = libc::rlimit { rlim_cur: 0, rlim_max: 0 };
        libc::setrlimit(libc::RLIMIT_CORE, &no_core);
        let cpu = libc::rlimit { rlim_cur: cpu_seconds, rlim_max: cpu_seconds + 1 };
        libc::setrlimit(libc::RLIMIT_CPU, &cpu);
        libc::setpriority(libc::PRIO_PROCESS, 0, NICE);
    }
    give_up_descriptors(pipe) && patch()
}

/// Lets go of all descriptors but the pipe: a connection that the service closes is to be closed. In their place is `/dev/null`,
/// since libuv ends the process where it cannot wake an event loop.
fn give_up_descriptors(pipe: RawFd) -> bool {
    // SAFETY: terminated names; each descriptor is this process's own, and the table of the parent is another one.
    unsafe {
        // It dies first, where memory is short.
        let score = libc::open(c"/proc/self/oom_score_adj".as_ptr(), libc::O_WRONLY);
        if score >= 0 {
            libc::write(score, c"1000".as_ptr().cast(), 4);
            libc::close(score);
        }
        let null = libc::open(c"/dev/null".as_ptr(), libc::O_RDWR);
        if null < 0 {
            return false;
        }
        let Ok(open) = std::fs::read_dir("/proc/self/fd") else { return false };
        let open: Vec<RawFd> =
            open.flatten().filter_map(|entry| entry.file_name().to_str()?.parse().ok()).collect();
        for descriptor in open.into_iter().filter(|&each| each != pipe && each != null) {
            // What the listing itself had open is closed already.
            if libc::fcntl(descriptor, libc::F_GETFD) >= 0 {
                libc::dup2(null, descriptor);
            }
        }
        // From here on its files in /proc are root's.
        libc::prctl(libc::PR_SET_DUMPABLE, 0 as libc::c_ulong);
    }
    true
}

/// Nobody is there to be woken. glibc would wait until all who waited have left.
extern "C" fn wake_nobody(_: *mut c_void) -> c_int {
    0
}

/// Nobody would wake us.
extern "C" fn wait() -> c_int {
    exit(WAITED)
}

extern "C" fn lock(mutex: *mut libc::pthread_mutex_t) -> c_int {
    // SAFETY: called in the place of `pthread_mutex_lock`, by whoever would have locked this mutex.
    match unsafe { libc::pthread_mutex_trylock(mutex) } {
        libc::EBUSY => exit(LOCKED),
        result => result,
    }
}

/// What stands in the place of a function of glibc's.
fn in_place_of(name: &CStr) -> Option<usize> {
    match name.to_bytes() {
        b"pthread_cond_signal" | b"pthread_cond_broadcast" => Some(wake_nobody as *const () as usize),
        b"pthread_cond_wait" | b"pthread_cond_timedwait" | b"sem_wait" => Some(wait as *const () as usize),
        b"pthread_mutex_lock" => Some(lock as *const () as usize),
        _ => None,
    }
}

/// Entries of a dynamic section, of which `libc` has no names.
const DT_NULL: i64 = 0;
const DT_PLTRELSZ: i64 = 2;
const DT_STRTAB: i64 = 5;
const DT_SYMTAB: i64 = 6;
const DT_RELA: i64 = 7;
const DT_RELASZ: i64 = 8;
const DT_JMPREL: i64 = 23;
/// Relocations whose place holds a function's address.
const R_X86_64_GLOB_DAT: u32 = 6;
const R_X86_64_JUMP_SLOT: u32 = 7;

#[repr(C)]
struct Dynamic {
    tag: i64,
    value: usize,
}

#[repr(C)]
struct Relocation {
    offset: usize,
    info: u64,
    addend: i64,
}

/// Puts ours in the place of functions of glibc that Node calls. False where none was found.
fn patch() -> bool {
    let mut patched = 0usize;
    // SAFETY: the callback has the type that it is to have, and `patched` lives as long as the call.
    unsafe { libc::dl_iterate_phdr(Some(patch_program), std::ptr::from_mut(&mut patched).cast()) };
    patched > 0
}

unsafe extern "C" fn patch_program(info: *mut libc::dl_phdr_info, _: usize, patched: *mut c_void) -> c_int {
    // SAFETY: the dynamic linker passes an entry of its list; the first is the program itself, as it is loaded: its headers,
    // its dynamic section, tables and strings are mapped, and the linker has made their addresses absolute.
    unsafe {
        let info = &*info;
        let headers = std::slice::from_raw_parts(info.dlpi_phdr, usize::from(info.dlpi_phnum));
        let base = info.dlpi_addr as usize;
        let Some(header) = headers.iter().find(|header| header.p_type == libc::PT_DYNAMIC) else { return 1 };
        let mut entry = (base + header.p_vaddr as usize) as *const Dynamic;
        let (mut symbols, mut strings) = (0usize, 0usize);
        let mut tables = [(0usize, 0usize); 2];
        while (*entry).tag != DT_NULL {
            match ((*entry).tag, (*entry).value) {
                (DT_SYMTAB, value) => symbols = value,
                (DT_STRTAB, value) => strings = value,
                (DT_JMPREL, value) => tables[0].0 = value,
                (DT_PLTRELSZ, value) => tables[0].1 = value,
                (DT_RELA, value) => tables[1].0 = value,
                (DT_RELASZ, value) => tables[1].1 = value,
                _ => {}
            }
            entry = entry.add(1);
        }
        if symbols == 0 || strings == 0 {
            return 1;
        }
        for (table, bytes) in tables.into_iter().filter(|(table, _)| *table != 0) {
            let count = bytes / size_of::<Relocation>();
            for relocation in std::slice::from_raw_parts(table as *const Relocation, count) {
                if !matches!(relocation.info as u32, R_X86_64_GLOB_DAT | R_X86_64_JUMP_SLOT) {
                    continue;
                }
                let symbol = (symbols as *const libc::Elf64_Sym).add((relocation.info >> 32) as usize);
                let name = CStr::from_ptr((strings + (*symbol).st_name as usize) as *const _);
                if let Some(ours) = in_place_of(name) {
                    put((base + relocation.offset) as *mut usize, ours);
                    *patched.cast::<usize>() += 1;
                }
            }
        }
        // The program alone.
        1
    }
}

/// Writes to a page that the linker may have made read-only.
///
/// # Safety
/// `place` holds the address of a function, in this child alone.
unsafe fn put(place: *mut usize, address: usize) {
    const PAGE: usize = 4096;
    // SAFETY: the page is mapped, and the caller's promise.
    unsafe {
        let page = (place as usize & !(PAGE - 1)) as *mut c_void;
        libc::mprotect(page, PAGE, libc::PROT_READ | libc::PROT_WRITE);
        *place = address;
    }
}
