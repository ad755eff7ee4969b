//! `vitrine healthcheck`: what a container runs instead of curl.

use std::io::{Read as _, Write as _};
use std::net::{IpAddr, Ipv4Addr, Ipv6Addr, SocketAddr, TcpStream};
use std::process::ExitCode;
use std::time::Duration;

use anyhow::Context as _;

use crate::config::Config;

const TIMEOUT: Duration = Duration::from_secs(5);
/// A readiness report is a few hundred bytes.
const MAX_ANSWER_BYTES: u64 = 64 << 10;

/// 0 when `/readyz` answers 200; prints the report.
pub fn run(config: &Config) -> anyhow::Result<ExitCode> {
    let (status, body) = ask(config.server.ops_listen, "/readyz")?;
    print!("{body}");
    Ok(if status == 200 { ExitCode::SUCCESS } else { ExitCode::FAILURE })
}

/// Status and body of what the operations listener answers.
pub fn ask(listen: SocketAddr, path: &str) -> anyhow::Result<(u16, String)> {
    let address = reachable(listen);
    let connect = || format!("nothing answers at {address} (server.ops_listen): is the server running?");
    let mut stream = TcpStream::connect_timeout(&address, TIMEOUT).with_context(connect)?;
    stream.set_read_timeout(Some(TIMEOUT))?;
    stream.write_all(format!("GET {path} HTTP/1.1\r\nHost: {address}\r\nConnection: close\r\n\r\n").as_bytes())?;
    let mut answer = String::new();
    stream.take(MAX_ANSWER_BYTES).read_to_string(&mut answer)?;
    let (head, body) = answer.split_once("\r\n\r\n").context("the answer is not HTTP")?;
    let status = head.strip_prefix("HTTP/1.1 ").and_then(|rest| rest.get(..3)?.parse().ok());
    Ok((status.context("the answer is not HTTP/1.1")?, body.to_owned()))
}

/// A listener on all addresses is asked on the loopback one.
fn reachable(listen: SocketAddr) -> SocketAddr {
    let ip = match listen.ip() {
        IpAddr::V4(ip) if ip.is_unspecified() => IpAddr::V4(Ipv4Addr::LOCALHOST),
        IpAddr::V6(ip) if ip.is_unspecified() => IpAddr::V6(Ipv6Addr::LOCALHOST),
        ip => ip,
    };
    SocketAddr::new(ip, listen.port())
}
