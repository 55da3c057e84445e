//! Who awaits the current stack: the part of a stack trace that V8 calls asynchronous, as numbers.
//!
//! Frames that wait have no addresses. V8 finds them in the heap, from the microtask that runs on along the promises;
//! this walks the same way (`CaptureAsyncStackTrace` in V8's `isolate.cc`) and, in place of positions, takes what they
//! come from: the function's shared part and where in its bytecode it waits. Where V8 goes a way that is not known
//! here, there is no answer, and the stack is captured.
//!
//! V8 has no interface for this, so the layout of five kinds of objects is in a table, by version. Before it is used
//! every offset in it is held against examples whose addresses are known, and so are the types and the numbers of
//! V8's own functions learnt: see [`Awaits::learn`].
#![allow(unsafe_code)]

use super::heap::*;
use crate::stacks::keys::Key;

/// Promises followed at the most. Then the stack is captured.
const MAX_STEPS: usize = 64;

/// Types of microtasks, the same in all four versions: `PromiseReactionJobTask`s, functions of the program and of the
/// embedder, and calls of `then` of an object that is no promise.
const REACTION_JOBS: [u16; 2] = [132, 133];
const FUNCTIONS: [u16; 2] = [134, 135];
const CALL_OF_THEN: u16 = 136;

/// Objects that show the layout. Each is alive, and holds what it is said to hold.
pub struct Examples {
    pub undefined: Tagged,
    /// A promise that `waits`, an async function, awaits; `waiting` is what that returned.
    pub awaited: Tagged,
    pub waits: Tagged,
    pub waiting: Tagged,
    /// `chained` is `chained_on.then(handler)`.
    pub chained_on: Tagged,
    pub handler: Tagged,
    pub chained: Tagged,
    /// A promise of which `finally` was called.
    pub ended: Tagged,
    /// `new Promise((resolve) => …)`
    pub resolve: Tagged,
    pub resolved: Tagged,
    /// A promise each that `Promise.all`, `allSettled` and `any` wait for, and what these returned.
    pub combined: [(Tagged, Tagged); 3],
}

/// What this isolate's objects are.
pub struct Awaits {
    layout: &'static Layout,
    /// Where the isolate keeps its microtask.
    microtask: *const Tagged,
    undefined: Tagged,
    types: Types,
    builtins: Builtins,
}

#[derive(PartialEq)]
struct Types {
    promise: u16,
    reaction: u16,
    function: u16,
    context: u16,
    context_of_await: u16,
    generator: u16,
    capability: u16,
}

/// Functions of V8's own that V8 knows in a chain of promises, by their number.
struct Builtins {
    resolve_await: Tagged,
    reject_await: Tagged,
    resolve: Tagged,
    all: Tagged,
    all_settled: Tagged,
    any: Tagged,
    then_finally: Tagged,
    catch_finally: Tagged,
}

/// Where the way leads.
enum Next {
    Promise(Tagged),
    End,
}

