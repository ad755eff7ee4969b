//! Listening sockets: bound by address, or inherited from the service manager so that a new
//! process takes over without a refused connection.

use std::io;
use std::net::{SocketAddr, TcpListener, ToSocketAddrs};

use listenfd::ListenFd;
use socket2::{Domain, Protocol, Socket, Type};

/// Connections that the kernel completes before they are accepted.
pub(super) const BACKLOG: i32 = 1024;

#[derive(Debug, thiserror::Error)]
pub enum BindError {
    #[error("{key} = \"{address}\" is not an address: {source}; write host:port, such as 127.0.0.1:8000 or [::]:8000")]
    Address { key: &'static str, address: String, source: io::Error },
    #[error(
        "{key} = \"{address}\": address already in use; stop the other process (another vitrine?) or choose another with --set {key}=host:port"
    )]
    InUse { key: &'static str, address: String },
    #[error(
        "{key} = \"{address}\": not permitted; ports below 1024 need CAP_NET_BIND_SERVICE or socket activation, or choose another with --set {key}=host:port"
    )]
    NotPermitted { key: &'static str, address: String },
    #[error("{key} = \"{address}\": this machine has no such address; use 0.0.0.0 or [::] for all of them")]
    NotLocal { key: &'static str, address: String },
    #[error("{key} = \"{address}\" cannot be bound: {source}")]
    Other { key: &'static str, address: String, source: io::Error },
    #[error(
        "the sockets passed by the service manager (LISTEN_FDS) cannot be used: {source}; each must be a TCP stream socket (ListenStream=)"
    )]
    Inherited { source: io::Error },
}

/// Binds `address`; `key` is the configuration key it came from, for the error.
///
/// # Errors
/// `BindError` names the address and what to do.
pub fn bind(key: &'static str, address: &str) -> Result<TcpListener, BindError> {
    let name = || address.to_owned();
    let resolved = address
        .to_socket_addrs()
        .and_then(|mut found| found.next().ok_or_else(|| io::Error::other("the name has no address")))
        .map_err(|source| BindError::Address { key, address: name(), source })?;
    listen(resolved).map_err(|source| match source.kind() {
        io::ErrorKind::AddrInUse => BindError::InUse { key, address: name() },
        io::ErrorKind::PermissionDenied => BindError::NotPermitted { key, address: name() },
        io::ErrorKind::AddrNotAvailable => BindError::NotLocal { key, address: name() },
        _ => BindError::Other { key, address: name(), source },
    })
}

fn listen(address: SocketAddr) -> io::Result<TcpListener> {
    let socket = Socket::new(Domain::for_address(address), Type::STREAM, Some(Protocol::TCP))?;
    // A restart must not wait for the old process's connections in TIME_WAIT.
    socket.set_reuse_address(true)?;
    socket.bind(&address.into())?;
    socket.listen(BACKLOG)?;
    socket.set_nonblocking(true)?;
    Ok(socket.into())
}

/// Sockets passed by systemd or systemfd, in their order; empty without socket activation.
/// Call once, early: it takes them out of the environment.
///
/// # Errors
/// When one of them is not a listening TCP socket.
pub fn inherited() -> Result<Vec<TcpListener>, BindError> {
    let mut passed = ListenFd::from_env();
    (0..passed.len())
        .filter_map(|index| passed.take_tcp_listener(index).transpose())
        .collect::<Result<_, _>>()
        .map_err(|source| BindError::Inherited { source })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_address_in_use_is_named_with_the_key_to_change() {
        let first = bind("server.listen", "127.0.0.1:0").expect("a free port");
        let address = first.local_addr().expect("bound").to_string();
        let error = bind("server.listen", &address).expect_err("the port is taken").to_string();
        assert!(error.contains(&address) && error.contains("--set server.listen="), "{error}");
    }

    #[test]
    fn a_malformed_address_says_what_one_looks_like() {
        let error = bind("server.listen", "8000").expect_err("no host").to_string();
        assert!(error.contains("\"8000\"") && error.contains("host:port"), "{error}");
    }

    #[test]
    fn an_address_of_another_machine_is_refused_with_advice() {
        let error = bind("server.ops_listen", "192.0.2.1:0").expect_err("a documentation address").to_string();
        assert!(error.contains("192.0.2.1") && error.contains("server.ops_listen"), "{error}");
    }

    #[test]
    fn without_socket_activation_nothing_is_inherited() {
        assert!(inherited().expect("no sockets").is_empty());
    }
}
