//! A table of redirects as text: which column is which, and what its cells say.

use csv::StringRecord;

use super::{NewRedirect, Redirect, Target};
use crate::content::sheet::SheetError;
use crate::content::site::{self, Site};

/// What columns may be called; also as Wagtail's own export calls them.
const FROM: &[&str] = &["from", "old_path", "old path", "source", "old", "from_link", "redirect from"];
const TO: &[&str] = &["to", "link", "target", "destination", "new", "to_link", "redirect_link", "redirect to"];
const PAGE: &[&str] = &["page", "page_id", "redirect_page"];
const PERMANENT: &[&str] = &["permanent", "is_permanent", "get_is_permanent_display", "type", "code", "status"];
const SUBTREE: &[&str] = &["subtree", "covers_subtree"];
const SITE: &[&str] = &["site"];
/// Separators that a table may have, the likeliest first.
const SEPARATORS: [u8; 4] = *b",;\t|";

/// The columns that somebody chose, from 0, in the order of [`COLUMNS`].
pub type Places = [Option<usize>; COLUMNS.len()];

/// Where the values are, by the number of their column.
#[derive(Debug, PartialEq, Eq)]
pub struct Columns {
    from: usize,
    to: Option<usize>,
    page: Option<usize>,
    permanent: Option<usize>,
    subtree: Option<usize>,
    site: Option<usize>,
}

