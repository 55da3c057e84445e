//! The sentence after `fix` for handles: which call closes what was opened, by its class.

use super::callsite::CallSite;

/// What is known of a class of handles.
struct Class {
    /// Its label, or what its label ends with: `TLSSocket` is a `Socket`.
    label: &'static str,
    /// Calls that return one.
    opens: &'static [&'static str],
    /// What to call it when the source has no name for it.
    general: &'static str,
    /// How to close `{}`, after "call".
    close: &'static str,
}

/// The first whose label fits counts.
const CLASSES: [Class; 22] = [
    Class {
        label: "FileHandle",
        opens: &["open"],
        general: "handle",
        close: "await {}.close() in a finally, or declare it by `await using`",
    },
    Class {
        label: "fd",
        opens: &["openSync"],
        general: "fd",
        close: "fs.closeSync({}) in a finally, so that it is closed also when its work fails",
    },
    Class {
        label: "ReadStream",
        opens: &["createReadStream"],
        general: "stream",
        close: "{}.destroy() on every early return, or read it by pipeline(), which destroys it when the rest \
                fails",
    },
    Class {
        label: "WriteStream",
        opens: &["createWriteStream"],
        general: "stream",
        close: "{}.end() when all is written and {}.destroy() when that fails, or write it by pipeline(), \
                which does both",
    },
    Class {
        label: "Dir",
        opens: &["opendir", "opendirSync"],
        general: "dir",
        close: "await {}.close() in a finally, or read it by `for await`, which closes it",
    },
    Class {
        label: "FSWatcher",
        opens: &["watch"],
        general: "watcher",
        close: "{}.close() when nobody is interested any more, or pass { signal }",
    },
    Class {
        label: "StatWatcher",
        opens: &[],
        general: "listener",
        close: "fs.unwatchFile(file, {}) when nobody is interested any more",
    },
    Class {
        label: "dgram.Socket",
        opens: &["createSocket"],
        general: "socket",
        close: "{}.close() when its work ends, also when that fails, or pass { signal }",
    },
    Class {
        label: "Socket",
        opens: &["connect", "createConnection"],
        general: "socket",
        close: "{}.destroy() when its work ends, also when that fails",
    },
    Class {
        label: "Server",
        opens: &["listen"],
        general: "server",
        close: "{}.close() when its owner ends, or declare it by `await using`",
    },
    Class {
        label: "ChildProcess",
        opens: &["spawn", "fork", "exec", "execFile"],
        general: "child",
        close: "{}.kill() when its work is given up, or pass { signal } or { timeout }",
    },
    Class {
        label: "Worker",
        opens: &["Worker"],
        general: "worker",
        close: "await {}.terminate() when its work is done, or give the work to a pool of workers",
    },
    Class {
        label: "MessageChannel",
        opens: &["MessageChannel"],
        general: "port1",
        close: "{}.close() when the talk is over: it closes both ends",
    },
    Class {
        label: "readline.Interface",
        opens: &["createInterface"],
        general: "reader",
        close: "{}.close() when its work ends, also when its input does not",
    },
    Class {
        label: "events.on iterator",
        opens: &["on"],
        general: "iterator",
        close: "{}.return() when nobody iterates any more, which `break` in a `for await` does, or pass { signal }: \
                until then it listens, and keeps each event",
    },
    Class {
        label: "Http2Session",
        opens: &["connect"],
        general: "session",
        close: "{}.close() when its last request is made, or keep one session for all requests",
    },
    Class {
        label: "AsyncHook",
        opens: &["createHook"],
        general: "hook",
        close: "{}.disable() when nobody needs it any more, or enable one hook for all: each is called for each resource",
    },
    Class {
        label: "object URL",
        opens: &["createObjectURL"],
        general: "url",
        close: "URL.revokeObjectURL({}) when it was read: Node keeps its Blob until then",
    },
    Class {
        label: "performance mark",
        opens: &["mark"],
        general: "mark",
        close: "performance.clearMarks({}.name) when it was measured: Node keeps each entry until it is cleared",
    },
    Class {
        label: "performance measure",
        opens: &["measure"],
        general: "measure",
        close: "performance.clearMeasures({}.name) when it was read: Node keeps each entry until it is cleared",
    },
    Class {
        label: "PerformanceObserver",
        opens: &[],
        general: "observer",
        close: "{}.disconnect() when nobody needs it any more, or share one: each gets each entry",
    },
    Class {
        label: "Agent",
        opens: &["Agent"],
        general: "agent",
        close: "{}.destroy() when it is done with, or share one Agent: made once, it is passed to all requests",
    },
];

/// Streams of zlib, by what their class's name ends with.
const ZLIB: [&str; 7] = ["zip", "Deflate", "Inflate", "DeflateRaw", "InflateRaw", "Compress", "Decompress"];

/// Calls that take a socket for one request.
const REQUESTS: [&str; 3] = ["request", "get", "fetch"];

