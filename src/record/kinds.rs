//! Names of what is tracked, one list for the whole process.

use std::sync::Mutex;

use once_cell::sync::Lazy;

use crate::record::layout::KINDS;

/// Names that `track()` may add. With more, kinds would be labels.
pub const MAX_CUSTOM: usize = 64;
/// Longest name, in bytes.
pub const MAX_NAME_BYTES: usize = 64;

/// One list for the process: a number means the same kind in every isolate.
static CUSTOM: Lazy<Mutex<Vec<String>>> = Lazy::new(|| Mutex::new(Vec::new()));

fn custom() -> std::sync::MutexGuard<'static, Vec<String>> {
    // A panic cannot leave a list of strings half changed.
    CUSTOM.lock().unwrap_or_else(std::sync::PoisonError::into_inner)
}

/// The number of a kind, new or known; `None` when [`MAX_CUSTOM`] names are taken or the name is
/// empty or too long.
pub fn number(name: &str) -> Option<u8> {
    if let Some(known) = KINDS.iter().position(|kind| *kind == name) {
        return Some(known as u8);
    }
    if name.is_empty() || name.len() > MAX_NAME_BYTES {
        return None;
    }
    let mut custom = custom();
    let index = match custom.iter().position(|kind| kind == name) {
        Some(index) => index,
        None if custom.len() < MAX_CUSTOM => {
            custom.push(name.to_owned());
            custom.len() - 1
        }
        None => return None,
    };
    Some((KINDS.len() + index) as u8)
}

/// The name of a number that [`number`] gave.
pub fn name(number: u8) -> String {
    let number = usize::from(number);
    match KINDS.get(number) {
        Some(name) => (*name).to_owned(),
        None => custom().get(number - KINDS.len()).cloned().unwrap_or_else(|| format!("kind {number}")),
    }
}

#[cfg(all(test, not(loom)))]
mod tests {
    use super::*;

    #[test]
    fn names_and_numbers_match() {
        assert_eq!(number("listener"), Some(0));
        let lease = number("lease").unwrap();
        assert_eq!(number("lease"), Some(lease), "the same name has the same number");
        assert_eq!(name(lease), "lease");
        assert_eq!(name(4), "map");
        assert_eq!(number(""), None);
        assert_eq!(number(&"x".repeat(65)), None);
    }
}
