//! Starting and stopping one server, in order.

use std::net::{SocketAddr, TcpListener};
use std::sync::Arc;
use std::sync::atomic::Ordering::Relaxed;
use std::time::Duration;

use tokio::task::{JoinHandle, JoinSet};
use tokio_util::sync::CancellationToken;

use super::bind::{self, BindError};
use super::drain::Drained;
use super::finishing::Finishing;
use super::listener::{Listener, ListenerLimits, Peer};
use super::observe::Observer;
use super::tls::{Tls, TlsError, TlsFiles};
use crate::app::{App, OpenError};
use crate::config::{Config, Role};
use crate::content::schema;
use crate::content::seed::Address;
use crate::fault::Faults;
use crate::http::finish::Finisher;
use crate::http::headers::{SecurityHeaders, SecurityHeadersError};
use crate::http::hosts::AllowedHosts;
use crate::http::ops::OpsFace;
use crate::http::proxy::TrustedProxies;
use crate::http::stack::{Bounds, Connected, Face, From as CameFrom, Limits, Stack};
use crate::render::TemplateError;
use crate::site::{Front, FrontError, Position, PublicFace, PublicSite, SiteFolder, Theme, load_types};
use crate::telemetry::Telemetry;

/// Waits between attempts to reach a database that is away at the start.
const RETRY: Duration = Duration::from_secs(1);
/// A database that takes longer to open is waited for with the pages as they were last.
const PATIENCE: Duration = Duration::from_secs(1);
/// Operations requests are few; what is beyond them is refused.
const OPS_IN_FLIGHT: usize = 64;
const READINESS_INTERVAL: Duration = Duration::from_secs(10);
/// `vitrine dev` ends at once: a browser's reload stream would hold the drain up.
const DEV_DRAIN: Duration = Duration::from_millis(200);
const OPS_DRAIN: Duration = Duration::from_millis(500);
const MAX_STREAMS: u32 = 128;
/// Bytes of a form beside its file.
const BESIDE_A_FILE: usize = 64 << 10;

