//! Settings: values that a site, or the whole installation, has once, such as the text of the footer. All of them are
//! kept in memory, so that a page shows them without a query.

use std::borrow::Cow;
use std::collections::BTreeMap;

use serde_json::{Map, Value};

use super::change::{self, Tag};
use super::draft::blockers;
use super::guarded::{self, Other};
use super::page::json_object;
use super::reference::{self, State};
use super::types::{ContentType, Kind, Mode, Scope, Types};
use super::{Acting, Actor, Content, EditError, Saved, object_log, site};
use crate::clock::Micros;
use crate::db::{Db, DbError, Exec, Tx, TxName};
use crate::telemetry::label::{Channel, ObjectEvent, ObjectKind};
use crate::{queries, record};

/// Rows of settings that an installation may have: sites times types.
const MAX_SETTINGS: i64 = 10_000;
/// Changes of one type of settings that the audit lists.
const HISTORY_LIMIT: i64 = 100;

record! { #[derive(Clone, Debug)] struct Row { site_id: Option<i64>, type_name: String, data: String } }
record! { struct Versioned { data: String, updated_at: i64 } }
record! {
    /// One change of settings.
    #[derive(Clone, Debug)]
    pub struct SettingRevision {
        pub id: i64, pub site_id: Option<i64>,
        /// JSON; none after a revert to the defaults.
        pub data: Option<String>,
        pub channel: String, pub created_at: i64,
    }
}

queries! {
    LIST = read "setting.list" "SELECT site_id, type AS type_name, data FROM setting ORDER BY id LIMIT $1";
    FIND = read "setting.find" "SELECT data, updated_at FROM setting WHERE type = $1 AND COALESCE(site_id, 0) = $2";
    LOCK = write "setting.lock"
        ("SELECT updated_at FROM setting WHERE type = $1 AND COALESCE(site_id, 0) = $2" for_update);
    /// `$5`: the version that may be written over; any when it is below 0.
    UPSERT = write "setting.upsert"
        "INSERT INTO setting (site_id, type, data, updated_at) VALUES ($1, $2, $3, $4)
         ON CONFLICT (type, COALESCE(site_id, 0)) DO UPDATE SET data = excluded.data, updated_at = excluded.updated_at
         WHERE CAST($5 AS BIGINT) < 0 OR setting.updated_at = CAST($5 AS BIGINT)
         RETURNING id";
    DELETE = write "setting.delete" "DELETE FROM setting WHERE type = $1 AND COALESCE(site_id, 0) = $2";
    ADD_REVISION = write "setting.add_revision"
        "INSERT INTO setting_revision (site_id, type, data, channel, created_at) VALUES ($1, $2, $3, $4, $5)";
    HISTORY = read "setting.list_revisions"
        "SELECT id, site_id, data, channel, created_at FROM setting_revision
         WHERE type = $1 AND COALESCE(site_id, 0) = $2 ORDER BY id DESC LIMIT $3";
}

/// All settings, as stored.
#[derive(Clone, Debug, Default)]
pub struct Settings {
    rows: BTreeMap<(String, Option<i64>), Map<String, Value>>,
}

impl Settings {
    async fn load(db: &Db) -> Result<Self, DbError> {
        let rows: Vec<Row> = db.query(&LIST).bind(MAX_SETTINGS).list().await?;
        Ok(Self { rows: rows.into_iter().map(|row| ((row.type_name, row.site_id), json_object(&row.data))).collect() })
    }

    /// The values of a type, complete, as a site sees them; those of the type's defaults when nothing was set.
    pub fn values(&self, types: &Types, of_type: &ContentType, site: i64) -> Map<String, Value> {
        let site = (of_type.scope == Scope::Site).then_some(site);
        let stored = self.rows.get(&(of_type.name.clone(), site)).cloned().unwrap_or_default();
        completed(types, of_type, stored)
    }

