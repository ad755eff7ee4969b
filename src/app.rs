//! What every part of the server shares: opened in order, closed in reverse.

mod backups;
mod page_notice;
mod schedule_check;
mod webhook_notice;

use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering::Relaxed};

use parking_lot::Mutex;

use crate::accounts::Accounts;
use crate::backup::{BackupError, Backups};
use crate::bulk::Bulks;
use crate::cdn::Cdn;
use crate::config::{Config, temporary_folder};
use crate::content::privacy::SharedPasswords;
use crate::content::types::Types;
use crate::content::{Content, EditLock, OwnLinks, site};
use crate::db::{Db, DbError};
use crate::fault::Faults;
use crate::hashing::Hashing;
use crate::jobs::{Failure, Handler, Jobs, Schedule, Task};
use crate::keys::Keys;
use crate::mail::{Mail, MailError, Mailer};
use crate::media::Media;
use crate::media::storage::StorageError;
use crate::redis::{Redis, RedisError};
use crate::telemetry::Telemetry;
use crate::telemetry::label::{Dependency, JobKind, Volume};
use crate::telemetry::{Timer, process};
use crate::webhooks::Webhooks;

/// Free space below which the node says that it is not ready: a write would soon fail.
pub const MIN_FREE_BYTES: u64 = 64 << 20;

/// Between two looks for entries of the security log that are older than they are kept.
const PRUNE_EVERY: Schedule = Schedule::Every(std::time::Duration::from_secs(3600));
/// A probe that waits longer has given up.
const READINESS_TIMEOUT: std::time::Duration = std::time::Duration::from_secs(2);

