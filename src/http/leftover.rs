//! What a client still sends after it was refused. A connection that is closed before all of it was read is reset, and whoever
//! sends (a proxy, say) never sees why: so the rest is read and forgotten.

use std::pin::Pin;
use std::sync::{Arc, Mutex};
use std::task::{Context, Poll};
use std::time::Duration;

use axum::body::{Body, Bytes};
use http_body::{Body as _, Frame, SizeHint};
use http_body_util::BodyExt as _;

/// More is not read.
const MAX_BYTES: usize = 64 << 20;
/// Whoever takes longer to send it is not waited for.
const MAX_TIME: Duration = Duration::from_secs(5);

/// The part of a body that nobody read, once those who were handed it have let go of it.
pub struct Leftover(Arc<Mutex<Option<Body>>>);

struct Watched {
    body: Option<Body>,
    left: Arc<Mutex<Option<Body>>>,
}

impl Leftover {
    /// The body to hand on, and what will be left of it.
    pub fn of(body: Body) -> (Self, Body) {
        let left = Arc::default();
        let watched = Watched { body: Some(body), left: Arc::clone(&left) };
        (Self(left), Body::new(watched))
    }

    /// Reads the rest and forgets it, within bounds.
    pub async fn drain(self) {
        let left = self.0.lock().ok().and_then(|mut left| left.take());
        let Some(mut body) = left else { return };
        let all = async {
            let mut bytes = 0;
            while let Some(Ok(frame)) = body.frame().await {
                bytes += frame.data_ref().map_or(0, Bytes::len);
                if bytes > MAX_BYTES {
                    return;
                }
            }
        };
        // Whoever is slower hears the answer if they can.
        let _ = tokio::time::timeout(MAX_TIME, all).await;
    }
}

impl http_body::Body for Watched {
    type Data = Bytes;
    type Error = axum::Error;

    fn poll_frame(
        mut self: Pin<&mut Self>,
        context: &mut Context<'_>,
    ) -> Poll<Option<Result<Frame<Bytes>, axum::Error>>> {
        match &mut self.body {
            Some(body) => Pin::new(body).poll_frame(context),
            None => Poll::Ready(None),
        }
    }

    fn is_end_stream(&self) -> bool {
        self.body.as_ref().is_none_or(Body::is_end_stream)
    }

    fn size_hint(&self) -> SizeHint {
        self.body.as_ref().map_or_else(SizeHint::new, Body::size_hint)
    }
}

impl Drop for Watched {
    fn drop(&mut self) {
        let rest = self.body.take().filter(|body| !body.is_end_stream());
        if let (Some(rest), Ok(mut left)) = (rest, self.left.lock()) {
            *left = Some(rest);
        }
    }
}
