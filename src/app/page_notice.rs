//! The mail about what others did to one's pages, and what every such mail ends with.

use super::App;
use crate::accounts::{Grants, Mails};
use crate::clock::Micros;
use crate::content::notice::{Deed, Sort, sort_of};
use crate::content::site::Site;
use crate::jobs::Failure;
use crate::mail::Mail;
use crate::telemetry::label::PageEvent;

/// Pages that one mail names, and things done to each.
const MAX_PAGES: usize = 30;
const MAX_DEEDS: usize = 10;

/// One page with what was done to it, each thing once.
struct Changed<'d> {
    last: &'d Deed,
    lines: Vec<String>,
}

impl App {
    /// Mails somebody what others did to their pages since the last such mail.
    pub(super) async fn send_page_notice(&self, account: i64) -> Result<(), Failure> {
        let until = Micros::now();
        let deeds = self.content.list_untold(account, until).await?;
        if let Some((to, grants)) = self.accounts.find_standing(account).await? {
            let mails = to.mails();
            let told: Vec<&Deed> = deeds.iter().filter(|deed| wants(mails, deed) && may_know(&grants, deed)).collect();
            if !told.is_empty() {
                let site = self.default_site().await?;
                let (subject, text) = written(&site, &told);
                self.deliver(&Mail { to: to.email, subject, text }).await?;
            }
        }
        Ok(self.content.note_told(account, until).await?)
    }
}

fn wants(mails: Mails, deed: &Deed) -> bool {
    match PageEvent::parse(&deed.event).and_then(sort_of) {
        Some(Sort::Page) => mails.pages,
        Some(Sort::Edit) => mails.edits,
        None => false,
    }
}

/// The trash is no place of the tree: who may see something in it was somewhere where they may.
fn may_know(grants: &Grants, deed: &Deed) -> bool {
    grants.may_see(&deed.path) || (deed.trashed && !grants.explored_places().is_empty())
}

/// What somebody did, as the end of a sentence.
fn did(event: &str) -> &'static str {
    match PageEvent::parse(event) {
        Some(PageEvent::Publish) => "published it",
        Some(PageEvent::Unpublish) => "took it off the site",
        Some(PageEvent::Move) => "moved it",
        Some(PageEvent::Trash) => "put it into the trash",
        Some(PageEvent::Restore) => "took it out of the trash",
        Some(PageEvent::Schedule) => "changed its schedule",
        Some(PageEvent::Lock) => "locked it",
        Some(PageEvent::Unlock) => "unlocked it",
        Some(PageEvent::Revert) => "went back to an older revision",
        Some(PageEvent::RestrictionCreate | PageEvent::RestrictionEdit | PageEvent::RestrictionDelete) => {
            "changed who may see it"
        }
        _ => "edited it",
    }
}

/// The last page first; however often somebody did the same, it is one line.
fn by_page<'d>(deeds: &[&'d Deed]) -> Vec<Changed<'d>> {
    let mut pages: Vec<Changed<'d>> = Vec::new();
    for deed in deeds.iter().rev() {
        let line = format!("- {} {}", deed.actor, did(&deed.event));
        match pages.iter_mut().find(|page| page.last.page_id == deed.page_id) {
            Some(page) if !page.lines.contains(&line) => page.lines.push(line),
            Some(_) => {}
            None => pages.push(Changed { last: deed, lines: vec![line] }),
        }
    }
    pages
}

fn written(site: &Site, deeds: &[&Deed]) -> (String, String) {
    let pages = by_page(deeds);
    let subject = match pages.as_slice() {
        [page] => format!("Changed by others: {}", super::one_line(&page.last.title)),
        pages => format!("Changed by others: {} of your pages", pages.len()),
    };
    let mut text = format!("At {} others changed what is yours.\n", site.name);
    for page in pages.iter().take(MAX_PAGES) {
        let lines = page.lines.iter().take(MAX_DEEDS).map(|line| format!("{line}\n")).collect::<String>();
        let place = match page.last.trashed {
            true => format!("{}/admin/trash/", site.base_url),
            false => format!("{}/admin/pages/{}/history/", site.base_url, page.last.page_id),
        };
        text += &format!("\n\"{}\"\n{lines}{place}\n", super::one_line(&page.last.title));
    }
    if pages.len() > MAX_PAGES {
        text += &format!("\nAnd {} more pages: {}/admin/reports/history/\n", pages.len() - MAX_PAGES, site.base_url);
    }
    (subject, text + &super::farewell(site, "the pages are yours"))
}
