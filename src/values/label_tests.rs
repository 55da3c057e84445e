use proptest::prelude::*;

use super::*;

fn name(text: &str) -> Detail {
    Detail::Name(text.to_owned())
}

#[test]
fn the_parts_of_a_text_are_read() {
    let shown = |text: &str| Detail::Shown(text.to_owned());
    let cases: [(&str, &str, Vec<Detail>, bool); 17] = [
        ("Socket 'data'", "Socket", vec![name("data")], false),
        ("Bus 'a', 'b' and others", "Bus", vec![name("a"), name("b")], true),
        ("Bus 'it's'", "Bus", vec![name("it's")], false),
        ("Bus 'a, b'", "Bus", vec![name("a, b")], false),
        ("Bus ''", "Bus", vec![name("")], false),
        ("Bus '", "Bus '", vec![], false),
        ("Bus Symbol(x)", "Bus", vec![shown("Symbol(x)")], false),
        ("Bus 'a', Symbol(b)", "Bus", vec![name("a"), shown("Symbol(b)")], false),
        ("setInterval 30000 ms", "setInterval", vec![Detail::Delay(30_000)], false),
        ("setTimeout 1 ms, 2 ms and others", "setTimeout", vec![Detail::Delay(1), Detail::Delay(2)], true),
        ("setTimeout 007 ms", "setTimeout 007 ms", vec![], false),
        ("sleep soon ms", "sleep soon ms", vec![], false),
        ("events.on iterator", "events.on iterator", vec![], false),
        ("mine and others", "mine and others", vec![], false),
        ("Map", "Map", vec![], false),
        ("Array Store.list", "Array Store.list", vec![], false),
        ("", "", vec![], false),
    ];
    for (text, class, details, has_more) in cases {
        let label = Label::from(text);
        assert_eq!(
            (label.class(), label.details(), label.has_more()),
            (class, &*details, has_more),
            "{text}"
        );
        assert_eq!(label.as_str(), text);
    }
}

#[test]
fn what_distinguishes_findings_of_a_line_is_the_class_or_all_of_it() {
    assert_eq!(Label::from("Redis 'message'").class_of("listener"), "Redis");
    assert_eq!(Label::from("setInterval 5 ms").class_of("interval"), "setInterval");
    assert_eq!(Label::from("Object 'items'").class_of("heap"), "Object 'items'");
}

#[test]
fn json_has_the_text_alone() {
    let label = Label::new("Bus", vec![name("a")], true);
    let text = serde_json::to_string(&label).unwrap();
    assert_eq!(text, "\"Bus 'a' and others\"");
    assert_eq!(serde_json::from_str::<Label>(&text).unwrap(), label);
}

fn detail() -> impl Strategy<Value = Detail> {
    prop_oneof![
        "[a-z:.' ]{0,6}".prop_map(Detail::Name),
        any::<u64>().prop_map(Detail::Delay),
        "[a-z]{0,6}".prop_map(|text| Detail::Shown(format!("Symbol({text})"))),
    ]
}

proptest! {
    /// Whatever is stored, its text stays as it is.
    #[test]
    fn a_text_is_kept(text in "([A-Z'a-z0-9,() ]| ms| and others| 'x'|, |Symbol\\(){0,12}") {
        let label = Label::from(&*text);
        prop_assert_eq!(label.as_str(), &text);
        let again = Label::new(label.class(), label.details().to_vec(), label.has_more());
        prop_assert_eq!(again.as_str(), &text);
    }

    /// What a site writes is read again, part by part: but for names that hold what stands between two.
    #[test]
    fn what_is_written_is_read(class in "[A-Za-z.]{1,8}", details in prop::collection::vec(detail(), 0..4), has_more: bool) {
        let is_delay = |detail: &Detail| matches!(detail, Detail::Delay(_));
        let is_of_one_sort = details.iter().all(is_delay) || !details.iter().any(is_delay);
        prop_assume!(is_of_one_sort && !details.iter().any(|detail| detail.to_string().contains("', '")));
        let label = Label::new(&class, details.clone(), has_more && !details.is_empty());
        let read = Label::from(label.as_str());
        prop_assert_eq!((read.class(), read.details(), read.has_more()), (&*class, &*details, label.has_more()));
    }
}

#[test]
fn labels_of_one_class_are_joined() {
    let cases = [
        ("Bus 'a'", "Bus 'b'", "Bus 'a', 'b'"),
        ("Bus 'a'", "Bus 'a'", "Bus 'a'"),
        ("Bus 'a', 'b'", "Bus 'c', 'd'", "Bus 'a', 'b', 'c' and others"),
        ("Bus 'a'", "Bus 'a', 'b', 'c' and others", "Bus 'a', 'b', 'c' and others"),
        ("Bus 'a'", "Socket 'b'", "Bus 'a'"),
        ("Bus", "Bus 'b'", "Bus 'b'"),
    ];
    for (one, other, expected) in cases {
        assert_eq!(Label::from(one).joined(&other.into(), 3), expected);
    }
}
