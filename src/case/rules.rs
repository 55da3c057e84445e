//! Alert rules for the very site of a case, and their test: YAML for Prometheus.

use crate::report::{advice, clean, cut};
use crate::values::snapshot::Site;

/// Growth an hour that is worth an alert, at the least.
const MIN_GROWTH: f64 = 10.0;

/// Columns of a name in an annotation.
const MAX_NAME: usize = 100;

/// What to ask Prometheus about the site.
pub fn queries(site: &Site) -> Vec<String> {
    let fingerprint = &site.fingerprint;
    vec![
        format!("leakline_site_live{{site=\"{fingerprint}\"}}"),
        format!("leakline_site_growth_per_hour{{site=\"{fingerprint}\"}}"),
        format!("leakline_site_info{{site=\"{fingerprint}\"}}"),
        // A heap is a gauge: rate() would take each collection for a counter's reset.
        "deriv(nodejs_heap_size_used_bytes[1h]) * 3600".to_owned(),
    ]
}

/// The growth an hour that fires: half of what was seen.
fn threshold(site: &Site) -> u64 {
    (site.growth_per_hour / 2.0).clamp(MIN_GROWTH, 1e12).round() as u64
}

/// The rules.
pub fn rules(site: &Site) -> String {
    let (fingerprint, growth) = (&site.fingerprint, threshold(site));
    let name = quoted(&format!("{} leaks again on {{{{ $labels.instance }}}}", literal(site)));
    let grows = quoted(&format!(
        "{} grows by {{{{ $value | humanize }}}} an hour on {{{{ $labels.instance }}}}",
        literal(site)
    ));
    format!(
        "# Alert rules for one leak, by its fingerprint, for what leakline.metrics() exposes: promtool check rules rules.yml\n\
         groups:\n\
         \x20 - name: leakline-{fingerprint}\n\
         \x20   rules:\n\
         \x20     - alert: LeaklineCaseReturns\n\
         \x20       expr: 'leakline_site_info{{site=\"{fingerprint}\", verdict=\"leak\"}} == 1'\n\
         \x20       for: 5m\n\
         \x20       labels: {{ severity: warning }}\n\
         \x20       annotations:\n\
         \x20         summary: {name}\n\
         \x20     - alert: LeaklineCaseGrows\n\
         \x20       expr: 'min_over_time(leakline_site_growth_per_hour{{site=\"{fingerprint}\"}}[10m]) > {growth}'\n\
         \x20       for: 10m\n\
         \x20       labels: {{ severity: warning }}\n\
         \x20       annotations:\n\
         \x20         summary: {grows}\n"
    )
}

/// Their test: they fire on the leak, and stay silent on one that is steady, and on a saw-tooth.
pub fn rules_test(site: &Site) -> String {
    let (fingerprint, growth) = (&site.fingerprint, threshold(site));
    let twice = 2 * growth;
    let name = literal_text(site);
    let again = quoted(&format!("{name} leaks again on leaks"));
    let grows = quoted(&format!("{name} grows by {} an hour on leaks", humanized(twice as f64)));
    let info = |instance: &str, verdict: &str| {
        format!(
            "leakline_site_info{{job=\"api\", instance=\"{instance}\", site=\"{fingerprint}\", verdict=\"{verdict}\"}}"
        )
    };
    let growing = |instance: &str| {
        format!(
            "leakline_site_growth_per_hour{{job=\"api\", instance=\"{instance}\", site=\"{fingerprint}\"}}"
        )
    };
    format!(
        "# promtool test rules rules.test.yml\n\
         rule_files: [rules.yml]\n\
         evaluation_interval: 1m\n\
         tests:\n\
         \x20 - interval: 1m\n\
         \x20   input_series:\n\
         \x20     - {{ series: '{}', values: '_x10 1x60' }}\n\
         \x20     - {{ series: '{}', values: '1x70' }}\n\
         \x20     - {{ series: '{}', values: '0x10 {twice}x60' }}\n\
         \x20     - {{ series: '{}', values: '{twice} 0 {twice} 0 {twice} 0 {twice} 0 {twice} 0 {twice} 0 {twice} 0 {twice} 0 {twice} 0 {twice} 0 {twice} 0 {twice} 0 {twice} 0 {twice} 0 {twice} 0 {twice} 0 {twice} 0 {twice} 0 {twice} 0 {twice} 0' }}\n\
         \x20   alert_rule_test:\n\
         \x20     - {{ eval_time: 9m, alertname: LeaklineCaseReturns, exp_alerts: [] }}\n\
         \x20     - {{ eval_time: 9m, alertname: LeaklineCaseGrows, exp_alerts: [] }}\n\
         \x20     - eval_time: 40m\n\
         \x20       alertname: LeaklineCaseReturns\n\
         \x20       exp_alerts:\n\
         \x20         - exp_labels: {{ severity: warning, job: api, instance: leaks, site: '{fingerprint}', verdict: leak }}\n\
         \x20           exp_annotations: {{ summary: {again} }}\n\
         \x20     - eval_time: 39m\n\
         \x20       alertname: LeaklineCaseGrows\n\
         \x20       exp_alerts:\n\
         \x20         - exp_labels: {{ severity: warning, job: api, instance: leaks, site: '{fingerprint}' }}\n\
         \x20           exp_annotations: {{ summary: {grows} }}\n",
        info("leaks", "leak"),
        info("steady", "steady"),
        growing("leaks"),
        growing("saw-tooth"),
    )
}

/// The site's name, as it stands in an alert.
fn literal_text(site: &Site) -> String {
    cut(&clean(&advice::title(site)), MAX_NAME).into_owned()
}

/// The same in a template of Prometheus: what begins one is none.
fn literal(site: &Site) -> String {
    literal_text(site).replace("{{", "{{ \"{{\" }}")
}

/// A scalar of YAML: JSON is a part of it.
fn quoted(text: &str) -> String {
    serde_json::to_string(text).unwrap_or_else(|_| "\"\"".to_owned())
}

/// As Prometheus writes a number for people: four significant digits and the prefix of a thousand.
fn humanized(value: f64) -> String {
    let mut value = value;
    let mut prefix = "";
    for next in ["k", "M", "G", "T", "P"] {
        if value.abs() < 1000.0 {
            break;
        }
        value /= 1000.0;
        prefix = next;
    }
    let digits = if value == 0.0 { 0 } else { (3 - value.abs().log10().floor() as i32).max(0) as usize };
    let text = format!("{value:.digits$}");
    let text = if text.contains('.') { text.trim_end_matches('0').trim_end_matches('.') } else { &text };
    format!("{text}{prefix}")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn numbers_are_written_as_prometheus_does() {
        let cases =
            [(20.0, "20"), (2_466.0, "2.466k"), (1_234_567.0, "1.235M"), (99_999.0, "100k"), (0.0, "0")];
        for (value, expected) in cases {
            assert_eq!(humanized(value), expected);
        }
    }

    #[test]
    fn a_label_is_no_template_and_no_yaml() {
        let label = "Bus '{{ .Value }}\n\": - #'".into();
        let site =
            Site { kind: "listener".to_owned(), label, fingerprint: "aa".to_owned(), ..Site::default() };
        let text = rules(&site);
        let summary = text.lines().find(|line| line.contains("summary:")).unwrap();
        assert!(summary.contains("{{ \\\"{{\\\" }} .Value"), "{summary}");
        assert!(!text.contains("\": - #'\n"), "it ends no scalar: {text}");
    }
}
