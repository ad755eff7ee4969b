//! Making snippets, changing and deleting them.

use std::sync::Arc;

use axum::extract::{Path, Request, State};
use axum::response::Response;
use http::StatusCode;

use super::{address, find, need_publish, refuse, refuse_stale, reloaded};
use crate::accounts::Scope;
use crate::api::Api;
use crate::api::caller::Caller;
use crate::api::v1::answer::{Expected, Reply};
use crate::api::v1::entry::{self, Sent, answer, known};
use crate::api::v1::given::patched;
use crate::api::v1::pages::tell;
use crate::api::v1::problem::{Done, Refusal, invalid};
use crate::api::v1::rich;
use crate::api::v1::seen::seen;
use crate::content::snippet::{self, SnippetContent};
use crate::content::types::Kind;
use crate::content::{Deletion, NewSnippet, SnippetDraft, locale};
use crate::telemetry::label::Route;

pub(super) async fn create(State(api): State<Arc<Api>>, caller: Caller, request: Request) -> Response {
    let work = async |sent: &Sent| make(&api, &caller, sent).await;
    answer(&api, &caller, request, (Route::ApiSnippets, Some(Scope::WriteContent)), work).await
}

async fn make(api: &Api, caller: &Caller, sent: &Sent) -> Done {
    refuse(caller)?;
    let mut given = sent.given()?;
    let (type_name, name) = (given.text("type"), given.text("name"));
    let type_name = given.needed("type", type_name).unwrap_or_default();
    let name = given.needed("name", name).unwrap_or_default();
    let fields = given.object("fields").unwrap_or_default();
    let fields = rich::formatted(&api.site.app.content.types(), &type_name, fields, rich::asked(sent)?);
    let content = SnippetContent { name, slug: given.text("slug").unwrap_or_default(), fields };
    let new =
        NewSnippet { type_name, content, locale: given.text("locale"), translation_of: given.number("translation_of") };
    given.end()?;
    refuse_place(api, &new).await?;
    need_publish(api, caller, &new.type_name, false)?;
    let id = api.site.app.content.create_snippet(new, caller.actor()?).await?;
    let (shown, etag) = reloaded(api, caller, id).await?;
    Ok(Reply::created(&shown, address(id)).with_etag(etag))
}

/// Whether such a snippet is made by people at all, and in that language.
async fn refuse_place(api: &Api, new: &NewSnippet) -> Result<(), Refusal> {
    let (db, types) = (&api.site.app.db, api.site.app.content.types());
    let of_type = types.find(&new.type_name).filter(|found| found.kind == Kind::Snippet && found.creatable);
    let Some(of_type) = of_type else {
        return Err(invalid().at("/type", "unknown_type", "There is no such type of snippets.").into());
    };
    if !of_type.snippet.translatable {
        return match (&new.locale, new.translation_of) {
            (None, None) => Ok(()),
            (Some(_), _) => Err(invalid().at("/locale", "no_translations", "The type has no translations.").into()),
            _ => Err(invalid().at("/translation_of", "no_translations", "The type has no translations.").into()),
        };
    }
    if let Some(code) = &new.locale
        && !locale::names(db).await?.iter().any(|known| known.code == *code)
    {
        return Err(invalid().at("/locale", "unknown_locale", "There is no such language.").into());
    }
    if let Some(id) = new.translation_of {
        let original = snippet::find(&**db, id).await?.filter(|found| found.type_name == new.type_name);
        let Some(original) = original else {
            return Err(invalid().at("/translation_of", "not_found", "There is no such snippet of that type.").into());
        };
        if new.locale.as_ref().is_none_or(|code| *code == original.locale) {
            return Err(invalid().at("/locale", "other_language", "Say into which other language.").into());
        }
    }
    Ok(())
}

pub(super) async fn change(
    State(api): State<Arc<Api>>,
    Path(id): Path<String>,
    caller: Caller,
    request: Request,
) -> Response {
    let work = async |sent: &Sent| patch(&api, &caller, &id, sent).await;
    answer(&api, &caller, request, (Route::ApiSnippet, Some(Scope::WriteContent)), work).await
}

async fn patch(api: &Api, caller: &Caller, id: &str, sent: &Sent) -> Done {
    let known = find(api, caller, id).await?;
    refuse_stale(api, &known, &seen(sent)?).await?;
    need_publish(api, caller, &known.type_name, false)?;
    let old = snippet::newest(&api.site.app.db, &known).await?;
    let mut given = sent.given()?;
    let changes = given.object("fields").unwrap_or_default();
    let types = api.site.app.content.types();
    let changes = rich::formatted(&types, &known.type_name, changes, rich::asked(sent)?);
    let fields = patched(old.fields, changes);
    let (name, slug) = (given.text("name").unwrap_or(old.name), given.text("slug").unwrap_or(old.slug));
    given.end()?;
    let draft = SnippetDraft { content: SnippetContent { name, slug, fields }, base: Some(known.updated_at) };
    let saved = api.site.app.content.save_edited_snippet(known.id, draft, caller.actor()?).await?;
    let (mut shown, etag) = reloaded(api, caller, known.id).await?;
    tell(&mut shown, &saved);
    Ok(Reply::ok(&shown).with_etag(etag))
}

pub(super) async fn delete(
    State(api): State<Arc<Api>>,
    Path(id): Path<String>,
    caller: Caller,
    request: Request,
) -> Response {
    let work = async |sent: &Sent| {
        known(&sent.query, &["anyway"])?;
        sent.expect_nothing()?;
        let deletion = match entry::flag(sent, "anyway")? {
            Some(true) => Deletion::Anyway,
            _ => Deletion::IfUnused,
        };
        let known = find(&api, &caller, &id).await?;
        need_publish(&api, &caller, &known.type_name, known.live)?;
        let by = caller.actor()?.having_seen(Expected::of(&sent.headers).seen());
        api.site.app.content.delete_snippet(known.id, deletion, by).await?;
        Ok(Reply::nothing(StatusCode::NO_CONTENT))
    };
    answer(&api, &caller, request, (Route::ApiSnippet, Some(Scope::WriteContent)), work).await
}
