//! Sessions. The browser has a token of 256 random bits; the database has its digest.

use std::net::IpAddr;
use std::time::Duration;

use super::{AccountError, Accounts, By, Preferences, digest, earlier, is_token, later, random_token};
use crate::clock::Micros;
use crate::config;
use crate::db::{Db, DbError, Exec, Tx, TxName};
use crate::telemetry::label::{AuditEvent, AuthMethod, AuthOutcome};
use crate::{queries, record};

/// Sessions of one user; a new one ends those that were seen longest ago.
const MAX_SESSIONS: i64 = 50;
/// Between two notes that a session was seen, at most.
const SEEN_EVERY: Duration = Duration::from_secs(60);
const BROWSERS: [(&str, &str); 7] = [
    ("Edg", "Edge"),
    ("OPR/", "Opera"),
    ("Firefox/", "Firefox"),
    ("Chrome/", "Chrome"),
    ("Safari/", "Safari"),
    ("curl/", "curl"),
    ("Mozilla/", "Browser"),
];
const SYSTEMS: [(&str, &str); 7] = [
    ("Android", "Android"),
    ("iPhone", "iPhone"),
    ("iPad", "iPad"),
    ("Windows", "Windows"),
    ("Mac OS", "macOS"),
    ("CrOS", "ChromeOS"),
    ("Linux", "Linux"),
];

/// Where a session is used from, no more exact than its user needs to know it again.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Visit {
    /// `Firefox on Linux`.
    pub agent: String,
    /// `192.0.2.0/24`.
    pub network: String,
}

impl Visit {
    pub fn of(user_agent: &str, client: IpAddr) -> Self {
        let find = |table: &[(&str, &'static str)]| {
            table.iter().find(|(sign, _)| user_agent.contains(sign)).map(|(_, name)| *name)
        };
        let agent = match (find(&BROWSERS), find(&SYSTEMS)) {
            (Some(browser), Some(system)) => format!("{browser} on {system}"),
            (Some(browser), None) => browser.to_owned(),
            (None, _) => "Unknown program".to_owned(),
        };
        let network = match client.to_canonical() {
            IpAddr::V4(v4) => {
                let [a, b, c, _] = v4.octets();
                format!("{a}.{b}.{c}.0/24")
            }
            IpAddr::V6(v6) => format!("{}/48", std::net::Ipv6Addr::from_bits(v6.to_bits() >> 80 << 80)),
        };
        Self { agent, network }
    }
}

record! {
    /// A session that has not ended, and its user.
    #[derive(Clone, Debug)]
    pub struct SignedIn {
        pub session_id: i64, pub account_id: i64, pub username: String, pub name: String, pub email: String,
        pub is_superuser: bool, pub time_zone: String,
        /// The digest of the picture; empty without one.
        pub picture: String,
        preferences: String, last_seen_at: i64, expires_at: i64,
    }
}
record! {
    /// A session as its user sees it.
    #[derive(Clone, Debug)]
    pub struct SessionListed {
        pub id: i64, pub created_at: i64, pub last_seen_at: i64, pub expires_at: i64, pub agent: String,
        pub network: String,
    }
}

queries! {
    INSERT = write "session.insert"
        "INSERT INTO login_session (digest, account_id, created_at, last_seen_at, expires_at, agent, network)
         VALUES ($1, $2, $3, $3, $4, $5, $6)";
    FIND = read "session.find"
        "SELECT s.id AS session_id, a.id AS account_id, a.username, a.name, a.email, a.is_superuser, a.time_zone,
                a.picture, a.preferences, s.last_seen_at, s.expires_at
         FROM login_session s JOIN account a ON a.id = s.account_id WHERE s.digest = $1 AND a.is_active";
    SEEN = write "session.note_seen" "UPDATE login_session SET last_seen_at = $2 WHERE id = $1 AND last_seen_at < $2";
    LIST = read "session.list"
        "SELECT id, created_at, last_seen_at, expires_at, agent, network FROM login_session
         WHERE account_id = $1 AND expires_at > $2 AND last_seen_at > $3 ORDER BY last_seen_at DESC, id DESC LIMIT $4";
    REVOKE = write "session.delete" "DELETE FROM login_session WHERE id = $1 AND account_id = $2";
    END = write "session.delete_by_digest" "DELETE FROM login_session WHERE digest = $1";
    END_ALL = write "session.delete_others" "DELETE FROM login_session WHERE account_id = $1 AND id <> $2";
    END_OLDEST = write "session.delete_oldest"
        "DELETE FROM login_session WHERE account_id = $1 AND id NOT IN (
             SELECT id FROM login_session WHERE account_id = $1 ORDER BY last_seen_at DESC, id DESC LIMIT $2)";
    FORGET = write "session.delete_ended" "DELETE FROM login_session WHERE expires_at <= $1 OR last_seen_at <= $2";
    COUNT = read "session.count" "SELECT COUNT(*) FROM login_session WHERE expires_at > $1 AND last_seen_at > $2";
}

