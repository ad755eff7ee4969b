//! A restart that refuses nobody: the listener is the service manager's, and outlives the server.

use std::io::{Read as _, Write as _};
use std::net::{SocketAddr, TcpListener, TcpStream};
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, AtomicUsize, Ordering::Relaxed};
use std::time::Duration;

use rustix::process::Signal;

use crate::support::server::empty_database;
use crate::support::{Database, Process, SOON, eventually, on_both_databases};

const VISITORS: usize = 4;
const RESTARTS: usize = 3;
/// A drain with nothing to wait for, and a start.
const PATIENCE: Duration = Duration::from_secs(30);
/// Between two restarts visitors get this many pages.
const PAGES: usize = 40;

/// Visitors who ask for one page after the other, each on a connection of its own.
struct Load {
    stop: Arc<AtomicBool>,
    answered: Arc<AtomicUsize>,
    visitors: Vec<std::thread::JoinHandle<Vec<String>>>,
}

impl Load {
    fn start(address: SocketAddr) -> Self {
        let (stop, answered) = (Arc::<AtomicBool>::default(), Arc::<AtomicUsize>::default());
        let visit = || {
            let (stop, answered) = (stop.clone(), answered.clone());
            std::thread::spawn(move || {
                let mut failures = Vec::new();
                while !stop.load(Relaxed) {
                    match ask(address) {
                        Ok(answer) if answer.starts_with("HTTP/1.1 200 ") => drop(answered.fetch_add(1, Relaxed)),
                        // The new server has not loaded the site yet, and says so.
                        Ok(answer) if answer.starts_with("HTTP/1.1 503 ") => {}
                        Ok(answer) => failures.push(answer.lines().next().unwrap_or("no answer").to_owned()),
                        Err(error) => failures.push(error.to_string()),
                    }
                }
                failures
            })
        };
        let visitors = (0..VISITORS).map(|_| visit()).collect();
        Self { stop, answered, visitors }
    }

    async fn more(&self, pages: usize) {
        let before = self.answered.load(Relaxed);
        eventually("visitors get pages", SOON, async || self.answered.load(Relaxed) >= before + pages).await;
    }

    /// What did not work.
    fn end(self) -> Vec<String> {
        self.stop.store(true, Relaxed);
        self.visitors.into_iter().flat_map(|visitor| visitor.join().expect("a visitor")).collect()
    }
}

fn ask(address: SocketAddr) -> std::io::Result<String> {
    let mut stream = TcpStream::connect(address)?;
    stream.set_read_timeout(Some(PATIENCE))?;
    stream.write_all(b"GET /about/ HTTP/1.1\r\nHost: localhost\r\nConnection: close\r\n\r\n")?;
    let mut answer = Vec::new();
    stream.read_to_end(&mut answer)?;
    Ok(String::from_utf8_lossy(&answer).into_owned())
}

async fn a_restart_behind_a_socket_of_the_service_manager_refuses_nobody(database: Database) {
    let folder = tempfile::tempdir().expect("a temporary folder");
    let url = empty_database(database, &folder);
    let settings = [("database.url", url.as_str())];
    let listener = TcpListener::bind("127.0.0.1:0").expect("a free port");
    let address = listener.local_addr().expect("bound");
    let mut server = Process::start_with(&listener, folder.path(), &settings);
    assert_eq!(server.site, format!("http://{address}"), "the inherited socket is the site's");
    let load = Load::start(address);
    for _ in 0..RESTARTS {
        load.more(PAGES).await;
        server.signal(Signal::TERM);
        assert!(server.wait(PATIENCE).success());
        server = Process::start_with(&listener, folder.path(), &settings);
    }
    // Without a pause: the new one begins while the old one still serves.
    let next = Process::start_with(&listener, folder.path(), &settings);
    load.more(PAGES).await;
    server.signal(Signal::TERM);
    assert!(server.wait(PATIENCE).success());
    load.more(PAGES).await;
    let failures = load.end();
    assert!(failures.is_empty(), "{} requests failed: {:?}", failures.len(), failures.first());
    drop(next);
}

/// The same without it: the load notices.
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_restart_without_one_is_noticed() {
    let folder = tempfile::tempdir().expect("a temporary folder");
    let mut server = Process::start(folder.path(), &[], &[], &[]);
    let address: SocketAddr = server.site.trim_start_matches("http://").parse().expect("an address");
    let load = Load::start(address);
    load.more(PAGES).await;
    server.signal(Signal::TERM);
    assert!(server.wait(PATIENCE).success());
    assert!(!load.end().is_empty(), "nobody listens any more");
}

#[test]
fn what_is_inherited_must_be_a_listener() {
    let folder = tempfile::tempdir().expect("a temporary folder");
    let file = std::fs::File::create_new(folder.path().join("file")).expect("room");
    let mut command = std::process::Command::new("sh");
    command.args(["-c", "exec 3<&0; LISTEN_FDS=1 LISTEN_PID=$$ exec \"$0\"", env!("CARGO_BIN_EXE_vitrine")]);
    let (code, _, said) = crate::support::process::run(command.env_clear().current_dir(folder.path()).stdin(file));
    assert_eq!(code, Some(1));
    assert!(said.contains("LISTEN_FDS") && said.contains("ListenStream="), "{said}");
}

on_both_databases!(a_restart_behind_a_socket_of_the_service_manager_refuses_nobody);
