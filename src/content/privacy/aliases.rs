//! An alias shows its source's content, so what covers the source covers it. An alias that becomes a page of its own
//! keeps the restriction that lay nearest to its source, and so does a translation: nothing becomes public by being
//! freed, copied or translated.

use super::refresh_subtree;
use crate::clock::Micros;
use crate::content::change::Tag;
use crate::content::tree;
use crate::content::types::Types;
use crate::db::{DbError, Exec, Tx};
use crate::queries;

/// Restricted aliases that one operation frees.
const MAX_FREED: i64 = 10_000;

queries! {
    /// Aliases elsewhere of restricted pages of a subtree.
    LIST = read "privacy.list_restricted_aliases"
        "SELECT a.path FROM page s JOIN page a ON a.alias_of = s.id
         WHERE s.path >= $1 AND s.path < $2 AND s.restricted AND NOT (a.path >= $1 AND a.path < $2)
         ORDER BY a.path LIMIT $3";
    KEEP = write "privacy.keep_for_aliases"
        "INSERT INTO view_restriction (page_id, kind, password_hash, pass, group_names, created_at)
         SELECT a.id, r.kind, r.password_hash, r.pass, r.group_names, CAST($3 AS BIGINT)
         FROM page s JOIN page a ON a.alias_of = s.id JOIN view_restriction r ON r.id = s.restriction_id
         WHERE s.path >= $1 AND s.path < $2 AND NOT (a.path >= $1 AND a.path < $2)
         ON CONFLICT DO NOTHING";
    KEEP_ONE = write "privacy.keep_for_alias"
        "INSERT INTO view_restriction (page_id, kind, password_hash, pass, group_names, created_at)
         SELECT a.id, r.kind, r.password_hash, r.pass, r.group_names, CAST($2 AS BIGINT)
         FROM page a JOIN page s ON s.id = a.alias_of JOIN view_restriction r ON r.id = s.restriction_id
         WHERE a.id = $1
         ON CONFLICT DO NOTHING";
    /// A copy is restricted as its original is by itself: $1 is the original's path, $2 the copy's, $3 its end, and $4
    /// the place behind the copy's root.
    COPY = write "privacy.copy"
        "INSERT INTO view_restriction (page_id, kind, password_hash, pass, group_names, created_at)
         SELECT new.id, r.kind, r.password_hash, r.pass, r.group_names, CAST($5 AS BIGINT)
         FROM page new JOIN page old ON old.path = $1 || SUBSTR(new.path, CAST($4 AS INTEGER))
         JOIN view_restriction r ON r.page_id = old.id
         WHERE new.path >= $2 AND new.path < $3";
    /// The copy of an alias is a page of its own; parameters as in [`COPY`].
    COPY_OF_ALIASES = write "privacy.copy_of_aliases"
        "INSERT INTO view_restriction (page_id, kind, password_hash, pass, group_names, created_at)
         SELECT new.id, r.kind, r.password_hash, r.pass, r.group_names, CAST($5 AS BIGINT)
         FROM page new JOIN page old ON old.path = $1 || SUBSTR(new.path, CAST($4 AS INTEGER))
         JOIN page s ON s.id = old.alias_of JOIN view_restriction r ON r.id = s.restriction_id
         WHERE new.path >= $2 AND new.path < $3
         ON CONFLICT DO NOTHING";
    /// A translation stands elsewhere, so what lies above its original comes along: $1 and $2 are paths.
    TRANSLATE = write "privacy.translate"
        "INSERT INTO view_restriction (page_id, kind, password_hash, pass, group_names, created_at)
         SELECT new.id, r.kind, r.password_hash, r.pass, r.group_names, CAST($3 AS BIGINT)
         FROM page old JOIN view_restriction r ON r.id = old.restriction_id JOIN page new ON new.path = $2
         WHERE old.path = $1
         ON CONFLICT DO NOTHING";
}

/// To be called before an alias is freed; [`refresh_subtree`] is to follow.
///
/// # Errors
/// When the database fails.
pub async fn keep_for(tx: &mut Tx, alias: i64) -> Result<(), DbError> {
    Exec::from(tx).query(&KEEP_ONE).bind(alias).bind(Micros::now()).execute().await.map(|_| ())
}

/// To be called before the aliases, elsewhere, of the pages of a subtree are freed; for [`refresh_freed`].
///
/// # Errors
/// When the database fails.
pub async fn keep_for_subtree(tx: &mut Tx, path: &str) -> Result<Vec<String>, DbError> {
    let end = tree::after_subtree(path);
    Exec::from(&mut *tx).query(&KEEP).bind(path).bind(&end).bind(Micros::now()).execute().await?;
    Exec::from(tx).query(&LIST).bind(path).bind(end).bind(MAX_FREED).list().await
}

/// To be called after they were freed.
///
/// # Errors
/// When the database fails.
pub async fn refresh_freed(tx: &mut Tx, types: &Types, freed: &[String]) -> Result<Vec<Tag>, DbError> {
    let mut tags = Vec::new();
    for path in freed {
        tags.extend(refresh_subtree(tx, types, path).await?);
    }
    Ok(tags)
}

/// Restricts copies as their originals are by themselves; [`refresh_subtree`] is to follow.
///
/// # Errors
/// When the database fails.
pub async fn copy(tx: &mut Tx, original: &str, copy: &str) -> Result<(), DbError> {
    for query in [&COPY, &COPY_OF_ALIASES] {
        let call = Exec::from(&mut *tx).query(query).bind(original).bind(copy).bind(tree::after_subtree(copy));
        call.bind(copy.len() as i64 + 1).bind(Micros::now()).execute().await?;
    }
    Ok(())
}

/// Restricts translations as their originals are, also by what lies above those; [`refresh_subtree`] is to follow.
///
/// # Errors
/// When the database fails.
pub async fn translate(tx: &mut Tx, original: &str, translation: &str) -> Result<(), DbError> {
    copy(tx, original, translation).await?;
    let call = Exec::from(tx).query(&TRANSLATE).bind(original).bind(translation).bind(Micros::now());
    call.execute().await.map(|_| ())
}
