//! With signals that nothing else in a test's process uses, each by one test.

#![allow(unsafe_code)]

use std::ptr;
use std::sync::atomic::{AtomicU32, Ordering};

use super::*;

fn raise(signal: i32) {
    // SAFETY: a valid signal number; its handler is ours or one of these tests'.
    unsafe { libc::raise(signal) };
}

fn install(signal: i32, handler: usize, flags: i32) {
    // SAFETY: zeroed is a valid sigaction, and the handler is one of these tests' or a constant.
    unsafe {
        let mut action: libc::sigaction = std::mem::zeroed();
        action.sa_sigaction = handler;
        action.sa_flags = flags;
        assert_eq!(libc::sigaction(signal, &action, ptr::null_mut()), 0);
    }
}

fn handler_of(signal: i32) -> usize {
    // SAFETY: zeroed is a valid sigaction to write to; nothing is changed.
    unsafe {
        let mut current: libc::sigaction = std::mem::zeroed();
        libc::sigaction(signal, ptr::null(), &mut current);
        current.sa_sigaction
    }
}

#[test]
fn whoever_handles_a_signal_is_called_and_it_is_seen() {
    static CALLS: AtomicU32 = AtomicU32::new(0);
    extern "C" fn handler(_: i32) {
        CALLS.fetch_add(1, Ordering::Relaxed);
    }
    let signal = libc::SIGWINCH;
    install(signal, handler as *const () as usize, libc::SA_RESTART);
    let mut watch = Watch::default();
    watch.add(signal, Meaning::Ends);
    raise(signal);
    assert_eq!(CALLS.load(Ordering::Relaxed), 1);
    assert_eq!(watch.look(), Came { handled: Some(signal), ..Came::default() });
    assert_eq!(watch.look(), Came::default());

    // As libuv does when somebody begins to listen: its handler takes the place of ours until the next look.
    install(signal, handler as *const () as usize, libc::SA_RESTART);
    watch.look();
    raise(signal);
    assert_eq!(CALLS.load(Ordering::Relaxed), 2);
    assert_eq!(watch.look().handled, Some(signal));

    watch.end();
    assert_eq!(handler_of(signal), handler as *const () as usize);
    raise(signal);
    assert_eq!((CALLS.load(Ordering::Relaxed), watch.look()), (3, Came::default()));
}

#[test]
fn who_asks_for_a_report_ends_nothing() {
    let signal = libc::SIGUSR2;
    let mut watch = Watch::default();
    watch.add(signal, Meaning::Asks);
    raise(signal);
    raise(signal);
    assert_eq!(watch.look(), Came { asks: Some(signal), ..Came::default() });
    watch.end();
    assert_eq!(handler_of(signal), libc::SIG_DFL);
}

#[test]
fn a_debugger_is_not_opened_by_who_asks_for_a_report() {
    static CALLS: AtomicU32 = AtomicU32::new(0);
    extern "C" fn debugger(_: i32) {
        CALLS.fetch_add(1, Ordering::Relaxed);
    }
    let signal = libc::SIGUSR1;
    install(signal, debugger as *const () as usize, 0);
    let mut watch = Watch::default();
    watch.add(signal, Meaning::Asks);
    raise(signal);
    assert_eq!((watch.look().asks, CALLS.load(Ordering::Relaxed)), (Some(signal), 0));
    watch.end();
    raise(signal);
    assert_eq!(CALLS.load(Ordering::Relaxed), 1);
}

#[test]
fn a_signal_that_is_ignored_stays_so() {
    let signal = libc::SIGURG;
    install(signal, libc::SIG_IGN, 0);
    let mut watch = Watch::default();
    watch.add(signal, Meaning::Ends);
    raise(signal);
    assert_eq!((watch.look(), handler_of(signal)), (Came::default(), libc::SIG_IGN));
    watch.end();
    assert_eq!(handler_of(signal), libc::SIG_IGN);
}

#[test]
fn a_handler_for_one_time_ends_the_process_like_the_systems() {
    extern "C" fn handler(_: i32) {}
    let signal = libc::SIGXCPU;
    install(signal, handler as *const () as usize, libc::SA_RESETHAND);
    let mut watch = Watch::default();
    watch.add(signal, Meaning::Ends);
    // By somebody else, as a supervisor would: who sends it to itself waits for the report.
    let status = std::process::Command::new("kill")
        .args(["-s", "XCPU", &std::process::id().to_string()])
        .status()
        .unwrap();
    assert!(status.success());
    let came = loop {
        match watch.look() {
            came if came == Came::default() => std::thread::yield_now(),
            came => break came,
        }
    };
    assert_eq!(came, Came { ends: Some(signal), ..Came::default() });
    watch.end();
    assert_eq!(handler_of(signal), handler as *const () as usize);
}
