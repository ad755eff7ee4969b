//! The timeouts of a connection and its part in a drain, around whatever protocol it speaks.
//! No timer is touched per request: the one timer is re-armed only when a request head arrives
//! in pieces.

use std::pin::Pin;
use std::task::{Context, Poll};
use std::time::Duration;

use tokio::time::Sleep;

use crate::serve::drain::{Order, Seat};
use crate::serve::listener::{Ending, ListenerLimits};

/// How long a connection without any request yet may still bring one once a drain began.
const DRAIN_GRACE: Duration = Duration::from_millis(500);
/// An idle connection is looked at this often per idle timeout, so it closes within 1 to 1.25 of it.
const IDLE_TICKS: u32 = 4;
const TICK_MIN: Duration = Duration::from_millis(1);

/// Whether bytes without a request mean a head that is being read (HTTP/1), or only frames.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Head {
    Watched,
    Unseen,
}

/// What the timer is waiting for.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Armed {
    Head,
    Tick,
    Grace,
}

/// The timeouts of one connection on one timer, and its ear for the drain.
pub(super) struct Watchdog<'a> {
    limits: &'a ListenerLimits,
    seat: &'a Seat,
    timer: Pin<Box<Sleep>>,
    armed: Armed,
    /// The timer has been polled since it was armed, so it wakes this task.
    waiting: bool,
    registered: bool,
    /// Why the connection was asked to finish, once it was.
    asked: Option<Ending>,
    moved: u64,
    quiet_ticks: u32,
}

impl<'a> Watchdog<'a> {
    pub(super) fn new(limits: &'a ListenerLimits, seat: &'a Seat) -> Self {
        let timer = Box::pin(tokio::time::sleep(limits.header_timeout));
        Self {
            limits,
            seat,
            timer,
            armed: Armed::Head,
            waiting: false,
            registered: false,
            asked: None,
            moved: 0,
            quiet_ticks: 0,
        }
    }

    fn arm(&mut self, armed: Armed) {
        let after = match armed {
            Armed::Head => self.limits.header_timeout,
            Armed::Tick => (self.limits.idle_timeout / IDLE_TICKS).max(TICK_MIN),
            Armed::Grace => DRAIN_GRACE.min(self.limits.header_timeout),
        };
        self.timer.set(tokio::time::sleep(after));
        self.armed = armed;
        self.waiting = false;
    }

    fn has_fired(&mut self, cx: &mut Context<'_>) -> bool {
        if self.waiting {
            return self.timer.is_elapsed();
        }
        self.waiting = true;
        self.timer.as_mut().poll(cx).is_ready()
    }

    /// The waker of a task stays the same, so once is enough, until an order used it up.
    fn order(&mut self, cx: &mut Context<'_>) -> Order {
        if !self.registered {
            self.registered = true;
            self.seat.activity.register(cx.waker());
        }
        let order = self.seat.order();
        if order == Order::Serve {
            return order;
        }
        self.seat.activity.register(cx.waker());
        self.seat.order()
    }

    /// Runs the step before the protocol is known, under the header timeout.
    pub(super) async fn attend<F: Future>(&mut self, mut step: Pin<&mut F>) -> Result<F::Output, Ending> {
        std::future::poll_fn(|cx| {
            if let Poll::Ready(output) = step.as_mut().poll(cx) {
                return Poll::Ready(Ok(output));
            }
            match self.order(cx) {
                Order::Abort => return Poll::Ready(Err(Ending::Aborted)),
                Order::Finish if self.armed == Armed::Head => self.arm(Armed::Grace),
                Order::Finish | Order::Serve => {}
            }
            if self.has_fired(cx) {
                return Poll::Ready(Err(if self.armed == Armed::Grace {
                    Ending::Drained
                } else {
                    Ending::HeaderTimeout
                }));
            }
            Poll::Pending
        })
        .await
    }

    /// `finish` asks the connection to end after what is under way.
    pub(super) async fn drive<C>(
        &mut self,
        mut connection: Pin<&mut C>,
        head: Head,
        finish: impl Fn(Pin<&mut C>),
    ) -> Ending
    where
        C: Future<Output = hyper::Result<()>>,
    {
        std::future::poll_fn(|cx| {
            loop {
                if let Poll::Ready(result) = connection.as_mut().poll(cx) {
                    return Poll::Ready(match result {
                        Ok(()) => self.asked.unwrap_or(Ending::Closed),
                        Err(error) => ending_of(&error),
                    });
                }
                match self.judge(cx, head) {
                    Verdict::Wait => return Poll::Pending,
                    Verdict::Cut(ending) => return Poll::Ready(ending),
                    Verdict::Finish(ending) => {
                        self.asked = Some(ending);
                        finish(connection.as_mut());
                    }
                }
            }
        })
        .await
    }

    fn judge(&mut self, cx: &mut Context<'_>, head: Head) -> Verdict {
        let order = self.order(cx);
        let activity = &self.seat.activity;
        match order {
            Order::Abort => return Verdict::Cut(Ending::Aborted),
            Order::Finish if self.asked.is_none() => {
                if activity.has_served() {
                    return Verdict::Finish(Ending::Drained);
                }
                if self.armed != Armed::Grace {
                    self.arm(Armed::Grace);
                }
            }
            Order::Finish | Order::Serve => {}
        }
        let reading = head == Head::Watched && !activity.is_busy() && activity.is_reading_head();
        match self.armed {
            Armed::Head if !reading => self.arm(Armed::Tick),
            Armed::Tick if reading => self.arm(Armed::Head),
            Armed::Head | Armed::Tick | Armed::Grace => {}
        }
        while self.has_fired(cx) {
            match self.armed {
                Armed::Head => return Verdict::Cut(Ending::HeaderTimeout),
                Armed::Grace => {
                    self.arm(Armed::Tick);
                    return Verdict::Finish(Ending::Drained);
                }
                Armed::Tick => {
                    self.arm(Armed::Tick);
                    if let Some(verdict) = self.tick() {
                        return verdict;
                    }
                }
            }
        }
        Verdict::Wait
    }

    /// No request in flight and no byte moved for the whole idle timeout: a keep-alive
    /// connection that nobody uses, or a peer that does not take its response.
    fn tick(&mut self) -> Option<Verdict> {
        let activity = &self.seat.activity;
        if self.asked == Some(Ending::IdleTimeout) && !activity.is_busy() {
            return Some(Verdict::Cut(Ending::IdleTimeout));
        }
        let moved = activity.moved();
        if activity.is_busy() || moved != self.moved {
            self.moved = moved;
            self.quiet_ticks = 0;
            return None;
        }
        self.quiet_ticks += 1;
        if self.quiet_ticks < IDLE_TICKS {
            return None;
        }
        Some(match self.asked {
            None => Verdict::Finish(Ending::IdleTimeout),
            Some(asked) => Verdict::Cut(asked),
        })
    }
}

enum Verdict {
    Wait,
    /// Let the connection end by itself: `Connection: close`, GOAWAY.
    Finish(Ending),
    Cut(Ending),
}

fn ending_of(error: &hyper::Error) -> Ending {
    if error.is_parse_too_large() {
        Ending::HeadersTooLarge
    } else if error.is_parse() {
        Ending::BadRequest
    } else if error.is_incomplete_message() || error.is_canceled() {
        Ending::Incomplete
    } else {
        Ending::Io
    }
}
