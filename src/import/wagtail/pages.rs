//! Pages: the tree as it is, what is live, and the newest revisions.

use std::collections::HashMap;

use serde_json::{Map, Value, json};

use super::convert::without_ids;
use super::dump::{Dump, DumpError, Object, PAGE, REVISION, TAGGED, content_of};
use super::key::Key;
use super::time::micros;
use super::{ImportError, Known, Run, SOURCE, Told, digest, store};
use crate::clock::Micros;
use crate::content::arrival::{self, Arrival, ArrivedRevision, MAX_BATCH};
use crate::content::page::PageContent;
use crate::content::types::{ContentType, Kind};
use crate::content::{EditError, slug, tree};
use crate::db::{DbError, TxName};

const PAGES: &str = "pages";
/// In the notes: that an alias was told whose it is.
const ALIAS: &str = "wagtailcore.page alias";
/// Longest title, SEO title and search description, in characters.
const MAX_LINE: usize = 255;

/// A page on its way, and what is noted of it.
struct Coming {
    name: String,
    arrival: Arrival,
    known: Known,
}

/// Pages that are here, by their paths: what they are the parents of may follow.
struct Progress {
    known: HashMap<String, Known>,
    parents: HashMap<String, i64>,
    /// Aliases that were told whose they are.
    linked: HashMap<String, Known>,
    /// Aliases that wait for what they are of.
    aliases: Vec<(i64, i64)>,
    /// Behind the ids of all revisions of the dump: those that are made of a page as it stands have the page's id beyond it.
    beyond: i64,
}

