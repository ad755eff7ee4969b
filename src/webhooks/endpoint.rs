//! The webhooks that there are: made, changed, given another secret, deleted; each with an entry of the log.

use serde_json::{Value, json};

use super::topic::{self, Topic};
use super::{WebhookError, Webhooks, sign};
use crate::clock::Micros;
use crate::content::Actor;
use crate::content::object_log::{self, Subject};
use crate::db::{DbError, Exec, Tx, TxName};
use crate::keys::Purpose;
use crate::telemetry::label::{ObjectEvent, ObjectKind, WebhookState};
use crate::{queries, record};

/// Webhooks of one installation: each event looks at all of them.
pub const MAX_ENDPOINTS: i64 = 50;
pub const MAX_NAME: usize = 100;
/// Time that the old secret signs too, so that receivers can change theirs.
pub const OLD_SECRET_HOURS: i64 = 24;
const HOUR_US: i64 = 3_600_000_000;

record! {
    /// A webhook, without its secret.
    #[derive(Clone, Debug)]
    pub struct Endpoint {
        pub id: i64, pub name: String, pub url: String, pub every_event: bool, pub state: String,
        /// Why the server disabled it.
        pub why: String,
        pub failing_since: Option<i64>, pub old_secret_until: Option<i64>, pub created_at: i64, pub updated_at: i64,
        /// Whoever made it.
        pub account_id: Option<i64>,
        /// `page:publish page:trash`.
        choices: String,
        pub waiting: i64, pub dead: i64,
    }
}

/// Which events are sent.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Chosen {
    /// Those of later versions too.
    Every,
    These(Vec<Topic>),
}

impl Chosen {
    /// # Errors
    /// When there is no such event, or none at all.
    pub fn of<'n>(names: impl Iterator<Item = &'n str>) -> Result<Self, WebhookError> {
        let mut topics = Vec::new();
        for name in names {
            let topic =
                topic::parse(name).ok_or_else(|| WebhookError::EventUnknown(name.chars().take(64).collect()))?;
            if !topics.contains(&topic) {
                topics.push(topic);
            }
        }
        if topics.is_empty() { Err(WebhookError::EventsMissing) } else { Ok(Self::These(topics)) }
    }

    fn stored(&self) -> Vec<String> {
        match self {
            Self::Every => Vec::new(),
            Self::These(topics) => topics.iter().map(|topic| topic::stored(*topic)).collect(),
        }
    }
}

/// A webhook to be made.
#[derive(Clone, Debug)]
pub struct NewEndpoint<'n> {
    pub name: &'n str,
    pub url: &'n str,
    pub events: Chosen,
    /// Whoever is told when it is disabled.
    pub account: Option<i64>,
}

/// What is changed; what is `None` stays.
#[derive(Clone, Debug, Default)]
pub struct EndpointChange {
    pub name: Option<String>,
    pub url: Option<String>,
    pub events: Option<Chosen>,
    pub is_active: Option<bool>,
}

/// A new webhook, and its secret: the only time that anybody sees it.
#[derive(Clone, Debug)]
pub struct Made {
    pub id: i64,
    pub secret: String,
}

