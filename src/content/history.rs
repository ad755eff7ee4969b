//! The history of all: what was done to pages, to everything else, and to users and groups as one list, the newest first.
//! Each log is read by its indexes; where no index tells what is wanted, a stretch at a time, and no longer than a page may take.

mod one;
mod walk;

use std::collections::VecDeque;
use std::fmt;
use std::str::FromStr;
use std::time::Duration;

pub use self::one::{OfOne, QUERIES as OF_ONE_QUERIES, list_of};
pub use self::walk::QUERIES;
use crate::clock::Micros;
use crate::db::{Db, DbError};
use crate::record;
use crate::telemetry::Timer;
use crate::telemetry::label::{AuditEvent, Channel, ObjectEvent, ObjectKind, PageEvent};

/// Entries on one page of the history.
pub const PAGE_SIZE: usize = 50;
/// Entries that an export reads at once.
pub const BATCH: usize = 1_000;
/// Entries of a stretch that is looked through; four times as many when that took no time.
const FIRST_STRETCH: i64 = 25_000;
const QUICK: Duration = Duration::from_millis(10);
/// Time for the stretches of one log, and how many there are at most.
const BUDGET: Duration = Duration::from_millis(60);
const MAX_STRETCHES: usize = 8;
/// Numbers are given when an entry is written, times when its operation begins: so far apart they may be out of order.
const SLACK_US: i64 = 600_000_000;

record! {
    /// One entry, of any log. Of the security log, who did it and whom it was done to is told by user names.
    #[derive(Clone, Debug)]
    pub struct Entry {
        pub id: i64, pub at: i64, pub actor: String, pub account_id: Option<i64>, pub channel: String,
        pub event: String,
        /// A [`Kind`].
        pub kind: String,
        pub object_id: i64, pub title: String,
        /// Of users and groups what the security log says beside: which fields, whose group.
        pub type_name: String,
        pub revision_id: Option<i64>,
        pub trace_id: String,
        /// In the tree of pages or of collections, of what lies in one and is not gone.
        pub path: String,
        /// 1: it is still there, and not in the trash.
        pub is_there: i64,
        /// The revision of it, and the one before, of those that are kept.
        pub kept: Option<i64>, pub earlier: Option<i64>,
    }
}

/// What entries are about.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Kind {
    Page,
    Object(ObjectKind),
    User,
    Group,
}

/// What changes users and groups, of all that the security log tells; those of groups and grants begin with `gr`.
pub const ACCOUNT_EVENTS: [AuditEvent; 11] = [
    AuditEvent::UserCreated,
    AuditEvent::UserChanged,
    AuditEvent::UserDeactivated,
    AuditEvent::UserActivated,
    AuditEvent::GroupCreated,
    AuditEvent::GroupRenamed,
    AuditEvent::GroupDeleted,
    AuditEvent::MemberAdded,
    AuditEvent::MemberRemoved,
    AuditEvent::Granted,
    AuditEvent::GrantRevoked,
];

impl Kind {
    pub fn all() -> impl Iterator<Item = Self> {
        let objects = ObjectKind::ALL.iter().copied().map(Self::Object);
        std::iter::once(Self::Page).chain(objects).chain([Self::User, Self::Group])
    }

    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Page => "page",
            Self::Object(kind) => kind.as_str(),
            Self::User => "user",
            Self::Group => "group",
        }
    }
}

/// What somebody may read at all; which of these entries they may is asked of each.
#[derive(Clone, Debug)]
pub struct Sight {
    /// The branch that holds all pages they may see; `None`: also what is gone.
    pub root: Option<String>,
    pub kinds: Vec<ObjectKind>,
    /// What was done to users and groups.
    pub accounts: bool,
}

/// Whoever did what is asked for.
#[derive(Clone, Debug)]
pub struct Who {
    pub id: i64,
    /// Empty for an account that is gone.
    pub username: String,
}

/// Which entries are listed; what is `None` or empty does not restrict them.
#[derive(Clone, Debug)]
pub struct Asked {
    pub sight: Sight,
    pub person: Option<Who>,
    /// The way by which it was done.
    pub channel: Option<Channel>,
    /// A [`PageEvent`], an [`ObjectEvent`], or one of [`ACCOUNT_EVENTS`].
    pub event: Option<&'static str>,
    pub kind: Option<Kind>,
    /// Words of the title, in their order.
    pub words: String,
    pub since: Option<Micros>,
    /// Before this time.
    pub until: Option<Micros>,
    pub before: Cursor,
}

impl Asked {
    fn page_event(&self) -> Option<PageEvent> {
        self.event.and_then(PageEvent::parse)
    }