/// Why a table, or a row of it, is refused.
#[derive(Debug, thiserror::Error)]
pub enum TableError {
    #[error("{0} is no column: {known} are", known = COLUMNS.join(", "))]
    ColumnUnknown(String),
    #[error("the table has no column \"{0}\"")]
    ColumnMissing(String),
    #[error("the first row names no columns \"from\" and \"to\"")]
    EndsMissing,
    #[error("choose the columns to redirect from, and to redirect to")]
    EndsNotChosen,
    #[error("it says nothing to redirect from")]
    FromMissing,
    #[error("it says nothing to redirect to")]
    ToMissing,
    #[error("\"{0}\" is not the number of a page")]
    PageInvalid(String),
    #[error("\"{0}\" is neither yes nor no")]
    NotYesOrNo(String),
    #[error("the first row is not UTF-8")]
    HeaderNotUtf8,
    #[error("the row is not UTF-8")]
    RowNotUtf8,
    #[error("line {0} is not UTF-8")]
    NotUtf8(usize),
    #[error(transparent)]
    Sheet(#[from] SheetError),
    #[error("the table has more than {0} rows: import it in parts")]
    TooManyRows(u64),
    #[error(transparent)]
    Site(#[from] site::NamedError),
    #[error("the table cannot be read: {0}")]
    Csv(#[from] csv::Error),
    #[error("the table cannot be read: {0}")]
    Io(#[from] std::io::Error),
}

impl Columns {
    /// Those that somebody chose.
    ///
    /// # Errors
    /// When there is none to redirect from, or none to redirect to.
    pub fn chosen([from, to, page, permanent, subtree, site]: Places) -> Result<Self, TableError> {
        let from = from.filter(|_| to.is_some() || page.is_some()).ok_or(TableError::EndsNotChosen)?;
        Ok(Self { from, to, page, permanent, subtree, site })
    }

    /// What the names of a first row say.
    pub fn guessed(header: &StringRecord) -> Places {
        let named = |name: &&str| header.iter().position(|cell| is_named(cell, name));
        [FROM, TO, PAGE, PERMANENT, SUBTREE, SITE].map(|names| names.iter().find_map(named))
    }

    /// From the first row, and from what somebody says: `from=Old address`, or `to=2`, counted from one.
    ///
    /// # Errors
    /// When there is none to redirect from, or none to redirect to.
    pub fn of(header: Option<&StringRecord>, mapping: &[(String, String)]) -> Result<Self, TableError> {
        if let Some((wrong, _)) = mapping.iter().find(|(name, _)| !COLUMNS.contains(&name.as_str())) {
            return Err(TableError::ColumnUnknown(wrong.clone()));
        }
        let named = |name: &str| header.and_then(|header| header.iter().position(|cell| is_named(cell, name)));
        let find = |column: &str, names: &[&str]| -> Result<Option<usize>, TableError> {
            let Some((_, wanted)) = mapping.iter().find(|(name, _)| name == column) else {
                return Ok(names.iter().find_map(|name| named(name)));
            };
            let number = wanted.parse::<usize>().ok().and_then(|number| number.checked_sub(1));
            let found = named(wanted).or(number);
            found.map(Some).ok_or_else(|| TableError::ColumnMissing(wanted.clone()))
        };
        let bare = header.is_none();
        let from = find("from", FROM)?.or(bare.then_some(0));
        let page = find("page", PAGE)?;
        let to = find("to", TO)?.or((bare && page.is_none()).then_some(1));
        let from = from.filter(|_| to.is_some() || page.is_some()).ok_or(TableError::EndsMissing)?;
        Ok(Self {
            from,
            to,
            page,
            permanent: find("permanent", PERMANENT)?,
            subtree: find("subtree", SUBTREE)?,
            site: find("site", SITE)?,
        })
    }

    /// The cell to redirect from, and the one to redirect to, as they stand.
    pub fn ends<'r>(&self, record: &'r StringRecord) -> (&'r str, &'r str) {
        let cell = |at: Option<usize>| at.and_then(|at| record.get(at)).unwrap_or_default().trim();
        let to = cell(self.to);
        (cell(Some(self.from)), if to.is_empty() { cell(self.page) } else { to })
    }

    /// What a row says; `of` stands in for cells that are empty.
    ///
    /// # Errors
    /// With the cell that cannot be understood.
    pub fn read(&self, record: &StringRecord, sites: &[Site], of: &Defaults) -> Result<NewRedirect, TableError> {
        let cell = |at: Option<usize>| at.and_then(|at| record.get(at)).map(str::trim).filter(|cell| !cell.is_empty());
        let from = cell(Some(self.from)).ok_or(TableError::FromMissing)?.to_owned();
        let to = cell(self.to);
        let target = match cell(self.page) {
            Some(id) => Target::Page {
                id: id.parse().map_err(|_| TableError::PageInvalid(id.to_owned()))?,
                route: to.unwrap_or_default().to_owned(),
            },
            None => Target::Url(to.ok_or(TableError::ToMissing)?.to_owned()),
        };
        let site = match cell(self.site) {
            Some(all) if ["all", "all sites", "*"].iter().any(|word| all.eq_ignore_ascii_case(word)) => None,
            Some(wanted) => Some(site::named(sites, wanted)?.id),
            None => of.site,
        };
        Ok(NewRedirect {
            from,
            target,
            site,
            covers_subtree: cell(self.subtree).map_or(Ok(of.covers_subtree), yes)?,
            is_permanent: cell(self.permanent).map_or(Ok(of.is_permanent), yes)?,
        })
    }
}

/// What the columns are for.
pub const COLUMNS: [&str; 6] = ["from", "to", "page", "permanent", "subtree", "site"];

/// The columns of a table of all redirects, which can be read again.
pub const EXPORTED: [&str; 7] = ["from", "to", "page", "permanent", "subtree", "site", "hits"];

impl Redirect {
    /// What stands in the columns [`EXPORTED`].
    pub fn cells(&self, sites: &[Site]) -> [String; 7] {
        let site = sites.iter().find(|site| Some(site.id) == self.site_id);
        let (page, to) = match self.target() {
            Target::Page { id, route } => (id.to_string(), route),
            Target::Url(url) => (String::new(), url),
        };
        [
            self.old_path.clone(),
            to,
            page,
            self.is_permanent.to_string(),
            self.covers_subtree.to_string(),
            site.map(|site| format!("{}:{}", site.hostname, site.port)).unwrap_or_default(),
            self.hits.to_string(),
        ]
    }
}

/// What a table does not say.
#[derive(Clone, Copy, Debug)]
pub struct Defaults {
    pub site: Option<i64>,
    pub covers_subtree: bool,
    pub is_permanent: bool,
}

fn is_named(cell: &str, name: &str) -> bool {
    cell.trim().trim_start_matches('\u{feff}').eq_ignore_ascii_case(name)
}

fn yes(cell: &str) -> Result<bool, TableError> {
    match cell.to_ascii_lowercase().as_str() {
        "true" | "yes" | "1" | "permanent" | "301" | "308" => Ok(true),
        "false" | "no" | "0" | "temporary" | "302" | "303" | "307" => Ok(false),
        _ => Err(TableError::NotYesOrNo(cell.to_owned())),
    }
}

/// What separates the cells: what the first line has most of.
pub fn separator(first_line: &str) -> u8 {
    let count = |separator: &u8| first_line.bytes().filter(|byte| byte == separator).count();
    // The last of equals counts, so the likeliest comes last.
    SEPARATORS.into_iter().rev().max_by_key(count).unwrap_or(b',')
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn columns_are_found_by_their_names_or_by_what_is_said() {
        let header = StringRecord::from(vec!["\u{feff}Old path", "Link", "Type", "Site"]);
        let columns = Columns::of(Some(&header), &[]).expect("Wagtail's own names");
        assert_eq!((columns.from, columns.to, columns.permanent, columns.site), (0, Some(1), Some(2), Some(3)));
        let header = StringRecord::from(vec!["Number", "Was", "Is"]);
        let said = |from: &str, to: &str| [("from".to_owned(), from.to_owned()), ("to".to_owned(), to.to_owned())];
        let columns = Columns::of(Some(&header), &said("was", "3")).expect("by name and by number");
        assert_eq!((columns.from, columns.to), (1, Some(2)));
        assert!(Columns::of(Some(&header), &[]).is_err());
        assert!(Columns::of(Some(&header), &said("were", "3")).is_err());
        assert!(Columns::of(Some(&header), &[("form".into(), "1".into())]).is_err());
        let columns = Columns::of(None, &[]).expect("the first two");
        assert_eq!((columns.from, columns.to), (0, Some(1)));
    }

    #[test]
    fn the_separator_is_what_the_first_line_has_most_of() {
        for (line, expected) in [("from,to", b','), ("from;to;a,b", b';'), ("from\tto", b'\t'), ("from", b',')] {
            assert_eq!(separator(line), expected, "{line}");
        }
    }
}