/// How to close a handle with this label that was opened at `site`.
pub(super) fn handle(label: &str, site: &CallSite<'_>) -> String {
    if ZLIB.iter().any(|end| label.ends_with(end)) {
        let opens =
            site.callee.is_some_and(|callee| callee == label || callee.strip_prefix("create") == Some(label));
        let name = site.target.as_deref().filter(|_| opens).unwrap_or("stream");
        return format!(
            "call {name}.close() or {name}.destroy() when the response closes, or join the streams by pipeline(), \
             which does it when one of them fails"
        );
    }
    let Some(class) = CLASSES.iter().find(|class| label.ends_with(class.label)) else {
        return "close it when its work ends, also when that fails: call close() or destroy() in a finally"
            .to_owned();
    };
    if class.label == "Socket" && site.callee.is_some_and(|callee| REQUESTS.contains(&callee)) {
        return "read each response to its end or destroy its request, so that the socket is closed or used again"
            .to_owned();
    }
    let opens = site.callee.is_some_and(|callee| class.opens.contains(&callee));
    // What listens is what `listen` was called on.
    let receiver = site.receiver.filter(|_| site.callee == Some("listen"));
    let name = match class.label {
        "MessageChannel" => site.target.as_deref().filter(|_| opens).map(|target| format!("{target}.port1")),
        _ => receiver.or(site.target.as_deref()).filter(|_| opens).map(str::to_owned),
    };
    format!("call {}", class.close.replace("{}", name.as_deref().unwrap_or(class.general)))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn each_class_names_the_call_that_closes_it() {
        let cases = [
            ("fd", "const fd = fs.openSync(file);", 15, "call fs.closeSync(fd) in a finally"),
            ("fd", "fs.open(file, (error, descriptor) => {", 4, "call fs.closeSync(fd) in a finally"),
            ("FileHandle", "const file = await open(path);", 20, "call await file.close() in a finally, or"),
            ("FileHandle", "return fs.promises.open(path);", 20, "call await handle.close() in a finally"),
            ("ReadStream", "const input = fs.createReadStream(path);", 18, "call input.destroy() on every"),
            ("WriteStream", "this.out = createWriteStream(path);", 12, "call this.out.end() when all is"),
            ("Dir", "const dir = await opendir(path);", 19, "call await dir.close() in a finally"),
            ("FSWatcher", "this.watcher = fs.watch(path);", 19, "call this.watcher.close() when nobody"),
            ("StatWatcher", "fs.watchFile(path, changed);", 4, "call fs.unwatchFile(file, listener) when"),
            ("dgram.Socket", "const udp = dgram.createSocket('udp4');", 19, "call udp.close() when its work"),
            ("Socket", "const peer = net.connect(port);", 18, "call peer.destroy() when its work ends"),
            ("TLSSocket", "return tls.connect(port);", 12, "call socket.destroy() when its work ends"),
            ("Socket", "await fetch(url);", 7, "read each response to its end"),
            ("Server", "server.listen(0);", 8, "call server.close() when its owner ends"),
            (
                "Http2Server",
                "const api = createServer(app).listen(0);",
                31,
                "call server.close() when its owner",
            ),
            ("ChildProcess", "const job = spawn('sort');", 13, "call job.kill() when its work is given up"),
            ("Worker", "this.worker = new Worker(file);", 15, "call await this.worker.terminate() when"),
            ("MessageChannel", "const { port1 } = new MessageChannel();", 19, "call port1.close() when the"),
            ("MessageChannel", "const talk = new MessageChannel();", 14, "call talk.port1.close() when the"),
            (
                "Gzip",
                "const zip = zlib.createGzip();",
                18,
                "call zip.close() or zip.destroy() when the response",
            ),
            (
                "BrotliDecompress",
                "pipe(new BrotliDecompress())",
                6,
                "call stream.close() or stream.destroy()",
            ),
            (
                "readline.Interface",
                "const rl = readline.createInterface({ input });",
                21,
                "call rl.close() when",
            ),
            (
                "events.on iterator",
                "for await (const [x] of on(bus, 'x')) {",
                25,
                "call iterator.return() when",
            ),
            ("ClientHttp2Session", "const peer = http2.connect(url);", 20, "call peer.close() when its last"),
            (
                "ProxyAgent",
                "new ProxyAgent()",
                1,
                "call agent.destroy() when it is done with, or share one Agent",
            ),
            (
                "AsyncHook",
                "tracing.enable();",
                9,
                "call hook.disable() when nobody needs it any more, or enable one",
            ),
            (
                "object URL",
                "const preview = URL.createObjectURL(blob);",
                21,
                "call URL.revokeObjectURL(preview) when it was read",
            ),
            (
                "performance mark",
                "const m = performance.mark('a');",
                23,
                "call performance.clearMarks(m.name) when",
            ),
            (
                "performance measure",
                "performance.measure('a');",
                13,
                "call performance.clearMeasures(measure.name)",
            ),
            (
                "PerformanceObserver",
                "observer.observe({ type });",
                10,
                "call observer.disconnect() when nobody",
            ),
            ("Something", "open()", 1, "close it when its work ends"),
        ];
        for (label, line, column, expected) in cases {
            let text = handle(label, &CallSite::read(line, column));
            assert!(text.starts_with(expected), "{line}: {text}");
        }
    }
}
