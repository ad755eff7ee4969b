//! Translating a page: a new page in another language, below the translation of its parent, with the same key.

use serde_json::json;

use super::copying::{CopyState, Copying, Extent, Relation};
use super::create::free_slug;
use super::place::Position;
use super::{Touched, alias, find_in_tree, tags_of_subtree};
use crate::content::change::{self, Tag};
use crate::content::page::{self, Page};
use crate::content::tree::{self, ROOT_ID};
use crate::content::{Acting, Content, EditError, audit, draft, locale, privacy, site};
use crate::db::{Exec, Tx, TxName};
use crate::queries;
use crate::telemetry::label::PageEvent;

queries! {
    /// Also in the trash: it comes back as what it was.
    FIND = read "translation.find" "SELECT id FROM page WHERE translation_key = $1 AND locale = $2";
    FIND_BELOW = read "translation.find_below"
        "SELECT t.id FROM page p JOIN page t ON t.translation_key = p.translation_key AND t.locale = $3
         WHERE p.path >= $1 AND p.path < $2 ORDER BY p.path LIMIT 1";
    CHILD = read "translation.find_child" "SELECT id FROM page WHERE parent_id = $1 AND slug = $2";
}

/// What becomes of parents that are not translated.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Parents {
    /// They have to be.
    Required,
    /// They are mirrored in the other language until somebody translates them, as in Wagtail.
    Mirrored,
}

/// What the new page is at first.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Version {
    /// A draft with the content of the original's newest one.
    Copy,
    /// An alias, live when the original is.
    Alias,
}

/// How a page is translated.
#[derive(Clone, Copy, Debug)]
pub struct Translating {
    pub parents: Parents,
    pub version: Version,
    pub extent: Extent,
}

impl Content {
    /// Makes the version of a page in another language, to be translated there; the new page's id. That of a site's
    /// root is the root of the language, beside it.
    ///
    /// # Errors
    /// What [`EditError`] says; nothing is made then.
    pub async fn translate_page(
        &self,
        id: i64,
        into: &str,
        how: Translating,
        by: impl Into<Acting>,
    ) -> Result<i64, EditError> {
        let Acting { by, seen } = by.into();
        let mut tx = self.db.begin(TxName("page.translate")).await?;
        tree::lock(&mut tx).await?;
        let original = draft::find_seen(&mut tx, id, &seen).await?;
        if id == ROOT_ID {
            return Err(EditError::RootIsFixed);
        }
        let into = locale::find(&mut tx, into).await?.ok_or_else(|| EditError::LocaleNotFound(into.to_owned()))?;
        let (mut parent, missing) = parents(&mut tx, &original, &into, how.parents).await?;
        let mut tags = Vec::new();
        let mirrored = Translating { version: Version::Alias, extent: Extent::Page, ..how };
        for above in missing.iter().rev() {
            parent = self.insert_translation(&mut tx, (above, parent), &into, mirrored, &mut tags).await?;
        }
        let made = self.insert_translation(&mut tx, (&original, parent), &into, how, &mut tags).await?;
        let made_of = json!({ "into": into, "page": made });
        audit::append(&mut tx, &by, PageEvent::Translate, (&original).into(), &made_of).await?;
        tags.sort();
        tags.dedup();
        let change = change::append(&mut tx, &tags).await?;
        tx.commit().await?;
        self.announce_own(change, &tags);
        self.count_event(PageEvent::Translate, &original.type_name, by.channel);
        Ok(made)
    }

    async fn insert_translation(
        &self,
        tx: &mut Tx,
        (original, parent): (&Page, i64),
        into: &str,
        how: Translating,
        tags: &mut Vec<Tag>,
    ) -> Result<i64, EditError> {
        let is_alias = how.version == Version::Alias;
        if is_alias {
            alias::refuse_more(tx, original).await?;
        }
        let end = match how.extent {
            Extent::Page => format!("{}0", original.path),
            Extent::Subtree => tree::after_subtree(&original.path),
        };
        let call = Exec::from(&mut *tx).query(&FIND_BELOW).bind(&original.path).bind(end).bind(into);
        if let Some(page) = call.optional().await? {
            return Err(EditError::TranslationExists { page, locale: into.to_owned() });
        }
        let copying = Copying {
            to: Position::LastChildOf(parent),
            extent: how.extent,
            state: if is_alias { CopyState::KeepLive } else { CopyState::Draft },
            slug: slug(tx, original, parent, into).await?,
            title: None,
        };
        let relation = Relation { is_alias, translation: Some(into) };
        let inserted = self.insert_copy(tx, original, &copying, relation).await?;
        let root = inserted.root;
        if !is_alias {
            // It may have stepped aside for the new one.
            let original = find_in_tree(tx, original.id).await?;
            for counted in self.insert_revisions(tx, &original, &root, None).await? {
                self.count_revisions(&counted.type_name, counted.pages);
            }
        }
        tags.extend(inserted.tags);
        tags.extend(privacy::refresh_subtree(tx, &self.types(), &root.path).await?);
        tags.extend(tags_of_subtree(tx, &root.path, Touched::Back).await?);
        if site::holds_root(tx, &root.path).await? {
            tags.push(Tag::All);
        }
        Ok(root.id)
    }
}

/// Where the translation goes, and the pages above that have none yet, the nearest first.
async fn parents(
    tx: &mut Tx,
    original: &Page,
    into: &str,
    missing_ones: Parents,
) -> Result<(i64, Vec<Page>), EditError> {
    let mut missing = Vec::new();
    let mut at = original.parent_id;
    while let Some(id) = at.filter(|id| *id != ROOT_ID) {
        let above = find_in_tree(tx, id).await?;
        let call = Exec::from(&mut *tx).query(&FIND).bind(&above.translation_key).bind(into);
        if let Some(translated) = call.optional::<i64>().await? {
            return Ok((translated, missing));
        }
        if missing_ones == Parents::Required {
            return Err(EditError::ParentNotTranslated { parent: id, locale: into.to_owned() });
        }
        at = above.parent_id;
        missing.push(above);
    }
    Ok((ROOT_ID, missing))
}

/// The slug of a language's root is not in addresses, but says the language; others keep theirs when it is free.
async fn slug(tx: &mut Tx, original: &Page, parent: i64, into: &str) -> Result<Option<String>, EditError> {
    let prefix = into.to_ascii_lowercase();
    if original.parent_id != Some(ROOT_ID) {
        return Ok(None);
    }
    // A page that has the language's address now would be hidden by it.
    if Exec::from(&mut *tx).query(&CHILD).bind(original.id).bind(&prefix).optional::<i64>().await?.is_some() {
        return Err(EditError::SlugIsLanguage(prefix));
    }
    let root = page::find(&mut *tx, parent).await?.ok_or(EditError::PageNotFound(parent))?;
    Ok(Some(free_slug(tx, &root, &format!("{}-{prefix}", original.slug)).await?))
}