queries! {
    /// One, or all.
    LIST = read "webhook.list"
        "SELECT w.id, w.name, w.url, w.every_event, w.state, w.why, w.failing_since, w.old_secret_until, w.created_at,
                w.updated_at, w.account_id,
                COALESCE((SELECT STRING_AGG(c.kind || ':' || c.action, ' ') FROM webhook_choice c
                          WHERE c.webhook_id = w.id), '') AS choices,
                (SELECT COUNT(*) FROM webhook_delivery d WHERE d.webhook_id = w.id AND d.state = 'open') AS waiting,
                (SELECT COUNT(*) FROM webhook_delivery d WHERE d.webhook_id = w.id AND d.state = 'dead') AS dead
         FROM webhook w WHERE $1 = 0 OR w.id = $1 ORDER BY w.id LIMIT $2";
    COUNT = read "webhook.count" "SELECT COUNT(*) FROM webhook";
    INSERT = write "webhook.insert"
        "INSERT INTO webhook (name, url, secret, every_event, state, account_id, created_at, updated_at)
         VALUES ($1, $2, '', $3, 'active', $4, $5, $5) RETURNING id";
    SEAL = write "webhook.seal" "UPDATE webhook SET secret = $2 WHERE id = $1";
    CHOOSE = write "webhook.choose"
        "INSERT INTO webhook_choice (webhook_id, kind, action)
         SELECT $1, SPLIT_PART(word, ':', 1), SPLIT_PART(word, ':', 2) FROM UNNEST($2::TEXT[]) AS word"
        sqlite
        "INSERT INTO webhook_choice (webhook_id, kind, action)
         SELECT $1, SUBSTR(value, 1, INSTR(value, ':') - 1), SUBSTR(value, INSTR(value, ':') + 1) FROM json_each($2)";
    FORGET = write "webhook.forget_choices" "DELETE FROM webhook_choice WHERE webhook_id = $1";
    /// Whoever switches it on has looked at why it was off.
    UPDATE = write "webhook.update"
        "UPDATE webhook SET name = $2, url = $3, every_event = $4, state = $5, updated_at = $6,
                            why = CASE WHEN $5 = 'active' THEN '' ELSE why END,
                            failing_since = CASE WHEN $5 = 'active' AND state <> 'active' THEN NULL ELSE failing_since END
         WHERE id = $1";
    ROTATE = write "webhook.rotate"
        "UPDATE webhook SET old_secret = secret, old_secret_until = $3, secret = $2, updated_at = $4 WHERE id = $1";
    DELETE = write "webhook.delete" "DELETE FROM webhook WHERE id = $1";
    /// Whoever else changes it waits.
    LOCK = write "webhook.lock" "UPDATE webhook SET name = name WHERE id = $1";
}

impl Endpoint {
    /// Those that are sent, in the order in which they are offered; all of them when every event is.
    pub fn topics(&self) -> Vec<Topic> {
        let has = |topic: &Topic| self.every_event || self.choices.split(' ').any(|word| word == topic::stored(*topic));
        topic::all().filter(has).collect()
    }

    pub fn is_active(&self) -> bool {
        self.state == WebhookState::Active.as_str()
    }
}

impl Webhooks {
    /// All of them, the oldest first.
    ///
    /// # Errors
    /// When the database is out of reach.
    pub async fn list(&self) -> Result<Vec<Endpoint>, DbError> {
        self.db.query(&LIST).bind(0_i64).bind(MAX_ENDPOINTS).list().await
    }

    /// # Errors
    /// When there is none, or the database is out of reach.
    pub async fn find(&self, id: i64) -> Result<Endpoint, WebhookError> {
        let found = self.db.query(&LIST).bind(id).bind(1_i64).optional().await?;
        found.filter(|_| id > 0).ok_or(WebhookError::NotFound(id))
    }

    /// Makes a webhook. It is sent what happens from now on.
    ///
    /// # Errors
    /// What [`WebhookError`] says.
    pub async fn create(&self, new: NewEndpoint<'_>, by: &Actor) -> Result<Made, WebhookError> {
        let (name, url) = (checked_name(new.name)?, self.targets.parse(new.url)?);
        let mut tx = self.db.begin(TxName("webhook.create")).await?;
        let count: i64 = Exec::from(&mut tx).query(&COUNT).one().await?;
        if count >= MAX_ENDPOINTS {
            return Err(WebhookError::TooMany);
        }
        let call = Exec::from(&mut tx).query(&INSERT).bind(name).bind(url.as_str());
        let call = call.bind(new.events == Chosen::Every).bind(new.account).bind(Micros::now());
        let id: i64 = call.one().await?;
        let secret = sign::new_secret();
        let sealed = self.keys.seal(Purpose::Webhook, &id.to_string(), &secret);
        Exec::from(&mut tx).query(&SEAL).bind(id).bind(sealed).execute().await?;
        choose(&mut tx, id, &new.events).await?;
        self.note(tx, (id, name), ObjectEvent::Create, &json!({ "url": url.as_str() }), by).await?;
        Ok(Made { id, secret })
    }

