//! Stacks: the keys by which a known stack is recognised, and the source maps that lead to the written lines.

pub mod keys;
pub mod source_maps;
