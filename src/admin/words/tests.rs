//! In English, an editor reads what the domain itself says.

use serde_json::{Value, json};

use super::*;
use crate::accounts::{AccountError, PasswordProblem};
use crate::admin::texts::{say, tell};
use crate::content::redirect::{RedirectError, TableError};
use crate::content::types::{Code, Fact, FieldError};
use crate::content::{EditError, SiteError};
use crate::media::MediaError;
use crate::media::image::Refused;

fn told(said: impl Into<Value>) -> Value {
    let mut text = said.into();
    tell(&say(), &mut text);
    text
}

/// Each is said as it is, and from a message.
fn same<E: std::fmt::Display>(errors: Vec<E>, of: impl Fn(&E) -> Said) {
    for error in errors {
        let said = of(&error);
        assert!(matches!(said, Said::Message { .. }), "{error} has no message");
        assert_eq!(told(said), json!(sentence(&error.to_string())));
    }
}

fn name() -> String {
    "Ann".to_owned()
}

#[test]
fn refusals_of_accounts_are_said_as_they_are() {
    use AccountError as E;
    let problems = vec![PasswordProblem::TooShort(12), PasswordProblem::TooLong, PasswordProblem::TooCommon];
    same(problems, |problem| password(*problem));
    let errors = vec![
        E::UsernameInvalid,
        E::UsernameTaken(name()),
        E::UserNotFound(name()),
        E::EmailInvalid,
        E::TooLong { field: "email", max: 254 },
        E::TimeZoneInvalid(name()),
        E::LocaleInvalid,
        E::Password(PasswordProblem::HoldsName),
        E::LastSuperuser(name()),
        E::IsSuperuser(name()),
        E::GroupNameInvalid,
        E::GroupTaken(name()),
        E::GroupNotFound(name()),
        E::GroupInUse { name: name(), places: vec!["page 3".to_owned(), "page 4".to_owned()] },
        E::PageNotFound(1_234),
        E::CollectionNotFound(4),
        E::SiteNotFound(4),
        E::PasswordLocked { wait_s: 61 },
        E::TwoStepOn,
        E::CodeWrong,
        E::PasskeyNameInvalid,
        E::PasskeysFull(20),
        E::PasskeyTaken,
        E::CeremonyOver,
        E::PasskeyRefused,
        E::ResetInvalid,
        E::WelcomeInvalid,
    ];
    same(errors, account);
}

#[test]
fn refusals_of_sites_and_redirects_are_said_as_they_are() {
    use SiteError as E;
    let errors = vec![
        E::LocaleInvalid(name()),
        E::LocaleTaken(name()),
        E::LocaleNotFound(name()),
        E::LocaleIsDefault(name()),
        E::LocaleUsed { code: name(), page: 3 },
        E::NameInvalid { max: 255 },
        E::SiteNotFound(3),
        E::HostInvalid(name()),
        E::PortInvalid(70_000),
        E::AddressTaken(name(), 443),
        E::PageNotFound(3),
        E::RootUnfit(3),
        E::DefaultIsNeeded,
        E::TooManyLocales(200),
        E::TooManySites(200),
    ];
    same(errors, site);
    use RedirectError as R;
    let errors = vec![
        R::AddressInvalid(name()),
        R::TargetInvalid(name()),
        R::PageNotFound(3),
        R::SiteNotFound(3),
        R::LeadsToItself("/a/".to_owned()),
        R::LeadsBelowItself { from: "/a/".to_owned(), to: "/a/b/".to_owned() },
        R::Circle(vec!["/a/".to_owned(), "/b/".to_owned()]),
        R::Taken { from: "/a/".to_owned(), id: 3 },
        R::Repeated { from: "/a/".to_owned(), line: 3 },
        R::NotFound(3),
        R::TooMany(100_000),
    ];
    same(errors, redirect);
    let errors = vec![
        TableError::ColumnUnknown(name()),
        TableError::ColumnMissing(name()),
        TableError::EndsMissing,
        TableError::FromMissing,
        TableError::ToMissing,
        TableError::PageInvalid(name()),
        TableError::NotYesOrNo(name()),
        TableError::HeaderNotUtf8,
        TableError::RowNotUtf8,
        TableError::TooManyRows(1_000_000),
    ];
    same(errors, table);
}

#[test]
fn refusals_of_files_are_said_as_they_are() {
    use MediaError as E;
    let broken = || std::io::Error::other("gone");
    let allowed = || "gif, png".to_owned();
    let errors = vec![
        E::ImageNotFound(3),
        E::DocumentNotFound(3),
        E::CollectionNotFound(3),
        E::NameInvalid,
        E::TooLarge { max_bytes: 20_971_520 },
        E::Empty,
        E::Panicked(name()),
        E::Source(broken()),
        E::Duplicate(3),
        E::Missing("title"),
        E::NullCharacter("description"),
        E::TooLong { field: "title", max: 255 },
        E::TooLong { field: "alt", max: 255 },
        E::TooManyTags(100),
        E::CollectionNotEmpty { collections: 1, images: 2, documents: 3 },
        E::CollectionNameTaken(name()),
        E::CollectionNameInvalid("a/b".to_owned()),
        E::MoveIntoItself,
        E::RootIsFixed,
        E::TooDeep(64),
        E::CollectionFull(3),
        E::FocalPointOutside { width: 1_600, height: 900 },
        E::Refused(Refused::Empty),
        E::Refused(Refused::NoExtension { allowed: allowed() }),
        E::Refused(Refused::Extension { extension: "exe".to_owned(), allowed: allowed() }),
        E::Refused(Refused::NotAnImage),
        E::Refused(Refused::TooManyFrames { limit: 500 }),
    ];
    same(errors, media);
}

