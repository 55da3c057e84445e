//! What the system says of this process and of others: memory, CPU time, the cgroup, and whether a process still runs.

use std::fs::{self, File};
use std::path::{Path, PathBuf};
use std::time::Instant;

use crate::collector::os;
use crate::flight::vitals::{Sample, Vitals};
use crate::flight::{Identity, medium};

/// A kill is recent when `memory.events` did not count it this long ago.
const RECENT_MS: u128 = 10_000;
/// cgroup v1 writes "no limit" as a number near the largest.
const NO_LIMIT: u64 = 1 << 60;

/// When a process started, in the system's ticks since boot; `None` where it is gone, or the system does not say.
pub fn start_ticks(pid: u32) -> Option<u64> {
    let stat = fs::read_to_string(format!("/proc/{pid}/stat")).ok()?;
    // The name in parentheses may have anything in it.
    let behind = &stat[stat.rfind(')')? + 1..];
    behind.split_ascii_whitespace().nth(19)?.parse().ok()
}

/// The boot that ticks count from; empty where the system does not say.
pub fn boot_id() -> String {
    fs::read_to_string("/proc/sys/kernel/random/boot_id")
        .map_or_else(|_| String::new(), |id| id.trim().to_owned())
}

/// Whether the process that a file is of runs here; `None` where it may run where this one cannot see it.
pub fn is_running(identity: &Identity, host: &str) -> Option<bool> {
    if identity.start_ticks == 0 {
        return None;
    }
    if !identity.boot_id.is_empty() && identity.boot_id != boot_id() {
        // Another machine may have the same files.
        return (identity.host == host).then_some(false);
    }
    if start_ticks(identity.pid) == Some(identity.start_ticks) {
        return Some(true);
    }
    (identity.host == host).then_some(false)
}

/// Where the kernel accounts for this process's memory.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Cgroup {
    folder: PathBuf,
    is_v2: bool,
}

impl Cgroup {
    /// This process's; `None` without any.
    pub fn own() -> Option<Self> {
        let groups = fs::read_to_string("/proc/self/cgroup").ok()?;
        Self::of(&groups, Path::new("/sys/fs/cgroup"))
    }

    fn of(groups: &str, mount: &Path) -> Option<Self> {
        for line in groups.lines() {
            let mut parts = line.splitn(3, ':');
            let (_, controllers, path) = (parts.next()?, parts.next()?, parts.next()?);
            let below = path.trim_start_matches('/');
            let is_v2 = controllers.is_empty();
            let root = if is_v2 { mount.to_path_buf() } else { mount.join("memory") };
            if !is_v2 && !controllers.split(',').any(|name| name == "memory") {
                continue;
            }
            // In a container the mount is often the group itself, under another name than it has outside.
            for folder in [root.join(below), root] {
                let group = Self { folder, is_v2 };
                if group.number(group.current_file()).is_some() {
                    return Some(group);
                }
            }
        }
        None
    }

    fn current_file(&self) -> &'static str {
        if self.is_v2 { "memory.current" } else { "memory.usage_in_bytes" }
    }

    fn number(&self, file: &str) -> Option<u64> {
        fs::read_to_string(self.folder.join(file)).ok()?.trim().parse().ok()
    }

    fn named(&self, file: &str, name: &str) -> Option<u64> {
        let text = fs::read_to_string(self.folder.join(file)).ok()?;
        named(&text, name)
    }

    /// Bytes that it is charged for, and how many it may be.
    fn bytes(&self) -> (Option<u64>, Option<u64>) {
        let limit = self.number(if self.is_v2 { "memory.max" } else { "memory.limit_in_bytes" });
        (self.number(self.current_file()), limit.filter(|limit| *limit < NO_LIMIT))
    }

    /// How often it met its limit.
    fn max_events(&self) -> Option<u64> {
        if self.is_v2 { self.named("memory.events", "max") } else { self.number("memory.failcnt") }
    }

    /// How many of its processes were killed for memory.
    pub fn oom_kills(&self) -> Option<u64> {
        self.named(if self.is_v2 { "memory.events" } else { "memory.oom_control" }, "oom_kill")
    }
}

/// Bytes that this process can still take: of the machine's and of its cgroup's; `None` where the system does not say.
pub fn free_bytes() -> Option<u64> {
    let machine = fs::read_to_string("/proc/meminfo").ok().and_then(|text| available(&text))?;
    let group = Cgroup::own().and_then(|group| {
        let (current, limit) = group.bytes();
        // Pages of files that nobody uses are given up first.
        let name = if group.is_v2 { "inactive_file" } else { "total_inactive_file" };
        let files = group.named("memory.stat", name).unwrap_or(0);
        Some(limit?.saturating_sub(current?.saturating_sub(files)))
    });
    Some(group.map_or(machine, |group| group.min(machine)))
}

/// What `/proc/meminfo` says is available, in bytes.
fn available(meminfo: &str) -> Option<u64> {
    let line = meminfo.lines().find_map(|line| line.strip_prefix("MemAvailable:"))?;
    line.trim().strip_suffix("kB")?.trim().parse::<u64>().ok().map(|kilobytes| kilobytes << 10)
}

fn named(text: &str, name: &str) -> Option<u64> {
    let line = text.lines().find_map(|line| line.strip_prefix(name)?.strip_prefix(' '));
    line?.trim().parse().ok()
}

/// Looks at the process, each time since the time before.
pub struct Probe {
    statm: Option<File>,
    cgroup: Option<Cgroup>,
    looked: Instant,
    cpu_ns: u64,
    /// Counts of `memory.events: max` with their times; the first is that of ten seconds ago.
    max_events: Vec<(Instant, u64)>,
}

