//! A creation stack, which all values share: otherwise a snapshot of ten thousand sites would copy a hundred thousand
//! names, and free them while the event loop waits.

use std::ops::Deref;
use std::sync::Arc;

use serde::{Deserialize, Deserializer, Serialize, Serializer};

use crate::values::frames::Frame;

/// Frames, innermost first. A clone shares them.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub struct Stack(Arc<[Frame]>);

impl Stack {
    /// The frames for modification; they are copied if they are shared.
    pub fn make_mut(&mut self) -> &mut [Frame] {
        Arc::make_mut(&mut self.0)
    }
}

impl Default for Stack {
    fn default() -> Self {
        Self(Arc::new([]))
    }
}

impl Deref for Stack {
    type Target = [Frame];
    fn deref(&self) -> &[Frame] {
        &self.0
    }
}

impl From<Vec<Frame>> for Stack {
    fn from(frames: Vec<Frame>) -> Self {
        Self(frames.into())
    }
}

impl From<&[Frame]> for Stack {
    fn from(frames: &[Frame]) -> Self {
        Self(frames.into())
    }
}

impl<const N: usize> PartialEq<[Frame; N]> for Stack {
    fn eq(&self, frames: &[Frame; N]) -> bool {
        **self == *frames
    }
}

impl PartialEq<Vec<Frame>> for Stack {
    fn eq(&self, frames: &Vec<Frame>) -> bool {
        **self == **frames
    }
}

impl Serialize for Stack {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        self.0[..].serialize(serializer)
    }
}

impl<'de> Deserialize<'de> for Stack {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        Vec::deserialize(deserializer).map(Self::from)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn clones_share_until_one_is_changed() {
        let frame = Frame { function: Some("f".to_owned()), file: "/a.js".to_owned(), line: 1, column: 2 };
        let stack = Stack::from(vec![frame]);
        let mut other = stack.clone();
        assert!(std::ptr::eq(&*stack, &*other));
        other.make_mut()[0].line = 9;
        assert_eq!((stack[0].line, other[0].line), (1, 9));
        let json = serde_json::to_string(&stack).unwrap();
        assert_eq!(json, r#"[{"function":"f","file":"/a.js","line":1,"column":2}]"#);
        assert_eq!(serde_json::from_str::<Stack>(&json).unwrap(), stack);
    }
}
