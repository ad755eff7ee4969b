//! `vitrine seed`: a site of any size to try things on.

use std::process::ExitCode;

use clap::Args;
use indicatif::{ProgressBar, ProgressStyle};

use super::with_app;
use crate::config::Loaded;
use crate::content::populate::{self, Plan};
use crate::content::seed::Address;
use crate::media::Filter;
use crate::site::SiteFolder;
use crate::telemetry::Timer;

/// Images of the library that pages choose from.
const MAX_IMAGES: u32 = 200;

#[derive(Args)]
pub struct Options {
    /// How many pages to add to those of the site's own seed.
    #[arg(long, default_value_t = 1_000, value_parser = clap::value_parser!(u32).range(1..=1_000_000))]
    pages: u32,
    /// The same number makes the same pages.
    #[arg(long = "random-seed", default_value_t = 1, value_name = "NUMBER")]
    random_seed: u64,
}

/// Migrates and seeds the database if it is empty, then adds pages.
pub fn run(loaded: Loaded, options: &Options) -> anyhow::Result<ExitCode> {
    let (pages, seed) = (options.pages as usize, options.random_seed);
    let folder = SiteFolder::of(loaded.config.site.folder());
    let port = loaded.config.server.listen.port();
    with_app(loaded, async move |app| {
        let timer = Timer::start();
        app.db.migrate().await?;
        let address = Address { hostname: "localhost".into(), port };
        crate::site::seed(&app, &folder, &address).await?;
        // Drawn on a terminal alone.
        let bar = ProgressBar::new(pages as u64);
        bar.set_style(ProgressStyle::with_template("{bar:30} {pos}/{len} pages  {per_sec}  {eta} left")?);
        let images = app.media.list_images(&Filter::default(), MAX_IMAGES).await?;
        let plan = Plan { pages, seed, images: images.iter().map(|image| image.id).collect() };
        let made = populate::populate(&app.content, plan, |more| bar.inc(more as u64)).await?;
        bar.finish_and_clear();
        println!("{made} pages made in {:.1} s", timer.elapsed_s());
        Ok(ExitCode::SUCCESS)
    })
}
