//! The real binary: commands that end, and servers that run.

use std::io::{BufRead as _, BufReader, Read};
use std::os::fd::OwnedFd;
use std::path::Path;
use std::process::{Child, Command, ExitStatus, Output, Stdio};
use std::sync::atomic::{AtomicU16, Ordering::Relaxed};
use std::sync::{Arc, LazyLock, Mutex};
use std::time::Duration;

use rustix::process::{Pid, Signal, kill_process};

use super::{SOON, eventually_blocking};

/// A free port below those that the kernel gives to whoever asks for any, and that no other call gave: it stays free
/// until it is used.
pub fn free_port() -> u16 {
    static NEXT: LazyLock<AtomicU16> = LazyLock::new(|| {
        // Test processes that run at the same time begin at different ones.
        AtomicU16::new(PORTS.start + u16::try_from(std::process::id() * 61 % 20_000).expect("below 20 000"))
    });
    loop {
        let port = NEXT.fetch_add(1, Relaxed);
        assert!(PORTS.contains(&port), "no port is free");
        if std::net::TcpListener::bind(("127.0.0.1", port)).is_ok() {
            return port;
        }
    }
}

/// Linux gives away 32768 to 60999.
const PORTS: std::ops::Range<u16> = 10_000..32_768;

/// The command `vitrine` with nothing of this environment, in `folder`.
pub fn vitrine(folder: &Path) -> Command {
    let mut command = Command::new(env!("CARGO_BIN_EXE_vitrine"));
    command.env_clear().current_dir(folder).stdin(Stdio::null());
    command
}

/// Runs a command to its end: whether it succeeded, standard output, standard error.
pub fn run(command: &mut Command) -> (Option<i32>, String, String) {
    let Output { status, stdout, stderr } = command.output().expect("vitrine starts");
    (status.code(), String::from_utf8(stdout).expect("UTF-8"), String::from_utf8(stderr).expect("UTF-8"))
}

/// Lines that a process wrote so far.
#[derive(Clone, Default)]
pub struct Lines(Arc<Mutex<Vec<String>>>);

impl Lines {
    fn read(from: impl Read + Send + 'static) -> Self {
        let lines = Self::default();
        let into = lines.clone();
        std::thread::spawn(move || {
            for line in BufReader::new(from).lines().map_while(Result::ok) {
                into.0.lock().expect("nothing panics inside").push(line);
            }
        });
        lines
    }

    pub fn all(&self) -> Vec<String> {
        self.0.lock().expect("nothing panics inside").clone()
    }

    pub fn contain(&self, text: &str) -> bool {
        self.all().iter().any(|line| line.contains(text))
    }

    /// The rest of the first line that holds `after`, behind it.
    fn behind(&self, after: &str) -> Option<String> {
        self.all().iter().find_map(|line| Some(line.split_once(after)?.1.trim().to_owned()))
    }
}

/// A running server of its own process; killed when dropped.
pub struct Process {
    child: Child,
    /// `http://127.0.0.1:PORT`, empty until it is ready.
    pub site: String,
    pub ops: String,
    pub stdout: Lines,
    pub stderr: Lines,
}

impl Process {
    /// Starts a server on free ports with its data in `folder`; `settings` go to `--set`.
    pub fn spawn(folder: &Path, settings: &[(&str, &str)], arguments: &[&str], environment: &[(&str, &str)]) -> Self {
        Self::run(vitrine(folder), settings, arguments, environment)
    }

    /// As [`Process::start`], with a listener for the site that it inherits as from systemd (sd_listen_fds(3)).
    pub fn start_with(listener: &std::net::TcpListener, folder: &Path, settings: &[(&str, &str)]) -> Self {
        // What is passed begins at 3, and the process that takes it is named.
        const TAKE: &str = "exec 3<&0 </dev/null; LISTEN_FDS=1 LISTEN_PID=$$ exec \"$0\" \"$@\"";
        let mut command = Command::new("sh");
        command.args(["-c", TAKE, env!("CARGO_BIN_EXE_vitrine")]).env_clear().current_dir(folder);
        command.stdin(OwnedFd::from(listener.try_clone().expect("a descriptor is free")));
        let mut process = Self::run(command, settings, &[], &[]);
        process.wait_until_ready();
        process
    }

    fn run(mut command: Command, settings: &[(&str, &str)], arguments: &[&str], environment: &[(&str, &str)]) -> Self {
        command.args(arguments).envs(environment.iter().copied());
        let fixed = [("server.listen", "127.0.0.1:0"), ("server.ops_listen", "127.0.0.1:0")];
        let has_port = environment.iter().any(|(name, _)| *name == "PORT");
        let set = |key: &str| settings.iter().any(|(known, _)| *known == key) || (has_port && key == "server.listen");
        for (key, value) in fixed.iter().filter(|(key, _)| !set(key)).chain(settings) {
            command.arg("--set").arg(format!("{key}={value}"));
        }
        let mut child = command.stdout(Stdio::piped()).stderr(Stdio::piped()).spawn().expect("vitrine starts");
        let stdout = Lines::read(child.stdout.take().expect("piped"));
        let stderr = Lines::read(child.stderr.take().expect("piped"));
        Self { child, site: String::new(), ops: String::new(), stdout, stderr }
    }

    /// As [`Process::spawn`], and waits until it says that it is ready.
    pub fn start(folder: &Path, settings: &[(&str, &str)], arguments: &[&str], environment: &[(&str, &str)]) -> Self {
        let mut process = Self::spawn(folder, settings, arguments, environment);
        process.wait_until_ready();
        process
    }

    pub fn wait_until_ready(&mut self) {
        eventually_blocking("the server is ready", SOON, || {
            if let Some(status) = self.child.try_wait().expect("its state is known") {
                panic!("ended with {status}: {:?}", self.stderr.all());
            }
            self.stderr.contain("checks    http://")
        });
        // A worker has none.
        let site = self.stderr.behind("site      ").unwrap_or_default();
        self.site = site.replace("localhost", "127.0.0.1").trim_end_matches('/').to_owned();
        let metrics = self.stderr.behind("metrics   ").expect("said before the checks");
        self.ops = metrics.trim_end_matches("/metrics").to_owned();
    }

    pub fn id(&self) -> u32 {
        self.child.id()
    }

    pub fn signal(&self, signal: Signal) {
        let pid = Pid::from_child(&self.child);
        kill_process(pid, signal).expect("it runs");
    }

    /// Waits for its end.
    pub fn wait(&mut self, limit: Duration) -> ExitStatus {
        let mut status = None;
        eventually_blocking("the process ends", limit, || {
            status = self.child.try_wait().expect("its state is known");
            status.is_some()
        });
        status.expect("it ended")
    }
}

impl Drop for Process {
    fn drop(&mut self) {
        let _ = self.child.kill();
        let _ = self.child.wait();
    }
}
