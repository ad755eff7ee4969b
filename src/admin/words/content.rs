//! Refusals of changes of content.

use super::as_it_is;
use crate::admin::texts::{Said, said};
use crate::content::EditError;

/// As a sentence.
pub(in crate::admin) fn edit(error: &EditError) -> Said {
    match error {
        EditError::SlugTaken(slug) => said("slug-taken").with("slug", slug.as_str()),
        EditError::TitleMissing => said("page-needs-a-title"),
        EditError::PageNotFound(_) => said("no-such-page"),
        EditError::Db(_) => said("server-failed"),
        other => match at_field(other) {
            Some((field, problem)) => said("field-problem").with("field", field).with("problem", problem),
            None => of_pages(other).or_else(|| of_others(other)).unwrap_or_else(|| as_it_is(other)),
        },
    }
}

/// The field of the form that it is about, by its path, and what is wrong with it: behind the field's name, without a
/// full stop.
pub(in crate::admin) fn at_field(error: &EditError) -> Option<(&'static str, Said)> {
    Some(match error {
        EditError::TitleMissing => ("title", said("at-title-missing")),
        EditError::NameMissing => ("name", said("at-name-missing")),
        EditError::SlugInvalid(slug) => ("slug", said("at-slug-invalid").with("slug", slug.as_str())),
        EditError::SlugTaken(slug) => ("slug", said("at-slug-taken").with("slug", slug.as_str())),
        EditError::SlugIsLanguage(slug) => ("slug", said("at-slug-is-language").with("slug", slug.as_str())),
        EditError::SlugReserved(slug) => ("slug", said("at-slug-reserved").with("slug", slug.as_str())),
        EditError::AddressTaken { url_path, by } => {
            ("slug", said("at-address-taken").with("by", *by).with("address", url_path.as_str()))
        }
        EditError::NullCharacter(field) => (*field, said("at-nul")),
        EditError::TooLong { field, max } => (*field, said("at-too-long").with("max", *max)),
        EditError::TimeIsOver { field, at } => (*field, said("at-time-is-over").with("at", at.as_str())),
        EditError::ExpiresTooEarly { publish_at, expire_at } => (
            "expire_at",
            said("at-expires-too-early").with("expire", expire_at.as_str()).with("publish", publish_at.as_str()),
        ),
        EditError::NothingExpires(page) => ("expire_at", said("at-nothing-expires").with("page", *page)),
        _ => return None,
    })
}

fn of_pages(error: &EditError) -> Option<Said> {
    Some(match error {
        EditError::RevisionNotFound { page, revision } => {
            said("page-revision-not-found").with("page", *page).with("revision", *revision)
        }
        EditError::Conflict { revision, by, at } => {
            said("saved-meanwhile").with("by", by.as_str()).with("revision", *revision).with("at", at.as_str())
        }
        EditError::MaxCount { type_name, max } => said("max-count").with("max", *max).with("type", type_name.as_str()),
        EditError::MaxCountPerParent { type_name, parent, max } => {
            said("max-count-per-parent").with("parent", *parent).with("max", *max).with("type", type_name.as_str())
        }
        EditError::TranslationExists { page, locale } => {
            said("translation-exists").with("page", *page).with("locale", locale.as_str())
        }
        EditError::ParentNotTranslated { parent, locale } => {
            said("parent-not-translated").with("parent", *parent).with("locale", locale.as_str())
        }
        EditError::OtherLanguage { page, parent } => {
            said("other-language").with("page", page.as_str()).with("parent", parent.as_str())
        }
        EditError::MoveIntoItself => said("a-page-cannot-go-below-itself"),
        EditError::MovedMeanwhile => said("moved-meanwhile"),
        EditError::RootIsFixed => said("root-is-fixed"),
        EditError::TooDeep(levels) => said("too-deep").with("levels", *levels),
        EditError::ParentFull(page) => said("parent-full").with("page", *page),
        EditError::InTrash(page) => said("in-trash").with("page", *page),
        EditError::Locked { title, by, at, .. } => {
            said("page-is-locked").with("title", title.as_str()).with("by", by.as_str()).with("at", at.as_str())
        }
        EditError::IsAlias { page, source_page } => said("is-alias").with("page", *page).with("source", *source_page),
        EditError::SchedulerMayNot { name } => said("scheduler-may-not").with("name", name.as_str()),
        EditError::NothingToTakeOver(_) => said("nothing-to-take-over"),
        EditError::NotInTrash(page) => said("not-in-trash").with("page", *page),
        EditError::PlaceGone(page) => said("place-gone").with("page", *page),
        EditError::NotAnAlias(page) => said("not-an-alias").with("page", *page),
        EditError::TooManyAliases { source_page, max } => {
            said("too-many-aliases").with("source", *source_page).with("max", *max)
        }
        _ => return None,
    })
}

fn of_others(error: &EditError) -> Option<Said> {
    Some(match error {
        EditError::SnippetNotFound(id) => said("snippet-not-found").with("id", *id),
        EditError::SnippetRevisionNotFound { snippet, revision } => {
            said("snippet-revision-not-found").with("snippet", *snippet).with("revision", *revision)
        }
        EditError::RecordNotFound(_) => said("row-gone"),
        EditError::IndexUnready(_) => said("rows-index-unready"),
        EditError::IndexesChanged(_) => said("rows-indexes-changed"),
        EditError::TypeUnknown(name) => said("type-unknown").with("name", name.as_str()),
        EditError::LocaleNotFound(code) => said("content-locale-not-found").with("code", code.as_str()),
        EditError::CollectionNotFound(id) => said("collection-not-found").with("id", *id),
        EditError::GroupNotFound(name) => said("group-not-found").with("name", name.as_str()),
        EditError::NoDrafts(name) => said("no-drafts").with("type", name.as_str()),
        EditError::NotTranslatable(name) => said("not-translatable").with("type", name.as_str()),
        EditError::TagNotFound(id) => said("tag-not-found").with("id", *id),
        EditError::TagTaken { name, id } => said("tag-taken").with("id", *id).with("name", name.as_str()),
        EditError::TooManyPages { max } => said("tag-on-too-many-pages").with("max", *max),
        EditError::NotOrderable(name) => said("not-orderable").with("type", name.as_str()),
        EditError::SiteNotFound(id) => said("site-not-found").with("id", *id),
        EditError::GlobalSetting(name) => said("setting-of-all-sites").with("type", name.as_str()),
        EditError::SiteSetting(name) => said("setting-of-each-site").with("type", name.as_str()),
        _ => return None,
    })
}