    /// Changes a webhook, if it is still the one of this version ([`Endpoint::updated_at`]); `None`: whichever it is.
    ///
    /// # Errors
    /// What [`WebhookError`] says.
    pub async fn change(
        &self,
        id: i64,
        change: EndpointChange,
        expected: Option<&[i64]>,
        by: &Actor,
    ) -> Result<(), WebhookError> {
        let mut tx = self.db.begin(TxName("webhook.change")).await?;
        let old = locked(&mut tx, id, expected).await?;
        let name = checked_name(change.name.as_deref().unwrap_or(&old.name))?.to_owned();
        let url = match &change.url {
            Some(url) => self.targets.parse(url)?.to_string(),
            None => old.url.clone(),
        };
        let every = change.events.as_ref().map_or(old.every_event, |events| *events == Chosen::Every);
        let state = match change.is_active {
            Some(true) => WebhookState::Active.as_str(),
            Some(false) if old.is_active() => WebhookState::Paused.as_str(),
            _ => &old.state,
        };
        let call = Exec::from(&mut tx).query(&UPDATE).bind(id).bind(&name).bind(&url).bind(every).bind(state);
        call.bind(Micros(Micros::now().0.max(old.updated_at + 1))).execute().await?;
        if let Some(events) = &change.events {
            Exec::from(&mut tx).query(&FORGET).bind(id).execute().await?;
            choose(&mut tx, id, events).await?;
        }
        self.note(tx, (id, &name), ObjectEvent::Update, &json!({ "url": url, "state": state }), by).await?;
        self.wanted.notify_one();
        Ok(())
    }

    /// Gives a webhook another secret; the old one signs too for [`OLD_SECRET_HOURS`]. The new one.
    ///
    /// # Errors
    /// When there is no such webhook, or the database is out of reach.
    pub async fn rotate_secret(&self, id: i64, by: &Actor) -> Result<String, WebhookError> {
        let found = self.find(id).await?;
        let (secret, now) = (sign::new_secret(), Micros::now());
        let sealed = self.keys.seal(Purpose::Webhook, &id.to_string(), &secret);
        let until = Micros(now.0 + OLD_SECRET_HOURS * HOUR_US);
        let mut tx = self.db.begin(TxName("webhook.rotate")).await?;
        let call = Exec::from(&mut tx).query(&ROTATE).bind(id).bind(sealed).bind(until);
        if call.bind(Micros(now.0.max(found.updated_at + 1))).execute().await? == 0 {
            return Err(WebhookError::NotFound(id));
        }
        self.note(tx, (id, &found.name), ObjectEvent::Replace, &Value::Null, by).await?;
        Ok(secret)
    }

    /// Deletes a webhook with its deliveries, if it is still the one of this version; `None`: whichever it is.
    ///
    /// # Errors
    /// When there is no such webhook, or the database is out of reach.
    pub async fn delete(&self, id: i64, expected: Option<&[i64]>, by: &Actor) -> Result<(), WebhookError> {
        let mut tx = self.db.begin(TxName("webhook.delete")).await?;
        let found = locked(&mut tx, id, expected).await?;
        Exec::from(&mut tx).query(&DELETE).bind(id).execute().await?;
        self.note(tx, (id, &found.name), ObjectEvent::Delete, &Value::Null, by).await
    }

    pub(super) async fn note(
        &self,
        mut tx: Tx,
        (id, name): (i64, &str),
        event: ObjectEvent,
        detail: &Value,
        by: &Actor,
    ) -> Result<(), WebhookError> {
        let subject = Subject { kind: ObjectKind::Webhook, id, title: name, type_name: "", revision: None };
        object_log::append(&mut tx, by, event, subject, detail).await?;
        tx.commit().await?;
        self.content.count_object(ObjectKind::Webhook, event, by.channel);
        Ok(())
    }
}

/// A webhook that nobody else changes until the end of the transaction, if it is the one that is expected.
async fn locked(tx: &mut Tx, id: i64, expected: Option<&[i64]>) -> Result<Endpoint, WebhookError> {
    // Of the number 0 there are all.
    if id < 1 {
        return Err(WebhookError::NotFound(id));
    }
    Exec::from(&mut *tx).query(&LOCK).bind(id).execute().await?;
    let found: Option<Endpoint> = Exec::from(&mut *tx).query(&LIST).bind(id).bind(1_i64).optional().await?;
    let found = found.ok_or(WebhookError::NotFound(id))?;
    match expected {
        Some(versions) if !versions.contains(&found.updated_at) => Err(WebhookError::Stale(found.updated_at)),
        _ => Ok(found),
    }
}

fn checked_name(name: &str) -> Result<&str, WebhookError> {
    let name = name.trim();
    let fits = (1..=MAX_NAME).contains(&name.chars().count()) && !name.chars().any(char::is_control);
    if fits { Ok(name) } else { Err(WebhookError::NameInvalid) }
}

async fn choose(tx: &mut Tx, id: i64, events: &Chosen) -> Result<(), DbError> {
    Exec::from(tx).query(&CHOOSE).bind(id).bind(events.stored()).execute().await.map(drop)
}
