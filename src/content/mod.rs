//! Content: types, the page tree, drafts and revisions, snippets and tags, and the operations that change them.

mod actor;
pub mod arrival;
pub mod arrived;
pub mod audit;
pub mod block_edit;
pub mod bulk;
pub mod change;
mod dead_jobs;
pub mod desk;
pub mod detail;
pub mod difference;
mod draft;
mod edit;
mod edit_error;
pub mod embed;
pub mod explore;
pub mod figures;
pub mod form;
mod guarded;
pub mod history;
pub mod labels;
pub mod listing;
pub mod lists;
pub mod locale;
pub mod locking;
pub mod notice;
pub mod object_log;
mod operations;
mod own_links;
pub mod page;
mod page_rows;
pub mod populate;
pub mod preflight;
pub mod presence;
pub mod privacy;
pub mod prose;
pub mod purge;
pub mod read;
pub mod records;
pub mod redirect;
pub mod reference;
pub mod reference_check;
pub mod report;
pub mod revision;
pub mod schedule;
pub mod schedule_check;
pub mod schema;
pub mod search;
pub mod seed;
pub mod setting;
pub mod shadow;
pub mod sheet;
pub mod shown;
pub mod site;
mod site_edit;
mod site_error;
pub mod slug;
pub mod snippet;
mod snippet_edit;
mod snippet_list;
mod snippet_order;
mod snippet_remove;
pub mod tag;
mod tag_edit;
pub mod tree;
pub mod types;
mod work;

use std::collections::VecDeque;
use std::sync::Arc;

use arc_swap::ArcSwap;
use parking_lot::{Mutex, RwLock};

use crate::clock::Micros;
use crate::db::{Db, DbError, Query};
use crate::hashing::Hashing;
use crate::jobs::Jobs;
use crate::telemetry::Telemetry;
use crate::telemetry::label::{PAGE_TYPE, PageState};
pub use actor::{Acting, Actor, FieldRights, Seen};
use change::Tag;
pub use draft::{Draft, Saved};
pub use edit_error::EditError;
pub use locking::EditLock;
pub use operations::{
    CopyState, Copying, Extent, Left, Moved, NewPage, Parents, Pointer, Position, Restoring, Translating, TrashItem,
    Trashed, Unpublished, Version, Whereabouts,
};
pub use own_links::OwnLinks;
pub use schedule::Scheduled;
pub use site_edit::{NewSite, SiteChange};
pub use site_error::SiteError;
pub use snippet_edit::{ArrivedSnippet, NewSnippet, SnippetDraft};
pub use snippet_order::Placing;
pub use snippet_remove::Deletion;
use types::Types;

/// Changes of this node that its follower may still meet in the log.
const OWN_CHANGES_REMEMBERED: usize = 1024;

type Listener = Box<dyn Fn(&[Tag], Micros) + Send + Sync>;

/// Every statement of this module, for the test that prepares them on both databases.
pub const QUERIES: &[&[&Query]] = &[
    arrival::QUERIES,
    arrived::QUERIES,
    audit::QUERIES,
    bulk::QUERIES,
    change::QUERIES,
    desk::QUERIES,
    detail::QUERIES,
    draft::QUERIES,
    edit::QUERIES,
    figures::QUERIES,
    embed::QUERIES,
    embed::WORK_QUERIES,
    explore::QUERIES[0],
    explore::QUERIES[1],
    explore::QUERIES[2],
    explore::QUERIES[3],
    explore::QUERIES[4],
    explore::QUERIES[5],
    explore::QUERIES[6],
    explore::QUERIES[7],
    form::submission::QUERIES,
    history::QUERIES,
    history::OF_ONE_QUERIES,
    labels::QUERIES,
    locale::QUERIES,
    locking::QUERIES,
    listing::QUERIES,
    notice::QUERIES,
    object_log::QUERIES,
    operations::QUERIES,
    operations::alias::QUERIES,
    operations::copying::QUERIES,
    operations::create::QUERIES,
    operations::delete::QUERIES,
    operations::mirror::QUERIES,
    operations::move_back::QUERIES,
    operations::moving::QUERIES,
    operations::place::QUERIES,
    operations::restore::QUERIES,
    operations::subtree::QUERIES,
    operations::trash::QUERIES,
    operations::translate::QUERIES,
    operations::unpublish::QUERIES,
    own_links::QUERIES,
    page::QUERIES,
    page_rows::QUERIES,
    read::QUERIES[0],
    read::QUERIES[1],
    read::QUERIES[2],
    read::QUERIES[3],
    read::QUERIES[4],
    read::QUERIES[5],
    records::QUERIES,
    records::PART_QUERIES[0],
    records::PART_QUERIES[1],
    records::PART_QUERIES[2],
    records::PART_QUERIES[3],
    redirect::QUERIES,
    redirect::edit::QUERIES,
    redirect::sent::QUERIES,
    redirect::moved::QUERIES,
    reference::QUERIES,
    reference_check::QUERIES,
    shadow::QUERIES,
    populate::QUERIES,
    preflight::QUERIES,
    presence::QUERIES,
    privacy::QUERIES,
    privacy::aliases::QUERIES,
    privacy::collections::QUERIES,
    privacy::covers::QUERIES,
    privacy::lists::QUERIES,
    privacy::operations::QUERIES,
    privacy::password::QUERIES,
    purge::QUERIES,
    report::QUERIES,
    revision::QUERIES,
    schedule::QUERIES,
    schedule_check::QUERIES,
    schema::QUERIES[0],
    schema::QUERIES[1],
    search::QUERIES[0],
    search::QUERIES[1],
    search::QUERIES[2],
    search::QUERIES[3],
    search::QUERIES[4],
    search::QUERIES[5],
    search::QUERIES[6],
    setting::QUERIES,
    shown::QUERIES,
    site::QUERIES,
    site_edit::QUERIES,
    snippet::QUERIES,
    snippet_edit::QUERIES,
    snippet_edit::arrival::QUERIES,
    snippet_list::QUERIES,
    snippet_order::QUERIES,
    snippet_remove::QUERIES,
    tag::QUERIES,
    tag_edit::QUERIES,
    tree::QUERIES,
    tree::check::QUERIES,
    tree::room::QUERIES,
];

