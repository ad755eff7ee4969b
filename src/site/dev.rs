//! `vitrine dev`: reloads types, templates and static files when they change, and shows template errors in the browser.

use std::sync::Arc;
use std::time::Duration;

use super::{Problem, PublicSite, SiteFolder, Theme, theme};
use crate::render::{TemplateError, escaped};
use crate::telemetry::label::Outcome;

const LOOK: Duration = Duration::from_millis(300);
/// Lines shown around a mistake.
const AROUND: usize = 4;

impl PublicSite {
    /// Watches the site folder; never ends.
    pub async fn watch_folder(self: Arc<Self>) {
        let mut known = self.folder.fingerprint();
        loop {
            tokio::time::sleep(LOOK).await;
            let now = self.folder.fingerprint();
            if now != known {
                known = now;
                self.reload();
            }
        }
    }

    /// Replaces types and theme when they are right; keeps the old ones, and says why, when not.
    pub fn reload(&self) {
        let loaded = theme::load_types(&self.folder).and_then(|types| {
            Theme::load(&self.folder, &types, Some(&self.app.keys), &self.app.telemetry).map(|theme| (types, theme))
        });
        let outcome = match loaded {
            Ok((types, theme)) => {
                self.mistakes.store(Arc::default());
                self.theme.store(Arc::new(theme));
                self.app.content.replace_types(types);
                self.reloads.send_modify(|count| *count += 1);
                self.app.telemetry.note_change("site", "the site folder was reloaded".to_owned());
                tracing::info!("the site folder was reloaded");
                Outcome::Success
            }
            Err(problems) => {
                for problem in &problems {
                    tracing::error!("{problem}");
                }
                self.mistakes.store(Arc::new(problems));
                self.reloads.send_modify(|count| *count += 1);
                Outcome::Failure
            }
        };
        self.app.telemetry.families.template_reloads.with_label_values(&[outcome.as_str()]).inc();
    }

    /// Whether the site folder as it is now cannot be shown.
    pub(super) fn has_mistakes(&self) -> bool {
        self.app.config.is_dev() && !self.mistakes.load().is_empty()
    }

    pub fn reloads(&self) -> tokio::sync::watch::Receiver<u64> {
        self.reloads.subscribe()
    }
}

/// A page that lists what is wrong with the site folder; `{nonce}` stands for the page's nonce.
pub fn explain_folder(problems: &[Problem]) -> String {
    let items: String = problems.iter().map(|problem| format!("<li><code>{}</code></li>", escaped(problem))).collect();
    page("The site folder has mistakes", &format!("<ul>{items}</ul>"))
}

/// A page that shows where a template went wrong; `{nonce}` stands for the page's nonce.
pub fn explain(folder: &SiteFolder, error: &TemplateError) -> String {
    let path = format!("templates/{}", error.template);
    let files = folder.texts("templates/", "").unwrap_or_default();
    let source = files.into_iter().find(|(known, _)| *known == path);
    let source = source.map_or_else(String::new, |(_, text)| excerpt(&text, error.line));
    let place = format!("<p><code>{}:{}</code></p><pre>{source}</pre>", escaped(&path), error.line);
    page(&escaped(&error.message), &place)
}

fn page(heading: &str, main: &str) -> String {
    format!(
        "<!doctype html><html lang=\"en\"><meta charset=\"utf-8\"><title>Site error</title>\
         <h1>{heading}</h1>{main}<p>The page reloads when the file is saved.</p>{}</html>",
        reload_script("{nonce}"),
    )
}

/// Reloads a page of `vitrine dev` when the site folder changed.
pub fn reload_script(nonce: &str) -> String {
    format!("<script nonce=\"{nonce}\">new EventSource('/-/dev/reload').onmessage = () => location.reload()</script>")
}

fn excerpt(text: &str, line: usize) -> String {
    let first = line.saturating_sub(AROUND + 1);
    let lines = text.lines().enumerate().skip(first).take(2 * AROUND + 1);
    lines
        .map(|(at, text)| {
            let mark = if at + 1 == line { "&gt;" } else { " " };
            format!("{mark} {:>4}  {}\n", at + 1, escaped(text))
        })
        .collect()
}
