//! `vitrine import wagtail`: a dump of `manage.py dumpdata` and the folder of media files become a site. Pages, images and
//! documents keep their ids. What is here already is left alone, so a run that was cut short is simply run again.
//!
//! The dump is read once for where its objects are ([`dump`]), what belongs to what ([`relation`]) is told from the revisions,
//! and then one kind of object after the other is [`convert`]ed and written.

mod addresses;
mod convert;
mod dump;
mod files;
mod form_field;
mod grants;
mod infer;
mod key;
mod pages;
mod path;
mod people;
mod places;
mod plans;
mod relation;
mod rules;
mod scan;
mod snippets;
mod submissions;
mod time;

use std::collections::{HashMap, HashSet};
use std::path::PathBuf;
use std::sync::Arc;

use serde_json::{Map, Value};
use sha2::{Digest as _, Sha256};

use super::Report;
use super::store::{self, Known};
use crate::accounts::Accounts;
use crate::content::change::{self, Tag};
use crate::content::types::{ContentType, Kind, Types};
use crate::content::{Content, EditError};
use crate::db::DbError;
use crate::media::Media;
use convert::{Converter, Snippets, is_tag, read_tags};
pub use dump::DumpError;
use dump::{Dump, Object};
pub use infer::{Inferred, infer};
use key::Key;
pub use scan::ScanError;

/// In the notes of what came from where.
const SOURCE: &str = "wagtail";

