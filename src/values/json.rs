//! Values as JSON, for programs.

use serde::Serialize;

/// Writes `value` as indented JSON that ends with a newline.
///
/// Numbers are raw: milliseconds, bytes, counts. A number that is not finite becomes `null`.
///
/// # Panics
///
/// When `value` has a map whose keys are not strings, which no value of this crate has.
pub fn json<T: Serialize>(value: &T) -> String {
    let mut text = serde_json::to_string_pretty(value).unwrap_or_else(|error| {
        panic!("a report could not be written as JSON, which only knows string keys: {error}")
    });
    text.push('\n');
    text
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::values::snapshot::Totals;

    #[test]
    fn json_is_camel_case_indented_and_ends_with_a_newline() {
        let totals = Totals { registered: 3, released: 1, collected: 0, live: 2 };
        let text = json(&totals);
        assert_eq!(
            text,
            "{\n  \"registered\": 3,\n  \"released\": 1,\n  \"collected\": 0,\n  \"live\": 2\n}\n"
        );
    }

    #[test]
    fn json_escapes_what_a_terminal_would_obey() {
        assert_eq!(json(&"a\u{1b}[31m\nb"), "\"a\\u001b[31m\\nb\"\n");
    }
}
