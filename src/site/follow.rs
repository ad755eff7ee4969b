//! Following the log of changes, so that a publish on one node purges the pages of every node.

use std::collections::HashSet;
use std::sync::Arc;
use std::time::Duration;

use super::PublicSite;
use super::sites::Sites;
use crate::clock::Micros;
use crate::content::change::{self, Tag};
use crate::content::site;
use crate::db::DbError;

/// Longest wait for the log before the database counts as lost.
const POLL_TIMEOUT: Duration = Duration::from_secs(2);
const POLL: Duration = Duration::from_millis(500);
/// Ids are given out before commit: a transaction may show up behind this many later ones.
const LOOK_BACK: i64 = 64;
/// Ids of changes seen that are remembered, to purge once per change.
const REMEMBERED: usize = 1024;
/// Polls between looks at how full the queues are: fifteen seconds.
const REFRESH_JOBS_EVERY: u64 = 30;
/// Polls between looks at what there is: a minute.
const CENSUS_EVERY: u64 = 120;
/// Polls between writes of the hits of redirects: ten seconds.
const WRITE_HITS_EVERY: u64 = 20;
/// Polls between looks at the last fire drill and the last backup, which another process writes: ten seconds.
const REFRESH_DRILL_EVERY: u64 = 20;

/// How far this node has read the log.
pub struct Position {
    last: i64,
    seen: HashSet<i64>,
}

impl PublicSite {
    /// Loads the sites and all settings; pages are served from then on.
    ///
    /// # Errors
    /// When the database is out of reach.
    pub async fn load_sites(&self) -> Result<(), DbError> {
        let roots = site::list_roots(&*self.app.db).await?;
        self.app.content.load_settings().await?;
        self.survival.keep_sites(&roots);
        self.sites.store(Arc::new(Sites::new(roots.sites(&self.app.config.server.base_url))));
        Ok(())
    }

    /// Opens with the sites as they were last, to serve survival copies until the database is back; whether there are
    /// any.
    pub fn open_without_database(&self) -> bool {
        let sites = self.survival.load_sites().sites(&self.app.config.server.base_url);
        if sites.is_empty() || self.is_open() {
            return false;
        }
        self.sites.store(Arc::new(Sites::new(sites)));
        self.set_cut_off(true);
        tracing::error!("the database is out of reach: opened with the pages as they were served last");
        true
    }

    /// Deletes survival copies of what was taken off the site while this node was not running.
    async fn catch_up(&self, latest: i64) -> Result<(), DbError> {
        let Some(mut position) = self.survival.load_position() else { return Ok(()) };
        // Changes are kept for a day; what came before is not known.
        if position > latest || change::oldest(&self.app.db).await? > position + 1 {
            self.survival.clear();
            return Ok(());
        }
        loop {
            let changes = change::list_after(&self.app.db, position).await?;
            let Some(last) = changes.last().map(|change| change.id) else { return Ok(()) };
            changes.iter().for_each(|change| self.survival.purge(&change.tags()));
            position = last;
        }
    }

    /// Where the log ends now. To be taken before the first page is made: what changes later is then never missed.
    ///
    /// # Errors
    /// When the database is out of reach.
    pub async fn log_position(&self) -> Result<Position, DbError> {
        let last = change::latest(&self.app.db).await?;
        self.catch_up(last).await?;
        self.survival.keep_position(last);
        self.set_followed();
        let known = change::list_after(&self.app.db, (last - LOOK_BACK).max(0)).await?;
        Ok(Position { last, seen: known.iter().map(|change| change.id).collect() })
    }

    /// Follows the log from `position` until it is dropped.
    pub async fn follow_changes(self: Arc<Self>, mut position: Position) {
        let mut round: u64 = 0;
        loop {
            let read = tokio::time::timeout(POLL_TIMEOUT, self.poll(&mut position)).await;
            let read = read.unwrap_or_else(|_| Err(DbError::Unavailable("no answer to the follower".to_owned())));
            // A full pool keeps the follower waiting too, but then others are answered.
            let lost = read.is_err() && !self.app.db.answered_within(POLL_TIMEOUT);
            let was_cut_off = self.set_cut_off(lost);
            match &read {
                Err(error) if lost && !was_cut_off => {
                    tracing::error!(%error, "the database is out of reach: pages are served from the cache, as they were");
                }
                Ok(()) if was_cut_off => tracing::info!("the database is back"),
                _ => {}
            }
            if read.is_ok() {
                self.set_followed();
                self.keep_house(round).await;
                round += 1;
            }
            tokio::time::sleep(POLL).await;
        }
    }

    async fn poll(&self, position: &mut Position) -> Result<(), DbError> {
        let before = position.last;
        let changes = change::list_after(&self.app.db, (position.last - LOOK_BACK).max(0)).await?;
        for change in changes {
            if !position.seen.contains(&change.id) {
                let tags = change.tags();
                let reload = tags.contains(&Tag::All);
                if reload {
                    self.load_sites().await?;
                } else if tags.iter().any(|tag| matches!(tag, Tag::Setting(_))) {
                    self.app.content.load_settings().await?;
                }
                // Pages that were made of the old sites since this node announced its own change go too.
                if reload || !self.app.content.is_own_change(change.id) {
                    self.app.content.announce(&tags, Micros(change.at));
                }
                position.seen.insert(change.id);
            }
            position.last = position.last.max(change.id);
        }
        if position.last > before {
            self.survival.keep_position(position.last);
        }
        if position.seen.len() > REMEMBERED {
            let oldest = position.last - LOOK_BACK * 2;
            position.seen.retain(|id| *id > oldest);
        }
        Ok(())
    }

    async fn keep_house(&self, round: u64) {
        let mut results = Vec::new();
        if round % WRITE_HITS_EVERY == WRITE_HITS_EVERY - 1 {
            results.push(self.write_redirect_hits().await);
        }
        if round.is_multiple_of(REFRESH_DRILL_EVERY) {
            results.push(crate::drill::refresh(&self.app.db, &self.app.telemetry).await);
            results.push(self.app.refresh_backups(round).await);
        }
        if round.is_multiple_of(REFRESH_JOBS_EVERY) {
            results.push(self.app.content.jobs.refresh_gauges().await);
            results.push(self.app.webhooks.refresh_gauges().await);
            if let Some(cdn) = &self.app.cdn {
                results.push(cdn.refresh_gauges().await);
            }
            results.push(self.app.content.refresh_overdue().await);
        }
        if round.is_multiple_of(CENSUS_EVERY) {
            results.push(self.app.content.refresh_census().await);
            results.push(self.app.db.refresh_size().await);
        }
        for error in results.into_iter().filter_map(Result::err) {
            tracing::warn!(%error, "housekeeping failed and is tried again");
        }
        if round.is_multiple_of(CENSUS_EVERY)
            && let Err(error) = self.app.media.keep_house().await
        {
            tracing::warn!(%error, "housekeeping of the media library failed and is tried again");
        }
    }
}
