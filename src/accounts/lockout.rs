//! Names that are guessed at: counted before the password is looked at, so that many at once get no more tries, and
//! alike for names that nobody has.

use super::{Accounts, digest, earlier, later};
use crate::clock::Micros;
use crate::db::{Db, DbError, Exec};
use crate::{queries, record};

/// Names remembered; beyond it those that were tried longest ago go.
const MAX_REMEMBERED: i64 = 100_000;

record! {
    struct Counted { failures: i64, locked_until: i64 }
}

queries! {
    /// $3: failures before it are forgotten; $4: so many are free; $5: until when the next one locks. A name that is
    /// locked stays so for as long as it was said.
    COUNT = write "login_failure.count"
        "INSERT INTO login_failure (subject, failures, last_at, locked_until) VALUES ($1, 1, $2, 0)
         ON CONFLICT (subject) DO UPDATE SET
             failures = CASE WHEN login_failure.locked_until > $2 THEN login_failure.failures + 1
                             WHEN login_failure.last_at < $3 OR login_failure.locked_until > 0 THEN 1
                             ELSE login_failure.failures + 1 END,
             locked_until = CASE WHEN login_failure.locked_until > $2 THEN login_failure.locked_until
                                 WHEN login_failure.last_at < $3 OR login_failure.locked_until > 0 THEN 0
                                 WHEN login_failure.failures >= $4 THEN $5
                                 ELSE 0 END,
             last_at = CASE WHEN login_failure.locked_until > $2 THEN login_failure.last_at ELSE $2 END
         RETURNING failures, locked_until";
    FORGET = write "login_failure.delete" "DELETE FROM login_failure WHERE subject = $1";
    FORGET_OLD = write "login_failure.delete_old" "DELETE FROM login_failure WHERE last_at < $1 AND locked_until < $2";
    FORGET_MANY = write "login_failure.delete_many"
        "DELETE FROM login_failure WHERE last_at < (
             SELECT last_at FROM login_failure ORDER BY last_at DESC LIMIT 1 OFFSET $1)";
}

/// Whether a name may be tried.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Turn {
    Free,
    /// With this attempt, when it is the `first` that is refused.
    Locked {
        until: Micros,
        first: bool,
    },
}

impl Accounts {
    /// Counts an attempt for a name.
    pub(super) async fn count_try(&self, username_key: &str) -> Result<Turn, DbError> {
        let db: &Db = &self.db;
        let now = Micros::now();
        let free = i64::from(self.settings.lock_after);
        let call = db.query(&COUNT).bind(digest(username_key)).bind(now).bind(earlier(now, self.settings.lock()));
        let counted: Counted = call.bind(free).bind(later(now, self.settings.lock())).one().await?;
        if counted.locked_until <= now.0 {
            return Ok(Turn::Free);
        }
        Ok(Turn::Locked { until: Micros(counted.locked_until), first: counted.failures == free + 1 })
    }

    /// After the right password.
    pub(super) async fn forget_tries(&self, on: impl Into<Exec<'_>>, username_key: &str) -> Result<(), DbError> {
        on.into().query(&FORGET).bind(digest(username_key)).execute().await?;
        Ok(())
    }

    pub(super) async fn forget_failures(&self) -> Result<(), DbError> {
        let now = Micros::now();
        let call = self.db.query(&FORGET_OLD).bind(earlier(now, self.settings.lock()));
        call.bind(now).execute().await?;
        self.db.query(&FORGET_MANY).bind(MAX_REMEMBERED).execute().await?;
        Ok(())
    }
}
