//! Migrations: the same names for both databases, applied exactly once however many servers start.

use std::path::{Path, PathBuf};
use std::sync::LazyLock;

use sqlx::SqlSafeStr as _;
use sqlx::migrate::{Migrate as _, Migration, MigrationType, Migrator};

use super::{Db, DbError, Pools};
use crate::telemetry::label::{DbFailure, DbOperation};

macro_rules! migration {
    ($version:literal, $name:literal, $file:literal) => {
        (
            $version,
            $name,
            include_str!(concat!("../../migrations/sqlite/", $file)),
            include_str!(concat!("../../migrations/postgres/", $file)),
        )
    };
}

/// `(version, name, SQLite text, PostgreSQL text)`.
const MIGRATIONS: &[(i64, &str, &str, &str)] = &[
    migration!(1, "content", "0001_content.sql"),
    migration!(2, "public_site", "0002_public_site.sql"),
    migration!(3, "tree", "0003_tree.sql"),
    migration!(4, "sites", "0004_sites.sql"),
    migration!(5, "media", "0005_media.sql"),
    migration!(6, "search", "0006_search.sql"),
    migration!(7, "types", "0007_types.sql"),
    migration!(8, "embeds", "0008_embeds.sql"),
    migration!(11, "blog", "0011_blog.sql"),
    migration!(9, "privacy", "0009_privacy.sql"),
    migration!(10, "forms", "0010_forms.sql"),
    migration!(12, "drill", "0012_drill.sql"),
    migration!(13, "jobs", "0013_jobs.sql"),
    migration!(14, "accounts", "0014_accounts.sql"),
    migration!(15, "editing", "0015_editing.sql"),
    migration!(16, "explore", "0016_explore.sql"),
    migration!(17, "sign_in", "0017_sign_in.sql"),
    migration!(18, "objects", "0018_objects.sql"),
    migration!(19, "page_figures", "0019_page_figures.sql"),
    migration!(20, "reports", "0020_reports.sql"),
    migration!(21, "passkeys", "0021_passkeys.sql"),
    migration!(22, "bulk", "0022_bulk.sql"),
    migration!(23, "exact_titles", "0023_exact_titles.sql"),
    migration!(24, "preferences", "0024_preferences.sql"),
    migration!(25, "editors", "0025_editors.sql"),
    migration!(26, "presence_account", "0026_presence_account.sql"),
    migration!(27, "history", "0027_history.sql"),
    migration!(28, "schedules", "0028_schedules.sql"),
    migration!(29, "redirect_table", "0029_redirect_table.sql"),
    migration!(30, "page_locks", "0030_page_locks.sql"),
    migration!(31, "security_chain", "0031_security_chain.sql"),
    migration!(32, "site_grants", "0032_site_grants.sql"),
    migration!(33, "people", "0033_people.sql"),
    migration!(34, "focal_by", "0034_focal_by.sql"),
    migration!(35, "held_schedules", "0035_held_schedules.sql"),
    migration!(36, "api_tokens", "0036_api_tokens.sql"),
    migration!(38, "api_answers", "0038_api_answers.sql"),
    migration!(43, "outbox", "0043_outbox.sql"),
    migration!(44, "webhooks", "0044_webhooks.sql"),
    migration!(45, "records", "0045_records.sql"),
    migration!(46, "record_grants", "0046_record_grants.sql"),
    migration!(47, "backups", "0047_backups.sql"),
    migration!(48, "imported", "0048_imported.sql"),
    migration!(50, "cdn", "0050_cdn.sql"),
];

/// Where it is written which were applied.
const TABLE: &str = "_sqlx_migrations";

/// How the database's schema compares with this binary's.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct MigrationState {
    pub applied: usize,
    pub pending: usize,
}

fn migrator(sqlite: bool) -> Migrator {
    migrator_of(sqlite, |_| true)
}

fn migrator_of(sqlite: bool, wanted: impl Fn(i64) -> bool) -> Migrator {
    let migrations =
        MIGRATIONS.iter().filter(|(version, ..)| wanted(*version)).map(|(version, name, for_sqlite, for_postgres)| {
            let text = if sqlite { *for_sqlite } else { *for_postgres };
            Migration::new(*version, (*name).into(), MigrationType::Simple, text.into_sql_str(), false)
        });
    Migrator::with_migrations(migrations.collect())
}

/// For a PostgreSQL database that has exactly these.
pub(super) fn to(versions: &[i64]) -> Result<Migrator, DbError> {
    match unknown(versions) {
        Some(version) => Err(DbError::Migrate(format!("this version does not know migration {version}"))),
        None => Ok(migrator_of(false, |version| versions.contains(&version))),
    }
}

/// A migration that this binary does not know: a newer one made it.
pub fn unknown(versions: &[i64]) -> Option<i64> {
    versions.iter().copied().find(|version| !MIGRATIONS.iter().any(|(known, ..)| known == version))
}