    fn object_event(&self) -> Option<ObjectEvent> {
        self.event.and_then(ObjectEvent::parse)
    }

    fn account_event(&self) -> Option<AuditEvent> {
        ACCOUNT_EVENTS.iter().copied().find(|known| Some(known.as_str()) == self.event)
    }

    fn channel_name(&self) -> &'static str {
        self.channel.map_or("", Channel::as_str)
    }

    fn wants(&self, log: Log) -> bool {
        match (log, self.kind) {
            (Log::Accounts, None | Some(Kind::User | Kind::Group)) => {
                let by = self.channel.is_none_or(|channel| matches!(channel, Channel::Admin | Channel::Cli));
                let has_name = self.person.as_ref().is_none_or(|person| !person.username.is_empty());
                self.sight.accounts && by && has_name && (self.event.is_none() || self.account_event().is_some())
            }
            (Log::Pages, None | Some(Kind::Page)) => {
                self.sight.root.as_deref() != Some("") && (self.event.is_none() || self.page_event().is_some())
            }
            (Log::Objects, kind @ (None | Some(Kind::Object(_)))) => {
                let sees = |wanted| self.sight.kinds.contains(&wanted);
                let is_seen = match kind {
                    Some(Kind::Object(wanted)) => sees(wanted),
                    _ => !self.sight.kinds.is_empty(),
                };
                is_seen && (self.event.is_none() || self.object_event().is_some())
            }
            _ => false,
        }
    }

    /// Whether something is asked that no index tells.
    fn is_looked_through(&self, log: Log) -> bool {
        let by_channel = self.channel.is_some() && (self.event.is_some() || self.kind.is_some());
        let narrows = match log {
            Log::Pages => self.sight.root.is_some() || by_channel,
            Log::Objects => {
                let is_part = self.sight.kinds.len() < ObjectKind::ALL.len();
                is_part || by_channel || (self.event.is_some() && self.kind.is_some())
            }
            // Its index knows no more than that an entry is one of these.
            Log::Accounts => {
                let asked = self.channel.is_some() || self.event.is_some() || self.kind.is_some();
                return asked || self.person.is_some() || !self.words.trim().is_empty();
            }
        };
        self.person.is_none() && (narrows || !self.words.trim().is_empty())
    }
}

/// How far a list has come in each log: entries with smaller ids follow.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Cursor {
    pages: i64,
    objects: i64,
    accounts: i64,
}

impl Cursor {
    pub const NEWEST: Self = Self { pages: i64::MAX, objects: i64::MAX, accounts: i64::MAX };
}

impl fmt::Display for Cursor {
    fn fmt(&self, to: &mut fmt::Formatter<'_>) -> fmt::Result {
        let shown = |id: i64| if id == i64::MAX { 0 } else { id };
        write!(to, "{}.{}.{}", shown(self.pages), shown(self.objects), shown(self.accounts))
    }
}

impl FromStr for Cursor {
    type Err = ();

    fn from_str(text: &str) -> Result<Self, ()> {
        let (pages, rest) = text.split_once('.').ok_or(())?;
        // Links of before there were three logs have two numbers.
        let (objects, accounts) = rest.split_once('.').unwrap_or((rest, "0"));
        let id = |text: &str| match text.parse::<i64>() {
            Ok(0) => Ok(i64::MAX),
            Ok(id) if id > 0 && text.bytes().all(|byte| byte.is_ascii_digit()) => Ok(id),
            _ => Err(()),
        };
        Ok(Self { pages: id(pages)?, objects: id(objects)?, accounts: id(accounts)? })
    }
}

/// A part of the list.
#[derive(Clone, Debug, Default)]
pub struct Part {
    pub entries: Vec<Entry>,
    /// Where the next part begins.
    pub next: Option<Cursor>,
    /// It ends before it is full: there was no time to look further back.
    pub is_cut: bool,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Log {
    Pages,
    Objects,
    Accounts,
}

/// What was read of one log.
struct Stream {
    log: Log,
    /// The newest first; none of them is in the list yet.
    rows: VecDeque<Entry>,
    /// The last one that is in the list, or where the part begins.
    shown: i64,
    /// All at and above this id was looked at.
    looked: i64,
    /// What is below this id is not wanted.
    floor: i64,
}

impl Stream {
    async fn open(db: &Db, asked: &Asked, log: Log) -> Result<Self, DbError> {
        let begin = match log {
            Log::Pages => asked.before.pages,
            Log::Objects => asked.before.objects,
            Log::Accounts => asked.before.accounts,
        };
        let mut stream = Self { log, rows: VecDeque::new(), shown: begin, looked: begin, floor: 1 };
        if !asked.wants(log) {
            stream.looked = stream.floor;
            return Ok(stream);
        }
        if let Some(since) = asked.since {
            let first = walk::first_since(db, log, Micros(since.0.saturating_sub(SLACK_US))).await?;
            stream.floor = first.unwrap_or(i64::MAX);
        }
        if let Some(until) = asked.until {
            let first = walk::first_since(db, log, Micros(until.0.saturating_add(SLACK_US))).await?;
            stream.looked = stream.looked.min(first.unwrap_or(i64::MAX));
        }
        if stream.looked == i64::MAX && asked.is_looked_through(log) {
            stream.looked = walk::newest(db, log).await? + 1;
        }
        Ok(stream)
    }