impl Awaits {
    /// Learns the layout. `None` where it is not what the table says.
    ///
    /// # Safety
    /// - `isolate` is the calling thread's, which is in a call from JavaScript.
    /// - V8 is built without pointer compression.
    /// - The examples are what their fields say.
    pub unsafe fn learn(isolate: *const u8, version: u32, examples: &Examples) -> Option<Self> {
        let layout = LAYOUTS.iter().find(|layout| layout.version == version)?;
        // SAFETY: an isolate is larger than that.
        let microtask = unsafe { isolate.add(layout.microtask) }.cast::<Tagged>();
        let Examples { awaited, chained_on, handler, chained, .. } = *examples;
        // From what is known to what is not: each object is read after it was seen to be one.
        let reaction = chained_on.object(PROMISE_REACTIONS)?;
        let awaiting = awaited.object(PROMISE_REACTIONS)?;
        let is_layout = reaction.at(layout.reaction_next).is_smi()
            && reaction.at(layout.fulfilled()) == handler
            && reaction.at(layout.settled()) == chained
            && chained_on.at(PROMISE_FLAGS).is_smi()
            && awaiting.instance_type() == reaction.instance_type();
        if !is_layout {
            return None;
        }
        let resolve_await = awaiting.object(layout.fulfilled())?;
        let reject_await = awaiting.object(layout.rejected())?;
        let context = resolve_await.object(layout.context())?;
        let generator = context.object(CONTEXT_SUBJECT)?;
        let is_generator = generator.at(GENERATOR_FUNCTION) == examples.waits
            && generator.at(GENERATOR_PROMISE) == examples.waiting
            && generator.at(GENERATOR_POSITION).is_smi()
            && generator.at(GENERATOR_CONTINUATION).is_smi()
            && generator.at(GENERATOR_CONTINUATION).0 != RUNNING;
        let resolve_context = examples.resolve.object(layout.context())?;
        if !is_generator || resolve_context.at(CONTEXT_SUBJECT) != examples.resolved {
            return None;
        }
        let mut closures = [Tagged(0); 3];
        let mut capability = Tagged(0);
        for (index, (element, result)) in examples.combined.iter().enumerate() {
            let reaction = element.object(PROMISE_REACTIONS)?;
            // `any` is known by what it does when a promise is rejected.
            let handler = if index == 2 { layout.rejected() } else { layout.fulfilled() };
            closures[index] = reaction.object(handler)?;
            capability = closures[index].object(layout.context())?.object(CONTEXT_CAPABILITY)?;
            if capability.at(CAPABILITY_PROMISE) != *result || !closures[index].at(FUNCTION_HASH).is_smi() {
                return None;
            }
        }
        let ended = examples.ended.object(PROMISE_REACTIONS)?;
        let number = |function: Tagged| {
            let number = function.object(layout.shared)?.at(layout.builtin);
            (number.is_smi() && number.0 != 0).then_some(number)
        };
        let awaits = Self {
            layout,
            microtask,
            undefined: examples.undefined,
            types: Types {
                promise: chained.instance_type(),
                reaction: reaction.instance_type(),
                function: handler.instance_type(),
                context: resolve_context.instance_type(),
                context_of_await: context.instance_type(),
                generator: generator.instance_type(),
                capability: capability.instance_type(),
            },
            builtins: Builtins {
                resolve_await: number(resolve_await)?,
                reject_await: number(reject_await)?,
                resolve: number(examples.resolve)?,
                all: number(closures[0])?,
                all_settled: number(closures[1])?,
                any: number(closures[2])?,
                then_finally: number(ended.object(layout.fulfilled())?)?,
                catch_finally: number(ended.object(layout.rejected())?)?,
            },
        };
        let is_plausible = awaits.are_reported_apart()
            && resolve_await.instance_type() == awaits.types.function
            && awaits.builtin(handler).is_some_and(|number| number.0 == 0)
            && awaits.running().is_some();
        is_plausible.then_some(awaits)
    }

    /// The key of a stack together with those who await it. `None` when it cannot be reported who does.
    pub fn extend(&self, key: Key) -> Option<Key> {
        let Some(microtask) = self.running()? else { return Some(key) };
        let types = &self.types;
        let kind = microtask.instance_type();
        if FUNCTIONS.contains(&kind) {
            return Some(key);
        }
        // Later versions go on from it, earlier ones do not.
        if kind == CALL_OF_THEN {
            return None;
        }
        let mut promise = match self.begin(microtask)? {
            Next::Promise(promise) => promise,
            Next::End => return Some(key),
        };
        let mut key = key;
        for _ in 0..MAX_STEPS {
            if !promise.is_object() || promise.instance_type() != types.promise {
                return None;
            }
            let is_pending = (promise.at(PROMISE_FLAGS).0 >> 32) & 3 == 0;
            let reaction = promise.at(PROMISE_REACTIONS);
            let is_awaited_once = is_pending
                && reaction.is_object()
                && reaction.instance_type() == types.reaction
                && reaction.at(self.layout.reaction_next).is_smi();
            if !is_awaited_once {
                return Some(key);
            }
            match self.step(reaction, &mut key)? {
                Next::Promise(next) => promise = next,
                Next::End => return Some(key),
            }
        }
        None
    }

    /// The microtask that runs, or that none does. `None` when it cannot be one.
    fn running(&self) -> Option<Option<Tagged>> {
        // SAFETY: a word of the calling thread's isolate, which V8 writes on this thread only.
        let microtask = unsafe { self.microtask.read() };
        if microtask == self.undefined {
            return Some(None);
        }
        let is_one = microtask.is_object() && {
            let kind = microtask.instance_type();
            REACTION_JOBS.contains(&kind) || FUNCTIONS.contains(&kind) || kind == CALL_OF_THEN
        };
        is_one.then_some(Some(microtask))
    }

    /// From a `PromiseReactionJobTask` to the promise of what it runs.
    fn begin(&self, task: Tagged) -> Option<Next> {
        let handler = task.object(self.layout.task_handler)?;
        let number = self.builtin(handler)?;
        if number == self.builtins.resolve_await || number == self.builtins.reject_await {
            let generator = self.generator(handler)?;
            // Where it does not run, this is called for something else.
            let is_running = generator.at(GENERATOR_CONTINUATION).0 == RUNNING;
            return Some(if is_running { Next::Promise(generator.at(GENERATOR_PROMISE)) } else { Next::End });
        }
        if !self.goes_on(number) || (number.0 == 0 && self.is_foreign(handler)) {
            return None;
        }
        let settled = task.at(self.layout.task_handler + WORD);
        let is_promise = settled.is_object() && settled.instance_type() == self.types.promise;
        Some(if is_promise { Next::Promise(settled) } else { Next::End })
    }

