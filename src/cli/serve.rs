//! `vitrine serve` and `vitrine migrate`.

use std::process::ExitCode;
use std::sync::Arc;

use tokio::signal::unix::{SignalKind, signal};

use crate::config::{Config, Loaded};
use crate::db::Db;
use crate::serve::{self, Running};
use crate::telemetry::traces::Exporter;
use crate::telemetry::{Telemetry, Timer, logs};

/// A node that starts while the database is away is not kept from saying that it is ready.
const WELCOME: std::time::Duration = std::time::Duration::from_secs(1);
/// How long blocking work may go on after the drain.
const BLOCKING_WORK: std::time::Duration = std::time::Duration::from_millis(200);

/// Serves until SIGTERM or SIGINT, then drains. A second signal ends the drain.
pub fn run(loaded: Loaded) -> anyhow::Result<ExitCode> {
    let timer = Timer::start();
    use_small_pages();
    let config = loaded.config;
    let telemetry = super::telemetry(&config)?;
    let exporter = Exporter::start(&config, &telemetry)?;
    logs::install(&config, &telemetry, exporter.as_ref())?;
    let runtime = runtime(&config)?;
    let code = runtime.block_on(until_signal(config, &telemetry, timer));
    // Work on blocking threads, such as a compression, is not waited for.
    runtime.shutdown_timeout(BLOCKING_WORK);
    let code = code?;
    if let Some(exporter) = exporter {
        exporter.shutdown();
    }
    telemetry.flush_logs();
    Ok(code)
}

/// The allocator asks the kernel for pages of 2 MiB. An idle server held 20 MB of them that were nearly empty, and no
/// request was answered sooner for it.
fn use_small_pages() {
    // A kernel without such pages has nothing to turn off.
    #[cfg(target_os = "linux")]
    let _ = rustix::thread::disable_transparent_huge_pages(true);
}

async fn until_signal(config: Config, telemetry: &Arc<Telemetry>, timer: Timer) -> anyhow::Result<ExitCode> {
    let mut terminate = signal(SignalKind::terminate())?;
    let mut interrupt = signal(SignalKind::interrupt())?;
    let secure = config.tls.files().is_some();
    let running = serve::start(config, telemetry.clone()).await?;
    let opened = tokio::select! {
        () = running.opened() => true,
        _ = terminate.recv() => false,
        _ = interrupt.recv() => false,
    };
    if opened {
        let welcome = welcome(&running).await;
        greet(&running, secure, timer, welcome.as_deref());
        tokio::select! {
            _ = terminate.recv() => {}
            _ = interrupt.recv() => {}
        }
    }
    tracing::info!("draining: no new connections, those open finish their requests");
    let cut = tokio::select! {
        cut = running.stop() => cut,
        _ = terminate.recv() => 1,
        _ = interrupt.recv() => 1,
    };
    tracing::info!(connections_cut = cut, "stopped");
    Ok(ExitCode::SUCCESS)
}

/// The token of the link that makes the first superuser, while there is no user.
async fn welcome(running: &Running) -> Option<String> {
    running.site_address?;
    let offered = tokio::time::timeout(WELCOME, running.site.app.accounts.offer_welcome()).await;
    let error = match offered {
        Ok(Ok(token)) => return token,
        Ok(Err(error)) => error.to_string(),
        Err(_) => "the database did not answer in time".to_owned(),
    };
    tracing::warn!(error, "no link for the first superuser could be made: vitrine user create makes one too");
    None
}

/// Says where everything is. On standard error, which stays readable when standard output is a log pipe.
fn greet(running: &Running, secure: bool, timer: Timer, welcome: Option<&str>) {
    let scheme = if secure { "https" } else { "http" };
    let ops = running.ops_address;
    eprintln!("\n  Vitrine {}  ready in {:.0} ms\n", env!("CARGO_PKG_VERSION"), timer.elapsed_s() * 1e3);
    let Some(site) = running.site_address else {
        eprintln!("  jobs      worked off here; there is no public listener (server.role)");
        greet_ops(ops);
        eprintln!();
        tracing::info!(ops = %ops, "ready");
        return;
    };
    let host = if site.ip().is_loopback() || site.ip().is_unspecified() {
        "localhost".to_owned()
    } else {
        site.ip().to_string()
    };
    eprintln!("  site      {scheme}://{host}:{}/", site.port());
    eprintln!("  health    {scheme}://{host}:{}/health", site.port());
    greet_ops(ops);
    if let Some(token) = welcome {
        eprintln!("  welcome   {scheme}://{host}:{}/admin/welcome/{token}", site.port());
        eprintln!("            makes the first account: once, within an hour");
    }
    eprintln!();
    tracing::info!(site = %site, ops = %ops, "ready");
}

fn greet_ops(ops: std::net::SocketAddr) {
    eprintln!("  ops       http://{ops}/ops");
    eprintln!("  metrics   http://{ops}/metrics");
    eprintln!("  checks    http://{ops}/livez  http://{ops}/readyz");
}

/// Applies what is missing and says so.
pub fn migrate(loaded: Loaded, as_json: bool) -> anyhow::Result<ExitCode> {
    let config = loaded.config;
    let telemetry = super::telemetry(&config)?;
    runtime(&config)?.block_on(async {
        let db = Db::open(&config, &telemetry)?;
        let state = db.migrate().await?;
        if as_json {
            println!("{:#}", serde_json::json!({ "applied": state.applied, "pending": state.pending }));
        } else {
            println!("{} migrations applied, {} pending", state.applied, state.pending);
        }
        db.close().await;
        Ok(ExitCode::SUCCESS)
    })
}

/// One worker per CPU that the process may use, unless `server.workers` says otherwise.
pub(super) fn runtime(config: &Config) -> std::io::Result<tokio::runtime::Runtime> {
    let mut builder = tokio::runtime::Builder::new_multi_thread();
    if config.server.workers > 0 {
        builder.worker_threads(config.server.workers);
    }
    builder.enable_all().thread_name("vitrine").build()
}