    /// The sites for which a type was set, `None` being all of them.
    pub fn sites_of(&self, type_name: &str) -> Vec<Option<i64>> {
        self.rows.keys().filter(|(name, _)| name == type_name).map(|(_, site)| *site).collect()
    }
}

/// The stored values, with defaults for fields that the type got since; fields that do not fit any more are as new.
fn completed(types: &Types, of_type: &ContentType, mut stored: Map<String, Value>) -> Map<String, Value> {
    stored.retain(|name, _| of_type.field(name).is_some());
    let mut errors = match of_type.validate(types, &stored, Mode::Draft) {
        Ok(values) => return values,
        Err(errors) => errors,
    };
    errors.retain(|error| stored.remove(error.path.split(['.', '[']).next().unwrap_or_default()).is_some());
    tracing::debug!(type_name = of_type.name, fields = errors.len(), "stored settings do not fit their type any more");
    of_type.validate(types, &stored, Mode::Draft).unwrap_or_default()
}

/// Writes valid values, their audit line and what they refer to; when. `None`: somebody else wrote meanwhile, and nothing is
/// written; `base` is the version that may be written over.
pub(super) async fn store(
    tx: &mut Tx,
    types: &Types,
    of_type: &ContentType,
    site: Option<i64>,
    fields: &Map<String, Value>,
    base: Option<i64>,
    channel: Channel,
) -> Result<Option<Micros>, DbError> {
    let data = Value::Object(fields.clone()).to_string();
    let now = Micros::now();
    let call = Exec::from(&mut *tx).query(&UPSERT).bind(site).bind(&of_type.name);
    let id: Option<i64> = call.bind(&data).bind(now).bind(base.unwrap_or(-1)).optional().await?;
    let Some(id) = id else { return Ok(None) };
    let call = Exec::from(&mut *tx).query(&ADD_REVISION).bind(site).bind(&of_type.name);
    call.bind(data).bind(channel.as_str()).bind(now).execute().await?;
    let placed = of_type.placed_references(types, fields);
    reference::replace(tx, reference::Source::Setting(id), State::Live, &placed).await?;
    Ok(Some(now))
}

/// The values of one type as they are stored now, complete, and their version: when they were changed last, in
/// microseconds; 0 when nothing was set.
///
/// # Errors
/// When the database is out of reach.
pub async fn find(
    db: &Db,
    types: &Types,
    of_type: &ContentType,
    site: Option<i64>,
) -> Result<(Map<String, Value>, i64), DbError> {
    let found = db.query(&FIND).bind(&of_type.name).bind(site.unwrap_or(0)).optional::<Versioned>().await?;
    let (stored, version) = found.map(|row| (json_object(&row.data), row.updated_at)).unwrap_or_default();
    Ok((completed(types, of_type, stored), version))
}

/// The changes of a type of settings, newest first.
pub async fn history(db: &Db, type_name: &str, site: Option<i64>) -> Result<Vec<SettingRevision>, DbError> {
    db.query(&HISTORY).bind(type_name).bind(site.unwrap_or(0)).bind(HISTORY_LIMIT).list().await
}

/// When the settings were changed last; no other transaction changes them until this one ends.
async fn locked_version(tx: &mut Tx, site: Option<i64>, type_name: &str) -> Result<i64, DbError> {
    let call = Exec::from(tx).query(&LOCK).bind(type_name).bind(site.unwrap_or(0));
    Ok(call.optional::<i64>().await?.unwrap_or(0))
}

async fn conflict(
    tx: &mut Tx,
    (of_type, site): (&ContentType, Option<i64>),
    version: i64,
) -> Result<EditError, DbError> {
    let of = object_log::Of { kind: ObjectKind::Setting, id: site.unwrap_or(0), type_name: &of_type.name };
    object_log::conflict(tx, of, version).await
}

impl Content {
    /// The settings in memory.
    pub fn settings(&self) -> std::sync::Arc<Settings> {
        self.settings.load_full()
    }