/// Begins a session, and ends the one with the digest `replaced`; the token.
pub(super) async fn insert(
    tx: &mut Tx,
    account: i64,
    visit: &Visit,
    replaced: Option<&str>,
    settings: &config::Accounts,
) -> Result<String, DbError> {
    if let Some(replaced) = replaced {
        Exec::from(&mut *tx).query(&END).bind(replaced).execute().await?;
    }
    let (token, now) = (random_token(), Micros::now());
    let call = Exec::from(&mut *tx).query(&INSERT).bind(digest(&token)).bind(account).bind(now);
    call.bind(later(now, settings.session_max())).bind(&visit.agent).bind(&visit.network).execute().await?;
    Exec::from(tx).query(&END_OLDEST).bind(account).bind(MAX_SESSIONS).execute().await?;
    Ok(token)
}

/// Ends all sessions of a user, but `keep`.
pub(super) async fn end_all(tx: &mut Tx, account: i64, keep: Option<i64>) -> Result<u64, DbError> {
    Exec::from(tx).query(&END_ALL).bind(account).bind(keep.unwrap_or_default()).execute().await
}

impl SignedIn {
    pub fn preferences(&self) -> Preferences {
        Preferences::parse(&self.preferences)
    }
}

impl Accounts {
    /// Whoever has this token, while the session lasts. One query, and once a minute one that notes it.
    ///
    /// # Errors
    /// When the database is out of reach.
    pub async fn find_session(&self, token: &str) -> Result<Option<SignedIn>, AccountError> {
        if !is_token(token) {
            self.count_attempt(AuthMethod::Session, AuthOutcome::Expired);
            return Ok(None);
        }
        let db: &Db = &self.db;
        let found = match db.query(&FIND).bind(digest(token)).optional::<SignedIn>().await {
            Ok(found) => found,
            Err(error) => {
                self.count_attempt(AuthMethod::Session, AuthOutcome::Error);
                return Err(error.into());
            }
        };
        let now = Micros::now();
        let idle_since = earlier(now, self.settings.session_idle());
        let found = found.filter(|found| found.expires_at > now.0 && found.last_seen_at > idle_since.0);
        let outcome = if found.is_some() { AuthOutcome::Success } else { AuthOutcome::Expired };
        self.count_attempt(AuthMethod::Session, outcome);
        // Long before it would end by idleness.
        let noted_until = earlier(now, SEEN_EVERY.min(self.settings.session_idle() / 4));
        if let Some(session) = found.as_ref().filter(|found| found.last_seen_at <= noted_until.0) {
            // Who reads need not wait for a full disk.
            if let Err(error) = db.query(&SEEN).bind(session.session_id).bind(now).execute().await {
                tracing::warn!(%error, "it could not be noted that a session was seen");
            }
        }
        Ok(found)
    }

