//! `file:` URLs and percent-encoding, as far as paths need them.

use std::borrow::Cow;

/// A `file:` URL as a path; anything else as it is.
pub fn local(file: &str) -> Cow<'_, str> {
    let Some(encoded) = file.strip_prefix("file://") else {
        return Cow::Borrowed(file);
    };
    let path = String::from_utf8_lossy(&decoded(encoded)).into_owned();
    // `file:///C:/app` names `C:/app`.
    let drive = path.as_bytes().get(1..3).is_some_and(|b| b[0].is_ascii_alphabetic() && b[1] == b':');
    Cow::Owned(if drive { path[1..].to_owned() } else { path })
}

/// The bytes that percent-encoded text stands for. A `%` that begins no escape is one.
pub fn decoded(encoded: &str) -> Vec<u8> {
    let mut bytes = Vec::with_capacity(encoded.len());
    let mut rest = encoded.as_bytes();
    while let Some((&first, tail)) = rest.split_first() {
        let escape = (first == b'%').then(|| tail.get(..2)).flatten();
        let value = escape
            .filter(|digits| digits.iter().all(u8::is_ascii_hexdigit))
            .and_then(|digits| std::str::from_utf8(digits).ok())
            .and_then(|digits| u8::from_str_radix(digits, 16).ok());
        bytes.push(value.unwrap_or(first));
        rest = if value.is_some() { &tail[2..] } else { tail };
    }
    bytes
}
