//! Which regular backups are old enough to go.

use std::collections::BTreeSet;

use jiff::Timestamp;
use jiff::civil::{Date, ISOWeekDate};
use jiff::tz::TimeZone;

use super::folder::Locked;
use super::{BackupError, Backups, Kind};
use crate::clock::Micros;

impl Backups {
    /// Deletes regular backups beyond those that are kept, and the files that none has any more; which backups. Never the
    /// one that was `just_made`: after a clock went back it is not the newest.
    pub(super) fn thin_out(&self, locked: &Locked, just_made: &str) -> Result<Vec<String>, BackupError> {
        let manifests = self.folder.list()?.into_iter().filter_map(|listed| listed.manifest.ok());
        let regular: Vec<(String, i64)> = manifests
            .filter(|manifest| manifest.kind == Kind::Scheduled)
            .map(|manifest| (manifest.id, manifest.created_us))
            .collect();
        if let Some((id, _)) = regular.first().filter(|(_, created_us)| *created_us > Micros::now().0) {
            tracing::warn!(id, "the newest backup is of the future: a clock went back, and its day counts as the last");
        }
        let mut gone = beyond(&regular, self.config.keep_daily as usize, self.config.keep_weekly as usize);
        gone.retain(|id| id != just_made);
        // What stays takes room; the new backup is whole all the same.
        gone.retain(|id| match self.folder.delete(locked, id) {
            Ok(()) => true,
            Err(error) => {
                tracing::error!(id, %error, "an old backup could not be deleted");
                false
            }
        });
        if !gone.is_empty() {
            match self.folder.sweep(locked) {
                Ok((files, bytes)) => tracing::info!(backups = gone.len(), files, bytes, "old backups deleted"),
                Err(error) => tracing::error!(%error, "media files that no backup has any more could not be deleted"),
            }
        }
        Ok(gone)
    }
}

/// Of backups, the newest first: those that are neither the newest of one of the last `days` with any, nor of one of the
/// last `weeks`. Days and weeks are those of UTC.
fn beyond(backups: &[(String, i64)], days: usize, weeks: usize) -> Vec<String> {
    let (mut kept_days, mut kept_weeks) = (BTreeSet::<Date>::new(), BTreeSet::<ISOWeekDate>::new());
    let mut gone = Vec::new();
    for (at, (id, created_us)) in backups.iter().enumerate() {
        let time = Timestamp::from_microsecond(*created_us).unwrap_or_default();
        let day = time.to_zoned(TimeZone::UTC).date();
        let week = day.iso_week_date().first_of_week().unwrap_or_else(|_| day.iso_week_date());
        let of_day = kept_days.len() < days && kept_days.insert(day);
        let of_week = kept_weeks.len() < weeks && kept_weeks.insert(week);
        if !(of_day || of_week || at == 0) {
            gone.push(id.clone());
        }
    }
    gone
}

#[cfg(test)]
mod tests {
    use super::*;

    /// One at each of these hours before some Sunday noon, the newest first.
    fn backups(hours: impl Iterator<Item = i64>) -> Vec<(String, i64)> {
        // 2026-11-22 12:00 UTC.
        let noon = 1_795_348_800_000_000;
        hours.map(|hour| (format!("{hour}h"), noon - hour * 3_600_000_000)).collect()
    }

    fn kept(backups: &[(String, i64)], days: usize, weeks: usize) -> Vec<String> {
        let gone = beyond(backups, days, weeks);
        backups.iter().map(|(id, _)| id.clone()).filter(|id| !gone.contains(id)).collect()
    }

    #[test]
    fn the_newest_of_each_day_and_of_each_week_stays() {
        let six_hourly = backups((0..60).map(|count| count * 6));
        assert_eq!(kept(&six_hourly, 3, 0), ["0h", "18h", "42h"]);
        // Weeks begin on Monday: this one, and the two before.
        assert_eq!(kept(&six_hourly, 2, 3), ["0h", "18h", "162h", "330h"]);
        assert_eq!(kept(&six_hourly, 1000, 1000).len(), 16, "one a day");
    }

    #[test]
    fn a_pause_deletes_nothing_and_the_newest_always_stays() {
        let rare = backups([0, 24 * 40, 24 * 41, 24 * 90].into_iter());
        assert_eq!(kept(&rare, 3, 0), ["0h", "960h", "984h"]);
        assert_eq!(kept(&rare, 0, 0), ["0h"]);
        assert!(beyond(&[], 7, 5).is_empty());
    }
}