#[derive(Debug, thiserror::Error)]
pub enum StartError {
    #[error("the site folder has mistakes:\n{}", .0.join("\n"))]
    Site(Vec<String>),
    #[error(transparent)]
    Bind(#[from] BindError),
    #[error(transparent)]
    Tls(#[from] TlsError),
    #[error(transparent)]
    App(#[from] OpenError),
    #[error(transparent)]
    Security(#[from] SecurityHeadersError),
    #[error(transparent)]
    Front(#[from] FrontError),
    #[error("{0}")]
    Config(String),
    #[error("{0}: {1}")]
    Io(String, std::io::Error),
}

impl StartError {
    fn own_pages(mistakes: Vec<TemplateError>) -> Self {
        Self::Site(mistakes.iter().map(ToString::to_string).collect())
    }
}

/// A running server.
pub struct Running {
    /// None where there is no public listener.
    pub site_address: Option<SocketAddr>,
    pub ops_address: SocketAddr,
    pub site: Arc<PublicSite>,
    stop: CancellationToken,
    stop_ops: CancellationToken,
    public: JoinSet<Drained>,
    finishing: Finishing,
    operations: JoinSet<Drained>,
    background: JoinSet<()>,
    opening: JoinHandle<()>,
    jobs: JoinSet<()>,
    stop_jobs: CancellationToken,
}

/// Starts a server: the operations listener first, so that a node that cannot serve yet can say why.
///
/// # Errors
/// For a mistake in the configuration or the site folder, and for an address that cannot be bound. A database that is
/// away is no error: the server answers 503 until it is back.
pub async fn start(config: Config, telemetry: Arc<Telemetry>) -> Result<Running, StartError> {
    std::fs::create_dir_all(&config.data.dir)
        .map_err(|error| StartError::Io(format!("data.dir {}", config.data.dir.display()), error))?;
    let folder = SiteFolder::of(config.site.folder());
    let types = load_types(&folder).map_err(StartError::Site)?;
    let app = App::open(config, types, telemetry.clone())?;
    telemetry.start_recorder(&app.config);
    let config = &app.config;
    let theme = Theme::load(&folder, &app.content.types(), Some(&app.keys), &telemetry).map_err(StartError::Site)?;
    let front = if config.server.role == Role::Worker { None } else { Front::open(config, &telemetry)? };
    let tls = match config.tls.files() {
        Some((certificate, key)) => {
            let files = TlsFiles { certificate: certificate.to_owned(), key: key.to_owned() };
            Some(Arc::new(Tls::load(files)?))
        }
        None => None,
    };
    let mut inherited = bind::inherited()?.into_iter();
    let is_handed_over = !inherited.as_slice().is_empty();
    let mut socket = |key, address: SocketAddr| match inherited.next() {
        Some(socket) => Ok(socket),
        None => bind::bind(key, &address.to_string()),
    };
    let serves_pages = config.server.role != Role::Worker;
    let site_socket = serves_pages.then(|| socket("server.listen", config.server.listen)).transpose()?;
    let ops_socket = socket("server.ops_listen", config.server.ops_listen)?;
    let address = |socket: &TcpListener| socket.local_addr().map_err(|error| StartError::Io("socket".into(), error));
    let (site_address, ops_address) = (site_socket.as_ref().map(address).transpose()?, address(&ops_socket)?);

    if app.faults.is_some() && !ops_address.ip().is_loopback() {
        // The socket may be an inherited one, which the configuration does not know.
        return Err(StartError::Config(format!(
            "faults cannot be injected through {ops_address}: it is no loopback address"
        )));
    }
    let headers = security(config)?;
    let site = PublicSite::open(app.clone(), folder.clone(), theme, front, headers);
    let (stop, stop_ops) = (CancellationToken::new(), CancellationToken::new());
    let (mut public, mut operations) = (JoinSet::new(), JoinSet::new());
    // Never a fault here: through it they are cleared.
    let face = OpsFace::new(app.clone(), crate::ops::router(app.clone(), stop_ops.clone()));
    let ops = stack(&app, face, None, OPS_IN_FLIGHT, None)?;
    operations.spawn(listen(ops_socket, &app.config, None, ops, &telemetry, &stop_ops)?);
    let hosts =
        AllowedHosts::parse(&app.config.server.allowed_hosts).map_err(|error| StartError::Config(error.to_string()))?;
    let max_in_flight = app.config.server.max_in_flight;
    let (finisher, unfinished) = Finisher::new(&app.config.server);
    let finishing = Finishing::start(unfinished);
    if let Some(site_socket) = site_socket {
        let admin = crate::admin::router(site.clone()).map_err(StartError::own_pages)?;
        let face = PublicFace::new(site.clone(), admin.merge(crate::api::router(site.clone(), finisher)));
        let face = stack(&app, face, Some(hosts), max_in_flight, app.faults.clone())?;
        let serving = listen(site_socket, &app.config, tls, face, &telemetry, &stop)?;
        let (loading, stopping) = (site.clone(), stop.clone());
        public.spawn(async move {
            if is_handed_over && !super::handover::until_loaded(&loading, &stopping).await {
                return Drained::default();
            }
            serving.await
        });
    }

    let mut background = JoinSet::new();
    background.spawn(telemetry.clone().keep_samples());
    background.spawn(telemetry.watch_runtime());
    if app.config.is_dev() {
        background.spawn(site.clone().watch_folder());
    }
    if site.has_built_front() {
        background.spawn(site.clone().watch_front());
    }
    if let Some(work) = site.dev_server_work() {
        background.spawn(super::tunnels::keep(work));
    }
    background.spawn(watch_readiness(app.clone()));
    if let Some(faults) = &app.faults {
        background.spawn(super::faults::keep(site.clone(), faults.clone()));
    }
    if app.config.embeds.fetch {
        background.spawn(super::embeds::keep(site.clone(), super::embeds::fetcher(&app.config)?));
    }
    background.spawn(super::upkeep::keep_search(site.clone()));
    background.spawn(super::upkeep::keep_accounts(site.clone()));
    background.spawn(super::upkeep::try_storage(site.clone()));
    background.spawn(super::figures::keep(app.clone()));
    background.spawn(site.clone().prove_publishes());
    let stop_jobs = CancellationToken::new();
    let mut jobs = JoinSet::new();
    if app.config.server.role != Role::Web {
        jobs.spawn(work(site.clone(), stop_jobs.clone()));
        let sender = super::webhooks::sender(&app.config)?;
        jobs.spawn(super::webhooks::deliver(site.clone(), sender, stop_jobs.clone()));
        if let Some(cdn) = app.cdn.clone() {
            let version = super::cdn::version(&folder).map_err(|error| StartError::Io("site".into(), error))?;
            jobs.spawn(super::cdn::follow(site.clone(), cdn, version, stop_jobs.clone()));
        }
    }
    let opening = tokio::spawn(open_site(site.clone(), folder, site_address.unwrap_or(app.config.server.listen)));
    Ok(Running {
        site_address,
        ops_address,
        site,
        stop,
        stop_ops,
        public,
        finishing,
        operations,
        background,
        opening,
        jobs,
        stop_jobs,
    })
}

/// Keeps the readiness families true where nobody probes.
async fn watch_readiness(app: Arc<App>) {
    loop {
        tokio::time::sleep(READINESS_INTERVAL).await;
        app.check_readiness().await;
    }
}

/// Works off the jobs of the queue.
async fn work(site: Arc<PublicSite>, stop: CancellationToken) {
    tokio::select! {
        () = until_open(&site) => {}
        () = stop.cancelled() => return,
    }
    let (handlers, tasks) = site.app.work();
    let drain = site.app.config.server.drain_timeout();
    site.app.content.jobs.clone().work(handlers, tasks, stop, drain).await;
}

/// Before that there may be no tables.
pub(super) async fn until_open(site: &PublicSite) {
    while !site.is_open() {
        tokio::time::sleep(RETRY).await;
    }
}

fn security(config: &Config) -> Result<SecurityHeaders, SecurityHeadersError> {
    let security = &config.security;
    SecurityHeaders::new(security.hsts_s, &security.frame_options, &security.referrer_policy)
}

fn stack<F: Face>(
    app: &Arc<App>,
    face: F,
    hosts: Option<AllowedHosts>,
    max_in_flight: usize,
    faults: Option<Arc<Faults>>,
) -> Result<Arc<Stack<F>>, StartError> {
    let server = &app.config.server;
    let proxies: Vec<String> = server.trusted_proxies.iter().map(ToString::to_string).collect();
    let proxies = TrustedProxies::parse(&proxies).map_err(|error| StartError::Config(error.to_string()))?;
    let usual = Bounds {
        max_body_bytes: server.max_body_bytes,
        request_timeout: server.request_timeout(),
        body_timeout: server.body_timeout(),
    };
    let limits = Limits { max_in_flight, usual, files: bounds_of_files(&app.config, usual) };
    Ok(Stack::new(face, app.telemetry.clone(), proxies, hosts, security(&app.config)?, limits, faults))
}

/// The largest file there may be, with what a form has beside it; what is more for other requests is no less for these.
fn bounds_of_files(config: &Config, usual: Bounds) -> Bounds {
    let file = config.media.max_image_bytes.max(config.media.max_document_bytes);
    let file = usize::try_from(file).unwrap_or(usize::MAX).saturating_add(BESIDE_A_FILE);
    let time = config.server.upload_timeout();
    Bounds {
        max_body_bytes: usual.max_body_bytes.max(file),
        request_timeout: usual.request_timeout.max(time),
        body_timeout: usual.body_timeout.max(time),
    }
}

fn listen<F: Face>(
    socket: TcpListener,
    config: &Config,
    tls: Option<Arc<Tls>>,
    stack: Arc<Stack<F>>,
    telemetry: &Arc<Telemetry>,
    stop: &CancellationToken,
) -> Result<impl Future<Output = Drained> + Send + 'static, StartError> {
    let server = &config.server;
    let drain = if config.is_dev() { DEV_DRAIN } else { server.drain_timeout() };
    let limits = ListenerLimits {
        header_timeout: server.header_timeout(),
        idle_timeout: server.idle_timeout(),
        max_header_bytes: server.max_header_bytes,
        max_connections: server.max_connections,
        max_streams: MAX_STREAMS,
    };
    let observer = Arc::new(Observer::new(telemetry.clone(), tls.clone()));
    let listener = Listener::new(socket, limits, tls).map_err(|error| StartError::Io("listener".into(), error))?;
    let make =
        move |peer: Peer| Connected { stack: stack.clone(), from: CameFrom { peer: peer.addr, scheme: peer.scheme } };
    Ok(listener.serve(make, observer, stop.clone(), drain))
}

/// Migrates, seeds and loads the sites, as soon as the database lets it; then follows the log of changes.
async fn open_site(site: Arc<PublicSite>, folder: SiteFolder, address: SocketAddr) {
    let position = loop {
        let attempt = prepare(&site, &folder, address);
        tokio::pin!(attempt);
        let result = tokio::select! {
            result = &mut attempt => result,
            () = tokio::time::sleep(PATIENCE) => {
                site.open_without_database();
                attempt.await
            }
        };
        match result {
            Ok(position) => break position,
            Err(error) => {
                tracing::error!("the site cannot be opened, trying again: {error}");
                site.open_without_database();
            }
        }
        tokio::time::sleep(RETRY).await;
    };
    site.app.opened.store(true, Relaxed);
    site.app.check_readiness().await;
    site.follow_changes(position).await;
}

async fn prepare(site: &PublicSite, folder: &SiteFolder, address: SocketAddr) -> anyhow::Result<Position> {
    let state = site.app.db.migrate().await?;
    tracing::debug!(applied = state.applied, "the schema is current");
    let migrations = folder.texts(schema::FOLDER, ".toml")?;
    let address = Address { hostname: "localhost".into(), port: address.port() };
    if let Some(seeded) = crate::site::seed(&site.app, folder, &address).await? {
        tracing::info!(pages = seeded.pages, snippets = seeded.snippets, "seeded the site");
    }
    let pending = schema::pending(&site.app.db, &migrations).await?;
    if !pending.is_empty() {
        tracing::warn!(
            pending = pending.join(" "),
            "content does not have the form of its types: vitrine schema migrate"
        );
    }
    let position = site.log_position().await?;
    site.load_sites().await?;
    Ok(site.app.content.settle_records().await.map(|()| position)?)
}

impl Running {
    /// Waits until the site can be served.
    pub async fn opened(&self) {
        while !self.site.is_open() {
            tokio::time::sleep(Duration::from_millis(5)).await;
        }
    }

    /// Stops accepting, finishes what is under way within `server.drain_timeout_s`, and closes the database.
    /// Returns the number of connections that had to be cut.
    pub async fn stop(mut self) -> usize {
        self.site.app.draining.store(true, Relaxed);
        self.stop.cancel();
        self.stop_jobs.cancel();
        let cut = |drained: Option<Result<Drained, _>>| match drained {
            Some(Ok(drained)) => drained.connections_aborted,
            _ => 0,
        };
        let aborted = cut(self.public.join_next().await);
        self.finishing.end().await;
        // They keep the same time.
        while self.jobs.join_next().await.is_some() {}
        // Probes hear that the node drains for as long as it does.
        self.stop_ops.cancel();
        // Nobody waits for a scraper that keeps its connection open.
        let _ = tokio::time::timeout(OPS_DRAIN, self.operations.join_next()).await;
        self.opening.abort();
        self.background.shutdown().await;
        super::figures::flush(&self.site.app).await;
        let site = self.site.clone();
        let _ = tokio::task::spawn_blocking(move || site.flush_survival()).await;
        if let Err(error) = self.site.write_redirect_hits().await {
            tracing::warn!(%error, "the last hits of redirects are lost");
        }
        let telemetry = self.site.app.telemetry.clone();
        let _ = tokio::task::spawn_blocking(move || telemetry.flush_recorder()).await;
        self.site.app.close().await;
        aborted
    }
}
