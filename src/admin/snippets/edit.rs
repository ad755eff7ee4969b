//! The form of a snippet: one that is there, or one that is yet to be made.

use std::sync::Arc;

use axum::extract::{Path, Request, State};
use axum::response::Response;
use serde_json::{Map, Value, json};

use super::{enter, find, list_url, type_of, url};
use crate::admin::Admin;
use crate::admin::editor::data::{self, Object};
use crate::admin::entry::{Seat, Speaks};
use crate::admin::pages::query_of;
use crate::admin::refusal::{Done, Refusal};
use crate::admin::texts::said;
use crate::content::locale::{self, Locale};
use crate::content::object_log::{self, Of};
use crate::content::snippet::{self, Snippet, SnippetContent};
use crate::content::types::{ContentType, Mode};
use crate::db::DbError;
use crate::http::form::FormData;
use crate::telemetry::label::ObjectKind;

pub(super) async fn page(
    State(admin): State<Arc<Admin>>,
    Path((type_name, id)): Path<(String, String)>,
    request: Request,
) -> Response {
    let entering = enter(&admin, &request, Speaks::Html);
    admin.answer(entering, async |seat| show(&admin, seat, &type_name, &id).await).await
}

pub(super) async fn new(State(admin): State<Arc<Admin>>, Path(type_name): Path<String>, request: Request) -> Response {
    let query = query_of(&request);
    let entering = enter(&admin, &request, Speaks::Html);
    admin.answer(entering, async |seat| show_new(&admin, seat, &type_name, &query).await).await
}

async fn show(admin: &Admin, seat: &Seat, type_name: &str, id: &str) -> Done {
    let types = admin.app.content.types();
    let of_type = type_of(&types, type_name)?;
    let known = find(admin, type_name, id).await?;
    let content = snippet::newest(&admin.app.db, &known).await?;
    let of = Of { kind: ObjectKind::Snippet, id: known.id, type_name: "" };
    let last = object_log::find_last(&*admin.app.db, of).await?;
    let (here, has_drafts) = (url(&known), of_type.snippet.drafts);
    let mut links = vec![
        json!({ "label": said("link-uses"), "url": format!("{here}delete/") }),
        json!({ "label": said("link-all-of-type").with("type", of_type.label.as_str()), "url": list_url(type_name) }),
    ];
    if of_type.snippet.translatable {
        links.extend(translations(admin, &known).await?);
    }
    let object = Object {
        kind: "snippet",
        of_type,
        facts: json!({
            "id": known.id, "live": known.live, "has_unpublished_changes": known.has_unpublished_changes,
            "locale": known.locale,
        }),
        addresses: json!({
            "save": here, "history": format!("{here}history/"),
            "publish": has_drafts.then(|| format!("{here}publish/")),
            "unpublish": has_drafts.then(|| format!("{here}unpublish/")),
        }),
        links: json!(links),
        version: Some(known.updated_at),
        saved_at: Some(known.updated_at),
        saved_by: last.map(|entry| entry.actor),
        content: json!(content),
        may_publish: has_drafts,
    };
    let data = data::of_object(admin, seat, &types, object).await?;
    Ok(admin.page(seat, "admin/editor.html", json!({ "data": data, "title": content.name })))
}

/// The translations of a snippet, and the languages that it has none in.
async fn translations(admin: &Admin, known: &Snippet) -> Result<Vec<Value>, DbError> {
    let db = &admin.app.db;
    let there = snippet::in_languages(db, &known.translation_key).await?;
    let link = |language: &Locale| {
        let list = list_url(&known.type_name);
        match there.iter().find(|found| found.locale == language.code) {
            Some(found) => {
                json!({ "label": said("link-translation").with("language", language.name.as_str()), "url": format!("{list}{}/", found.id) })
            }
            None => json!({
                "label": said("link-translate").with("language", language.name.as_str()),
                "url": format!("{list}add/?locale={}&translation_of={}", language.code, known.id),
            }),
        }
    };
    let languages = locale::list(db).await?;
    Ok(languages.iter().filter(|language| language.code != known.locale).map(link).collect())
}

/// In which language a new snippet is written, and which one it translates.
pub(super) struct Making {
    pub locale: Option<String>,
    pub original: Option<Snippet>,
}

impl Making {
    /// As addresses say it.
    fn query(&self) -> String {
        let original = self.original.as_ref().map(|original| original.id.to_string());
        let pairs = [("locale", &self.locale), ("translation_of", &original)];
        let mut query = url::form_urlencoded::Serializer::new(String::new());
        query.extend_pairs(pairs.iter().filter_map(|(name, value)| Some((name, value.as_ref()?))));
        let query = query.finish();
        if query.is_empty() { query } else { format!("?{query}") }
    }
}

/// What an address says of a snippet that is yet to be made.
pub(super) async fn making(admin: &Admin, of_type: &ContentType, query: &FormData) -> Result<Making, Refusal> {
    if !of_type.creatable {
        return Err(Refusal::Missing(said("snippets-of-this-type-are-not-made-here")));
    }
    let text = |name: &str| query.first(name).filter(|text| !text.is_empty());
    let (wanted, original) = (text("locale"), text("translation_of"));
    if (wanted.is_some() || original.is_some()) && !of_type.snippet.translatable {
        return Err(Refusal::Bad(said("this-type-has-no-translations")));
    }
    let locale = match wanted {
        Some(wanted) => {
            let known = locale::list(&admin.app.db).await?.into_iter().find(|known| known.code == wanted);
            Some(known.ok_or(Refusal::Missing(said("no-such-language")))?.code)
        }
        None => None,
    };
    let original = match original {
        Some(id) => Some(find(admin, &of_type.name, id).await?),
        None => None,
    };
    if original.as_ref().is_some_and(|original| locale.as_ref().is_none_or(|locale| *locale == original.locale)) {
        return Err(Refusal::Bad(said("say-into-which-other-language")));
    }
    Ok(Making { locale, original })
}

async fn show_new(admin: &Admin, seat: &Seat, type_name: &str, query: &FormData) -> Done {
    let types = admin.app.content.types();
    let of_type = type_of(&types, type_name)?;
    let making = making(admin, of_type, query).await?;
    let content = match &making.original {
        Some(original) => snippet::newest(&admin.app.db, original).await?,
        None => SnippetContent {
            fields: of_type.validate(&types, &Map::new(), Mode::Draft).unwrap_or_default(),
            ..SnippetContent::default()
        },
    };
    let list = list_url(type_name);
    let object = Object {
        kind: "snippet",
        of_type,
        facts: json!({
            "id": null, "live": false, "has_unpublished_changes": false, "locale": making.locale,
        }),
        addresses: json!({ "save": format!("{list}add/{}", making.query()) }),
        links: json!([{ "label": said("link-all-of-type").with("type", of_type.label.as_str()), "url": list }]),
        version: None,
        saved_at: None,
        saved_by: None,
        content: json!(content),
        may_publish: false,
    };
    let data = data::of_object(admin, seat, &types, object).await?;
    Ok(admin.page(
        seat,
        "admin/editor.html",
        json!({ "data": data, "title": said("new-of-type").with("type", of_type.label.as_str()) }),
    ))
}
