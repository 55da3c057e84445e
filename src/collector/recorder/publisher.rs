//! The recorder's own thread: it alone waits for disks.

use std::fs::{self, File};
use std::io;
use std::path::{Path, PathBuf};
use std::sync::atomic::Ordering;
use std::sync::{Arc, PoisonError};
use std::time::{Duration, Instant, SystemTime};

use crossbeam_channel::{Receiver, Sender, select};

use super::handover::{Control, Publish, Shared};
use super::host::{self, Probe};
use super::prepared::Prepared;
use super::settings::{Settings, unix_ms};
use super::sites::Definition;
use super::{directory, last_end};
use crate::collector::requests::{self, Request};
use crate::collector::{os, signals};
use crate::flight::format::MAX_LOG;
use crate::flight::log::SiteEntry;
use crate::flight::{Columns, Details, End, Identity, Layout, Retained, Writer};
use crate::stacks::source_maps::SourceMaps;
use crate::suite::allow::Allow;
use crate::suite::allowed;
use crate::values::snapshot::Snapshot;

/// After an error the file is made anew no sooner than this.
const RETRIED_AFTER: Duration = Duration::from_secs(60);
/// How often it is looked whether the file is still where it was made.
const LOOKED_AFTER_EVERY: Duration = Duration::from_secs(10);
/// Longest name of a mark that is asked for, in bytes.
const MAX_REQUEST: u64 = 256;
/// Longest request for a look at the heap, in bytes.
const MAX_ASK: u64 = 4096;
/// Bytes of the log that a site needs, most of them for what it shares with others: more are found once they are written.
const LOG_OF_A_SITE: usize = 128;
/// Marks that are kept when the log has to make room.
const MARKS: usize = 4;

/// Starts the thread. It ends with [`Control::Stop`], or when nobody can reach it any more.
///
/// # Errors
/// The system's.
pub fn start(
    settings: Settings,
    root: String,
    started_at: SystemTime,
    states: Receiver<Publish>,
    controls: Receiver<Control>,
    notes: Sender<String>,
    shared: Arc<Shared>,
) -> io::Result<()> {
    let run = move || {
        signals::block_here();
        let mut publisher = Publisher::new(settings, root, started_at, notes, shared.clone());
        loop {
            select! {
                recv(controls) -> control => match control {
                    Ok(Control::End(end, reply)) => {
                        publisher.end(&end);
                        let _ = reply.send(());
                    }
                    Ok(Control::Stop) | Err(_) => return,
                },
                recv(states) -> state => match state {
                    Ok(state) => {
                        let cpu = os::thread_cpu_ns();
                        publisher.publish(state);
                        shared.cpu_ns.store(os::thread_cpu_ns() - cpu, Ordering::Relaxed);
                    }
                    // The collector has ended with its last isolate; the process's end is still to be written.
                    Err(_) => match controls.recv() {
                        Ok(Control::End(end, reply)) => {
                            publisher.end(&end);
                            let _ = reply.send(());
                        }
                        Ok(Control::Stop) | Err(_) => return,
                    },
                },
            }
        }
    };
    std::thread::Builder::new().name("leakline-flight".to_owned()).spawn(run).map(drop)
}

/// A file that is written.
struct Open {
    writer: Writer<File>,
    path: PathBuf,
    looked_after: Instant,
}

struct Publisher {
    settings: Settings,
    started_at: SystemTime,
    maps: SourceMaps,
    probe: Probe,
    notes: Sender<String>,
    open: Option<Open>,
    /// Not before.
    retry: Option<Instant>,
    /// Of each site that was defined: for a file that is made anew.
    sites: Vec<SiteEntry>,
    /// Until the first file is made they are kept here, and after an error; else in the file.
    keeps_sites: bool,
    columns: Columns,
    /// [`Details`], encoded.
    details: Vec<u8>,
    is_surveyed: bool,
    shared: Arc<Shared>,
}

impl Publisher {
    fn new(
        settings: Settings,
        root: String,
        started_at: SystemTime,
        notes: Sender<String>,
        shared: Arc<Shared>,
    ) -> Self {
        Self {
            settings,
            started_at,
            maps: SourceMaps::new(root),
            probe: Probe::new(),
            notes,
            open: None,
            retry: None,
            sites: Vec::new(),
            keeps_sites: true,
            columns: Columns::default(),
            details: Vec::new(),
            is_surveyed: false,
            shared,
        }
    }