    fn is_finished(&self) -> bool {
        self.looked <= self.floor
    }

    /// Reads until there are so many rows, or none are left, or the time is up.
    async fn fill(
        &mut self,
        db: &Db,
        asked: &Asked,
        wanted: usize,
        may_see: &impl Fn(&Entry) -> bool,
    ) -> Result<(), DbError> {
        let timer = Timer::start();
        let mut stretch = if asked.is_looked_through(self.log) { FIRST_STRETCH } else { i64::MAX };
        for _ in 0..MAX_STRETCHES {
            if self.is_finished() || self.rows.len() >= wanted || timer.elapsed() > BUDGET {
                break;
            }
            let round = Timer::start();
            let from = self.floor.max(self.looked.saturating_sub(stretch));
            let limit = (wanted - self.rows.len()) as i64;
            let ids = walk::list(db, self.log, asked, (from, self.looked), limit).await?;
            self.looked = if ids.len() as i64 == limit { ids.last().copied().unwrap_or(from) } else { from };
            if !ids.is_empty() {
                self.rows.extend(walk::load(db, self.log, ids).await?.into_iter().filter(may_see));
            }
            if round.elapsed() < QUICK {
                stretch = stretch.saturating_mul(4);
            }
        }
        Ok(())
    }

    /// Where its next part begins.
    fn next(&self) -> i64 {
        if self.rows.is_empty() { self.looked } else { self.shown }
    }
}

/// Entries that `may_see`, the newest first, at most `limit`.
///
/// # Errors
/// When the database is out of reach.
pub async fn list(db: &Db, asked: &Asked, limit: usize, may_see: impl Fn(&Entry) -> bool) -> Result<Part, DbError> {
    let mut pages = Stream::open(db, asked, Log::Pages).await?;
    let mut objects = Stream::open(db, asked, Log::Objects).await?;
    pages.fill(db, asked, limit + 1, &may_see).await?;
    objects.fill(db, asked, limit + 1, &may_see).await?;
    let mut accounts = Stream::open(db, asked, Log::Accounts).await?;
    accounts.fill(db, asked, limit + 1, &may_see).await?;
    Ok(merged([pages, objects, accounts], limit))
}

fn merged(mut streams: [Stream; 3], limit: usize) -> Part {
    let mut part = Part::default();
    while part.entries.len() < limit {
        // What it would say next is not known, so nothing older may be said.
        if streams.iter().any(|stream| stream.rows.is_empty() && !stream.is_finished()) {
            part.is_cut = true;
            break;
        }
        let newest = streams.iter_mut().filter(|stream| !stream.rows.is_empty());
        let Some(stream) = newest.max_by_key(|stream| stream.rows.front().map(|row| row.at)) else { break };
        if let Some(row) = stream.rows.pop_front() {
            stream.shown = row.id;
            part.entries.push(row);
        }
    }
    let is_more = streams.iter().any(|stream| !stream.rows.is_empty() || !stream.is_finished());
    let [pages, objects, accounts] = &streams;
    let next = || Cursor { pages: pages.next(), objects: objects.next(), accounts: accounts.next() };
    part.next = is_more.then(next);
    part
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_cursor_comes_back_as_it_was_and_nothing_else_is_one() {
        for (pages, objects, accounts) in [(5, 7, 9), (i64::MAX, 1, 1), (1, i64::MAX, i64::MAX)] {
            let cursor = Cursor { pages, objects, accounts };
            assert_eq!(cursor.to_string().parse(), Ok(cursor));
        }
        assert_eq!("5.7".parse(), Ok(Cursor { pages: 5, objects: 7, accounts: i64::MAX }), "of before");
        for bad in ["", "5", "-1.2", "a.b", "1.2.3.4", "1.2.", "+1.2", "1.99999999999999999999"] {
            assert_eq!(bad.parse::<Cursor>(), Err(()), "{bad}");
        }
    }
}