/// The content of one installation, and who is told when it changes.
pub struct Content {
    pub db: Arc<Db>,
    hashing: Arc<Hashing>,
    types: ArcSwap<Types>,
    settings: ArcSwap<setting::Settings>,
    settings_turn: tokio::sync::Mutex<()>,
    record_indexes: ArcSwap<records::Indexes>,
    record_indexes_turn: tokio::sync::Mutex<()>,
    telemetry: Arc<Telemetry>,
    own_links: OwnLinks,
    shared_passwords: privacy::SharedPasswords,
    edit_lock: EditLock,
    /// Told when this node wants an embed, so that it is asked for at once.
    embeds_wanted: tokio::sync::Notify,
    /// Where the schedule of pages goes.
    pub jobs: Arc<Jobs>,
    listeners: RwLock<Vec<Listener>>,
    own_changes: Mutex<VecDeque<i64>>,
    misses: search::Misses,
}

impl Content {
    pub fn new(
        jobs: Arc<Jobs>,
        hashing: Arc<Hashing>,
        types: Types,
        own_links: OwnLinks,
        (shared_passwords, edit_lock): (privacy::SharedPasswords, EditLock),
        telemetry: Arc<Telemetry>,
    ) -> Arc<Self> {
        Arc::new(Self {
            db: jobs.db.clone(),
            jobs,
            hashing,
            types: ArcSwap::from_pointee(types),
            settings: ArcSwap::default(),
            settings_turn: tokio::sync::Mutex::default(),
            record_indexes: ArcSwap::default(),
            record_indexes_turn: tokio::sync::Mutex::default(),
            telemetry,
            own_links,
            shared_passwords,
            edit_lock,
            embeds_wanted: tokio::sync::Notify::new(),
            listeners: RwLock::default(),
            own_changes: Mutex::default(),
            misses: search::Misses::default(),
        })
    }

    pub fn types(&self) -> Arc<Types> {
        self.types.load_full()
    }

    /// Puts reloaded types in place.
    pub fn replace_types(&self, types: Types) {
        self.types.store(Arc::new(types));
        self.announce(&[Tag::All], Micros::now());
    }

    /// Calls `listener` with the tags and the time of every change, after its commit.
    pub fn on_change(&self, listener: impl Fn(&[Tag], Micros) + Send + Sync + 'static) {
        self.listeners.write().push(Box::new(listener));
    }

    /// Tells this node's caches what changed at `at`, here or on another node.
    pub fn announce(&self, tags: &[Tag], at: Micros) {
        for listener in self.listeners.read().iter() {
            listener(tags, at);
        }
    }

    /// Announces a change that this node made and committed, and remembers that it did.
    pub fn announce_own(&self, change: i64, tags: &[Tag]) {
        let mut own = self.own_changes.lock();
        own.push_back(change);
        if own.len() > OWN_CHANGES_REMEMBERED {
            own.pop_front();
        }
        drop(own);
        self.announce(tags, Micros::now());
    }

    /// Whether this node made the change, and has announced it already.
    pub fn is_own_change(&self, change: i64) -> bool {
        self.own_changes.lock().contains(&change)
    }

    /// Brings `vitrine_pages` and `vitrine_embeds` up to date.
    ///
    /// # Errors
    /// When the database is out of reach; the gauges keep their last values.
    pub async fn refresh_census(&self) -> Result<(), DbError> {
        let counts = page::count_by_state(&self.db).await?;
        let pages = &self.telemetry.families.pages;
        pages.reset();
        for count in counts {
            let state = match (count.trashed, count.live) {
                (true, _) => PageState::Trashed,
                (false, true) => PageState::Live,
                (false, false) => PageState::Draft,
            };
            let page_type = self.telemetry.bounded(&PAGE_TYPE, &count.type_name);
            pages.with_label_values(&[state.as_str(), page_type]).add(count.pages as f64);
        }
        for (state, count) in embed::count(&self.db).await? {
            self.telemetry.families.embeds.with_label_values(&[state.as_str()]).set(count as f64);
        }
        Ok(())
    }
}
