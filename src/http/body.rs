//! Response bodies: whole ones without a box, streams with one.

use std::future::Future as _;
use std::pin::Pin;
use std::task::{Context, Poll};
use std::time::Duration;

use bytes::Bytes;
use http_body::{Frame, SizeHint};

/// A body of the product's answers.
#[derive(Debug)]
pub enum Body {
    Full(Option<Bytes>),
    Stream(axum::body::Body),
}

impl Body {
    pub fn empty() -> Self {
        Self::Full(None)
    }

    pub fn full(bytes: impl Into<Bytes>) -> Self {
        let bytes = bytes.into();
        Self::Full(if bytes.is_empty() { None } else { Some(bytes) })
    }
}

impl From<http_body_util::Full<Bytes>> for Body {
    fn from(full: http_body_util::Full<Bytes>) -> Self {
        let mut full = full;
        let mut context = Context::from_waker(std::task::Waker::noop());
        match http_body::Body::poll_frame(Pin::new(&mut full), &mut context) {
            Poll::Ready(Some(Ok(frame))) => frame.into_data().map_or_else(|_| Self::empty(), Self::full),
            _ => Self::empty(),
        }
    }
}

impl http_body::Body for Body {
    type Data = Bytes;
    type Error = axum::Error;

    fn poll_frame(self: Pin<&mut Self>, context: &mut Context<'_>) -> Poll<Option<Result<Frame<Bytes>, axum::Error>>> {
        match self.get_mut() {
            Self::Full(bytes) => Poll::Ready(bytes.take().map(|bytes| Ok(Frame::data(bytes)))),
            Self::Stream(body) => Pin::new(body).poll_frame(context),
        }
    }

    fn is_end_stream(&self) -> bool {
        match self {
            Self::Full(bytes) => bytes.is_none(),
            Self::Stream(body) => body.is_end_stream(),
        }
    }

    fn size_hint(&self) -> SizeHint {
        match self {
            Self::Full(bytes) => SizeHint::with_exact(bytes.as_ref().map_or(0, |bytes| bytes.len() as u64)),
            Self::Stream(body) => body.size_hint(),
        }
    }
}

impl axum::response::IntoResponse for Body {
    fn into_response(self) -> axum::response::Response {
        axum::response::Response::new(axum::body::Body::new(self))
    }
}

/// A request body that ends with an error beyond `max_bytes`, or when it is not complete after `deadline`.
pub fn bounded(body: hyper::body::Incoming, max_bytes: usize, deadline: Duration) -> axum::body::Body {
    let limited = http_body_util::Limited::new(body, max_bytes);
    axum::body::Body::new(Deadline { body: Box::pin(limited), sleep: None, deadline })
}

struct Deadline {
    body: Pin<Box<http_body_util::Limited<hyper::body::Incoming>>>,
    /// Starts with the first read: a handler that reads no body pays for no timer.
    sleep: Option<Pin<Box<tokio::time::Sleep>>>,
    deadline: Duration,
}

impl http_body::Body for Deadline {
    type Data = Bytes;
    type Error = axum::BoxError;

    fn poll_frame(
        self: Pin<&mut Self>,
        context: &mut Context<'_>,
    ) -> Poll<Option<Result<Frame<Bytes>, axum::BoxError>>> {
        let this = self.get_mut();
        let deadline = this.deadline;
        let sleep = this.sleep.get_or_insert_with(|| Box::pin(tokio::time::sleep(deadline)));
        if sleep.as_mut().poll(context).is_ready() {
            return Poll::Ready(Some(Err("the body did not arrive in time".into())));
        }
        this.body.as_mut().poll_frame(context)
    }

    fn is_end_stream(&self) -> bool {
        self.body.is_end_stream()
    }

    fn size_hint(&self) -> SizeHint {
        self.body.size_hint()
    }
}
