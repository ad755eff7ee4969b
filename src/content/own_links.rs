//! Links to pages of this installation that were written as addresses: saved as links by id, so that they follow the
//! page (`content.link_conversion`).

use std::collections::{BTreeMap, BTreeSet, HashMap};

use serde_json::{Map, Value};
use url::Url;

use super::site::{self, Site};
use super::types::{ContentType, Types, ValueSlot};
use crate::config::LinkConversion;
use crate::db::{DbError, Exec, Tx};
use crate::render::rich_text::{LinkTarget, convert_links, web_links};
use crate::{queries, record};

/// Addresses looked up for one page.
const MAX_ADDRESSES: usize = 1_000;

record! { struct At { id: i64, url_path: String } }

queries! {
    LIST_AT = read "page.list_at_paths"
        ("SELECT id, url_path FROM page WHERE url_path " [any "$1"] " AND NOT trashed ORDER BY id LIMIT $2");
}

/// Which addresses are converted, and where the default site is reached.
#[derive(Clone, Debug)]
pub struct OwnLinks {
    pub conversion: LinkConversion,
    pub base_url: String,
}

/// The place of the tree that an address of ours names.
#[derive(Debug, PartialEq, Eq)]
struct Place {
    url_path: String,
    fragment: String,
}

impl OwnLinks {
    /// Converts the links in every rich text of `fields`; at most two queries.
    pub(super) async fn convert(
        &self,
        tx: &mut Tx,
        types: &Types,
        of_type: &ContentType,
        fields: &mut Map<String, Value>,
    ) -> Result<(), DbError> {
        if self.conversion == LinkConversion::Off {
            return Ok(());
        }
        let mut addresses = BTreeSet::new();
        of_type.visit_mut(types, fields, &mut |_, slot| {
            if let ValueSlot::RichText(html) = slot {
                addresses.extend(web_links(html));
            }
        });
        if addresses.is_empty() {
            return Ok(());
        }
        let sites = site::list(&mut *tx, &self.base_url).await?;
        let places: BTreeMap<String, Place> = addresses
            .into_iter()
            .take(MAX_ADDRESSES)
            .filter_map(|address| place(&sites, &address, self.conversion).map(|place| (address, place)))
            .collect();
        if places.is_empty() {
            return Ok(());
        }
        let paths: Vec<String> = places.values().map(|place| place.url_path.clone()).collect();
        let found: Vec<At> = Exec::from(tx).query(&LIST_AT).bind(paths).bind(MAX_ADDRESSES as i64).list().await?;
        let ids: HashMap<&str, i64> = found.iter().map(|at| (at.url_path.as_str(), at.id)).collect();
        let find = |address: &str| {
            let place = places.get(address)?;
            let page = *ids.get(place.url_path.as_str())?;
            Some(LinkTarget { page, fragment: place.fragment.clone() })
        };
        of_type.visit_mut(types, fields, &mut |_, slot| {
            if let ValueSlot::RichText(html) = slot
                && let std::borrow::Cow::Owned(converted) = convert_links(html, &find)
            {
                *html = converted;
            }
        });
        Ok(())
    }
}

/// `None` for addresses of others, and for those that say more than a page's: a query would be lost.
fn place(sites: &[Site], address: &str, conversion: LinkConversion) -> Option<Place> {
    let url = Url::parse(address).ok().filter(|url| url.query().is_none() && url.username().is_empty())?;
    let exact = conversion == LinkConversion::Exact;
    if exact && url.fragment().is_some() {
        return None;
    }
    let is_at = |base_url: &str| {
        let Ok(base) = Url::parse(base_url) else { return false };
        let same_port = url.port_or_known_default() == base.port_or_known_default();
        // Behind a proxy, https may be what the site knows as http.
        base.host() == url.host()
            && ((same_port && base.scheme() == url.scheme()) || (!exact && (same_port || url.port().is_none())))
    };
    let site = sites.iter().find(|site| is_at(&site.base_url))?;
    let path = percent_decoded(url.path())?;
    let path = if path.ends_with('/') { path } else { format!("{path}/") };
    // A fragment that could not be stored is no reason to lose it.
    let fragment = url.fragment().unwrap_or_default().to_owned();
    let stored = !fragment.contains(|character: char| character.is_whitespace() || "<>\"`".contains(character));
    stored.then(|| Place { url_path: site.tree_path(&path), fragment })
}

fn percent_decoded(path: &str) -> Option<String> {
    let mut bytes = Vec::with_capacity(path.len());
    let mut rest = path.as_bytes();
    while let Some((byte, after)) = rest.split_first() {
        rest = after;
        if *byte != b'%' {
            bytes.push(*byte);
            continue;
        }
        let digits = std::str::from_utf8(rest.get(..2)?).ok()?;
        bytes.push(u8::from_str_radix(digits, 16).ok()?);
        rest = &rest[2..];
    }
    String::from_utf8(bytes).ok()
}