    /// Reads all settings into memory.
    ///
    /// # Errors
    /// When the database is out of reach; the settings stay as they were.
    pub async fn load_settings(&self) -> Result<(), DbError> {
        // One at a time: what was read first must not be kept last.
        let _turn = self.settings_turn.lock().await;
        self.settings.store(std::sync::Arc::new(Settings::load(&self.db).await?));
        Ok(())
    }

    /// Sets all fields of a type of settings, for one site or, with a global type, for all.
    ///
    /// # Errors
    /// What [`EditError`] says; nothing is changed then.
    pub async fn update_setting(
        &self,
        site: Option<i64>,
        type_name: &str,
        fields: &Map<String, Value>,
        by: impl Into<Actor>,
    ) -> Result<(), EditError> {
        self.write_setting(site, type_name, fields, None, &by.into()).await.map(drop)
    }

    /// As [`Content::update_setting`], unless somebody changed it after the version `base`, as [`find`] gives it.
    ///
    /// # Errors
    /// [`EditError::Conflict`] then, and what else [`EditError`] says; nothing is changed.
    pub async fn update_edited_setting(
        &self,
        site: Option<i64>,
        type_name: &str,
        fields: &Map<String, Value>,
        base: i64,
        by: impl Into<Actor>,
    ) -> Result<Saved, EditError> {
        self.write_setting(site, type_name, fields, Some(base), &by.into()).await
    }

    async fn write_setting(
        &self,
        site: Option<i64>,
        type_name: &str,
        fields: &Map<String, Value>,
        base: Option<i64>,
        by: &Actor,
    ) -> Result<Saved, EditError> {
        let types = self.types();
        let of_type = self.setting_type(&types, type_name, site).await?;
        let fields = self.settled(&types, of_type, site, fields, by).await?;
        let validated = of_type.validate_reporting(&types, &fields, Mode::Publish).map_err(EditError::Invalid)?;
        let mut tx = self.db.begin(TxName("setting.update")).await?;
        let version = locked_version(&mut tx, site, type_name).await?;
        let stored = match base.is_none_or(|base| base == version) {
            true => store(&mut tx, &types, of_type, site, &validated.values, base, by.channel).await?,
            false => None,
        };
        let Some(at) = stored else {
            let version = locked_version(&mut tx, site, type_name).await?;
            return Err(conflict(&mut tx, (of_type, site), version).await?);
        };
        self.finish_setting(tx, (of_type, site), ObjectEvent::Update, by).await?;
        let blockers = blockers(&types, of_type, &validated.values);
        Ok(Saved { revision: at.0, at, removals: validated.removals, blockers })
    }