    /// The sessions of a user that have not ended, the latest seen first.
    ///
    /// # Errors
    /// When the database is out of reach.
    pub async fn list_sessions(&self, account: i64) -> Result<Vec<SessionListed>, AccountError> {
        let now = Micros::now();
        let call = self.db.query(&LIST).bind(account).bind(now).bind(earlier(now, self.settings.session_idle()));
        Ok(call.bind(MAX_SESSIONS).list().await?)
    }

    /// Ends one session of a user; whether there was one.
    ///
    /// # Errors
    /// When the database is out of reach.
    pub async fn revoke_session(
        &self,
        account: i64,
        username: &str,
        session: i64,
        by: &By,
    ) -> Result<bool, AccountError> {
        let mut tx = self.db.begin(TxName("session.revoke")).await?;
        if Exec::from(&mut tx).query(&REVOKE).bind(session).bind(account).execute().await? == 0 {
            return Ok(false);
        }
        self.log(&mut tx, AuditEvent::SessionRevoked, by, username, &session.to_string()).await?;
        tx.commit().await?;
        Ok(true)
    }

    /// Ends all sessions of a user; how many.
    ///
    /// # Errors
    /// When the database is out of reach.
    pub async fn revoke_sessions(&self, account: i64, username: &str, by: &By) -> Result<u64, AccountError> {
        let mut tx = self.db.begin(TxName("session.revoke_all")).await?;
        let ended = end_all(&mut tx, account, None).await?;
        if ended > 0 {
            self.log(&mut tx, AuditEvent::SessionRevoked, by, username, "all").await?;
        }
        tx.commit().await?;
        Ok(ended)
    }

    /// Ends the session that asks for it.
    ///
    /// # Errors
    /// When the database is out of reach.
    pub async fn log_out(&self, session: &SignedIn, by: &By) -> Result<(), AccountError> {
        let mut tx = self.db.begin(TxName("session.log_out")).await?;
        Exec::from(&mut tx).query(&REVOKE).bind(session.session_id).bind(session.account_id).execute().await?;
        self.log(&mut tx, AuditEvent::Logout, by, &session.username, "").await?;
        tx.commit().await?;
        Ok(())
    }

    pub(super) async fn forget_sessions(&self) -> Result<(), DbError> {
        let now = Micros::now();
        let call = self.db.query(&FORGET).bind(now);
        call.bind(earlier(now, self.settings.session_idle())).execute().await?;
        Ok(())
    }

    pub(super) async fn count_sessions(&self) -> Result<i64, DbError> {
        let now = Micros::now();
        let call = self.db.query(&COUNT).bind(now);
        call.bind(earlier(now, self.settings.session_idle())).one().await
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_visit_is_known_again_and_not_followed() {
        let of = |agent: &str, client: &str| Visit::of(agent, client.parse().expect("an address"));
        let firefox = "Mozilla/5.0 (X11; Linux x86_64; rv:140.0) Gecko/20100101 Firefox/140.0";
        assert_eq!(
            of(firefox, "192.0.2.77"),
            Visit { agent: "Firefox on Linux".into(), network: "192.0.2.0/24".into() }
        );
        let iphone =
            "Mozilla/5.0 (iPhone; CPU iPhone OS 18_0 like Mac OS X) AppleWebKit/605.1.15 Version/18.0 Safari/604.1";
        assert_eq!(of(iphone, "2001:db8:1:2::7").agent, "Safari on iPhone");
        assert_eq!(of(iphone, "2001:db8:1:2::7").network, "2001:db8:1::/48");
        assert_eq!(of("<script>", "::ffff:192.0.2.1").agent, "Unknown program");
        assert_eq!(of("", "::ffff:192.0.2.1").network, "192.0.2.0/24");
    }

    #[test]
    fn tokens_differ_and_only_tokens_are_looked_up() {
        let (one, other) = (random_token(), random_token());
        assert_ne!(one, other);
        assert!(is_token(&one) && is_token(&other));
        assert_ne!(digest(&one), one);
        for wrong in ["", "x", &one[1..], &format!("{one}x"), &"!".repeat(43), "' OR 1=1 --"] {
            assert!(!is_token(wrong), "{wrong}");
        }
    }
}
