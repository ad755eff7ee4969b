//! What every node knows of the backups: when the last one was found whole, and that no file may be deleted while one is made.

use std::sync::atomic::{AtomicI64, Ordering::Relaxed};
use std::time::Duration;

use super::{BackupError, Backups, Kind, Manifest};
use crate::clock::Micros;
use crate::db::DbError;
use crate::{queries, record};

/// A hold ends by itself when whoever makes the backup dies.
const HOLD_US: i64 = 10 * 60 * 1_000_000;
const RENEWED: Duration = Duration::from_secs(60);

/// No file of the media library is deleted until this time, in microseconds.
pub(super) struct Hold(AtomicI64);

queries! {
    /// An older backup, verified later, is not the last one.
    VERIFIED = write "backup.verified"
        "UPDATE backup SET verified_at = $1, duration_us = COALESCE($2, duration_us), size_bytes = $3
         WHERE id = 1 AND COALESCE(verified_at, 0) <= $1";
    EXPECT = write "backup.expect" "UPDATE backup SET expected_since = COALESCE(expected_since, $1) WHERE id = 1";
    EXPECT_NONE = write "backup.expect_none" "UPDATE backup SET expected_since = NULL WHERE id = 1 AND expected_since IS NOT NULL";
    /// The hold of another backup, in another folder, may be longer, and goes on.
    HOLD = write "backup.hold"
        "UPDATE backup SET hold_until = CASE WHEN hold_until > $1 THEN hold_until ELSE $1 END WHERE id = 1";
    /// Another backup, in another folder, renews its own until then.
    RELEASE = write "backup.release" "UPDATE backup SET hold_until = $2 WHERE id = 1 AND hold_until = $1";
    RELEASE_ALL = write "backup.release_all" "UPDATE backup SET hold_until = 0 WHERE id = 1";
    KNOWN = read "backup.known"
        "SELECT verified_at, COALESCE(verified_at, expected_since, 0) AS since, duration_us, size_bytes FROM backup WHERE id = 1";
}

record! {
    struct Known { verified_at: Option<i64>, since: i64, duration_us: i64, size_bytes: i64 }
}

impl Backups {
    /// No file of the media library is deleted for a while.
    pub(super) async fn hold(&self) -> Result<Hold, DbError> {
        let hold = Hold(AtomicI64::new(0));
        self.renew(&hold).await?;
        Ok(hold)
    }

    async fn renew(&self, hold: &Hold) -> Result<(), DbError> {
        let until = Micros::now().0 + HOLD_US;
        self.db.query(&HOLD).bind(until).execute().await?;
        hold.0.store(until, Relaxed);
        Ok(())
    }

    /// Renews a hold for as long as it is polled; ends when it could not for so long that it is over.
    pub(super) async fn keep_holding(&self, hold: &Hold) -> DbError {
        loop {
            tokio::time::sleep(RENEWED).await;
            if let Err(error) = self.renew(hold).await
                && hold.0.load(Relaxed) <= Micros::now().0
            {
                return error;
            }
        }
    }

    /// Ends a hold, when no other backup has renewed it by then.
    pub(super) async fn release(&self, hold: Hold) -> Result<(), DbError> {
        let renewed_by = Micros::now().0 + 2 * i64::try_from(RENEWED.as_micros()).unwrap_or(HOLD_US);
        self.db.query(&RELEASE).bind(hold.0.into_inner()).bind(renewed_by).execute().await.map(drop)
    }

    /// Ends the hold under which a restored database was written.
    pub(super) async fn release_restored(&self) -> Result<(), DbError> {
        self.db.query(&RELEASE_ALL).execute().await.map(drop)
    }

    /// A backup was read again and is whole. One of what is replaced says nothing of what comes.
    pub(super) async fn note_verified(&self, manifest: &Manifest, duration_s: Option<f64>) -> Result<(), BackupError> {
        if manifest.kind == Kind::BeforeRestore {
            return Ok(());
        }
        let duration = duration_s.map(|seconds| (seconds * 1e6) as i64);
        let call = self.db.query(&VERIFIED).bind(manifest.created_us).bind(duration);
        call.bind(manifest.size_bytes().cast_signed()).execute().await?;
        self.refresh().await?;
        Ok(())
    }

    /// From now on there should be regular backups, or need be none, as the settings say.
    ///
    /// # Errors
    /// When the database is out of reach.
    pub async fn expect(&self) -> Result<(), DbError> {
        match self.watched {
            true => self.db.query(&EXPECT).bind(Micros::now()).execute().await.map(drop),
            false => self.db.query(&EXPECT_NONE).execute().await.map(drop),
        }
    }

    /// Brings the gauges up to date, where there should be regular backups.
    ///
    /// # Errors
    /// When the database is out of reach; the gauges keep their last values.
    pub async fn refresh(&self) -> Result<(), DbError> {
        if !self.watched {
            return Ok(());
        }
        let known: Known = self.db.query(&KNOWN).one().await?;
        let (families, none): (_, &[&str]) = (&self.telemetry.families, &[]);
        families.backup_last_success.with_label_values(none).set(known.since as f64 / 1e6);
        if known.verified_at.is_some() {
            families.backup_duration.with_label_values(none).set(known.duration_us as f64 / 1e6);
            families.backup_size.with_label_values(none).set(known.size_bytes as f64);
        }
        Ok(())
    }
}
