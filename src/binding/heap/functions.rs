//! Whose function a sample is: of each node of V8's profile the nearest function of the application.

use std::collections::HashMap;

use napi::{Result, sys};

use super::super::status::check;
use super::profiler::{Node, Profile};
use crate::values::frames::{Frame, Owner, owner};
use crate::values::urls::local;

/// Scripts and functions remembered. A program that makes more makes them without end: then all are forgotten.
const MAX_REMEMBERED: usize = 50_000;
/// Longest name of a function or a file, in bytes.
const MAX_NAME: usize = 1_024;

/// Whose code a script is.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Whose {
    Application,
    Package,
    Runtime,
    /// What Node allocates of a request that a server gets and of its response: the messages themselves, …
    HttpMessage,
    /// … and what else its server does, as for a connection.
    HttpServer,
    /// Node's client, whose messages are of who has called it.
    HttpClient,
    Leakline,
}

/// Node's functions that make a message, in the scripts of [`Whose::HttpServer`].
const MAKE_MESSAGES: [&str; 2] = ["parserOnHeadersComplete", "parserOnIncoming"];
/// In place of a script for [`Answers::Exchange`].
const EXCHANGES: (i32, i32) = (i32::MIN, 0);

/// Who answers for what a node allocates.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Answers {
    /// Nobody: Node itself.
    Nobody,
    /// leakline.
    Leakline,
    /// A function of the application.
    Application(u32),
    /// A function of a package, as no function of the application called it.
    Package(u32),
    /// An HTTP request that a server has got, with its response: who keeps one keeps that, whoever was called meanwhile.
    Exchange,
    /// Node's HTTP client, for a function of the application.
    Client(u32),
}

/// Functions by number; a number is never used again.
#[derive(Debug, Default)]
pub struct Functions {
    /// leakline's own folder, as a path and as a URL.
    own: [String; 2],
    scripts: HashMap<i32, (Whose, i32)>,
    /// A number for each file: a module that is loaded again is another script, as by `import()` with another query.
    files: HashMap<String, i32>,
    numbers: HashMap<(i32, i32), u32>,
    /// Where V8's nodes are: another profile has others.
    places: HashMap<u32, (i32, i32)>,
    last: u32,
}

impl Functions {
    pub fn new(own: [String; 2]) -> Self {
        Self { own, ..Self::default() }
    }

    /// Forgets the nodes of a profile that has ended.
    pub fn forget_nodes(&mut self) {
        self.places.clear();
    }

    /// The functions that answer for the nodes of a profile, by node; `None` when it is another profile than before.
    pub fn of(&mut self, env: sys::napi_env, profile: &Profile) -> Option<HashMap<u32, u32>> {
        if self.numbers.len() > MAX_REMEMBERED || self.scripts.len() > MAX_REMEMBERED {
            (self.scripts, self.files, self.numbers) = (HashMap::new(), HashMap::new(), HashMap::new());
        }
        let mut found = HashMap::new();
        let mut places = HashMap::new();
        let mut is_same = true;
        let mut path: Vec<Answers> = Vec::new();
        profile.visit(|id, depth, node| {
            let node_at = (node.script_id, node.start);
            is_same &= self.places.get(&id).is_none_or(|known| *known == node_at);
            places.insert(id, node_at);
            path.truncate(depth);
            let caller = path.last().copied().unwrap_or(Answers::Nobody);
            let (whose, file) = self.script(env, node);
            let place = (file, node.start);
            let answers = match (whose, caller) {
                (Whose::Application, _) => Answers::Application(self.number(place)),
                (Whose::Leakline, _) => Answers::Leakline,
                (Whose::Package, Answers::Nobody | Answers::Package(_) | Answers::Exchange) => {
                    Answers::Package(self.number(place))
                }
                (Whose::HttpClient, Answers::Application(number)) => Answers::Client(number),
                (_, caller @ (Answers::Client(_) | Answers::Leakline)) => caller,
                (Whose::HttpMessage, _) => Answers::Exchange,
                (Whose::HttpServer, Answers::Nobody) if makes_messages(env, node) => Answers::Exchange,
                (_, caller) => caller,
            };
            path.push(answers);
            match answers {
                Answers::Application(number) | Answers::Package(number) | Answers::Client(number) => {
                    found.insert(id, number);
                }
                Answers::Exchange => {
                    found.insert(id, self.number(EXCHANGES));
                }
                Answers::Nobody | Answers::Leakline => {}
            }
        });
        self.places = places;
        is_same.then_some(found)
    }

