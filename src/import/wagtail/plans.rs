//! What is to be published, and what is to end.

use std::collections::BTreeMap;
use std::time::Duration;

use super::dump::{PAGE, REVISION};
use super::key::Key;
use super::time::micros;
use super::{ImportError, Known, Run, SOURCE, store};
use crate::clock::Micros;
use crate::content::EditError;
use crate::telemetry::label::Channel;

const SCHEDULES: &str = "schedules";
/// What Wagtail would do at its next look at the clock, because its time is over, is done after so long.
const SOON: Duration = Duration::from_secs(60);

/// What is planned for a page.
#[derive(Default)]
struct Plan {
    /// The revision that somebody approved, and when it is due.
    publish: Option<(Micros, i64)>,
    expire_at: Option<Micros>,
}

impl Run<'_> {
    pub(super) async fn schedules(&mut self) -> Result<(), ImportError> {
        let known = self.known(SCHEDULES).await?;
        for (page, plan) in self.plans()? {
            if known.contains_key(&page.to_string()) {
                self.report.known(SCHEDULES);
                continue;
            }
            if self.writes() {
                let content = &self.target.content;
                let planned = match plan.publish {
                    Some(publish) => content.schedule_revision(page, publish, plan.expire_at, Channel::Import).await,
                    None => content.schedule(page, None, plan.expire_at, Channel::Import).await,
                };
                match planned {
                    Ok(()) => {}
                    Err(EditError::Db(error)) => return Err(error.into()),
                    Err(error) => {
                        self.report.refused(SCHEDULES, &format!("{PAGE} {page}"), error.to_string());
                        continue;
                    }
                }
                let note = Known { id: page, digest: String::new() };
                store::note(&*self.target.content.db, SOURCE, (SCHEDULES, &page.to_string()), &note).await?;
            }
            self.report.made(SCHEDULES);
        }
        Ok(())
    }

    /// What is planned for pages that are here, by their ids.
    fn plans(&mut self) -> Result<BTreeMap<i64, Plan>, ImportError> {
        let mut plans: BTreeMap<i64, Plan> = BTreeMap::new();
        let dump = self.dump;
        for key in &dump.approved {
            let Some(row) = dump.read(REVISION, key)? else { continue };
            let page = row.fields.get("object_id").and_then(Key::of).and_then(|key| key.id());
            let Some(page) = page.filter(|page| self.pages.contains(page)) else { continue };
            if let (Some(at), Some(revision)) = (micros(row.fields.get("approved_go_live_at")), key.id()) {
                let at = self.still_to_come(page, "approved_go_live_at", at);
                plans.entry(page).or_default().publish = Some((at, revision));
            }
        }
        for key in &dump.ending {
            let Some(page) = dump.read(PAGE, key)? else { continue };
            let Some(id) = key.id().filter(|id| self.pages.contains(id)) else { continue };
            let Some(at) = micros(page.fields.get("expire_at")) else { continue };
            // What ended already, or is a draft, does not end.
            if page.is("live") || (plans.contains_key(&id) && at > Micros::now().0) {
                plans.entry(id).or_default().expire_at = Some(self.still_to_come(id, "expire_at", at));
            } else if at > Micros::now().0 {
                self.report.notice(&format!("{PAGE} {id}"), "expire_at", "the page is not live: nothing ends");
            }
        }
        Ok(plans)
    }

    /// When something is due, or soon, where that is over.
    fn still_to_come(&mut self, page: i64, field: &str, at: i64) -> Micros {
        let soon = Micros(Micros::now().0 + SOON.as_micros() as i64);
        if at >= soon.0 {
            return Micros(at);
        }
        self.report.notice(&format!("{PAGE} {page}"), field, "its time is over, or almost: it happens in a minute");
        soon
    }
}