    fn publish(&mut self, publish: Publish) {
        let Publish { at_ms, interval_ms, definitions, sites, records, ranked, details, event_loop, mark } =
            publish;
        let mut vitals = self.probe.look();
        if let Some(memory) = event_loop.memory {
            vitals.sample.heap_after_gc = Some(memory.used);
            vitals.sample.external = Some(memory.external);
            vitals.heap_limit = Some(memory.limit);
        }
        vitals.sample.major_gcs = u32::try_from(event_loop.pauses.major).unwrap_or(u32::MAX);
        vitals.sample.gc_pause_ms = event_loop.pauses.longest_ms as f32;
        vitals.loop_silent_ms = event_loop.silent_ms;
        vitals.sample.loop_delay_ms = event_loop.delay_ms as f32;
        let entries = self.entries(definitions);
        if let Some((snapshot, allow)) = details {
            self.details = self.described(*snapshot, &allow);
        }
        self.columns.assign(&ranked, at_ms);
        let at_unix_ms = unix_ms(self.started_at) + at_ms;
        let state = Prepared { at_ms, at_unix_ms, interval_ms, vitals, sites, records: &records };
        let mark = mark.or_else(|| self.requested_mark());
        self.look_for_requests();
        let written = self.write(entries, &state, mark.as_deref());
        if let Err(error) = written {
            self.failed(&error);
        }
        *self.shared.spare.lock().unwrap_or_else(PoisonError::into_inner) = records;
    }

    fn write(&mut self, entries: Vec<SiteEntry>, state: &Prepared<'_>, mark: Option<&str>) -> io::Result<()> {
        if self.keeps_sites {
            self.sites.extend(entries.iter().cloned());
        }
        if self.retry.is_some_and(|at| Instant::now() < at) {
            return Ok(());
        }
        self.retry = None;
        if self.open.is_none() {
            return self.open_first(state, mark);
        }
        self.look_after(state)?;
        if state.records.len() > self.writer()?.layout().records as usize {
            self.grow(state, 0)?;
        }
        for entry in &entries {
            self.define(entry, state)?;
        }
        if let Some(name) = mark {
            self.mark(name, state)?;
        }
        let (columns, details) = (self.columns.clone(), std::mem::take(&mut self.details));
        let published = state.publish(&columns, &details, |state| self.writer()?.publish(state));
        self.details = details;
        published.map(drop)
    }

    /// The name of a mark that somebody asks for by a file beside ours: that needs no event loop.
    fn requested_mark(&self) -> Option<String> {
        let path = self.open.as_ref()?.path.with_extension("mark");
        let file = directory::open(&path).ok()?;
        let name = directory::read_own(&file, MAX_REQUEST);
        // Taken or refused, it is not looked at again.
        let _ = fs::remove_file(&path);
        name.filter(|name| !name.is_empty())
    }

    /// Hands on what somebody asks of the heap by a file beside ours; the answer is to be another one.
    fn look_for_requests(&self) {
        let Some(open) = &self.open else { return };
        let path = open.path.with_extension("retainers");
        let Ok(file) = directory::open(&path) else { return };
        let ask = directory::read_own(&file, MAX_ASK);
        let _ = fs::remove_file(&path);
        if ask.is_some() {
            let answer = Some(open.path.with_extension("retained"));
            requests::put(Request { ask, answer, signal: None });
        }
    }

    fn writer(&mut self) -> io::Result<&mut Writer<File>> {
        self.open.as_mut().map(|open| &mut open.writer).ok_or_else(|| io::ErrorKind::NotFound.into())
    }

    /// Makes the file, with all that was defined so far. It has its name only once it can be read.
    fn open_first(&mut self, state: &Prepared<'_>, mark: Option<&str>) -> io::Result<()> {
        let dir = directory::prepare(&self.settings.dir)?;
        let identity = self.identity();
        if !self.is_surveyed {
            self.is_surveyed = true;
            last_end::survey(&dir, &identity, SystemTime::now());
        }
        let path = dir.join(identity.file_name());
        let unfinished = path.with_extension("lkf.new");
        let mut layout = Layout::fitting(state.sites, state.sites * LOG_OF_A_SITE);
        let (columns, details) = (self.columns.clone(), self.details.clone());
        loop {
            let mut writer = Writer::create(directory::create(&unfinished)?, identity.clone(), layout)?;
            let is_full = self.sites.iter().any(|site| writer.define(site).is_err());
            let mark = mark.map(|name| state.mark(name));
            if (is_full || mark.is_some_and(|mark| writer.mark(&mark).is_err())) && layout.log < MAX_LOG {
                layout = Layout { log: layout.log.saturating_mul(2).min(MAX_LOG), ..layout };
                continue;
            }
            state.publish(&columns, &details, |state| writer.publish(state))?;
            fs::rename(&unfinished, &path)?;
            self.show(&path);
            self.open = Some(Open { writer, path, looked_after: Instant::now() });
            (self.sites, self.keeps_sites) = (Vec::new(), false);
            return Ok(());
        }
    }

    /// Other threads may read the file.
    fn show(&self, path: &Path) {
        *self.shared.path.lock().unwrap_or_else(PoisonError::into_inner) = Some(path.to_path_buf());
    }

    /// Who the process is, with what only files say.
    fn identity(&self) -> Identity {
        let mut identity = self.settings.identity.clone();
        identity.pid = std::process::id();
        identity.start_ticks = host::start_ticks(identity.pid).unwrap_or(0);
        identity.boot_id = host::boot_id();
        identity.uid = os::user();
        identity.started_unix_ms = unix_ms(self.started_at);
        identity.started_at = humantime::format_rfc3339_millis(self.started_at).to_string();
        super::commit::complete(&mut identity);
        identity
    }