    /// What was sent, with the values that its sender may not set.
    async fn settled<'f>(
        &self,
        types: &Types,
        of_type: &ContentType,
        site: Option<i64>,
        fields: &'f Map<String, Value>,
        by: &Actor,
    ) -> Result<Cow<'f, Map<String, Value>>, EditError> {
        if !guarded::concerns(of_type, by) {
            return Ok(Cow::Borrowed(fields));
        }
        let (stored, _) = find(&self.db, types, of_type, site).await?;
        let mut fields = fields.clone();
        guarded::settle((types, of_type), by, &mut fields, &stored, Other::Refused)?;
        Ok(Cow::Owned(fields))
    }

    /// The values as they would be, for a look at them: nothing is written.
    ///
    /// # Errors
    /// What [`EditError`] says.
    pub async fn try_setting(
        &self,
        site: Option<i64>,
        type_name: &str,
        fields: &Map<String, Value>,
        by: &Actor,
    ) -> Result<Map<String, Value>, EditError> {
        let types = self.types();
        let of_type = self.setting_type(&types, type_name, site).await?;
        let fields = self.settled(&types, of_type, site, fields, by).await?;
        of_type.validate(&types, &fields, Mode::Draft).map_err(EditError::Invalid)
    }

    /// Forgets what was set: the type's defaults count again.
    ///
    /// # Errors
    /// What [`EditError`] says; nothing is changed then.
    pub async fn revert_setting(
        &self,
        site: Option<i64>,
        type_name: &str,
        by: impl Into<Acting>,
    ) -> Result<(), EditError> {
        let Acting { by, seen } = by.into();
        let types = self.types();
        let of_type = self.setting_type(&types, type_name, site).await?;
        if guarded::concerns(of_type, &by) {
            let (mut stored, _) = find(&self.db, &types, of_type, site).await?;
            guarded::settle((&types, of_type), &by, &mut stored, &Map::new(), Other::Refused)?;
        }
        let mut tx = self.db.begin(TxName("setting.revert")).await?;
        let version = locked_version(&mut tx, site, type_name).await?;
        if !seen.takes(version) {
            return Err(conflict(&mut tx, (of_type, site), version).await?);
        }
        let gone = Exec::from(&mut tx).query(&DELETE).bind(type_name).bind(site.unwrap_or(0)).execute().await?;
        if gone == 0 {
            return Ok(());
        }
        let call = Exec::from(&mut tx).query(&ADD_REVISION).bind(site).bind(type_name).bind(None::<String>);
        call.bind(by.channel.as_str()).bind(Micros::now()).execute().await?;
        self.finish_setting(tx, (of_type, site), ObjectEvent::Revert, &by).await
    }

    async fn finish_setting(
        &self,
        mut tx: Tx,
        (of_type, site): (&ContentType, Option<i64>),
        event: ObjectEvent,
        by: &Actor,
    ) -> Result<(), EditError> {
        let type_name = of_type.name.as_str();
        let kind = ObjectKind::Setting;
        let subject =
            object_log::Subject { kind, id: site.unwrap_or(0), title: &of_type.label, type_name, revision: None };
        object_log::append(&mut tx, by, event, subject, &Value::Null).await?;
        let tags = [Tag::Setting(type_name.to_owned())];
        let change = change::append(&mut tx, &tags).await?;
        tx.commit().await?;
        self.count_object(kind, event, by.channel);
        // Before the purge, so that no page is made again with the old ones.
        if let Err(error) = self.load_settings().await {
            tracing::warn!(%error, "the new settings are saved, and are read by the follower of changes");
            return Ok(());
        }
        self.announce_own(change, &tags);
        Ok(())
    }

    async fn setting_type<'t>(
        &self,
        types: &'t Types,
        name: &str,
        site: Option<i64>,
    ) -> Result<&'t ContentType, EditError> {
        let of_type = types.find(name).ok_or_else(|| EditError::TypeUnknown(name.to_owned()))?;
        if of_type.kind != Kind::Settings {
            return Err(EditError::WrongKind(name.to_owned(), "settings"));
        }
        match (of_type.scope, site) {
            (Scope::Global, Some(_)) => Err(EditError::GlobalSetting(name.to_owned())),
            (Scope::Site, None) => Err(EditError::SiteSetting(name.to_owned())),
            (Scope::Global, None) => Ok(of_type),
            (Scope::Site, Some(id)) => {
                let known = site::list(&*self.db, "").await?.iter().any(|site| site.id == id);
                if known { Ok(of_type) } else { Err(EditError::SiteNotFound(id)) }
            }
        }
    }

    pub(crate) fn count_object(&self, object: ObjectKind, event: ObjectEvent, channel: Channel) {
        self.count_objects(object, event, channel, 1);
    }

    pub(super) fn count_objects(&self, object: ObjectKind, event: ObjectEvent, channel: Channel, number: u64) {
        if number > 0 {
            let labels = [object.as_str(), event.as_str(), channel.as_str()];
            self.telemetry.families.object_events.with_label_values(&labels).inc_by(number);
        }
    }
}
