//! Open connections and how they end: the register that lets a drain reach every connection,
//! and what each connection tells about itself without a lock on the request path.

use std::collections::HashMap;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, AtomicU8, AtomicU32, AtomicU64, Ordering};
use std::task::Waker;
use std::time::Duration;

use futures_util::task::AtomicWaker;
use parking_lot::Mutex;
use tokio::sync::Notify;

const RUNNING: u8 = 0;
const DRAINING: u8 = 1;
const ABORTING: u8 = 2;

/// How a drain went.
#[derive(Debug, Default, Clone, Copy, PartialEq, Eq)]
pub struct Drained {
    /// Connections that ended by themselves before the deadline.
    pub connections_closed: usize,
    /// Connections that were cut at the deadline, with whatever they were doing.
    pub connections_aborted: usize,
}

/// What one connection is doing. Written by its own task (HTTP/2 streams only touch
/// `in_flight`), read by that task's watchdog.
#[derive(Debug)]
pub(super) struct Activity {
    in_flight: AtomicU32,
    served: AtomicBool,
    moved: AtomicU64,
    head_begun: AtomicBool,
    write_blocked: AtomicBool,
    waker: AtomicWaker,
}

impl Activity {
    pub(super) fn new() -> Self {
        Self {
            in_flight: AtomicU32::new(0),
            served: AtomicBool::new(false),
            moved: AtomicU64::new(0),
            head_begun: AtomicBool::new(true),
            write_blocked: AtomicBool::new(false),
            waker: AtomicWaker::new(),
        }
    }

    /// A request reached the service; it is in flight until the guard is dropped.
    pub(super) fn enter(self: &Arc<Self>) -> InFlight {
        self.in_flight.fetch_add(1, Ordering::Relaxed);
        self.head_begun.store(false, Ordering::Relaxed);
        self.served.store(true, Ordering::Relaxed);
        InFlight(Arc::clone(self))
    }

    pub(super) fn note_read(&self) {
        self.note_moved();
        self.head_begun.store(true, Ordering::Relaxed);
    }

    pub(super) fn note_write(&self, blocked: Blocked) {
        self.write_blocked.store(blocked == Blocked::Yes, Ordering::Relaxed);
        if blocked == Blocked::No {
            self.note_moved();
        }
    }

    /// One writer (the connection's task), so a plain load and store suffice.
    fn note_moved(&self) {
        let moved = self.moved.load(Ordering::Relaxed);
        self.moved.store(moved.wrapping_add(1), Ordering::Relaxed);
    }

    pub(super) fn is_busy(&self) -> bool {
        self.in_flight.load(Ordering::Relaxed) > 0
    }

    /// Bytes arrived that no request has been made of yet.
    pub(super) fn is_reading_head(&self) -> bool {
        self.head_begun.load(Ordering::Relaxed)
    }

    pub(super) fn has_served(&self) -> bool {
        self.served.load(Ordering::Relaxed)
    }

    pub(super) fn is_write_blocked(&self) -> bool {
        self.write_blocked.load(Ordering::Relaxed)
    }

    /// Changes whenever bytes move in either direction.
    pub(super) fn moved(&self) -> u64 {
        self.moved.load(Ordering::Relaxed)
    }

    pub(super) fn register(&self, waker: &Waker) {
        self.waker.register(waker);
    }
}

/// Whether the peer's window took the bytes.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Blocked {
    Yes,
    No,
}

pub(super) struct InFlight(Arc<Activity>);

impl Drop for InFlight {
    fn drop(&mut self) {
        // Bytes read meanwhile were this request's body, not the next head.
        self.0.head_begun.store(false, Ordering::Relaxed);
        self.0.in_flight.fetch_sub(1, Ordering::Relaxed);
    }
}

/// Every open connection of one listener.
#[derive(Debug)]
pub(super) struct Register {
    state: AtomicU8,
    open: Mutex<Open>,
    emptied: Notify,
}

#[derive(Debug, Default)]
struct Open {
    next: u64,
    connections: HashMap<u64, Arc<Activity>, foldhash::fast::RandomState>,
}

/// What a connection must do about a drain.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Order {
    Serve,
    Finish,
    Abort,
}

impl Register {
    pub(super) fn new() -> Arc<Self> {
        Arc::new(Self { state: AtomicU8::new(RUNNING), open: Mutex::default(), emptied: Notify::new() })
    }

    /// A place for one connection, or `None` when `limit` are open already.
    pub(super) fn admit(self: &Arc<Self>, limit: usize) -> Option<Seat> {
        let activity = Arc::new(Activity::new());
        let mut open = self.open.lock();
        if open.connections.len() >= limit {
            return None;
        }
        let id = open.next;
        open.next += 1;
        open.connections.insert(id, Arc::clone(&activity));
        drop(open);
        Some(Seat { id, activity, register: Arc::clone(self) })
    }

    fn count(&self) -> usize {
        self.open.lock().connections.len()
    }

    fn order(&self, state: u8) -> usize {
        self.state.store(state, Ordering::Release);
        let open = self.open.lock();
        for activity in open.connections.values() {
            activity.waker.wake();
        }
        open.connections.len()
    }

    async fn wait_until_empty(&self) {
        loop {
            let emptied = self.emptied.notified();
            if self.count() == 0 {
                return;
            }
            emptied.await;
        }
    }

    /// Asks every connection to finish, waits at most `timeout`, then cuts the rest and waits
    /// until their tasks are gone.
    pub(super) async fn drain(&self, timeout: Duration) -> Drained {
        let open = self.order(DRAINING);
        if tokio::time::timeout(timeout, self.wait_until_empty()).await.is_ok() {
            return Drained { connections_closed: open, connections_aborted: 0 };
        }
        let aborted = self.order(ABORTING);
        self.wait_until_empty().await;
        Drained { connections_closed: open.saturating_sub(aborted), connections_aborted: aborted }
    }
}

/// One connection's place in the register; dropping it is the connection's end.
#[derive(Debug)]
pub(super) struct Seat {
    id: u64,
    pub(super) activity: Arc<Activity>,
    register: Arc<Register>,
}

impl Seat {
    pub(super) fn order(&self) -> Order {
        match self.register.state.load(Ordering::Acquire) {
            RUNNING => Order::Serve,
            DRAINING => Order::Finish,
            _ => Order::Abort,
        }
    }
}

impl Drop for Seat {
    fn drop(&mut self) {
        let mut open = self.register.open.lock();
        open.connections.remove(&self.id);
        if open.connections.is_empty() {
            self.register.emptied.notify_waiters();
        }
    }
}
