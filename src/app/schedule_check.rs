//! The look at what goes live within a day: whether it could be published now. Whoever set the schedule is told once of
//! each thing that stands in the way.

use std::time::Duration;

use super::App;
use crate::accounts::PageOf;
use crate::clock::Micros;
use crate::content::preflight::{Findings, Note};
use crate::content::schedule_check::{AHEAD, BATCH, Due, Telling, sentences};
use crate::content::{Content, page, site};
use crate::db::DbError;
use crate::jobs::{Failure, Schedule};
use crate::mail::Mail;

/// Between two looks.
pub(super) const CHECK_EVERY: Schedule = Schedule::Every(Duration::from_secs(300));
/// Batches of one look; what goes live behind them is looked at when it is nearer.
const MAX_BATCHES: usize = 20;

impl App {
    /// Looks at all that goes live within a day.
    pub(super) async fn check_schedules(&self) -> Result<(), Failure> {
        let content: &Content = &self.content;
        content.forget_past_schedules().await?;
        let until = Micros(Micros::now().0 + AHEAD.as_micros() as i64);
        let mut last: Option<Due> = None;
        for _ in 0..MAX_BATCHES {
            let batch = content.list_going_live(last.as_ref(), until).await?;
            for due in &batch {
                let findings = self.preflight(due.page_id, due.revision_id, due.account_id).await?;
                content.keep_findings(due, &findings, Telling::ByMail).await?;
            }
            if (batch.len() as i64) < BATCH {
                break;
            }
            last = batch.into_iter().last();
        }
        content.refresh_overdue().await?;
        Ok(())
    }

    /// What would stand in the way of a publication now, and whether whoever set it may still publish the page.
    async fn preflight(&self, page: i64, revision: i64, account: Option<i64>) -> Result<Findings, DbError> {
        let mut findings = self.content.preflight(page, revision).await?;
        let Some(account) = account else { return Ok(findings) };
        let Some((somebody, grants)) = self.accounts.find_standing(account).await? else { return Ok(findings) };
        let page = page::find(&*self.db, page).await?;
        if page.is_some_and(|page| !grants.may_publish(PageOf { path: &page.path, owner: page.owner })) {
            findings.notes.push(Note::AuthorMayNot { name: somebody.called().to_owned() });
        }
        Ok(findings)
    }

    /// Looks at one page that is scheduled, for somebody who sees the result; `None` when it does not go live by itself.
    ///
    /// # Errors
    /// When the database is out of reach.
    pub async fn look_at_schedule(&self, page: i64) -> Result<Option<Findings>, DbError> {
        let Some(due) = self.content.find_going_live(page).await? else { return Ok(None) };
        self.preflight(page, due.revision_id, due.account_id).await.map(Some)
    }

    /// The same for whoever has just set the schedule: what they see need not be mailed to them.
    ///
    /// # Errors
    /// When the database is out of reach.
    pub async fn look_after_scheduling(&self, page: i64) -> Result<Findings, DbError> {
        let Some(due) = self.content.find_going_live(page).await? else { return Ok(Findings::default()) };
        let findings = self.preflight(page, due.revision_id, due.account_id).await?;
        self.content.keep_findings(&due, &findings, Telling::AtTheForm).await?;
        Ok(findings)
    }

    /// Mails what was found to whoever set the schedule, as long as they may see the page; what was mended meanwhile is
    /// not mailed.
    pub(super) async fn send_schedule_warning(&self, page: i64) -> Result<(), Failure> {
        let Some(found) = self.content.found_of_schedule(page).await? else { return Ok(()) };
        let Some(account) = found.account_id else { return Ok(()) };
        let (refusals, notes) = (sentences(&found.refusals), sentences(&found.notes));
        if refusals.is_empty() && notes.is_empty() {
            return Ok(());
        }
        let Some((to, grants)) = self.accounts.find_standing(account).await? else { return Ok(()) };
        if !to.mails().schedules || !grants.may_see(&found.path) {
            return Ok(());
        }
        let site = self.default_site().await?;
        let subject = match refusals.is_empty() {
            false => format!("Will not go live: {}", super::one_line(&found.title)),
            true => format!("Before it goes live: {}", super::one_line(&found.title)),
        };
        let text = text(&site, page, &found.title, Micros(found.publish_at), (&refusals, &notes));
        self.deliver(&Mail { to: to.email, subject, text }).await
    }
}

fn text(site: &site::Site, page: i64, title: &str, at: Micros, (refusals, notes): (&[String], &[String])) -> String {
    let list = |lines: &[String]| lines.iter().map(|line| format!("- {line}\n")).collect::<String>();
    let mut text = format!("\"{title}\" at {} is set to go live at {}.\n", site.name, at.to_rfc3339());
    if !refusals.is_empty() {
        text += &format!("\nAs it is, it will not be published:\n{}", list(refusals));
    }
    if !notes.is_empty() {
        text += &format!("\nIt may not look as you meant it:\n{}", list(notes));
    }
    text += &format!("\nMend it, and set the schedule again:\n\n{}/admin/pages/{page}/edit/\n", site.base_url);
    text + &super::farewell(site, "you set the schedule")
}
