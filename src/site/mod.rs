//! The public site: finds the page of a URL, keeps finished pages, renders each once however many ask.

mod beside;
mod cached_page;
mod dev;
mod feed;
mod fill;
mod folder;
mod follow;
mod forms;
mod front;
mod health;
mod languages;
mod listing;
mod markdown;
mod media;
mod media_refs;
mod page_cache;
mod pages;
mod post;
pub mod preview;
mod proof;
mod redirects;
mod resolve;
mod restricted;
mod routes;
mod search;
mod seeding;
mod settings;
mod sitemap;
mod sites;
mod static_files;
mod survival;
mod texts;
mod theme;
mod totals;
mod unmatched;
pub mod userbar;
mod view;
mod vitals;
pub mod weight;
mod xml;

use std::sync::Arc;
use std::sync::atomic::{AtomicBool, AtomicI64, Ordering::Relaxed};
use std::time::Duration;

use arc_swap::{ArcSwap, ArcSwapOption};

use crate::app::App;
use crate::clock::Micros;
use crate::content::change::Tag;
use crate::flight::Flights;
use crate::http::headers::SecurityHeaders;
use crate::http::throttle::Throttle;
use crate::telemetry::Telemetry;
pub use cached_page::Freshness;
use fill::Filled;
pub use fill::PageError;
pub use folder::{Fingerprint, SiteFolder};
pub use follow::Position;
pub use front::{Front, FrontError, Work};
pub use media_refs::image_in_text;
use page_cache::PageCache;
pub use preview::{Look, Preview};
pub use proof::Proof;
use proof::Proofs;
use redirects::{Followed, RedirectHits};
pub use restricted::Refusal;
pub use routes::{PublicFace, page};
pub use seeding::{SeedingError, seed};
use sites::Sites;
pub use static_files::StaticFiles;
use survival::Survival;
pub use theme::{Problem, Theme, load_migrations, load_types};
use totals::Totals;

/// Copies that nobody marks one by one are made anew when the log of changes was not read for so long.
const MAX_BEHIND: Duration = Duration::from_secs(10);

/// The public site of one server.
pub struct PublicSite {
    pub app: Arc<App>,
    folder: SiteFolder,
    theme: ArcSwap<Theme>,
    /// What visitors get beside the site's own pages.
    front: Option<Front>,
    sites: ArcSwap<Sites>,
    pages: Arc<PageCache>,
    survival: Arc<Survival>,
    proofs: Arc<Proofs>,
    totals: Arc<Totals>,
    flights: Flights<Filled>,
    redirects: RedirectHits,
    ways: Flights<Followed>,
    turns: search::Turns,
    /// Whether the log of changes is out of reach: what is served may be old then.
    cut_off: AtomicBool,
    /// When that log was read last, in microseconds since the epoch.
    followed_at: AtomicI64,
    security: SecurityHeaders,
    password_throttle: Throttle,
    form_throttle: Throttle,
    vitals_throttle: Throttle,
    reloads: tokio::sync::watch::Sender<u64>,
    /// The address of the script of the bar for editors; none without the editor.
    userbar: ArcSwapOption<String>,
    /// What is wrong with the site folder since its last good state; in `vitrine dev` alone.
    mistakes: ArcSwap<Vec<Problem>>,
}

/// Tells whoever looks for what changed that settings did.
fn note_settings(telemetry: &Telemetry, tags: &[Tag]) {
    for tag in tags {
        match tag {
            Tag::Setting(name) => telemetry.note_change("settings", name.clone()),
            Tag::All => telemetry.note_change("site", "sites, languages or all pages".to_owned()),
            _ => {}
        }
    }
}