    /// From a reaction to the promise of what it calls. Puts frames on the way into the key.
    fn step(&self, reaction: Tagged, key: &mut Key) -> Option<Next> {
        let Builtins { resolve_await, resolve, all, all_settled, any, .. } = self.builtins;
        let fulfilled = reaction.object(self.layout.fulfilled())?;
        let rejected = reaction.object(self.layout.rejected())?;
        let number = self.builtin(fulfilled)?;
        if number == resolve_await {
            let generator = self.generator(fulfilled)?;
            let function = generator.object(GENERATOR_FUNCTION)?;
            *key = key.and(function.at(self.layout.shared).0).and(generator.at(GENERATOR_POSITION).0);
            return Some(Next::Promise(generator.at(GENERATOR_PROMISE)));
        }
        if number == all || number == all_settled {
            return self.combinator(fulfilled, number, key);
        }
        let number_rejected = self.builtin(rejected)?;
        if number_rejected == any {
            return self.combinator(rejected, any, key);
        }
        if number == resolve {
            return Some(Next::Promise(self.context_of(fulfilled)?.at(CONTEXT_SUBJECT)));
        }
        if !self.goes_on(number) {
            return None;
        }
        let settled = reaction.at(self.layout.settled());
        if settled == self.undefined {
            return Some(Next::End);
        }
        let is_capability = settled.is_object() && settled.instance_type() == self.types.capability;
        Some(Next::Promise(if is_capability { settled.at(CAPABILITY_PROMISE) } else { settled }))
    }

    /// Beyond one of the promises that `Promise.all` and the like wait for.
    fn combinator(&self, closure: Tagged, number: Tagged, key: &mut Key) -> Option<Next> {
        let index = closure.at(FUNCTION_HASH);
        if !index.is_smi() {
            return None;
        }
        *key = key.and(number.0).and(index.0);
        // A closure that was called has another context.
        let capability = self.context_of(closure)?.object(CONTEXT_CAPABILITY)?;
        let is_capability = capability.instance_type() == self.types.capability;
        is_capability.then(|| Next::Promise(capability.at(CAPABILITY_PROMISE)))
    }

    /// The number of a function of V8's own, 0 for any other; `None` when it is not known which.
    fn builtin(&self, handler: Tagged) -> Option<Tagged> {
        if handler.instance_type() != self.types.function {
            return Some(Tagged(0));
        }
        let shared = handler.object(self.layout.shared)?;
        let number = shared.at(self.layout.builtin);
        if self.layout.bytecode == 0 {
            return Some(if number.is_smi() { number } else { Tagged(0) });
        }
        if shared.at(self.layout.bytecode).0 != 0 || !number.is_smi() {
            return Some(Tagged(0));
        }
        (number.0 != 0).then_some(number)
    }

    /// Whether a handler is one whose result settles the reaction's promise, to all that V8 knows.
    fn goes_on(&self, number: Tagged) -> bool {
        number.0 == 0 || number == self.builtins.then_finally || number == self.builtins.catch_finally
    }

    /// Whether a function is neither the program's nor V8's own: WebAssembly that was suspended goes on elsewhere.
    fn is_foreign(&self, handler: Tagged) -> bool {
        self.layout.bytecode != 0
            && handler.instance_type() == self.types.function
            && handler.at(self.layout.shared).at(self.layout.bytecode).0 == 0
    }

    fn context_of(&self, function: Tagged) -> Option<Tagged> {
        let context = function.object(self.layout.context())?;
        (context.instance_type() == self.types.context).then_some(context)
    }

    /// The async function that a closure of `await` goes on with.
    fn generator(&self, closure: Tagged) -> Option<Tagged> {
        let context = closure.object(self.layout.context())?;
        if context.instance_type() != self.types.context_of_await {
            return None;
        }
        let generator = context.object(CONTEXT_SUBJECT)?;
        (generator.instance_type() == self.types.generator).then_some(generator)
    }

    fn are_reported_apart(&self) -> bool {
        let Types { promise, reaction, function, context, context_of_await, generator, capability } =
            self.types;
        let Builtins {
            resolve_await,
            reject_await,
            resolve,
            all,
            all_settled,
            any,
            then_finally,
            catch_finally,
        } = &self.builtins;
        let differ = |all: &[usize]| all.iter().enumerate().all(|(i, one)| !all[i + 1..].contains(one));
        differ(
            &[promise, reaction, function, context, context_of_await, generator, capability].map(usize::from),
        ) && differ(
            &[resolve_await, reject_await, resolve, all, all_settled, any, then_finally, catch_finally]
                .map(|number| number.0),
        )
    }
}
