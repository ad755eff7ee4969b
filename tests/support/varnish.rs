//! A real Varnish with the configuration that is shipped, in front of a server.

use std::net::{SocketAddr, TcpStream};
use std::process::{Child, Command, Stdio};

use reqwest::Method;
use rustix::process::{Pid, Signal, kill_process};
use tempfile::TempDir;

use super::process::free_port;
use super::{Answer, SOON, client, eventually_blocking, missing_peer};

const CONFIGURATION: &str = include_str!("../../deploy/varnish.vcl");
/// Debian has it where only root looks.
const PROGRAMS: [&str; 2] = ["varnishd", "/usr/sbin/varnishd"];

/// A place for one, whose address is known before it runs.
pub struct Place {
    program: &'static str,
    port: u16,
}

/// Killed when dropped.
pub struct Varnish {
    child: Child,
    pub url: String,
    client: reqwest::Client,
    _folder: TempDir,
}

impl Place {
    /// `None` where there is none to start.
    pub fn find() -> Option<Self> {
        let is_there = |program: &&str| {
            Command::new(program).arg("-V").stdout(Stdio::null()).stderr(Stdio::null()).status().is_ok()
        };
        let Some(program) = PROGRAMS.into_iter().find(is_there) else {
            missing_peer("varnishd", "install varnish and varnish-modules");
            return None;
        };
        Some(Self { program, port: free_port() })
    }

    pub fn url(&self) -> String {
        format!("http://127.0.0.1:{}", self.port)
    }

    /// Starts it in front of the server at `behind`, and waits until it listens.
    pub fn start(&self, behind: SocketAddr) -> Varnish {
        let folder = tempfile::tempdir().expect("a temporary folder");
        let file = folder.path().join("default.vcl");
        let text = CONFIGURATION.replace("\"8000\"", &format!("\"{}\"", behind.port()));
        assert_ne!(text, CONFIGURATION, "the port is in it");
        std::fs::write(&file, text).expect("room for a file");
        let mut child = Command::new(self.program)
            .args(["-F", "-j", "none", "-s", "malloc,32m", "-T", "127.0.0.1:0"])
            .args(["-a", &format!("127.0.0.1:{}", self.port)])
            .arg("-n")
            .arg(folder.path().join("work"))
            .arg("-f")
            .arg(&file)
            .stdin(Stdio::null())
            .stdout(Stdio::null())
            .stderr(Stdio::null())
            .spawn()
            .expect("varnishd starts");
        eventually_blocking("Varnish listens", SOON, || {
            assert!(child.try_wait().expect("its state is known").is_none(), "varnishd ended");
            TcpStream::connect(("127.0.0.1", self.port)).is_ok()
        });
        Varnish { child, url: self.url(), client: client::client(), _folder: folder }
    }
}

impl Varnish {
    pub async fn get(&self, path: &str) -> Answer {
        self.send(Method::GET, path, &[]).await
    }

    pub async fn send(&self, method: Method, path: &str, headers: &[(&str, &str)]) -> Answer {
        let url = format!("{}{path}", self.url);
        client::try_send(&self.client, method, &url, headers).await.unwrap_or_else(|| panic!("no answer for {path}"))
    }

    /// Stops it where it is, as a machine that hangs; connections are taken, and not answered.
    pub fn freeze(&self) {
        self.signal(Signal::STOP);
    }

    pub fn thaw(&self) {
        self.signal(Signal::CONT);
    }

    /// The process that serves is a child of the one that was started.
    fn signal(&self, signal: Signal) {
        let id = self.child.id();
        let children = std::fs::read_to_string(format!("/proc/{id}/task/{id}/children")).expect("Linux tells them");
        let worker = children.split_whitespace().next().and_then(|id| id.parse().ok()).and_then(Pid::from_raw);
        kill_process(worker.expect("a worker"), signal).expect("it runs");
    }
}

impl Drop for Varnish {
    fn drop(&mut self) {
        self.thaw();
        // Its worker ends with it.
        let _ = self.child.kill();
        let _ = self.child.wait();
    }
}

/// Whether it was answered without asking the server.
pub fn is_hit(answer: &Answer) -> bool {
    answer.header("cache-status") == "Varnish; hit"
}
