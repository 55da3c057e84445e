//! Waits for a child, in a thread of its own: until it has answered, or has ended, or does not get on.
#![allow(unsafe_code)]

use std::fs;
use std::io::Read;
use std::os::fd::AsRawFd;
use std::time::{Duration, Instant};

use super::alone::{LOCKED, PANICKED, UNPREPARED, WAITED};
use super::child::Child;

/// How often it is looked whether the child gets on.
const LOOK_MS: i32 = 100;
/// A child that sleeps so long waits for a thread that is not there: it has nothing else to wait for.
const HANGS: Duration = Duration::from_secs(3);
/// Longest answer that is believed.
const MAX_ANSWER: usize = 256 << 20;

/// How a child ended.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Ended {
    /// With its answer.
    Answered(Vec<u8>),
    /// Without, for a reason in words; another child may do better.
    Failed(String),
}

/// Waits for the child, `limit` at the most.
pub fn watch(child: Child, limit: Duration) -> Ended {
    let Child { pid, mut pipe } = child;
    let begun = Instant::now();
    let mut answer = Vec::new();
    let mut part = vec![0; 64 * 1024];
    let mut moved = (0, Instant::now());
    let reason = loop {
        let mut poll = libc::pollfd { fd: pipe.as_raw_fd(), events: libc::POLLIN, revents: 0 };
        // SAFETY: one valid entry.
        if unsafe { libc::poll(&mut poll, 1, LOOK_MS) } > 0 {
            match pipe.read(&mut part) {
                Ok(0) => break None,
                Ok(read) if answer.len() + read <= MAX_ANSWER => answer.extend_from_slice(&part[..read]),
                Ok(_) => break Some("it wrote more than an answer can be".to_owned()),
                Err(error) if error.kind() == std::io::ErrorKind::Interrupted => {}
                Err(error) => break Some(format!("its answer could not be read ({error})")),
            }
            continue;
        }
        if begun.elapsed() > limit {
            break Some(format!("it did not end within {} s", limit.as_secs()));
        }
        let seen = fs::read_to_string(format!("/proc/{pid}/stat")).ok();
        let Some((state, cpu)) = seen.as_deref().and_then(state) else { continue };
        // One that the system has stopped does not get on either.
        if !matches!(state, 'S' | 'T' | 't') || cpu != moved.0 {
            moved = (cpu, Instant::now());
        } else if moved.1.elapsed() > HANGS {
            break Some("it waited for a thread that is not there".to_owned());
        }
    };
    if reason.is_some() {
        // SAFETY: our own child, which was not waited for yet: the id is nobody else's.
        unsafe { libc::kill(pid, libc::SIGKILL) };
    }
    let status = wait(pid);
    match (reason, status) {
        (Some(reason), _) => Ended::Failed(reason),
        (None, Some(status)) if libc::WIFEXITED(status) && libc::WEXITSTATUS(status) == 0 => {
            Ended::Answered(answer)
        }
        (None, Some(status)) => Ended::Failed(why(status)),
        // Somebody else has waited for it, or the system did: an answer is whole if it says so itself.
        (None, None) if answer.last() == Some(&b'}') => Ended::Answered(answer),
        (None, None) => Ended::Failed("it ended, and nobody knows how".to_owned()),
    }
}

/// The state and the CPU time of a `stat`.
fn state(stat: &str) -> Option<(char, u64)> {
    let (_, behind) = stat.rsplit_once(')')?;
    let mut fields = behind.split_ascii_whitespace();
    let state = fields.next()?.chars().next()?;
    let (user, system) = (fields.nth(10)?.parse::<u64>().ok()?, fields.next()?.parse::<u64>().ok()?);
    Some((state, user + system))
}

fn wait(pid: i32) -> Option<i32> {
    loop {
        let mut status = 0;
        // SAFETY: our own child; a place to write to.
        let waited = unsafe { libc::waitpid(pid, &mut status, 0) };
        if waited == pid {
            return Some(status);
        }
        if std::io::Error::last_os_error().raw_os_error() != Some(libc::EINTR) {
            return None;
        }
    }
}

fn why(status: i32) -> String {
    if libc::WIFSIGNALED(status) {
        return match libc::WTERMSIG(status) {
            libc::SIGKILL => "it was killed, maybe for memory".to_owned(),
            libc::SIGXCPU => "it used more CPU time than it may".to_owned(),
            signal => format!("it ended by signal {signal}"),
        };
    }
    match libc::WEXITSTATUS(status) {
        PANICKED => "it failed to analyse the heap".to_owned(),
        WAITED => "it would have waited for a thread that is not there".to_owned(),
        LOCKED => "it met a lock of a thread that is not there".to_owned(),
        UNPREPARED => "it could not be set up".to_owned(),
        code => format!("it ended with code {code}"),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_stat_says_state_and_time() {
        let stat = "7 (a) b) S 1 2 3 4 5 6 7 8 9 10 40 2 0 0 30 10 1";
        assert_eq!(state(stat), Some(('S', 42)));
    }

    #[test]
    fn words_for_ends() {
        assert_eq!(why(libc::SIGSEGV), "it ended by signal 11");
        assert_eq!(why(LOCKED << 8), "it met a lock of a thread that is not there");
    }
}
