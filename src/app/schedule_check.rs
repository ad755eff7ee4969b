//! The look at what goes live within a day: whether it could be published now. Whoever set the schedule is told once of
//! each thing that stands in the way.

use std::time::Duration;

use super::App;
use crate::accounts::PageOf;
use crate::clock::Micros;
use crate::content::preflight::Findings;
use crate::content::schedule_check::{AHEAD, BATCH, Due, Found, Telling, sentences};
use crate::content::{Content, EditError, site};
use crate::db::DbError;
use crate::jobs::{Failure, Run, Schedule};
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
                let findings = self.preflight(due).await?;
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
    async fn preflight(&self, due: &Due) -> Result<Findings, DbError> {
        let mut findings = self.content.preflight(due.page_id, due.revision_id).await?;
        findings.refusals.extend(self.refuse_scheduler(due).await?);
        Ok(findings)
    }

    /// Why a schedule is not carried out in the name of whoever set it. What was held back once goes live when somebody
    /// says so, and not whenever the right comes back.
    async fn refuse_scheduler(&self, due: &Due) -> Result<Option<EditError>, DbError> {
        let Some(account) = due.account_id else { return Ok(None) };
        let Some((somebody, grants)) = self.accounts.find_standing(account).await? else { return Ok(None) };
        let may = due.held_at.is_none() && grants.may_publish(PageOf { path: &due.path, owner: None });
        Ok((!may).then(|| EditError::SchedulerMayNot { name: somebody.called().to_owned() }))
    }

    /// Publishes a page whose time has come; or holds it back, when whoever set the schedule may not publish it any more.
    pub(super) async fn publish_on_schedule(&self, run: Run) -> Result<(), Failure> {
        let (page, at) = (run.number("page")?, run.number("at")?);
        let due = self.content.find_going_live(page).await?.filter(|due| due.publish_at == at);
        if let Some(due) = due
            && let Some(refusal) = self.refuse_scheduler(&due).await?
        {
            return self.hold_back(&due, refusal).await;
        }
        self.content.keep_schedule(run).await
    }

    async fn hold_back(&self, due: &Due, refusal: EditError) -> Result<(), Failure> {
        let findings = self.preflight(due).await?;
        // One mail tells of all of it.
        self.content.keep_findings(due, &findings, Telling::AtTheForm).await?;
        match self.content.hold_back(due, &refusal).await {
            Ok(()) => tracing::warn!(page = due.page_id, %refusal, "a scheduled publication was held back"),
            Err(EditError::Db(error)) => return Err(error.into()),
            // It went away meanwhile, and with it the schedule.
            Err(_) => {}
        }
        Ok(self.content.refresh_overdue().await?)
    }

    /// Looks at one page that is scheduled, for somebody who sees the result; `None` when it does not go live by itself.
    ///
    /// # Errors
    /// When the database is out of reach.
    pub async fn look_at_schedule(&self, page: i64) -> Result<Option<Findings>, DbError> {
        let Some(due) = self.content.find_going_live(page).await? else { return Ok(None) };
        self.preflight(&due).await.map(Some)
    }

    /// The same for whoever has just set the schedule: what they see need not be mailed to them.
    ///
    /// # Errors
    /// When the database is out of reach.
    pub async fn look_after_scheduling(&self, page: i64) -> Result<Findings, DbError> {
        let Some(due) = self.content.find_going_live(page).await? else { return Ok(Findings::default()) };
        let findings = self.preflight(&due).await?;
        self.content.keep_findings(&due, &findings, Telling::AtTheForm).await?;
        Ok(findings)
    }

    /// Mails what was found to whoever set the schedule and to whoever made the page, as long as they may see it; what was
    /// mended meanwhile is not mailed.
    pub(super) async fn send_schedule_warning(&self, run: &Run) -> Result<(), Failure> {
        let page = run.number("page")?;
        let is_of_held = run.number("held").is_ok_and(|held| held == 1);
        let Some(found) = self.content.found_of_schedule(page).await? else { return Ok(()) };
        let (refusals, notes) = (sentences(&found.refusals), sentences(&found.notes));
        // What was held back meanwhile has a mail of its own.
        if (refusals.is_empty() && notes.is_empty()) || found.held_at.is_some() != is_of_held {
            return Ok(());
        }
        let site = self.default_site().await?;
        let title = super::one_line(&found.title);
        let subject = match (found.held_at, refusals.is_empty()) {
            (Some(_), _) => format!("Did not go live: {title}"),
            (None, false) => format!("Will not go live: {title}"),
            (None, true) => format!("Before it goes live: {title}"),
        };
        let text = text(&site, page, &found, (&refusals, &notes));
        let of_schedule = found.account_id.map(|id| (id, "you set the schedule"));
        let owner = found.owner_id.filter(|owner| Some(*owner) != found.account_id);
        for (account, because) in of_schedule.into_iter().chain(owner.map(|id| (id, "the page is yours"))) {
            let text = format!("{text}{}", super::farewell(&site, because));
            self.warn_of_schedule(account, &found.path, (&subject, text)).await?;
        }
        Ok(())
    }

    async fn warn_of_schedule(&self, account: i64, path: &str, (subject, text): (&str, String)) -> Result<(), Failure> {
        let Some((to, grants)) = self.accounts.find_standing(account).await? else { return Ok(()) };
        if !to.mails().schedules || !grants.may_see(path) {
            return Ok(());
        }
        self.deliver(&Mail { to: to.email, subject: subject.to_owned(), text }).await
    }
}

fn text(site: &site::Site, page: i64, found: &Found, (refusals, notes): (&[String], &[String])) -> String {
    let list = |lines: &[String]| lines.iter().map(|line| format!("- {line}\n")).collect::<String>();
    let is = if found.held_at.is_some() { "was" } else { "is" };
    let (title, at) = (&found.title, Micros(found.publish_at).to_rfc3339());
    let mut text = format!("\"{title}\" at {} {is} set to go live at {at}.\n", site.name);
    if !refusals.is_empty() {
        let why = if found.held_at.is_some() { "It was held back" } else { "As it is, it will not be published" };
        text += &format!("\n{why}:\n{}", list(refusals));
    }
    if !notes.is_empty() {
        text += &format!("\nIt may not look as you meant it:\n{}", list(notes));
    }
    let what = if found.held_at.is_some() {
        "Take the schedule over, or end it"
    } else {
        "Mend it, and set the schedule again"
    };
    text + &format!("\n{what}:\n\n{}/admin/pages/{page}/edit/\n", site.base_url)
}