#[test]
fn refusals_of_pages_are_said_as_they_are() {
    use EditError as E;
    let errors = vec![
        E::RevisionNotFound { page: 3, revision: 4 },
        E::Conflict { revision: 4, by: name(), at: "2026-11-22T09:00:00Z".to_owned() },
        E::TimeIsOver { field: "publish_at", at: "2026-11-22T09:00:00Z".to_owned() },
        E::ExpiresTooEarly { publish_at: "a".to_owned(), expire_at: "b".to_owned() },
        E::NothingExpires(3),
        E::SnippetNotFound(3),
        E::TypeUnknown(name()),
        E::MaxCount { type_name: name(), max: 1 },
        E::MaxCountPerParent { type_name: name(), parent: 3, max: 1 },
        E::NullCharacter("seo_title"),
        E::TooLong { field: "search_description", max: 255 },
        E::SlugInvalid(name()),
        E::SlugIsLanguage(name()),
        E::SlugReserved(name()),
        E::LocaleNotFound(name()),
        E::TranslationExists { page: 3, locale: name() },
        E::ParentNotTranslated { parent: 3, locale: name() },
        E::OtherLanguage { page: name(), parent: name() },
        E::CollectionNotFound(3),
        E::GroupNotFound(name()),
        E::MoveIntoItself,
        E::RootIsFixed,
        E::TooDeep(50),
        E::ParentFull(3),
        E::InTrash(3),
        E::IsAlias { page: 3, source_page: 4 },
        E::Locked { page: 3, title: "Home".to_owned(), by: name(), at: "2026".to_owned() },
        E::NotInTrash(3),
        E::PlaceGone(3),
        E::AddressTaken { url_path: "/a/".to_owned(), by: 3 },
        E::NotAnAlias(3),
        E::TooManyAliases { source_page: 3, max: 100 },
        E::NameMissing,
        E::SnippetRevisionNotFound { snippet: 3, revision: 4 },
        E::NoDrafts(name()),
        E::NotTranslatable(name()),
        E::TagNotFound(3),
        E::TagTaken { name: name(), id: 3 },
        E::TooManyPages { max: 1_000 },
        E::NotOrderable(name()),
        E::SiteNotFound(3),
        E::GlobalSetting(name()),
        E::SiteSetting(name()),
    ];
    same(errors, edit);
    let denied = vec![
        Denied::Exploring,
        Denied::Seeing,
        Denied::Editing,
        Denied::Publishing,
        Denied::Restoring,
        Denied::Locking,
        Denied::Unlocking,
        Denied::Leaving,
        Denied::Adding,
        Denied::PublishingThere,
        Denied::Reordering,
        Denied::Copying,
        Denied::Deleting,
        Denied::PassingOn,
        Denied::AboveSuperuser,
        Denied::MakingSuperusers,
        Denied::TakingOver,
        Denied::GroupAbove,
        Denied::Giving,
    ];
    same(denied, super::denied);
    assert_eq!(told(edit(&E::TitleMissing)), json!("A page needs a title."));
    assert_eq!(told(at_field(&E::TitleMissing).expect("a field").1), json!("a page needs one"));
}

#[test]
fn mistakes_in_fields_are_said_as_they_are() {
    let block = || "hero".to_owned();
    let facts = vec![
        Fact::Missing { label: "Body".to_owned() },
        Fact::NoAlternative,
        Fact::TooLong { max: 5_000, found: 5_001 },
        Fact::TooShort { min: 3, found: 1 },
        Fact::TooSmall { min: "1.50".to_owned(), found: "1".to_owned() },
        Fact::TooLarge { max: "9".to_owned(), found: "10".to_owned() },
        Fact::TooManyItems { max: 3, found: 4 },
        Fact::TooFewItems { min: 3, found: 1 },
        Fact::TooManyBlocks { max: 1, found: 2, block: block() },
        Fact::TooFewBlocks { min: 1, found: 0, block: block() },
        Fact::PageFull { max: 2_000 },
        Fact::DigitsAfterPoint { max: 2 },
        Fact::Digits { max: 9 },
        Fact::NoEmail,
        Fact::NoUrl,
        Fact::NoEmbedUrl,
        Fact::NoDecimal,
        Fact::NoDate,
        Fact::NoTime,
        Fact::NoDateTime,
        Fact::Nul,
        Fact::Guarded,
    ];
    for fact in facts {
        let message = fact.to_string();
        let error = FieldError { path: "body[2].value".to_owned(), code: Code::TooLong, message, fact: Some(fact) };
        assert_eq!(told(mistakes(std::slice::from_ref(&error))), json!([error]));
    }
}