#[derive(Debug, thiserror::Error)]
pub enum ImportError {
    #[error(transparent)]
    Dump(#[from] DumpError),
    #[error(transparent)]
    Db(#[from] DbError),
    #[error(transparent)]
    Edit(#[from] EditError),
}

/// Whether an import writes.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Mode {
    Write,
    /// Everything is read and checked, and nothing is written.
    Try,
}

/// What is imported, and how.
#[derive(Clone, Debug)]
pub struct Options {
    pub dump: PathBuf,
    /// Wagtail's `MEDIA_ROOT`; none: files are left out.
    pub media: Option<PathBuf>,
    pub mode: Mode,
    /// Revisions of one page that are taken over, the newest, beside the live one.
    pub revisions: usize,
}

/// Where an import goes.
pub struct Target {
    pub content: Arc<Content>,
    pub media: Arc<Media>,
    pub accounts: Arc<Accounts>,
}

/// How far an import is: what it does, and how much of how much of that is done.
pub type Told<'t> = &'t mut (dyn FnMut(&'static str, u64, u64) + Send);

/// An import under way.
struct Run<'r> {
    target: &'r Target,
    options: &'r Options,
    dump: &'r Dump,
    types: Arc<Types>,
    tags: HashMap<Key, String>,
    snippets: Snippets,
    /// Codes of languages.
    locales: HashMap<Key, String>,
    /// That of the default site.
    default_locale: Option<String>,
    /// Ids here.
    collections: HashMap<Key, i64>,
    /// Ids and names here.
    accounts: HashMap<Key, (i64, String)>,
    /// Names here.
    groups: people::Groups,
    /// Images and documents of the dump that are here.
    images: HashSet<i64>,
    documents: HashSet<i64>,
    /// The root of the tree in the dump.
    root: Option<i64>,
    /// Pages of the dump that are here: nothing is told of another page which has the id of one that was refused.
    pages: HashSet<i64>,
    report: &'r mut Report,
}

/// Imports a dump.
///
/// # Errors
/// When the dump cannot be read, or the database fails: what was written until then stays, and the next run goes on there.
pub async fn import(
    target: &Target,
    options: &Options,
    report: &mut Report,
    told: Told<'_>,
) -> Result<(), ImportError> {
    let size = std::fs::metadata(&options.dump).map_err(DumpError::from)?.len();
    let mut read = 0;
    let dump = Dump::open(&options.dump, report, |more| {
        read += more;
        told("read the dump", read, size);
    })?;
    let mut run = Run {
        target,
        options,
        dump: &dump,
        types: target.content.types(),
        tags: read_tags(&dump)?,
        snippets: Snippets::new(),
        locales: HashMap::new(),
        default_locale: None,
        collections: HashMap::new(),
        accounts: HashMap::new(),
        groups: HashMap::new(),
        images: HashSet::new(),
        documents: HashSet::new(),
        root: dump.pages.first().and_then(|page| page.key.id()),
        pages: HashSet::new(),
        report,
    };
    run.groups().await?;
    run.users().await?;
    run.locales().await?;
    run.collections().await?;
    // Who may see what comes before it can be asked for: files, and pages below a site.
    run.privacy(rules::ON_COLLECTION).await?;
    run.images(told).await?;
    run.documents(told).await?;
    run.addresses(told).await?;
    run.snippets(told).await?;
    run.pages(told).await?;
    run.privacy(rules::ON_PAGE).await?;
    run.sites().await?;
    run.settings().await?;
    run.redirects().await?;
    run.grants().await?;
    run.schedules().await?;
    run.submissions(told).await?;
    run.name_the_rest();
    run.name_open_work()?;
    if options.mode == Mode::Write && report.has_made() {
        change::append(&*target.content.db, &[Tag::All]).await?;
        target.content.count_rows().await?;
    }
    Ok(())
}

impl Run<'_> {
    fn writes(&self) -> bool {
        self.options.mode == Mode::Write
    }

    /// Values in the form of their type.
    fn fields_of(&mut self, of_type: &ContentType, name: &str, source: Map<String, Value>) -> Map<String, Value> {
        let types = self.types.clone();
        let converter = Converter { dump: self.dump, types: &types, snippets: &self.snippets, tags: &self.tags };
        converter.fields(of_type, name, source, self.report)
    }

    /// The page that a reference names, if it is here.
    fn page_here(&self, reference: Option<&Value>) -> Option<i64> {
        let id = self.dump.resolve(dump::PAGE, reference?)?.id()?;
        self.pages.contains(&id).then_some(id)
    }

    /// What earlier runs made of a model.
    async fn known(&self, model: &str) -> Result<HashMap<String, Known>, DbError> {
        store::list(&self.target.content.db, SOURCE, model).await
    }

    /// The type with the name of a model, however it is capitalised.
    fn type_of(&self, model: &str, kind: Kind) -> Option<ContentType> {
        let named = |of_type: &&ContentType| of_type.kind == kind && of_type.name.eq_ignore_ascii_case(model);
        self.types.iter().find(named).cloned()
    }

    /// Names the models of which nothing was taken over.
    fn name_the_rest(&mut self) {
        let rest: Vec<(String, usize)> = self
            .dump
            .models()
            .filter(|(name, _)| !is_known_model(name) && !self.dump.relations.is_part(name))
            .filter(|(name, model)| {
                !model.is_user && self.types.iter().all(|known| !known.name.eq_ignore_ascii_case(name))
            })
            .map(|(name, _)| (name.to_owned(), self.dump.count(name)))
            .collect();
        for (model, count) in rest {
            let tags = if is_tag(self.dump.names_of(&model)) { ", but for what is tagged with them" } else { "" };
            self.report.notice(&model, "", format!("there is no type for it: {count} left out{tags}"));
        }
    }

    /// Names what somebody may be in the middle of, and what has no place here.
    fn name_open_work(&mut self) -> Result<(), DumpError> {
        for (model, what) in OPEN_WORK {
            for key in self.dump.keys(model) {
                let Some(object) = self.dump.read(model, key)? else { continue };
                if matches!(object.text("status"), "" | "in_progress" | "needs_changes") {
                    let field = |name: &str| object.fields.get(name).unwrap_or(&Value::Null);
                    let of = Key::of(field("page")).or_else(|| Key::of(field("object_id")));
                    let model = self.dump.model_of(field("content_type")).unwrap_or_else(|| dump::PAGE.to_owned());
                    let on = of.map(|of| format!(" (of {model} {of})")).unwrap_or_default();
                    self.report.notice(&object.name(), "", format!("{what}{on}"));
                }
            }
        }
        Ok(())
    }
}

/// What is told object by object, unless it is over.
const OPEN_WORK: &[(&str, &str)] = &[
    ("wagtailcore.workflowstate", "there are no workflows here: what waits for approval stays a draft"),
    ("wagtailcore.comment", "comments are not taken over"),
    ("wagtailsearchpromotions.searchpromotion", "promoted search results are not taken over"),
];

/// Models that are understood, or say nothing that is kept here.
fn is_known_model(model: &str) -> bool {
    const SILENT: &[&str] = &[
        "contenttypes.",
        "auth.",
        "sessions.",
        "admin.logentry",
        "taggit.",
        "wagtailcore.",
        "wagtailimages.",
        "wagtaildocs.",
        "wagtailredirects.",
        "wagtailforms.",
        "wagtailusers.",
        "wagtailembeds.",
        "wagtailsearch.",
        "wagtailadmin.",
        "wagtailsearchpromotions.query",
    ];
    SILENT.iter().any(|silent| model.starts_with(silent))
}

/// What is noted of an object, to tell whether the dump says something else of it the next time.
fn digest(object: &Object) -> String {
    let text = Value::Object(object.fields.clone()).to_string();
    data_encoding::HEXLOWER.encode(&Sha256::digest(text.as_bytes())[..16])
}
