//! Making pages, and changing their drafts.

use std::sync::Arc;

use axum::extract::{Path, Request, State};
use axum::response::Response;
use serde_json::{Map, Value, json};

use super::show::{self, Version, address};
use super::{find, named, reloaded};
use crate::accounts::Scope;
use crate::api::Api;
use crate::api::caller::Caller;
use crate::api::v1::answer::{Expected, Reply, unconditional};
use crate::api::v1::entry::{self, Sent, answer};
use crate::api::v1::given::patched;
use crate::api::v1::problem::{Done, Refusal, invalid, of_fields};
use crate::api::v1::rich;
use crate::content::detail::Detail;
use crate::content::page::PageContent;
use crate::content::{Acting, Draft, EditError, NewPage, Saved};
use crate::http::problem::Problem;
use crate::permit::{self, Wants};
use crate::telemetry::label::{DraftOutcome, Route, SaveMode};

pub(super) async fn create(State(api): State<Arc<Api>>, caller: Caller, request: Request) -> Response {
    let work = async |sent: &Sent| make(&api, &caller, sent).await;
    answer(&api, &caller, request, (Route::ApiPages, Some(Scope::WriteContent)), work).await
}

pub(super) async fn change(
    State(api): State<Arc<Api>>,
    Path(id): Path<String>,
    caller: Caller,
    request: Request,
) -> Response {
    let work = async |sent: &Sent| patch(&api, &caller, &id, sent).await;
    answer(&api, &caller, request, (Route::ApiPage, Some(Scope::WriteContent)), work).await
}

/// A new page, as a draft.
async fn make(api: &Api, caller: &Caller, sent: &Sent) -> Done {
    let mut given = sent.given()?;
    let (parent, type_name, title) = (given.number("parent"), given.text("type"), given.text("title"));
    let parent = given.needed("parent", parent);
    let type_name = given.needed("type", type_name);
    let title = given.needed("title", title);
    let new = NewPage {
        parent: parent.unwrap_or_default(),
        type_name: type_name.unwrap_or_default(),
        title: title.unwrap_or_default(),
        slug: given.text("slug"),
        seo_title: given.text("seo_title").unwrap_or_default(),
        search_description: given.text("search_description").unwrap_or_default(),
        show_in_menus: given.flag("show_in_menus").unwrap_or_default(),
        fields: given.object("fields").unwrap_or_default(),
        owner: caller.account().map(|account| account.id),
        ..NewPage::default()
    };
    given.end()?;
    let (content, types) = (&api.site.app.content, api.site.app.content.types());
    let fields = rich::formatted(&types, &new.type_name, new.fields, rich::asked(sent)?);
    let new = NewPage { fields, ..new };
    let parent = named(api, caller, new.parent, "/parent").await?;
    permit::refuse_adding(caller.grants(), &parent)??;
    let allowed = permit::types_below(&types, &parent);
    if !allowed.iter().any(|known| known.name == new.type_name) {
        let names: Vec<&str> = allowed.iter().map(|known| known.name.as_str()).collect();
        let detail = format!("Pages of these types are made there: {}.", names.join(", "));
        return Err(invalid().at("/type", "not_here", detail).into());
    }
    let id = content.create_page(new, caller.actor()?).await?;
    let detail = reloaded(api, id).await?;
    let (whole, etag) = show::page(api, &detail, Version::Draft, &show::rights(caller));
    Ok(Reply::created(&whole, address(id)).with_etag(etag))
}

/// The draft that a change is made to, if it is the one that the caller has seen.
pub(super) async fn base(api: &Api, caller: &Caller, id: &str, sent: &Sent) -> Result<(Detail, i64), Refusal> {
    let expected = Expected::of(&sent.headers);
    let detail = find(api, caller, entry::id(id)?, Wants::Edit).await?;
    if expected == Expected::Unsaid {
        return Err(unconditional());
    }
    refuse_stale(&detail, &expected)?;
    let page = &detail.page;
    if let Some(source_page) = page.alias_of {
        return Err(EditError::IsAlias { page: page.id, source_page }.into());
    }
    let revision = page.latest_revision_id.ok_or(EditError::RevisionNotFound { page: page.id, revision: 0 })?;
    Ok((detail, revision))
}

/// Whether somebody saved another draft than the one that the caller has seen.
pub(super) fn refuse_stale(detail: &Detail, expected: &Expected) -> Result<(), Refusal> {
    let newest = detail.page.latest_revision_id.unwrap_or_default();
    if expected.takes(newest) {
        return Ok(());
    }
    let (by, at) = (detail.saved_by.clone(), detail.saved_at.map(|at| crate::clock::Micros(at).to_rfc3339()));
    let by = if by.is_empty() { "Somebody".to_owned() } else { by };
    Err(EditError::Conflict { revision: newest, by, at: at.unwrap_or_default() }.into())
}

/// Who does something to a page, for the drafts that `If-Match` names: the action itself minds them.
pub(super) fn acting(caller: &Caller, sent: &Sent) -> Result<Acting, Refusal> {
    Ok(caller.actor()?.having_seen(Expected::of(&sent.headers).seen()))
}

async fn patch(api: &Api, caller: &Caller, id: &str, sent: &Sent) -> Done {
    let (detail, revision) = base(api, caller, id, sent).await?;
    let mut given = sent.given()?;
    let old = detail.draft();
    let types = api.site.app.content.types();
    let changes = given.object("fields").unwrap_or_default();
    let changes = rich::formatted(&types, &detail.page.type_name, changes, rich::asked(sent)?);
    let fields = patched(old.fields, changes);
    let content = PageContent {
        title: given.text("title").unwrap_or(old.title),
        slug: given.text("slug").unwrap_or(old.slug),
        seo_title: given.text("seo_title").unwrap_or(old.seo_title),
        search_description: given.text("search_description").unwrap_or(old.search_description),
        show_in_menus: given.flag("show_in_menus").unwrap_or(old.show_in_menus),
        fields,
    };
    given.end()?;
    save(api, caller, (detail.page.id, revision), content).await
}

/// Saves a draft over the one with this revision, and answers with the page as it is then.
pub(super) async fn save(api: &Api, caller: &Caller, (id, revision): (i64, i64), content: PageContent) -> Done {
    let draft = Draft { content, base: Some(revision), ..Draft::default() };
    let saved = api.site.app.content.save_edited(id, draft, caller.actor()?).await;
    let outcome = match &saved {
        Ok(_) => DraftOutcome::Saved,
        Err(EditError::Conflict { .. }) => DraftOutcome::Conflict,
        Err(EditError::Db(_)) => DraftOutcome::Failed,
        Err(_) => DraftOutcome::Invalid,
    };
    let labels = [SaveMode::Manual.as_str(), outcome.as_str()];
    api.site.app.telemetry.families.draft_saves.with_label_values(&labels).inc();
    let saved = saved?;
    let detail = reloaded(api, id).await?;
    let (mut whole, etag) = show::page(api, &detail, Version::Draft, &show::rights(caller));
    tell(&mut whole, &saved);
    Ok(Reply::ok(&whole).with_etag(etag))
}

/// What cleaning took out, and why the draft could not be published as it is.
pub(in crate::api::v1) fn tell(whole: &mut Value, saved: &Saved) {
    let Problem { errors, .. } = of_fields(&saved.blockers);
    whole["notes"] = json!({ "removed": saved.removals, "blockers": errors });
}

/// A copy of the fields, for changes that may fail half way.
pub(super) fn fields_of(detail: &Detail) -> (PageContent, Map<String, Value>) {
    let mut content = detail.draft();
    let fields = std::mem::take(&mut content.fields);
    (content, fields)
}
