//! Which lines allocate the memory of Buffers, ArrayBuffers and typed arrays that stays.
//!
//! | file | what it is |
//! | --- | --- |
//! | [`mod@self`] | what JavaScript asks of it |
//! | `allocator` | where V8 gets that memory, and gives it back |
//! | `samples` | the samples of one isolate |
//! | `stacks` | the stack of an allocation |
//! | `trial` | whether all that is what it is taken for |

mod allocator;
mod samples;
mod stacks;
mod trial;

use std::cell::RefCell;
use std::time::{Duration, Instant};

use napi::bindgen_prelude::*;
use napi_derive::napi;
use serde::Deserialize;

use super::super::values::{parse, to_json};
use super::{collections, requests};
use crate::values::allocations::Allocations;
use crate::values::frames::Frame;
use allocator::Hooks;
use samples::Samples;

/// Between two ends of stretches.
const PEEK_EVERY: Duration = Duration::from_millis(2_500);
/// Between two looks, however often garbage is collected.
const LOOK_EVERY: Duration = Duration::from_secs(4);
/// V8 frees Buffers on a thread of its own, after a collection: so long it has.
const FREED_AFTER: Duration = Duration::from_millis(500);
/// Bytes up to the next sample where this one could not be taken.
const SKIPPED: i64 = 64 << 10;

thread_local! {
    static STATE: RefCell<Option<State>> = const { RefCell::new(None) };
}

#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
struct Options {
    /// Bytes between samples; 0 where the addon chooses.
    interval: u64,
}

struct State {
    hooks: Hooks,
    samples: Samples,
    begun: Instant,
    /// Major collections that were looked at.
    majors: u32,
    next_peek: Instant,
    next_look: Instant,
}

/// Starts to sample; JSON in. False where V8's allocator is not what it is known to be, or another's.
#[napi]
pub fn begin_buffers(env: Env, options: String) -> Result<bool> {
    end();
    let options: Options = parse(&options)?;
    requests::begin();
    let now = Instant::now();
    let Some(hooks) = Hooks::new(sampled) else { return Ok(false) };
    let samples = Samples::new(env.raw(), options.interval);
    Hooks::next(0);
    STATE.set(Some(State {
        hooks,
        samples,
        begun: now,
        majors: collections::majors().0,
        next_peek: now + PEEK_EVERY,
        next_look: now,
    }));
    Ok(true)
}

/// Whether an ArrayBuffer that is made and detached passes the hooks with its address and size. Samples of each byte are
/// needed for it.
#[napi]
pub fn are_buffers_right(env: Env) -> Result<bool> {
    trial::is_right(env.raw(), |look| {
        STATE.with_borrow(|state| state.as_ref().is_some_and(|state| look(&state.samples)))
    })
}

/// Errors whose stacks are those of allocations that are not known yet. Each is returned once.
#[napi]
pub fn buffer_stacks(env: Env) -> Result<Vec<Unknown<'static>>> {
    let errors = STATE.with_borrow_mut(|state| state.as_mut().map(|state| state.samples.take_captures()));
    stacks::values(env.raw(), errors.unwrap_or_default())
}

/// The frames of what the last [`buffer_stacks`] has returned, in its order; null for what is not to be judged. JSON.
#[napi]
pub fn learn_buffer_stacks(stacks: String) -> Result<()> {
    let stacks: Vec<Option<Vec<Frame>>> = parse(&stacks)?;
    STATE.with_borrow_mut(|state| {
        if let Some(state) = state {
            state.samples.learn(stacks);
        }
    });
    Ok(())
}

/// Four times a second. `may_collect`: whether a major collection may be asked for. Returns what has changed as JSON, a
/// list of [`Allocations`]; null where nothing has.
#[napi]
pub fn buffers_tick(may_collect: bool) -> Result<Option<String>> {
    STATE.with_borrow_mut(|state| match state {
        Some(state) => state.tick(may_collect).map(|found| to_json(&found)).transpose(),
        None => Ok(None),
    })
}

/// What there is to say since the last call.
#[napi]
pub fn buffer_notes() -> Vec<String> {
    STATE.with_borrow_mut(|state| state.as_mut().map_or_else(Vec::new, |state| state.samples.take_notes()))
}

/// Stops sampling.
#[napi]
pub fn end_buffers() {
    end();
}

/// The same, before the isolate ends.
pub fn end() {
    if let Some(State { hooks, samples, .. }) = STATE.take() {
        hooks.end();
        samples.end();
    }
}

/// Called by V8's allocator on the isolate's thread. It may not panic.
fn sampled(address: usize, size: usize) {
    let next = STATE.try_with(|state| match state.try_borrow_mut() {
        Ok(mut state) => state.as_mut().map(|state| state.samples.sample(address, size)),
        // leakline itself has made this one.
        Err(_) => None,
    });
    Hooks::next(next.ok().flatten().unwrap_or(SKIPPED));
}

impl State {
    fn tick(&mut self, may_collect: bool) -> Option<Vec<Allocations>> {
        let now = Instant::now();
        let now_ms = collections::ago_ms(self.begun);
        let (majors, ended) = collections::majors();
        let ended_for = ended.map(|ended| ended.elapsed());
        if majors != self.majors && now >= self.next_look && ended_for.is_some_and(|ago| ago >= FREED_AFTER) {
            self.majors = majors;
            self.next_look = now + LOOK_EVERY;
            let ago_ms = ended_for.map_or(0, |ago| ago.as_millis() as u64);
            return self.samples.look(now_ms, now_ms.saturating_sub(ago_ms));
        }
        if now >= self.next_peek {
            self.next_peek = now + PEEK_EVERY;
            let promises = self.samples.peek(now_ms);
            let idle = ended_for.unwrap_or_else(|| self.begun.elapsed());
            let is_wanted = promises || self.samples.wants_look(idle.as_millis() as u64);
            if may_collect && is_wanted && requests::is_time(now) {
                requests::ask(now);
            }
        }
        self.samples.withdrawn()
    }
}
