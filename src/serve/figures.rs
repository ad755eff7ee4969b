//! Keeping the figures of pages: from this process into the database, by the minute and at its end.

use std::sync::Arc;
use std::time::Duration;

use crate::app::App;
use crate::content::figures;

const EVERY: Duration = Duration::from_secs(60);

pub(super) async fn keep(app: Arc<App>) {
    loop {
        flush(&app).await;
        tokio::time::sleep(EVERY).await;
    }
}

/// What a failure leaves out comes with the next minute.
pub(super) async fn flush(app: &App) {
    let pages = &app.telemetry.figures;
    let kept = figures::keep_counted(&app.db, &app.process, pages).await;
    app.telemetry.families.page_figures.with_label_values::<&str>(&[]).set(pages.count() as f64);
    if let Err(error) = kept {
        tracing::warn!(%error, "the figures of pages could not be kept, trying again");
    }
}
