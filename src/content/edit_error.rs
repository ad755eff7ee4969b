//! Why a change of content is refused.

use super::operations::Pointer;
use super::reference::Use;
use super::types::{FieldError, PlacementError};
use crate::db::DbError;

#[derive(Debug, thiserror::Error)]
pub enum EditError {
    #[error("there is no page {0}")]
    PageNotFound(i64),
    #[error("page {page} has no revision {revision}")]
    RevisionNotFound { page: i64, revision: i64 },
    #[error("{by} saved revision {revision} meanwhile, at {at}")]
    Conflict { revision: i64, by: String, at: String },
    #[error("{field}: {at} is over already")]
    TimeIsOver { field: &'static str, at: String },
    #[error("expire_at: {expire_at} is not behind {publish_at}, when the page goes live")]
    ExpiresTooEarly { publish_at: String, expire_at: String },
    #[error("expire_at: page {0} is not live, and is not scheduled to be")]
    NothingExpires(i64),
    #[error("there is no snippet {0}")]
    SnippetNotFound(i64),
    #[error("there is no content type {0}")]
    TypeUnknown(String),
    #[error("{0} is not a {1} type")]
    WrongKind(String, &'static str),
    #[error("{0}")]
    Placement(#[from] PlacementError),
    #[error("max_count: there may be {max} pages of type {type_name}")]
    MaxCount { type_name: String, max: u64 },
    #[error("max_count_per_parent: page {parent} may have {max} children of type {type_name}")]
    MaxCountPerParent { type_name: String, parent: i64, max: u64 },
    #[error("title: a page needs one")]
    TitleMissing,
    #[error("{0}: a NUL character cannot be stored")]
    NullCharacter(&'static str),
    #[error("{field}: at most {max} characters")]
    TooLong { field: &'static str, max: usize },
    #[error("slug: \"{0}\" is not made of letters, digits, - and _")]
    SlugInvalid(String),
    #[error("slug: \"{0}\" is taken already")]
    SlugTaken(String),
    #[error("slug: \"{0}\" is where a language of the site begins")]
    SlugIsLanguage(String),
    #[error("slug: \"{0}\" is reserved below a site's root: the server itself answers there")]
    SlugReserved(String),
    #[error("locale: there is no language {0}")]
    LocaleNotFound(String),
    #[error("page {page} is its translation into {locale} already")]
    TranslationExists { page: i64, locale: String },
    #[error("page {parent}, which it is below, has no translation into {locale}: translate it first, or with it")]
    ParentNotTranslated { parent: i64, locale: String },
    #[error("a page in {page} cannot be below one in {parent}")]
    OtherLanguage { page: String, parent: String },
    #[error("{}", list(.0))]
    Invalid(Vec<FieldError>),
    #[error("there is no submission {0}")]
    SubmissionNotFound(i64),
    #[error("there is no collection {0}")]
    CollectionNotFound(i64),
    #[error("there is no group {0:?}")]
    GroupNotFound(String),
    #[error("privacy: {0}")]
    Privacy(&'static str),
    #[error("a page cannot go below itself")]
    MoveIntoItself,
    #[error("the page, or what stood beside it, was moved meanwhile: it stays where it is")]
    MovedMeanwhile,
    #[error("the root of the tree, and of a site, stays where it is")]
    RootIsFixed,
    #[error("the tree is {0} levels deep: this is the limit")]
    TooDeep(i64),
    #[error("page {0} cannot have more children")]
    ParentFull(i64),
    #[error("page {0} is in the trash: restore it first")]
    InTrash(i64),
    #[error("page {page} is an alias and shows what page {source_page} shows: edit that one, or convert the alias")]
    IsAlias { page: i64, source_page: i64 },
    #[error("{by} locked {title}, at {at}: nobody else can change it until it is unlocked")]
    Locked { page: i64, title: String, by: String, at: String },
    #[error(
        "it does not go live by itself: {name}, who set the schedule, was not allowed to publish it when that was looked at"
    )]
    SchedulerMayNot { name: String },
    #[error("page {0} has no schedule to take over")]
    NothingToTakeOver(i64),
    #[error("page {0} is not what was put into the trash: restore the page that was, with all below it")]
    NotInTrash(i64),
    #[error("the page that {0} stood below is gone: say where it goes")]
    PlaceGone(i64),
    #[error("slug: page {by} has the address {url_path} now: give another slug")]
    AddressTaken { url_path: String, by: i64 },
    #[error("{} places point at it:{}", .0.first().map_or(0, |first| first.total), places(.0))]
    PointedAt(Vec<Pointer>),
    #[error("page {0} is no alias")]
    NotAnAlias(i64),
    #[error("page {source_page} has {max} aliases: this is the limit")]
    TooManyAliases { source_page: i64, max: i64 },
    #[error("name: it needs one")]
    NameMissing,
    #[error("snippet {snippet} has no revision {revision}")]
    SnippetRevisionNotFound { snippet: i64, revision: i64 },
    #[error("{0} has no drafts: a change shows at once")]
    NoDrafts(String),
    #[error("{0} has no translations, or the snippet to translate is of another type")]
    NotTranslatable(String),
    #[error("it is used in {} places: {}", .0.first().map_or(0, |found| found.total), uses(.0))]
    InUse(Vec<Use>),
    #[error("there is no tag {0}")]
    TagNotFound(i64),
    #[error("tag {id} has the name \"{name}\" already: merge the two")]
    TagTaken { name: String, id: i64 },
    #[error("it is on {max} pages or more: this is the limit")]
    TooManyPages { max: i64 },
    #[error("{0} is not orderable")]
    NotOrderable(String),
    #[error("there is no row {0}")]
    RecordNotFound(i64),
    #[error("the index of {0} is being made: lists are narrowed and sorted by it when it is done")]
    IndexUnready(String),
    #[error("another server with other types was started since: this one changes no rows of {0}")]
    IndexesChanged(String),
    #[error("there is no site {0}")]
    SiteNotFound(i64),
    #[error("{0} is set for all sites together: name none")]
    GlobalSetting(String),
    #[error("{0} is set for each site: name one")]
    SiteSetting(String),
    #[error(transparent)]
    Db(#[from] DbError),
}

fn places(pointers: &[Pointer]) -> String {
    let place = |pointer: &Pointer| match (pointer.page_id, pointer.snippet_id) {
        (Some(page), _) => {
            format!("\n  page {page} ({}), {}, at page {}", pointer.title, pointer.path, pointer.target_id)
        }
        (_, Some(id)) => {
            format!("\n  snippet {id} ({}), {}, at page {}", pointer.title, pointer.path, pointer.target_id)
        }
        _ => format!("\n  settings {}, {}, at page {}", pointer.title, pointer.path, pointer.target_id),
    };
    pointers.iter().map(place).collect()
}

/// Places that a message names.
const MAX_PLACES: usize = 10;

fn uses(uses: &[Use]) -> String {
    let places = uses.iter().take(MAX_PLACES).map(|found| format!("\"{}\" {}", found.title, found.path));
    places.collect::<Vec<_>>().join(", ")
}

fn list(errors: &[FieldError]) -> String {
    errors.iter().map(|error| format!("{}: {}", error.path, error.message)).collect::<Vec<_>>().join("; ")
}
