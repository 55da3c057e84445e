//! What reports list: findings that have a place in the code, and which of them are one for a reader.

use std::collections::HashMap;

use crate::values::frames::{Frame, registering};
use crate::values::label::Label;
use crate::values::snapshot::Growth;

/// Something with a place in the code that reports can list.
pub(super) trait Located {
    fn kind(&self) -> &str;
    fn label(&self) -> &Label;
    fn growth(&self) -> Growth;
    fn origin(&self) -> Option<&Frame>;
    fn stack(&self) -> &[Frame];
    /// How much of it there is, to compare it with its like.
    fn weight(&self) -> u64;
    /// What else must be equal for two of them to be one for a reader.
    fn class(&self) -> u8;
    /// As [`crate::snapshot::Site::fingerprint`].
    fn fingerprint(&self) -> &str;
    /// As [`crate::values::snapshot::Site::stands_for`].
    fn stands_for(&self) -> Option<&str> {
        None
    }
    /// As [`crate::snapshot::Site::kept_by`].
    fn kept_by(&self) -> &[String] {
        &[]
    }
    /// As [`crate::values::snapshot::Site::same_call`].
    fn same_call(&self) -> Option<&str> {
        None
    }
    /// As [`crate::values::snapshot::Leak::held_by`].
    fn held_by(&self) -> Option<&str> {
        None
    }
    /// As [`crate::values::snapshot::Leak::as_holder`].
    fn as_holder(&self) -> Option<String> {
        None
    }
}

/// Labels of a group beside the first one's.
pub(super) fn more_labels<T: Located>(group: &[&T]) -> usize {
    let mut labels: Vec<&Label> = group.iter().map(|item| item.label()).collect();
    labels.sort_unstable();
    labels.dedup();
    labels.len().saturating_sub(1)
}

/// Joins what a reader sees as one: the same line that registers, called from the same line of the application, on owners of
/// the same class; whatever the events and delays are, and whoever called. Never what sits on different owners.
///
/// Groups are in the order of their first member; each has its heaviest member first.
pub(super) fn merge<'a, T: Located>(items: impl IntoIterator<Item = &'a T>) -> Vec<Vec<&'a T>> {
    let mut index = HashMap::new();
    let mut groups: Vec<Vec<&T>> = Vec::new();
    for item in items {
        let place = |frame: &'a Frame| (&frame.file, frame.line, frame.column);
        let at = item.origin().or(item.stack().first()).map(place);
        let registering = registering(item.stack()).map(place);
        let class = item.label().class_of(item.kind());
        let key = (at, registering, item.kind(), class, item.growth() == Growth::Entries, item.class());
        let group = *index.entry(key).or_insert_with(|| {
            groups.push(Vec::new());
            groups.len() - 1
        });
        groups[group].push(item);
    }
    for group in &mut groups {
        group.sort_by_key(|item| std::cmp::Reverse(item.weight()));
    }
    groups
}
