//! Who retains what, as text.

use super::format::{bytes, count, plural};
use super::heap::Sheet;
use super::options::TextOptions;
use super::paint::{Line, Role};
use super::text::Page;
use super::title;
use crate::values::duration::duration;
use crate::values::retainers::{HeldSite, Retainers};

/// Paths beside the first that are written.
const MAX_OTHER_WAYS: usize = 2;

/// What holds sites, and what retains most.
pub fn retainers_text(retainers: &Retainers, options: &TextOptions) -> String {
    let mut page = Page::new(options);
    let sheet = Sheet::new(page.width(), options);
    let what = match (&retainers.file, retainers.pid) {
        (Some(file), _) => sheet.file(file),
        (None, Some(pid)) => format!("heap of process {pid}"),
        (None, None) => "heap".to_owned(),
    };
    let size = format!("{} · {}", plural(retainers.nodes, "object"), bytes(retainers.size));
    page.header(&what, Role::Path, &size);
    let sites = retainers.sites.iter().enumerate().flat_map(|(at, held)| site_lines(&sheet, at + 1, held));
    let heading = match retainers.sites.iter().all(|held| held.site.fingerprint.is_empty()) {
        true => "asked for",
        false => "what holds what is reported",
    };
    page.plain_section(heading, sites.collect());
    let first = retainers.sites.len() + 1;
    let blocks = retainers
        .largest
        .iter()
        .enumerate()
        .flat_map(|(at, retainer)| sheet.retainer(first + at, retainer, retainers.size));
    page.plain_section("retains most", blocks.collect());
    if let Some(selected) = &retainers.selected {
        sheet.selected(&mut page, selected);
    }
    if retainers.own > 0 {
        page.closing("leakline's own: ", Role::Faint, &format!("{}, not listed", bytes(retainers.own)));
    }
    if let Some(cost) = retainers.cost {
        let took = format!(
            "the program's thread was stopped for {}, the answer took {}",
            duration(cost.paused_ms),
            duration(cost.took_ms)
        );
        page.closing("cost: ", Role::Faint, &took);
    }
    page.notes(&retainers.notes);
    page.finish()
}

fn site_lines(sheet: &Sheet<'_>, number: usize, held: &HeldSite) -> Vec<Line> {
    let site = &held.site;
    let title = match site.fingerprint.is_empty() {
        true => site.label.to_string(),
        false => title::title(&site.kind, &site.label),
    };
    let numbers = format!("{} live, {} retained", count(site.live), bytes(held.retained));
    let mut lines = sheet.title(number, &title, &numbers);
    if let Some(origin) = &site.origin {
        lines.extend(sheet.field("made at", &sheet.frame(origin)));
    }
    match &held.held_by {
        Some(text) => lines.extend(sheet.held_text(text)),
        None => lines.extend(sheet.field("held by", "nothing that was found in the heap")),
    }
    let of = held.ways.iter().map(|way| way.count).sum::<u64>();
    for way in held.ways.iter().skip(1).take(MAX_OTHER_WAYS) {
        let share = format!("{} of {}: {}", count(way.count), count(of), way.held.text);
        lines.extend(sheet.field("also", &share));
    }
    lines
}
