//! TLS from certificate files that are looked at again while serving: a new pair is taken
//! without a restart, a broken one leaves the old in place.

use std::io;
use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::time::{Duration, SystemTime};

use arc_swap::ArcSwap;
use parking_lot::Mutex;
use rustls::ServerConfig;
use rustls::crypto::ring;
use rustls::pki_types::pem::{self, PemObject};
use rustls::pki_types::{CertificateDer, PrivateKeyDer};
use rustls::server::ProducesTickets;
use tokio_rustls::TlsAcceptor;

use super::certificate;

const CHECK_EVERY: Duration = Duration::from_secs(2);

/// The PEM files of `tls.certificate_file` (leaf first, then intermediates) and `tls.key_file`.
#[derive(Debug, Clone)]
pub struct TlsFiles {
    pub certificate: PathBuf,
    pub key: PathBuf,
}

#[derive(Debug, thiserror::Error)]
pub enum TlsError {
    #[error("{path} cannot be read: {source}; check tls.certificate_file, tls.key_file and their permissions")]
    Unreadable { path: PathBuf, source: io::Error },
    #[error("{path} holds no PEM certificate; it needs the leaf certificate first, then its intermediates")]
    NoCertificate { path: PathBuf },
    #[error("{path} is not valid PEM: {source}; write the certificate or key anew in PEM form")]
    Pem { path: PathBuf, source: pem::Error },
    #[error("the certificate in {path} is not a valid X.509 certificate; write it anew")]
    Certificate { path: PathBuf },
    #[error("{certificate} and {key} do not make a pair: {source}; they must be of the same key")]
    Pair { certificate: PathBuf, key: PathBuf, source: rustls::Error },
    #[error("TLS cannot be set up: {0}")]
    Setup(rustls::Error),
}

/// What a look at the certificate files found.
#[derive(Debug)]
pub enum Reload {
    Unchanged,
    Replaced,
    /// The files changed but cannot be used: the previous pair stays.
    Failed(TlsError),
}

/// Tells one version of the files from another without reading them.
#[derive(Debug, Clone, PartialEq, Eq)]
struct Stamp([Option<(SystemTime, u64)>; 2]);

impl Stamp {
    fn of(files: &TlsFiles) -> Self {
        let look = |path: &Path| {
            let metadata = std::fs::metadata(path).ok()?;
            Some((metadata.modified().ok()?, metadata.len()))
        };
        Self([look(&files.certificate), look(&files.key)])
    }
}

struct Pair {
    config: Arc<ServerConfig>,
    not_after_unix_s: i64,
}

/// The TLS settings of a listener.
pub struct Tls {
    files: TlsFiles,
    check_every: Duration,
    tickets: Arc<dyn ProducesTickets>,
    current: ArcSwap<Pair>,
    seen: Mutex<Stamp>,
}

impl std::fmt::Debug for Tls {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Tls").field("files", &self.files).finish_non_exhaustive()
    }
}

impl Tls {
    /// # Errors
    /// `TlsError` names the file and what to do.
    pub fn load(files: TlsFiles) -> Result<Self, TlsError> {
        let tickets = ring::Ticketer::new().map_err(TlsError::Setup)?;
        let seen = Stamp::of(&files);
        let pair = load_pair(&files, &tickets)?;
        Ok(Self {
            files,
            check_every: CHECK_EVERY,
            tickets,
            current: ArcSwap::from_pointee(pair),
            seen: Mutex::new(seen),
        })
    }

    #[cfg(test)]
    pub(super) fn checked_every(mut self, check_every: Duration) -> Self {
        self.check_every = check_every;
        self
    }

    pub(super) fn check_every(&self) -> Duration {
        self.check_every
    }

    /// Reads the files again if they changed since they were last tried. Blocks on the disk.
    pub fn reload_if_changed(&self) -> Reload {
        let mut seen = self.seen.lock();
        let stamp = Stamp::of(&self.files);
        if *seen == stamp {
            return Reload::Unchanged;
        }
        *seen = stamp;
        match load_pair(&self.files, &self.tickets) {
            Ok(pair) => {
                self.current.store(Arc::new(pair));
                Reload::Replaced
            }
            Err(error) => Reload::Failed(error),
        }
    }

    /// When the leaf certificate in use expires, in Unix seconds.
    pub fn not_after_unix_s(&self) -> i64 {
        self.current.load().not_after_unix_s
    }

    pub(super) fn acceptor(&self) -> TlsAcceptor {
        TlsAcceptor::from(Arc::clone(&self.current.load().config))
    }
}

fn load_pair(files: &TlsFiles, tickets: &Arc<dyn ProducesTickets>) -> Result<Pair, TlsError> {
    let path = files.certificate.clone();
    let chain = CertificateDer::pem_slice_iter(&read(&files.certificate)?)
        .collect::<Result<Vec<_>, _>>()
        .map_err(|source| TlsError::Pem { path: path.clone(), source })?;
    let leaf = chain.first().ok_or_else(|| TlsError::NoCertificate { path: path.clone() })?;
    let not_after_unix_s = certificate::not_after_unix_s(leaf).ok_or(TlsError::Certificate { path })?;
    let key = PrivateKeyDer::from_pem_slice(&read(&files.key)?)
        .map_err(|source| TlsError::Pem { path: files.key.clone(), source })?;
    let mut config = ServerConfig::builder_with_provider(Arc::new(ring::default_provider()))
        .with_safe_default_protocol_versions()
        .map_err(TlsError::Setup)?
        .with_no_client_auth()
        .with_single_cert(chain, key)
        .map_err(|source| TlsError::Pair { certificate: files.certificate.clone(), key: files.key.clone(), source })?;
    config.alpn_protocols = vec![b"h2".to_vec(), b"http/1.1".to_vec()];
    // Stateless, and the same across reloads: clients resume without a shared lock.
    config.ticketer = Arc::clone(tickets);
    Ok(Pair { config: Arc::new(config), not_after_unix_s })
}

fn read(path: &Path) -> Result<Vec<u8>, TlsError> {
    std::fs::read(path).map_err(|source| TlsError::Unreadable { path: path.to_owned(), source })
}