/// The tables that migrations make on PostgreSQL, and the one that lists them.
pub(super) fn own_tables() -> &'static [&'static str] {
    static TABLES: LazyLock<Vec<&'static str>> = LazyLock::new(|| {
        let mut tables = named_after(&["CREATE TABLE "]);
        tables.push(TABLE);
        tables
    });
    &TABLES
}

/// The functions of their triggers.
pub(super) fn own_functions() -> &'static [&'static str] {
    static FUNCTIONS: LazyLock<Vec<&'static str>> =
        LazyLock::new(|| named_after(&["CREATE FUNCTION ", "CREATE OR REPLACE FUNCTION "]));
    &FUNCTIONS
}

/// The names that follow these words at the beginning of a line.
fn named_after(starts: &[&str]) -> Vec<&'static str> {
    let lines = MIGRATIONS.iter().flat_map(|(_, _, _, text)| text.lines());
    let names = lines.filter_map(|line| starts.iter().find_map(|start| line.strip_prefix(start)));
    let is_part = |character: char| character.is_alphanumeric() || character == '_';
    let mut names: Vec<_> = names.map(|rest| rest.split(|c| !is_part(c)).next().unwrap_or(rest)).collect();
    names.sort_unstable();
    names.dedup();
    names
}

impl Db {
    /// Applies what is missing, under a lock that other servers wait for: an advisory lock on PostgreSQL, a lock file
    /// beside the SQLite database (its migrator takes no lock of its own).
    ///
    /// # Errors
    /// When the database is out of reach or a migration fails; a failed one is rolled back.
    pub async fn migrate(&self) -> Result<MigrationState, DbError> {
        let operation = super::measure::Operation::start(self, "schema.migrate", DbOperation::Write);
        let result = match &self.pools {
            Pools::Sqlite { write, file, .. } => {
                let lock = lock_file(file).await.map_err(DbError::Migrate)?;
                let result = migrator(true).run(write).await;
                drop(lock);
                result
            }
            Pools::Postgres { write, .. } => {
                let mut connection = self.connection(write).await?;
                migrator(false).run_direct(None, &mut *connection, false).await
            }
        }
        .map_err(migrate_error);
        operation.finish(result.as_ref().err().map_or(DbFailure::None, DbError::failure), 0);
        result?;
        self.migration_state().await
    }

    /// Compares the schema with the migrations this binary knows; changes nothing.
    ///
    /// # Errors
    /// When the database is out of reach.
    pub async fn migration_state(&self) -> Result<MigrationState, DbError> {
        let operation = super::measure::Operation::start(self, "schema.state", DbOperation::Read);
        let result = self.applied_versions().await;
        operation.finish(result.as_ref().err().map_or(DbFailure::None, DbError::failure), 0);
        let applied = result?;
        let pending = MIGRATIONS.iter().filter(|(version, ..)| !applied.contains(version)).count();
        let state = MigrationState { applied: applied.len(), pending };
        let none: &[&str] = &[];
        self.telemetry.families.db_migrations_applied.with_label_values(none).set(state.applied as f64);
        self.telemetry.families.db_migrations_pending.with_label_values(none).set(state.pending as f64);
        Ok(state)
    }

    async fn applied_versions(&self) -> Result<Vec<i64>, DbError> {
        let applied = match &self.pools {
            Pools::Sqlite { write, .. } => {
                let mut connection = write.acquire().await?;
                connection.ensure_migrations_table(TABLE).await.map_err(migrate_error)?;
                connection.list_applied_migrations(TABLE).await
            }
            Pools::Postgres { write, .. } => {
                let mut connection = self.connection(write).await?;
                connection.ensure_migrations_table(TABLE).await.map_err(migrate_error)?;
                connection.list_applied_migrations(TABLE).await
            }
        };
        Ok(applied.map_err(migrate_error)?.iter().map(|migration| migration.version).collect())
    }
}

pub(super) fn migrate_error(error: sqlx::migrate::MigrateError) -> DbError {
    match error {
        sqlx::migrate::MigrateError::Execute(error) => DbError::from(error),
        other => DbError::Migrate(other.to_string()),
    }
}

/// Waits for, and holds, the lock beside the database file; released when dropped, also by a crash.
pub(super) async fn lock_file(database: &Path) -> Result<std::fs::File, String> {
    let path = PathBuf::from(format!("{}.migrate.lock", database.display()));
    let shown = path.display().to_string();
    tokio::task::spawn_blocking(move || {
        let file = std::fs::File::create(&path)?;
        file.lock()?;
        Ok(file)
    })
    .await
    .map_err(|error| error.to_string())?
    .map_err(|error: std::io::Error| format!("cannot lock {shown}: {error}"))
}
