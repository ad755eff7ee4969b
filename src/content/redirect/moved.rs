//! What a page leaves behind when its address changes: one redirect that covers its whole subtree.
//!
//! The redirect names the page, not an address, so that later moves make no chain. Redirects below the old address
//! move along with the subtree: a child that left it before is still found by way of the new address.

use super::address;
use crate::clock::Micros;
use crate::content::page::Page;
use crate::content::site::{self, Site};
use crate::db::{DbError, Exec, Tx};
use crate::queries;

queries! {
    PUBLISHED_BELOW = read "redirect.find_published_below"
        "SELECT below.id FROM page moved JOIN page below ON below.path > moved.path AND below.path < moved.path || '['
         WHERE moved.id = $1 AND below.first_published_at IS NOT NULL LIMIT 1";
    /// What lies below the old address, `$2` to `$3`, unless something is there already.
    CARRY = write "redirect.carry_along"
        "UPDATE redirect SET old_path = $4 || SUBSTR(old_path, CAST($5 AS INTEGER))
         WHERE site_id = $1 AND automatic AND old_path > $2 AND old_path < $3 AND NOT EXISTS (
             SELECT 1 FROM redirect taken
             WHERE taken.site_id = $1 AND taken.old_path = $4 || SUBSTR(redirect.old_path, CAST($5 AS INTEGER)))";
    /// What would lead to where it is: at the new address `$2`, and below it from `$3` to `$4`.
    CLEAN = write "redirect.delete_own"
        "DELETE FROM redirect
         WHERE site_id = $1 AND automatic AND (old_path = $2 OR (old_path > $3 AND old_path < $4)) AND EXISTS (
             SELECT 1 FROM page WHERE page.id = target_page_id AND page.url_path = $5 ||
             CASE WHEN old_path = $2 THEN '' ELSE SUBSTR(old_path, CAST($6 AS INTEGER)) || '/' END)";
    /// What somebody wrote stays.
    LEAVE = write "redirect.leave"
        "INSERT INTO redirect (site_id, old_path, covers_subtree, target_page_id, is_permanent, automatic, created_at)
         VALUES ($1, $2, TRUE, $3, TRUE, TRUE, $4)
         ON CONFLICT (old_path, COALESCE(site_id, 0)) DO UPDATE
         SET target_page_id = excluded.target_page_id, covers_subtree = TRUE, created_at = excluded.created_at
         WHERE redirect.automatic";
}

/// Leaves redirects for a page whose tree path has changed from that of `was` to `url_path`, on every site that showed
/// it. To be called behind the change, in its transaction. A subtree that was never published leaves none.
///
/// # Errors
/// When the database is out of reach.
pub async fn page_moved(tx: &mut Tx, was: &Page, url_path: &str) -> Result<(), DbError> {
    if was.url_path == url_path {
        return Ok(());
    }
    let published = match was.first_published_at {
        Some(_) => true,
        None => Exec::from(&mut *tx).query(&PUBLISHED_BELOW).bind(was.id).optional::<i64>().await?.is_some(),
    };
    if !published {
        return Ok(());
    }
    for site in site::list(&mut *tx, "").await? {
        // Behind a moved root every address is what it was.
        let Some(old) = own_address(&site, &was.url_path) else { continue };
        let new = own_address(&site, url_path);
        if new.as_ref() != Some(&old) {
            leave(tx, site.id, was.id, &old, new.as_deref().map(|new| (new, url_path))).await?;
        }
    }
    Ok(())
}

fn own_address(site: &Site, url_path: &str) -> Option<String> {
    address::normalise(&site.own_path(url_path)?)
}

/// `new`: address and tree path, when the page is on this site still.
async fn leave(tx: &mut Tx, site: i64, page: i64, old: &str, new: Option<(&str, &str)>) -> Result<(), DbError> {
    if let Some((new, url_path)) = new {
        let carry = Exec::from(&mut *tx).query(&CARRY).bind(site).bind(format!("{old}/")).bind(format!("{old}0"));
        carry.bind(new).bind(old.chars().count() as i64 + 1).execute().await?;
        let clean = Exec::from(&mut *tx).query(&CLEAN).bind(site).bind(new);
        let clean = clean.bind(format!("{new}/")).bind(format!("{new}0")).bind(url_path);
        clean.bind(new.chars().count() as i64 + 2).execute().await?;
    }
    Exec::from(tx).query(&LEAVE).bind(site).bind(old).bind(page).bind(Micros::now()).execute().await?;
    Ok(())
}
