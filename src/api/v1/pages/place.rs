//! Where pages are: copying them, as pages of their own or as aliases, and moving them elsewhere in the tree.

use std::sync::Arc;

use axum::extract::{Path, Request, State};
use axum::response::Response;

use super::show::{address, head};
use super::write::acting;
use super::{explored, named, reloaded};
use crate::accounts::Scope;
use crate::api::Api;
use crate::api::caller::Caller;
use crate::api::v1::answer::Reply;
use crate::api::v1::entry::{self, Sent, answer};
use crate::api::v1::given::Given;
use crate::api::v1::problem::{Done, Refusal};
use crate::content::explore::Listed;
use crate::content::tree::ROOT_ID;
use crate::content::{CopyState, Copying, Extent, Position};
use crate::permit;
use crate::telemetry::label::Route;

const ROUTE: Route = Route::ApiPageAction;

/// Where something goes: below a page, or beside one.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Place {
    First(i64),
    Last(i64),
    Before(i64),
    After(i64),
}

impl Place {
    /// `to` and `position`, or `before`, or `after`; none when nothing is said.
    pub(super) fn of(given: &mut Given) -> Option<Self> {
        let (to, before, after) = (given.number("to"), given.number("before"), given.number("after"));
        let is_first = given.word("position", &[("first", true), ("last", false)]).unwrap_or_default();
        match (to, before, after) {
            (Some(to), None, None) if is_first => Some(Self::First(to)),
            (Some(to), None, None) => Some(Self::Last(to)),
            (None, Some(sibling), None) => Some(Self::Before(sibling)),
            (None, None, Some(sibling)) => Some(Self::After(sibling)),
            (None, None, None) => None,
            _ => {
                given.refuse("to", "invalid", "Give one of to, before and after.");
                None
            }
        }
    }

    /// The page below which it is, and the position there.
    pub(super) async fn find(self, api: &Api, caller: &Caller) -> Result<(Listed, Position), Refusal> {
        let (parent, position) = match self {
            Self::First(to) => (named(api, caller, to, "/to").await?, Position::FirstChildOf(to)),
            Self::Last(to) => (named(api, caller, to, "/to").await?, Position::LastChildOf(to)),
            Self::Before(sibling) => (parent_of(api, caller, sibling, "/before").await?, Position::LeftOf(sibling)),
            Self::After(sibling) => (parent_of(api, caller, sibling, "/after").await?, Position::RightOf(sibling)),
        };
        Ok((parent, position))
    }
}

async fn parent_of(api: &Api, caller: &Caller, sibling: i64, pointer: &str) -> Result<Listed, Refusal> {
    let sibling = named(api, caller, sibling, pointer).await?;
    named(api, caller, sibling.parent_id.unwrap_or(ROOT_ID), pointer).await
}

/// What visitors would see at once takes the scope for that, too.
pub(super) fn need_publish(caller: &Caller, any_live: bool) -> Result<(), Refusal> {
    if any_live {
        caller.need(Scope::Publish)?;
    }
    Ok(())
}

pub(super) async fn copy(
    State(api): State<Arc<Api>>,
    Path(id): Path<String>,
    caller: Caller,
    request: Request,
) -> Response {
    let work = async |sent: &Sent| make_copy(&api, &caller, &id, sent).await;
    answer(&api, &caller, request, (ROUTE, Some(Scope::WriteContent)), work).await
}

async fn make_copy(api: &Api, caller: &Caller, id: &str, sent: &Sent) -> Done {
    let mut given = sent.given()?;
    let place = Place::of(&mut given);
    let (slug, title) = (given.text("slug"), given.text("title"));
    let extent = if given.flag("subtree").unwrap_or_default() { Extent::Subtree } else { Extent::Page };
    let is_alias = given.flag("alias").unwrap_or_default();
    let keeps_live = given.flag("live").unwrap_or_default();
    if is_alias && (slug.is_some() || title.is_some()) {
        given.refuse("alias", "invalid", "An alias has the slug and the title of its source.");
    }
    given.end()?;
    // An alias is live whenever its source is.
    let keeps_live = is_alias || keeps_live;
    need_publish(caller, keeps_live)?;
    let source = explored(api, caller, entry::id(id)?).await?;
    permit::refuse_copying(caller.grants(), &source)?;
    let place = place.unwrap_or(Place::Last(source.parent_id.unwrap_or(ROOT_ID)));
    let (parent, to) = place.find(api, caller).await?;
    permit::refuse_coming(caller.grants(), &parent, keeps_live)?;
    let (content, by) = (&api.site.app.content, acting(caller, sent)?);
    let state = if keeps_live { CopyState::KeepLive } else { CopyState::Draft };
    let made = match is_alias {
        true => content.create_alias(source.id, to, extent, by).await?,
        false => content.copy_page(source.id, &Copying { to, extent, state, slug, title }, by).await?,
    };
    Ok(Reply::created(&head(api, &reloaded(api, made).await?), address(made)))
}

pub(super) async fn relocate(
    State(api): State<Arc<Api>>,
    Path(id): Path<String>,
    caller: Caller,
    request: Request,
) -> Response {
    let work = async |sent: &Sent| carry(&api, &caller, &id, sent).await;
    answer(&api, &caller, request, (ROUTE, Some(Scope::WriteContent)), work).await
}

async fn carry(api: &Api, caller: &Caller, id: &str, sent: &Sent) -> Done {
    let mut given = sent.given()?;
    let place = Place::of(&mut given);
    let place = given.needed("to", place);
    given.end()?;
    let row = explored(api, caller, entry::id(id)?).await?;
    let (parent, to) = place.unwrap_or(Place::Last(ROOT_ID)).find(api, caller).await?;
    let content = &api.site.app.content;
    permit::refuse_moving(content, caller.grants(), &row, &parent).await?;
    let branch = content.measure_branch(&row.path, caller.grants().account()).await?;
    need_publish(caller, branch.any_live)?;
    content.move_page(row.id, to, acting(caller, sent)?).await?;
    Ok(Reply::ok(&head(api, &reloaded(api, row.id).await?)))
}