impl Run<'_> {
    pub(super) async fn pages(&mut self, told: Told<'_>) -> Result<(), ImportError> {
        let total = self.dump.pages.len() as u64;
        let last = self.dump.keys(REVISION).filter_map(Key::id).max().unwrap_or(0);
        let mut progress = Progress {
            known: self.known(PAGE).await?,
            parents: HashMap::new(),
            linked: self.known(ALIAS).await?,
            aliases: Vec::new(),
            beyond: (last / 1_000 + 1) * 1_000,
        };
        let dump = self.dump;
        for (at, batch) in dump.pages.chunks(MAX_BATCH).enumerate() {
            let mut coming = Vec::new();
            for placed in batch {
                coming.extend(self.prepare(&placed.path, &placed.key, &mut progress)?);
            }
            self.insert(coming, &mut progress).await?;
            told(PAGES, (at * MAX_BATCH + batch.len()) as u64, total);
        }
        self.pages = progress.parents.values().copied().collect();
        self.link_aliases(&progress).await
    }

    /// The page at a path, unless it is here already or cannot come.
    fn prepare(&mut self, path: &str, key: &Key, progress: &mut Progress) -> Result<Option<Coming>, ImportError> {
        let name = format!("{PAGE} {key}");
        if path.len() == tree::STEP {
            progress.parents.insert(path.to_owned(), tree::ROOT_ID);
            return Ok(None);
        }
        let refused = |run: &mut Self, why: &str| {
            run.report.refused(PAGES, &name, why);
            Ok(None)
        };
        let Some(id) = key.id() else { return refused(self, "its key is no number") };
        if let Some(known) = progress.known.get(&key.to_string()) {
            self.report.known(PAGES);
            let Some(object) = self.dump.read(PAGE, key)? else { return Ok(None) };
            if known.digest != digest(&object) {
                self.report.notice(
                    &name,
                    "",
                    "the dump says something else of it than at its import: it stays as it is",
                );
            }
            progress.parents.insert(path.to_owned(), id);
            progress.aliases.extend(self.source_of(&object).map(|source| (id, source)));
            return Ok(None);
        }
        let above = path.get(..path.len().saturating_sub(tree::STEP)).unwrap_or_default();
        let Some(parent_id) = progress.parents.get(above).copied() else {
            return refused(self, "the page above it was not taken over");
        };
        let Some(object) = self.dump.read(PAGE, key)? else { return Ok(None) };
        let model = object.fields.get("content_type").and_then(|of| self.dump.model_of(of));
        let Some(model) = model else { return refused(self, "its type is not in the dump") };
        let Some(of_type) = self.type_of(&model, Kind::Page) else {
            return refused(self, &format!("there is no type of pages {model} here"));
        };
        let source = whole(self.dump, &object, &model)?;
        let tags = tags_of(&source);
        let known = Known { id, digest: digest(&object) };
        let name = format!("{model} {key}");
        let content = match self.content(&of_type, &name, source) {
            Ok(content) => content,
            Err(why) => {
                self.report.refused(PAGES, &name, why);
                return Ok(None);
            }
        };
        let arrival = self.arrival(&object, &of_type, (path, parent_id), (content, tags), progress.beyond)?;
        progress.aliases.extend(self.source_of(&object).map(|source| (id, source)));
        progress.parents.insert(path.to_owned(), id);
        Ok(Some(Coming { name, arrival, known }))
    }

    /// The content that a row, or a revision, holds; the text says why there is none.
    fn content(
        &mut self,
        of_type: &ContentType,
        name: &str,
        source: Map<String, Value>,
    ) -> Result<PageContent, String> {
        let text = |field: &str| source.get(field).and_then(Value::as_str).unwrap_or_default().trim().to_owned();
        let mut head = [text("title"), text("seo_title"), text("search_description")];
        let slug = text("slug");
        if head[0].is_empty() || !slug::is_valid(&slug) {
            return Err(format!("its title {:?} or its slug {slug:?} does not fit", head[0]));
        }
        for (line, field) in head.iter_mut().zip(["title", "seo_title", "search_description"]) {
            if line.chars().count() > MAX_LINE {
                self.report.notice(name, field, format!("longer than {MAX_LINE} characters: cut"));
                *line = line.chars().take(MAX_LINE).collect();
            }
        }
        let show_in_menus = source.get("show_in_menus") == Some(&Value::Bool(true));
        let fields = self.fields_of(of_type, name, source);
        let [title, seo_title, search_description] = head;
        Ok(PageContent { title, slug, seo_title, search_description, show_in_menus, fields })
    }

    fn arrival(
        &mut self,
        object: &Object,
        of_type: &ContentType,
        (path, parent_id): (&str, i64),
        (content, tags): (PageContent, Vec<(String, Value)>),
        beyond: i64,
    ) -> Result<Arrival, ImportError> {
        let id = object.key.id().unwrap_or_default();
        let live = object.is("live");
        let time = |name: &str| micros(object.fields.get(name));
        // An alias too, until its source is here.
        let mut revisions = self.revisions(object, of_type, &tags)?;
        let plain = |content: &PageContent| PageContent { fields: without_ids(&content.fields), ..content.clone() };
        let as_it_stands = plain(&content);
        let says_it = |revision: &&ArrivedRevision| plain(&revision.content) == as_it_stands;
        let named = object.number("live_revision");
        let by_name = revisions.iter().find(|revision| Some(revision.id) == named).filter(says_it);
        let found = by_name.or_else(|| revisions.iter().rfind(says_it));
        let (mut live_revision, content) = match found {
            // As its ids of blocks are: lists of old have none, and each reading gives them others.
            Some(revision) => (Some(revision.id), revision.content.clone()),
            None => (None, content),
        };
        let published = time("last_published_at").or_else(|| time("first_published_at"));
        let (latest, newest) = revisions.last().map_or((None, 0), |last| (Some(last.id), last.created_at));
        // Programs change rows without a revision: who goes on finds what is live, unless it is known to have a draft.
        let is_behind = live && live_revision != latest && !object.is("has_unpublished_changes");
        if (live && live_revision.is_none()) || revisions.is_empty() || is_behind {
            let created_at = published.or_else(|| time("latest_revision_created_at")).unwrap_or(Micros::now().0);
            let created_at = if is_behind { created_at.max(newest) } else { created_at };
            let made = ArrivedRevision { id: beyond + id, content: content.clone(), created_at, ..Default::default() };
            live_revision = Some(made.id);
            revisions.insert(if is_behind { revisions.len() } else { 0 }, made);
        }
        let oldest = revisions.first().map_or(0, |revision| revision.created_at);
        let newest = revisions.last().map_or(0, |revision| revision.created_at);
        let account = |name: &str| {
            let key = self.dump.resolve(self.dump.user_model()?, object.fields.get(name)?)?;
            self.accounts.get(&key).map(|(id, _)| *id)
        };
        let locked = object.is("locked").then(|| (time("locked_at").unwrap_or(newest), account("locked_by")));
        Ok(Arrival {
            id,
            path: path.to_owned(),
            parent_id,
            type_name: of_type.name.clone(),
            locale: self.locale_of(object).or_else(|| self.default_locale.clone()).unwrap_or_else(|| "en".to_owned()),
            translation_key: object.text("translation_key").to_owned(),
            url_path: object.text("url_path").to_owned(),
            live,
            first_published_at: time("first_published_at").or(published).or(live.then_some(oldest)),
            last_published_at: published.or(live.then_some(newest)),
            created_at: time("first_published_at").map_or(oldest, |first| first.min(oldest)),
            updated_at: time("latest_revision_created_at").or(published).unwrap_or(newest),
            owner: account("owner"),
            locked,
            live_revision: live_revision.filter(|_| live),
            content,
            revisions,
        })
    }

    /// The newest revisions of a page and the live one, the oldest first; the one that editors go on from is the last.
    /// `tags`: those of the page as it stands, for dumps that name tags by their slugs: revisions name them by numbers.
    fn revisions(
        &mut self,
        object: &Object,
        of_type: &ContentType,
        tags: &[(String, Value)],
    ) -> Result<Vec<ArrivedRevision>, ImportError> {
        let id = object.key.id().unwrap_or_default();
        let (latest, live) = (object.number("latest_revision"), object.number("live_revision"));
        let mut rows = self.dump.read_owned(REVISION, id)?;
        rows.sort_by_key(|row| (row.key.id() == latest, row.key.id()));
        let spare = rows.len().saturating_sub(self.options.revisions.max(1));
        let mut revisions = Vec::new();
        for (at, row) in rows.into_iter().enumerate() {
            let Some(number) = row.key.id() else { continue };
            if at < spare && Some(number) != live {
                continue;
            }
            let name = format!("{} of {} {id}", row.name(), of_type.name.to_lowercase());
            let Some(mut source) = content_of(&row.fields) else { continue };
            let unknown = tags.iter().filter(|(part, _)| self.names_unknown_tags(source.get(part)));
            for (part, there) in unknown.cloned().collect::<Vec<_>>() {
                self.report.notice(&name, &part, "the dump has no numbers of tags: those of the page as it stands");
                source.insert(part, there);
            }
            let content = match self.content(of_type, &name, source) {
                Ok(content) => content,
                Err(why) => {
                    self.report.notice(&name, "", why);
                    continue;
                }
            };
            let user = row.fields.get("user").unwrap_or(&Value::Null);
            let user = self.dump.user_model().and_then(|model| self.dump.resolve(model, user));
            let account = user.and_then(|key| self.accounts.get(&key));
            revisions.push(ArrivedRevision {
                id: number,
                content,
                created_at: micros(row.fields.get("created_at")).unwrap_or(Micros::now().0),
                account: account.map(|(id, _)| *id),
                author: account.map(|(_, name)| name.clone()).unwrap_or_default(),
            });
        }
        Ok(revisions)
    }

    /// Writes a batch; when it cannot be written as a whole, one page after the other.
    async fn insert(&mut self, coming: Vec<Coming>, progress: &mut Progress) -> Result<(), ImportError> {
        let coming = self.without_taken(coming, progress).await?;
        if !self.writes() || self.write(&coming).await.is_ok() {
            coming.iter().for_each(|_| self.report.made(PAGES));
            return Ok(());
        }
        for page in coming {
            let path = page.arrival.path.clone();
            let name = page.name.clone();
            match self.write(std::slice::from_ref(&page)).await {
                Ok(()) => self.report.made(PAGES),
                Err(EditError::Db(error)) if !matches!(error, DbError::Constraint(..)) => return Err(error.into()),
                Err(error) => {
                    progress.parents.remove(&path);
                    self.report.refused(PAGES, &name, error.to_string());
                }
            }
        }
        Ok(())
    }

    async fn write(&self, coming: &[Coming]) -> Result<(), EditError> {
        if coming.is_empty() {
            return Ok(());
        }
        let arrivals: Vec<Arrival> = coming.iter().map(|page| page.arrival.clone()).collect();
        let mut tx = self.target.content.db.begin(TxName("import.pages")).await?;
        tree::lock(&mut tx).await?;
        arrival::insert(&mut tx, &self.types, &arrivals).await?;
        let noted = coming.iter().map(|page| (page.arrival.id.to_string(), &page.known));
        store::note_all(&mut tx, SOURCE, PAGE, noted).await?;
        Ok(tx.commit().await?)
    }

    /// Refuses what has the id or the place of another page here.
    async fn without_taken(
        &mut self,
        coming: Vec<Coming>,
        progress: &mut Progress,
    ) -> Result<Vec<Coming>, ImportError> {
        let ids: Vec<i64> = coming.iter().map(|page| page.arrival.id).collect();
        let paths: Vec<String> = coming.iter().map(|page| page.arrival.path.clone()).collect();
        let residents = arrival::residents(&*self.target.content.db, &ids, &paths).await?;
        let mut free = Vec::new();
        for page in coming {
            let Arrival { id, path, .. } = &page.arrival;
            match residents.iter().find(|known| known.id == *id || known.path == *path) {
                Some(known) => {
                    progress.parents.remove(path);
                    let what =
                        if known.id == *id { format!("the id {id}") } else { "its place in the tree".to_owned() };
                    let why = format!(
                        "{what} is taken by page {}, {:?}, here: import into an empty site",
                        known.id, known.title
                    );
                    self.report.refused(PAGES, &page.name, why);
                }
                None => free.push(page),
            }
        }
        Ok(free)
    }

    /// The page that one is an alias of.
    fn source_of(&self, object: &Object) -> Option<i64> {
        self.dump.resolve(PAGE, object.fields.get("alias_of")?)?.id()
    }

    /// Whether the tags of a revision are numbers that no tag of the dump has.
    fn names_unknown_tags(&self, parts: Option<&Value>) -> bool {
        let parts = parts.and_then(Value::as_array).into_iter().flatten();
        let mut keys = parts.filter_map(|part| Key::of(part.get("tag")?)).peekable();
        keys.peek().is_some() && keys.all(|key| !self.tags.contains_key(&key))
    }

    /// Tells aliases whose they are, once: whoever makes one a page of its own here is not told otherwise.
    async fn link_aliases(&mut self, progress: &Progress) -> Result<(), ImportError> {
        let is_open = |(page, source): &&(i64, i64)| {
            self.pages.contains(page) && self.pages.contains(source) && !progress.linked.contains_key(&page.to_string())
        };
        let open: Vec<(i64, i64)> = progress.aliases.iter().filter(is_open).copied().collect();
        let lost =
            progress.aliases.iter().filter(|(page, source)| self.pages.contains(page) && !self.pages.contains(source));
        for (page, source) in lost {
            let what =
                format!("the page that it is an alias of, {source}, was not taken over: it is a page of its own");
            self.report.notice(&format!("{PAGE} {page}"), "alias_of", what);
        }
        if !self.writes() {
            return Ok(());
        }
        for some in open.chunks(MAX_BATCH) {
            let mut tx = self.target.content.db.begin(TxName("import.aliases")).await?;
            let mut noted = Vec::with_capacity(some.len());
            for (page, source) in some {
                arrival::set_alias(&mut tx, *page, *source).await?;
                noted.push((page.to_string(), Known { id: *source, digest: String::new() }));
            }
            let noted = noted.iter().map(|(name, known)| (name.clone(), known));
            store::note_all(&mut tx, SOURCE, ALIAS, noted).await?;
            tx.commit().await?;
        }
        Ok(())
    }
}

