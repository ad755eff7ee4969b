//! Which restrictions a viewer passes, for lists: all are looked at once, however long the list is.

use crate::content::Content;
use crate::content::privacy::Viewer;
use crate::db::DbError;
use crate::{queries, record};

/// Restrictions, and collections behind them, that are read.
const MAX_ROWS: i64 = 20_000;

record! {
    /// A restriction on a page or a collection, or a collection that one covers.
    struct Found { id: i64, kind: String, pass: String, group_names: String, page_path: String, collection_path: String }
}

queries! {
    LIST = read "api.list_restrictions"
        "SELECT * FROM (
             SELECT r.id, r.kind, r.pass, r.group_names, COALESCE(page.path, '') AS page_path,
                    COALESCE(c.path, '') AS collection_path
             FROM view_restriction r LEFT JOIN page ON page.id = r.page_id LEFT JOIN collection c ON c.id =
                 r.collection_id
             UNION ALL
             SELECT id, 'covered' AS kind, '' AS pass, '[]' AS group_names, '' AS page_path, path AS collection_path
             FROM collection WHERE restricted) found
         ORDER BY id LIMIT $1";
}

/// What is not for everybody, and is for the viewer.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Opened {
    /// `,3,7,`: the restrictions of pages that let the viewer in; `*`: all.
    pub pages: String,
    /// The collections; in the same form.
    pub collections: String,
}

impl Opened {
    /// # Errors
    /// When the database is out of reach: then nobody is let in.
    pub async fn of(content: &Content, viewer: &Viewer) -> Result<Self, DbError> {
        let (passes, groups) = match viewer {
            Viewer::Superuser => return Ok(Self { pages: "*".to_owned(), collections: "*".to_owned() }),
            Viewer::Visitor { passes } if passes.is_empty() => return Ok(Self::default()),
            Viewer::Visitor { passes } => (passes, None),
            Viewer::Member { passes, groups } => (passes, Some(groups.as_slice())),
        };
        let found: Vec<Found> = content.db.query(&LIST).bind(MAX_ROWS).list().await?;
        Ok(Self::among(&found, passes, groups))
    }

    /// Whether nothing is open that is not open to everybody.
    pub fn is_nothing(&self) -> bool {
        *self == Self::default()
    }

    /// Whether a collection that is restricted is open.
    pub fn has_collection(&self, id: i64) -> bool {
        self.collections == "*" || self.collections.contains(&format!(",{id},"))
    }

    /// A place is open when all restrictions on it and above it pass.
    fn among(found: &[Found], passes: &[String], groups: Option<&[String]>) -> Self {
        let passed = |restriction: &Found| match restriction.kind.as_str() {
            "password" => passes.contains(&restriction.pass),
            "login" => groups.is_some(),
            "groups" => groups.is_some_and(|groups| {
                let names: Vec<String> = serde_json::from_str(&restriction.group_names).unwrap_or_default();
                names.iter().any(|name| groups.contains(name))
            }),
            _ => true,
        };
        let shut: Vec<&Found> = found.iter().filter(|restriction| !passed(restriction)).collect();
        let covers = |path: &str, of: &str| !path.is_empty() && of.starts_with(path);
        let open_page = |one: &&Found| {
            !one.page_path.is_empty() && !shut.iter().any(|other| covers(&other.page_path, &one.page_path))
        };
        let open_collection = |one: &&Found| {
            one.kind == "covered" && !shut.iter().any(|other| covers(&other.collection_path, &one.collection_path))
        };
        Self { pages: list(found.iter().filter(open_page)), collections: list(found.iter().filter(open_collection)) }
    }
}

fn list<'f>(found: impl Iterator<Item = &'f Found>) -> String {
    let ids: Vec<String> = found.map(|one| one.id.to_string()).collect();
    if ids.is_empty() { String::new() } else { format!(",{},", ids.join(",")) }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn found(id: i64, kind: &str, page: &str, collection: &str) -> Found {
        Found {
            id,
            kind: kind.into(),
            pass: format!("pass-{id}"),
            group_names: "[\"Board\"]".into(),
            page_path: page.into(),
            collection_path: collection.into(),
        }
    }

    #[test]
    fn what_lies_behind_several_restrictions_is_open_when_all_pass() {
        let all = [
            found(1, "password", "00010001", ""),
            found(2, "login", "000100010001", ""),
            found(3, "groups", "00010002", ""),
            found(4, "login", "", "00010001"),
            found(7, "covered", "", "00010001"),
            found(8, "covered", "", "000100010001"),
        ];
        let opened = |passes: &[&str], groups: Option<&[String]>| {
            let passes: Vec<String> = passes.iter().map(|pass| (*pass).to_owned()).collect();
            let Opened { pages, collections } = Opened::among(&all, &passes, groups);
            (pages, collections)
        };
        let pair = |pages: &str, collections: &str| (pages.to_owned(), collections.to_owned());
        assert_eq!(opened(&[], None), pair("", ""));
        assert_eq!(opened(&["pass-1"], None), pair(",1,", ""));
        assert_eq!(opened(&[], Some(&[])), pair("", ",7,8,"), "the password above is missing");
        assert_eq!(opened(&["pass-1"], Some(&["Board".to_owned()])), pair(",1,2,3,", ",7,8,"));
    }
}
