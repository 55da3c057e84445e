//! Whether another thread of the process runs at the moment: a child of that moment would have what it had half done.

use std::fs;
use std::time::Duration;

/// How long to wait between two looks.
pub const STEP: Duration = Duration::from_micros(500);

/// Whether all other threads sleep. leakline's own hold no lock that a child takes.
pub fn is_quiet() -> bool {
    let own = std::process::id().to_string();
    let Ok(threads) = fs::read_dir("/proc/self/task") else { return true };
    threads.flatten().all(|thread| {
        let name = thread.file_name();
        name.to_str() == Some(own.as_str())
            || fs::read_to_string(thread.path().join("stat")).map_or(true, |stat| sleeps(&stat))
    })
}

/// Whether the thread of a `stat` sleeps, or is leakline's.
fn sleeps(stat: &str) -> bool {
    // The name in parentheses may have anything in it.
    let Some((front, behind)) = stat.rsplit_once(')') else { return true };
    front.contains("(leakline") || behind.trim_start().starts_with('S')
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn who_runs_is_no_sleeper_whatever_its_name() {
        assert!(sleeps("12 (node) S 1 12"));
        assert!(!sleeps("12 (node) R 1 12"));
        assert!(!sleeps("12 (no) S de) D 1 12"));
        assert!(sleeps("12 (leakline-heap) R 1 12"));
    }
}