    /// Whether a number is that of [`EXCHANGES`].
    pub fn is_of_exchanges(&self, number: u32) -> bool {
        self.numbers.get(&EXCHANGES) == Some(&number)
    }

    fn number(&mut self, place: (i32, i32)) -> u32 {
        let next = self.last + 1;
        let number = *self.numbers.entry(place).or_insert(next);
        self.last = self.last.max(number);
        number
    }

    /// Whose a function's script is, and the number of its file.
    fn script(&mut self, env: sys::napi_env, node: &Node) -> (Whose, i32) {
        if node.script_id <= 0 {
            return (Whose::Runtime, 0);
        }
        if let Some(known) = self.scripts.get(&node.script_id) {
            return *known;
        }
        let name = text(env, node.script_name).unwrap_or_default();
        let file = local(&name);
        let whose = match owner(&file) {
            _ if self.own.iter().any(|own| name.starts_with(own)) => Whose::Leakline,
            Owner::Application => Whose::Application,
            Owner::Package(_) => Whose::Package,
            Owner::Runtime => match &*name {
                "node:_http_incoming" | "node:_http_outgoing" => Whose::HttpMessage,
                "node:_http_server" | "node:_http_common" => Whose::HttpServer,
                "node:_http_client" => Whose::HttpClient,
                _ => Whose::Runtime,
            },
        };
        let next = self.files.len() as i32 + 1;
        // Code without a file goes by its script.
        let number = if name.is_empty() {
            -node.script_id
        } else {
            *self.files.entry(without_query(&file).to_owned()).or_insert(next)
        };
        self.scripts.insert(node.script_id, (whose, number));
        (whose, number)
    }
}

/// The name of a file, without what a URL has behind it.
fn without_query(file: &str) -> &str {
    file.split_once('?').map_or(file, |(file, _)| file)
}

fn makes_messages(env: sys::napi_env, node: &Node) -> bool {
    text(env, node.name).is_ok_and(|name| MAKE_MESSAGES.contains(&&*name))
}

/// The stacks of some nodes, innermost first.
pub fn stacks(env: sys::napi_env, profile: &Profile, wanted: &[u32]) -> HashMap<u32, Vec<Frame>> {
    let mut path: Vec<Frame> = Vec::new();
    let mut found = HashMap::new();
    profile.visit(|id, depth, node| {
        path.truncate(depth);
        path.push(frame(env, node));
        if wanted.contains(&id) {
            found.insert(id, path.iter().rev().cloned().collect());
        }
    });
    found
}

fn frame(env: sys::napi_env, node: &Node) -> Frame {
    let name = text(env, node.name).ok().filter(|name| !name.is_empty() && name != "(anonymous)");
    let file = text(env, node.script_name).ok().filter(|file| !file.is_empty());
    Frame {
        function: name,
        file: file.map_or_else(|| "<anonymous>".to_owned(), |file| local(&file).into_owned()),
        line: u32::try_from(node.line).unwrap_or(0).max(1),
        column: u32::try_from(node.column).unwrap_or(0).max(1),
    }
}

/// A text of V8's, which a local handle holds.
#[allow(unsafe_code)]
fn text(env: sys::napi_env, value: sys::napi_value) -> Result<String> {
    let mut bytes = [0_u8; MAX_NAME];
    let mut len = 0;
    if value.is_null() {
        return Ok(String::new());
    }
    // SAFETY: the current call's environment; a local handle of a text in its scope, as Node-API's values are; the text is
    // written to as many bytes as there are.
    check(unsafe {
        sys::napi_get_value_string_utf8(env, value, bytes.as_mut_ptr().cast(), bytes.len(), &mut len)
    })?;
    Ok(String::from_utf8_lossy(&bytes[..len.min(bytes.len())]).into_owned())
}