impl Probe {
    /// Begins to count CPU time.
    pub fn new() -> Self {
        Self {
            statm: File::open("/proc/self/statm").ok(),
            cgroup: Cgroup::own(),
            looked: Instant::now(),
            cpu_ns: os::process_cpu_ns(),
            max_events: Vec::new(),
        }
    }

    /// What the system says now; heap and event loop are for others to say.
    pub fn look(&mut self) -> Vitals {
        let now = Instant::now();
        let cpu_ns = os::process_cpu_ns();
        let passed_ns = now.duration_since(self.looked).as_nanos().max(1) as f64;
        let cpu = cpu_ns.saturating_sub(self.cpu_ns) as f64 / passed_ns;
        (self.looked, self.cpu_ns) = (now, cpu_ns);
        let (cgroup_bytes, cgroup_limit) = self.cgroup.as_ref().map_or((None, None), Cgroup::bytes);
        let cgroup_max_events = self.cgroup.as_ref().and_then(Cgroup::max_events);
        Vitals {
            sample: Sample { rss: self.rss(), cpu: cpu as f32, ..Sample::default() },
            cgroup_bytes,
            cgroup_limit,
            cgroup_max_events,
            cgroup_max_recent: cgroup_max_events.map_or(0, |count| self.recent(now, count)),
            cgroup_oom_kills: self.cgroup.as_ref().and_then(Cgroup::oom_kills),
            ..Vitals::default()
        }
    }

    fn recent(&mut self, now: Instant, count: u64) -> u64 {
        self.max_events.push((now, count));
        let is_recent = |(at, _): &(Instant, u64)| now.duration_since(*at).as_millis() <= RECENT_MS;
        while self.max_events.len() > 1 && !is_recent(&self.max_events[0]) {
            self.max_events.remove(0);
        }
        count.saturating_sub(self.max_events[0].1)
    }

    fn rss(&self) -> Option<u64> {
        let file = self.statm.as_ref()?;
        let mut text = [0; 128];
        let read = medium::read_some(file, &mut text, 0).ok()?;
        let pages: u64 = std::str::from_utf8(&text[..read]).ok()?.split(' ').nth(1)?.parse().ok()?;
        Some(pages * os::page_size())
    }
}

#[cfg(all(test, not(loom), not(miri)))]
mod tests {
    use super::*;

    fn folder(name: &str, files: &[(&str, &str)]) -> PathBuf {
        let folder = std::env::temp_dir().join(format!("leakline-host-{name}-{}", std::process::id()));
        let _ = fs::remove_dir_all(&folder);
        for (file, text) in files {
            let path = folder.join(file);
            fs::create_dir_all(path.parent().unwrap()).unwrap();
            fs::write(path, text).unwrap();
        }
        folder
    }

    #[test]
    fn both_versions_of_cgroups_are_read() {
        let v2 = folder(
            "v2",
            &[
                ("app/memory.current", "1000\n"),
                ("app/memory.max", "2000\n"),
                ("app/memory.events", "low 0\nhigh 0\nmax 17\noom 2\noom_kill 1\noom_group_kill 0\n"),
            ],
        );
        let group = Cgroup::of("0::/app\n", &v2).unwrap();
        assert_eq!(
            (group.bytes(), group.max_events(), group.oom_kills()),
            ((Some(1_000), Some(2_000)), Some(17), Some(1))
        );
        let inside = folder("inside", &[("memory.current", "7\n"), ("memory.max", "max\n")]);
        let group = Cgroup::of("0::/kubepods/pod1/x\n", &inside).unwrap();
        assert_eq!((group.bytes(), group.max_events()), ((Some(7), None), None));
        let v1 = folder(
            "v1",
            &[
                ("memory/m/memory.usage_in_bytes", "5"),
                ("memory/m/memory.limit_in_bytes", "9223372036854771712"),
                ("memory/m/memory.failcnt", "3"),
                ("memory/m/memory.oom_control", "oom_kill_disable 0\nunder_oom 0\noom_kill 4\n"),
            ],
        );
        let group = Cgroup::of("9:cpu,cpuacct:/c\n5:memory:/m\n", &v1).unwrap();
        assert_eq!(
            (group.bytes(), group.max_events(), group.oom_kills()),
            ((Some(5), None), Some(3), Some(4))
        );
        assert_eq!(Cgroup::of("1:name=systemd:/x\n", &v1), None);
        for folder in [v2, inside, v1] {
            fs::remove_dir_all(folder).unwrap();
        }
    }

    #[cfg(target_os = "linux")]
    #[test]
    fn this_process_runs_and_another_start_of_its_pid_does_not() {
        let pid = std::process::id();
        let start_ticks = start_ticks(pid).unwrap();
        let identity =
            Identity { pid, start_ticks, boot_id: boot_id(), host: "h".into(), ..Identity::default() };
        assert_eq!(is_running(&identity, "h"), Some(true));
        let earlier = Identity { start_ticks: start_ticks - 1, ..identity.clone() };
        assert_eq!(is_running(&earlier, "h"), Some(false));
        assert_eq!(is_running(&earlier, "other"), None, "in a container this one does not see");
        let boot = Identity { boot_id: "another".into(), ..identity };
        assert_eq!((is_running(&boot, "h"), is_running(&boot, "i")), (Some(false), None));
        let mut probe = Probe::new();
        assert!(probe.look().sample.rss.unwrap() > 1 << 20);
    }
}