/// The tags among the parts of a page, by what it calls them.
fn tags_of(source: &Map<String, Value>) -> Vec<(String, Value)> {
    let is_tag = |part: &Value| part.get("tag").is_some() && part.get("content_object").is_some();
    let of_tags = |value: &Value| value.as_array().is_some_and(|parts| parts.first().is_some_and(is_tag));
    source.iter().filter(|(_, value)| of_tags(value)).map(|(name, value)| (name.clone(), value.clone())).collect()
}

/// A page as revisions hold it: its own fields, those of the models that its type builds on, and its parts.
pub(super) fn whole(dump: &Dump, object: &Object, model: &str) -> Result<Map<String, Value>, DumpError> {
    let mut fields = object.fields.clone();
    for level in dump.relations.levels(model).iter().map(String::as_str).chain([model]) {
        if let Some(own) = dump.read(level, &object.key)? {
            fields.extend(own.fields);
        }
    }
    let Some(id) = object.key.id() else { return Ok(fields) };
    for relation in dump.relations.parts(model) {
        let mut parts = dump.read_owned(&relation.model, id)?;
        parts.sort_by_key(|part| part.number("sort_order"));
        let parts = parts.into_iter().map(|part| {
            let mut fields = part.fields;
            fields.insert("pk".to_owned(), part.key.id().map_or(Value::Null, |key| json!(key)));
            Value::Object(fields)
        });
        fields.insert(relation.name.clone(), parts.collect());
    }
    let tagged = dump.read_of(TAGGED, &Object { model: model.to_owned(), ..object.clone() })?;
    if !tagged.is_empty() {
        let tag = |row: Object| json!({ "tag": row.fields.get("tag"), "content_object": id });
        fields.insert("tagged_items".to_owned(), tagged.into_iter().map(tag).collect());
    }
    Ok(fields)
}