impl PublicSite {
    pub fn open(
        app: Arc<App>,
        folder: SiteFolder,
        theme: Theme,
        front: Option<Front>,
        security: SecurityHeaders,
    ) -> Arc<Self> {
        let pages = PageCache::new(app.config.cache.max_bytes, app.telemetry.clone());
        let (folder_on_disk, max_bytes) = (app.config.data.dir.join("survival"), app.config.cache.survival_max_bytes);
        let database = app.config.database.url.to_string();
        let survival = Arc::new(Survival::open(folder_on_disk, max_bytes, &database, app.telemetry.clone()));
        let proofs = Arc::<Proofs>::default();
        let totals = Arc::<Totals>::default();
        let (cache, copies, changed, counted) = (pages.clone(), survival.clone(), proofs.clone(), totals.clone());
        let telemetry = app.telemetry.clone();
        app.content.on_change(move |tags, at| {
            note_settings(&telemetry, tags);
            counted.purge(tags);
            cache.purge(tags);
            copies.purge(tags);
            changed.note(tags, at);
        });
        Arc::new(Self {
            folder,
            security,
            password_throttle: restricted::password_throttle(),
            form_throttle: Throttle::new(app.config.forms.per_minute),
            vitals_throttle: Throttle::new(vitals::PER_MINUTE),
            theme: ArcSwap::from_pointee(theme),
            front,
            sites: ArcSwap::default(),
            pages,
            flights: Flights::default(),
            survival,
            proofs,
            totals,
            redirects: RedirectHits::new(&app.telemetry),
            ways: Flights::default(),
            turns: search::Turns::default(),
            cut_off: AtomicBool::new(false),
            followed_at: AtomicI64::new(0),
            reloads: tokio::sync::watch::Sender::new(0),
            userbar: ArcSwapOption::empty(),
            mistakes: ArcSwap::default(),
            app,
        })
    }

    /// Pages held by the page cache.
    pub fn cached_pages(&self) -> usize {
        self.pages.count()
    }

    /// Makes every cached page stale, so that each is rendered anew.
    pub fn flush_pages(&self) {
        self.pages.purge(&[Tag::All]);
    }

    /// Whether there is a site to serve.
    pub fn is_open(&self) -> bool {
        !self.sites.load().is_empty()
    }

    /// The address of a page of the tree, for somebody at `host`; `None` when no site shows it.
    pub fn address_at(&self, host: &str, url_path: &str) -> Option<String> {
        let sites = self.sites.load();
        let near = sites.find(host)?;
        let (site, path) = sites.locate(near, url_path)?;
        Some(if site.id == near.id { path } else { format!("{}{path}", site.base_url) })
    }

    /// The site that has this host, in its main language; none before there is any.
    pub fn site_at(&self, host: &str) -> Option<crate::content::site::Site> {
        self.sites.load().find(host).cloned()
    }

    /// Whether there is one site and no other.
    pub fn has_one_site(&self) -> bool {
        self.sites.load().is_alone()
    }

    /// All sites, as this node knows them.
    pub fn sites(&self) -> Vec<crate::content::site::Site> {
        self.sites.load().all()
    }

    /// The name of the site that has this very host name, and its address; `None` for a host that no site has.
    pub fn site_named(&self, host_name: &str) -> Option<(String, String)> {
        self.sites.load().named(host_name).map(|site| (site.name.clone(), site.base_url.clone()))
    }

    fn is_cut_off(&self) -> bool {
        self.cut_off.load(Relaxed)
    }

    /// Notes whether the log of changes is out of reach; whether it was before.
    fn set_cut_off(&self, cut_off: bool) -> bool {
        self.app.telemetry.families.degraded.with_label_values::<&str>(&[]).set(f64::from(u8::from(cut_off)));
        self.cut_off.swap(cut_off, Relaxed)
    }

    /// Notes that the log of changes was read to its end.
    fn set_followed(&self) {
        self.followed_at.store(Micros::now().0, Relaxed);
    }

    /// As what a copy may be served that every change does away with: as good as new, or as old while the database is
    /// out of reach. `None`: not at all, because changes are not heard of though the database answers others.
    pub fn freshness_of_copies(&self) -> Option<Freshness> {
        let behind_us = Micros::now().0 - self.followed_at.load(Relaxed);
        let is_behind = u128::try_from(behind_us).is_ok_and(|behind| behind > MAX_BEHIND.as_micros());
        match (self.is_cut_off(), is_behind) {
            (true, _) => Some(Freshness::Stale),
            (false, true) => None,
            (false, false) => Some(Freshness::Hit),
        }
    }

    /// Waits until the survival copies are on disk.
    pub fn flush_survival(&self) {
        self.survival.flush();
    }
}