    fn define(&mut self, entry: &SiteEntry, state: &Prepared<'_>) -> io::Result<()> {
        let writer = self.writer()?;
        if writer.define(entry).is_ok() {
            return writer.relieve();
        }
        self.grow(state, 4096)?;
        // What has no place in the largest file has no record either; a reader counts it.
        let _ = self.writer()?.define(entry);
        Ok(())
    }

    fn mark(&mut self, name: &str, state: &Prepared<'_>) -> io::Result<()> {
        let mark = state.mark(name);
        if self.writer()?.mark(&mark).is_ok() {
            return Ok(());
        }
        self.grow(state, mark.sites.len() * 16)?;
        self.writer()?.mark(&mark).map_err(|_| io::ErrorKind::StorageFull.into())
    }

    /// Moves to a file with room: for more records, or for a log without what nobody needs any more.
    fn grow(&mut self, state: &Prepared<'_>, more_log: usize) -> io::Result<()> {
        let retained = self.writer()?.retained(state.named(), MARKS)?;
        // Twice what it needs, so that it is not moved again soon.
        let log = 2 * (retained.bytes + more_log);
        self.move_to(Layout::fitting(state.sites.max(state.records.len()), log), &retained)
    }

    fn move_to(&mut self, layout: Layout, retained: &Retained) -> io::Result<()> {
        let Open { writer, path, .. } = self.open.as_mut().ok_or(io::ErrorKind::NotFound)?;
        let dir = directory::prepare(&self.settings.dir)?;
        let path = path.file_name().map_or_else(|| path.clone(), |name| dir.join(name));
        let unfinished = path.with_extension("lkf.new");
        let mut moved = writer.moved_to(directory::create(&unfinished)?, layout, retained)?;
        moved.republish(writer)?;
        fs::rename(&unfinished, &path)?;
        self.show(&path);
        self.open = Some(Open { writer: moved, path, looked_after: Instant::now() });
        Ok(())
    }

    /// A file that somebody has removed, or replaced, is made anew with all that it had.
    fn look_after(&mut self, state: &Prepared<'_>) -> io::Result<()> {
        let Some(open) = &mut self.open else { return Ok(()) };
        if open.looked_after.elapsed() < LOOKED_AFTER_EVERY {
            return Ok(());
        }
        open.looked_after = Instant::now();
        if is_same_file(open.writer.medium(), &open.path) {
            return Ok(());
        }
        self.note(
            "the flight file was removed or replaced while it was written: leakline has made it anew"
                .to_owned(),
        );
        let writer = self.writer()?;
        let (layout, retained) = (writer.layout(), writer.retained(state.named(), MARKS)?);
        self.move_to(layout, &retained)
    }

    fn entries(&mut self, definitions: Vec<Definition>) -> Vec<SiteEntry> {
        let (mut stacks, mut entries) = (Vec::new(), Vec::new());
        for Definition { number, thread, fingerprint, kind, label, stack } in definitions {
            stacks.push(stack);
            entries.push(SiteEntry { number, thread, fingerprint, kind, label, ..SiteEntry::default() });
        }
        // As written: who reads it may be on a machine without the maps.
        self.maps.follow_stacks(stacks.iter_mut());
        for (entry, stack) in entries.iter_mut().zip(stacks) {
            entry.stack = stack;
        }
        entries
    }

    fn described(&mut self, mut snapshot: Snapshot, allow: &[Allow]) -> Vec<u8> {
        self.maps.follow_snapshot(&mut snapshot);
        allowed::mark(&mut snapshot, allow);
        Details::new(snapshot).to_json()
    }

    fn end(&mut self, end: &End) {
        // A process that ends before its first state leaves no file.
        let written = self.open.as_mut().map_or(Ok(()), |open| open.writer.end(end));
        if let Err(error) = written {
            self.failed(&error);
        }
    }

    /// The service goes on without; later it is tried again.
    fn failed(&mut self, error: &io::Error) {
        self.note(format!("ERR_LEAKLINE_FLIGHT: the flight file could not be written: {error}; leakline tries again each minute"));
        self.retry = Some(Instant::now() + RETRIED_AFTER);
    }

    fn note(&self, note: String) {
        // More notes than there is room for say the same.
        let _ = self.notes.try_send(note);
    }
}

#[cfg(unix)]
fn is_same_file(file: &File, path: &std::path::Path) -> bool {
    use std::os::unix::fs::MetadataExt;
    let identity = |found: fs::Metadata| (found.dev(), found.ino());
    let (own, there) = (file.metadata().map(identity), fs::symlink_metadata(path).map(identity));
    own.is_ok() && own.ok() == there.ok()
}

#[cfg(not(unix))]
fn is_same_file(_: &File, path: &std::path::Path) -> bool {
    // A file that is open cannot be replaced there.
    path.exists()
}