/// Why the parts that everything shares cannot be opened.
#[derive(Debug, thiserror::Error)]
pub enum OpenError {
    #[error(transparent)]
    Db(#[from] DbError),
    #[error("email: {0}")]
    Mail(MailError),
    #[error("the secret key: {0}")]
    Key(std::io::Error),
    #[error(transparent)]
    Redis(RedisError),
    #[error(transparent)]
    Backup(BackupError),
    #[error("cdn: {0}")]
    Cdn(reqwest::Error),
    #[error(transparent)]
    Storage(#[from] StorageError),
}

pub struct App {
    pub config: Config,
    pub telemetry: Arc<Telemetry>,
    pub db: Arc<Db>,
    pub content: Arc<Content>,
    pub media: Arc<Media>,
    pub accounts: Arc<Accounts>,
    /// Work on many pages or files at once.
    pub bulks: Arc<Bulks>,
    pub webhooks: Arc<Webhooks>,
    /// What keeps pages in front; none unless it is configured.
    pub cdn: Option<Arc<Cdn>>,
    pub backups: Arc<Backups>,
    pub mailer: Mailer,
    pub keys: Keys,
    pub hashing: Arc<Hashing>,
    /// What nodes share beside the database; none unless it is configured.
    pub redis: Option<Arc<Redis>>,
    /// A name that no other process has.
    pub process: String,
    /// None unless the setting `faults.enabled` is on.
    pub faults: Option<Arc<Faults>>,
    last_errors: Mutex<[Option<String>; Dependency::ALL.len()]>,
    /// Set once the site can be served: migrated, seeded and loaded.
    pub opened: AtomicBool,
    /// Set once the server stops: it finishes what it has, and wants no more.
    pub draining: AtomicBool,
}

/// The result of one readiness check.
#[derive(Clone, Debug, serde::Serialize)]
pub struct Check {
    pub name: &'static str,
    pub ok: bool,
    pub latency_ms: f64,
    /// Which of several hosts it is about.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub host: Option<String>,
    /// What is wrong now.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub error: Option<String>,
    /// What was wrong last, also when it is well again.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub last_error: Option<String>,
}

impl App {
    /// Opens the database; nothing connects before its first statement.
    ///
    /// # Errors
    /// When `database.url` names no database, or the data folder cannot hold the secret key.
    pub fn open(config: Config, types: Types, telemetry: Arc<Telemetry>) -> Result<Arc<Self>, OpenError> {
        let keys = Keys::open(&config).map_err(OpenError::Key)?;
        let db = Db::open(&config, &telemetry)?;
        let own_links =
            OwnLinks { conversion: config.content.link_conversion, base_url: config.server.base_url.clone() };
        let hashing = Arc::<Hashing>::default();
        let jobs = Jobs::new(db.clone(), telemetry.clone());
        let passwords = match config.content.shared_passwords {
            true => SharedPasswords::Allowed,
            false => SharedPasswords::Refused,
        };
        let edit_lock = match config.admin.global_edit_lock {
            true => EditLock::Everybody,
            false => EditLock::Others,
        };
        let rules = (passwords, edit_lock);
        let content = Content::new(jobs, hashing.clone(), types, own_links, rules, telemetry.clone());
        let media = Media::open(&config, content.clone(), telemetry.clone())?;
        let accounts = Accounts::new(db.clone(), hashing.clone(), keys.clone(), &config.accounts, telemetry.clone());
        let bulks = Bulks::new(content.clone(), media.clone(), accounts.clone(), telemetry.clone());
        let redis = Redis::open(&config, &telemetry).map_err(OpenError::Redis)?;
        let webhooks = Webhooks::new(content.clone(), keys.clone(), &config.webhooks, telemetry.clone());
        let backups = Backups::open(&config, db.clone(), Some(&keys), telemetry.clone()).map_err(OpenError::Backup)?;
        let cdn = Cdn::open(&config.cdn, db.clone(), telemetry.clone()).map_err(OpenError::Cdn)?;
        let mailer = Mailer::open(&config, telemetry.clone()).map_err(OpenError::Mail)?;
        let info = [env!("CARGO_PKG_VERSION"), crate::telemetry::COMMIT, env!("BUILD_RUSTC")];
        telemetry.families.build_info.with_label_values(&info).set(1.0);
        let (folder, media_folder) = (config.data.dir.clone(), config.media_dir());
        telemetry.before_scrape(move |families| {
            process::refresh_storage(families, Volume::Database, &folder);
            // Its folder is made with the first file; until then it would be where the data is.
            let media_folder = if media_folder.exists() { &media_folder } else { &folder };
            process::refresh_storage(families, Volume::Media, media_folder);
            process::refresh_storage(families, Volume::Tmp, &temporary_folder());
        });
        let faults = config.faults.enabled.then(|| Faults::new(telemetry.clone()));
        Ok(Arc::new(Self {
            config,
            telemetry,
            db,
            content,
            media,
            accounts,
            bulks,
            webhooks,
            cdn,
            backups,
            mailer,
            keys,
            hashing,
            redis,
            process: uuid::Uuid::new_v4().to_string(),
            faults,
            last_errors: Mutex::default(),
            opened: AtomicBool::new(false),
            draining: AtomicBool::new(false),
        }))
    }

    /// What the queue carries out, and its tasks that come back.
    pub fn work(self: &Arc<Self>) -> (Vec<Handler>, Vec<Task>) {
        let (mut handlers, mut tasks) = self.content.work(&self.config);
        let (of_bulks, periodic) = self.bulks.work();
        handlers.extend(of_bulks);
        handlers.push(self.media.work());
        tasks.extend(periodic);
        let app = self.clone();
        handlers.push(Handler::new(JobKind::PasswordReset, move |run| {
            let app = app.clone();
            async move { app.send_reset(run.number("account")?).await }
        }));
        let app = self.clone();
        handlers.push(Handler::new(JobKind::SecurityPrune, move |_| {
            let app = app.clone();
            async move { Ok(app.accounts.prune_log().await.map(drop)?) }
        }));
        tasks.push(Task { kind: JobKind::SecurityPrune, schedule: PRUNE_EVERY });
        self.work_of_webhooks(&mut handlers, &mut tasks);
        self.work_of_backups(&mut handlers, &mut tasks);
        let app = self.clone();
        handlers.push(Handler::new(JobKind::PagePublish, move |run| {
            let app = app.clone();
            async move { app.publish_on_schedule(run).await }
        }));
        let app = self.clone();
        handlers.push(Handler::new(JobKind::ScheduleCheck, move |_| {
            let app = app.clone();
            async move { app.check_schedules().await }
        }));
        tasks.push(Task { kind: JobKind::ScheduleCheck, schedule: schedule_check::CHECK_EVERY });
        let app = self.clone();
        handlers.push(Handler::new(JobKind::ScheduleWarn, move |run| {
            let app = app.clone();
            async move { app.send_schedule_warning(&run).await }
        }));
        let app = self.clone();
        handlers.push(Handler::new(JobKind::PageNotice, move |run| {
            let app = app.clone();
            async move { app.send_page_notice(run.number("account")?).await }
        }));
        (handlers, tasks)
    }

    async fn deliver(&self, mail: &Mail) -> Result<(), Failure> {
        self.mailer.send(mail).await.map_err(|error| match error {
            MailError::Malformed(_) => Failure::Never(error.to_string()),
            _ => Failure::Later(error.to_string()),
        })
    }

    /// Mails the link for a new password; the host is the configured one, never one that a request named.
    async fn send_reset(&self, account: i64) -> Result<(), Failure> {
        let Some((to, token)) = self.accounts.make_reset(account).await? else { return Ok(()) };
        let site = self.default_site().await?;
        let text = format!(
            "Somebody asked for a new password for {} at {}.\n\nThis link sets one, once, within an hour:\n\n\
             {}/admin/reset/{token}\n\nIf it was not you, do nothing: your password stays as it is.\n",
            to.username, site.name, site.base_url
        );
        self.deliver(&Mail { to: to.email, subject: format!("A new password for {}", site.name), text }).await
    }

    /// The site whose name and address mails have.
    async fn default_site(&self) -> Result<site::Site, Failure> {
        let sites = site::list(&*self.db, &self.config.server.base_url).await?;
        let found = sites.iter().find(|site| site.is_default).or(sites.first());
        found.cloned().ok_or_else(|| Failure::Later("no site is set up".to_owned()))
    }

    /// Closes what [`App::open`] opened.
    pub async fn close(&self) {
        self.db.close().await;
        self.telemetry.flush_logs();
    }

    /// Checks everything a ready node needs: the database, its migrations, and room on the disk.
    pub async fn check_readiness(&self) -> Vec<Check> {
        let timer = Timer::start();
        let state = tokio::time::timeout(READINESS_TIMEOUT, self.db.migration_state()).await;
        let state = state.unwrap_or_else(|_| Err(DbError::Unavailable("no answer within two seconds".to_owned())));
        let latency_s = timer.elapsed_s();
        let migrations = match &state {
            Ok(state) if state.pending > 0 => {
                Err(format!("{} migrations are pending: run `vitrine migrate`", state.pending))
            }
            Ok(_) => Ok(()),
            Err(_) => Err("unknown while the database is out of reach".to_owned()),
        };
        let timer = Timer::start();
        let storage = self.check_storage();
        let storage_s = timer.elapsed_s();
        let checks = vec![
            self.conclude(Dependency::Database, latency_s, state.map(|_| ()).map_err(|error| error.to_string())),
            self.conclude(Dependency::Migrations, latency_s, migrations),
            self.conclude(Dependency::Storage, storage_s, storage),
        ];
        let ready = self.is_ready(&checks);
        self.telemetry.families.ready.with_label_values::<&str>(&[]).set(f64::from(u8::from(ready)));
        checks
    }

    /// Whether a load balancer should send requests here.
    pub fn is_ready(&self, checks: &[Check]) -> bool {
        self.opened.load(Relaxed) && !self.draining.load(Relaxed) && checks.iter().all(|check| check.ok)
    }

    fn check_storage(&self) -> Result<(), String> {
        let folder = &self.config.data.dir;
        match process::storage_bytes(folder) {
            Ok((free, _)) if free < MIN_FREE_BYTES => {
                Err(format!("{} has {free} bytes left, less than {MIN_FREE_BYTES}", folder.display()))
            }
            Ok(_) => Ok(()),
            Err(error) => Err(format!("{}: {error}", folder.display())),
        }
    }

    fn conclude(&self, dependency: Dependency, latency_s: f64, result: Result<(), String>) -> Check {
        let name = dependency.as_str();
        let families = &self.telemetry.families;
        families.dependency_up.with_label_values(&[name]).set(f64::from(u8::from(result.is_ok())));
        families.dependency_check_duration.with_label_values(&[name]).set(latency_s);
        let mut last_errors = self.last_errors.lock();
        let last = &mut last_errors[dependency as usize];
        if let Err(error) = &result {
            *last = Some(error.clone());
        }
        Check {
            name,
            ok: result.is_ok(),
            latency_ms: (latency_s * 1e6).round() / 1e3,
            host: self.db.host().filter(|_| dependency == Dependency::Database),
            error: result.err(),
            last_error: last.clone(),
        }
    }
}

/// A title within a header.
fn one_line(title: &str) -> String {
    title.split_whitespace().collect::<Vec<_>>().join(" ")
}

/// What a mail ends with that can be switched off.
fn farewell(site: &site::Site, why: &str) -> String {
    format!(
        "\nYou get this mail since {why}. Switch such mails off, or on again:\n\n{}/admin/account/#mail\n",
        site.base_url
    )
}
