//! Which process a file is of.

use serde::{Deserialize, Serialize};

/// Written once, into the header.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase", default)]
pub struct Identity {
    /// Process id, as the process itself sees it.
    pub pid: u32,
    /// When the process started, in the system's ticks since boot: with the pid it names a process for as long as the
    /// system runs. 0 where the system does not say.
    pub start_ticks: u64,
    /// The boot that these count from; empty where the system does not say.
    pub boot_id: String,
    /// The host's name; of a pod, the pod's.
    pub host: String,
    /// User id; absent where there is none.
    pub uid: Option<u32>,
    /// Node version with its leading `v`.
    pub node: String,
    /// leakline's own version.
    pub leakline: String,
    /// When recording began, ISO 8601 in UTC.
    pub started_at: String,
    /// The same in milliseconds since 1970.
    pub started_unix_ms: u64,
    /// The program's main file; empty when there is none.
    pub script: String,
    /// The directory it runs in.
    pub cwd: String,
    /// Name of its package.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub package: Option<String>,
    /// Version of its package.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub version: Option<String>,
    /// The commit that runs: `GIT_COMMIT` and its kin, or what `.git/HEAD` names.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub commit: Option<String>,
    /// Set when recording began in a process that ran already: how, in one sentence.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub attached: Option<String>,
}

impl Identity {
    /// The file's name: no two processes have the same, also where each is process 1 of its container.
    pub fn file_name(&self) -> String {
        let host: String = self
            .host
            .chars()
            .map(|c| if c.is_ascii_alphanumeric() || c == '-' { c } else { '_' })
            .take(64)
            .collect();
        format!("{}.{}.{}.lkf", if host.is_empty() { "host" } else { &host }, self.pid, self.start_ticks)
    }

    /// As JSON that fits the header: what is long is cut, from the least important on.
    pub(super) fn to_json(&self, most: usize) -> Vec<u8> {
        let mut fitting = self.clone();
        for text in [&mut fitting.script, &mut fitting.cwd] {
            shorten(text, 700);
        }
        for text in [&mut fitting.package, &mut fitting.version, &mut fitting.commit, &mut fitting.attached]
            .into_iter()
            .flatten()
        {
            shorten(text, 200);
        }
        shorten(&mut fitting.host, 100);
        let json = serde_json::to_vec(&fitting).unwrap_or_default();
        if json.len() <= most {
            return json;
        }
        // Escapes can make six bytes of one. What remains is what says processes apart.
        fitting = Self {
            pid: self.pid,
            start_ticks: self.start_ticks,
            uid: self.uid,
            started_unix_ms: self.started_unix_ms,
            started_at: self.started_at.clone(),
            ..Self::default()
        };
        serde_json::to_vec(&fitting).unwrap_or_default()
    }
}

fn shorten(text: &mut String, most: usize) {
    if text.len() > most {
        let end = (0..=most).rev().find(|at| text.is_char_boundary(*at)).unwrap_or(0);
        text.truncate(end);
    }
}

#[cfg(all(test, not(loom)))]
mod tests {
    use super::super::format::MAX_IDENTITY;
    use super::*;

    #[test]
    fn two_pods_do_not_share_a_name() {
        let of =
            |host: &str| Identity { host: host.to_owned(), pid: 1, start_ticks: 77, ..Identity::default() };
        assert_eq!(of("web-5f7").file_name(), "web-5f7.1.77.lkf");
        assert_eq!(of("../ä").file_name(), "____.1.77.lkf");
        assert_eq!(of("").file_name(), "host.1.77.lkf");
    }

    #[test]
    fn whatever_it_says_fits() {
        let long = "\u{1}ä\"".repeat(4_000);
        let identity = Identity {
            host: long.clone(),
            script: long.clone(),
            cwd: long.clone(),
            package: Some(long.clone()),
            commit: Some(long.clone()),
            version: Some(long),
            ..Identity::default()
        };
        let json = identity.to_json(MAX_IDENTITY);
        assert!(serde_json::from_slice::<Identity>(&json).is_ok());
        assert!(json.len() <= MAX_IDENTITY, "{}", json.len());
    }
}
