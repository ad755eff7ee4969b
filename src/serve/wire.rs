//! The byte stream under a connection: replays what was read to tell HTTP/1 from HTTP/2, and
//! tells the connection's watchdog that bytes move.

use std::io::{self, IoSlice};
use std::pin::Pin;
use std::sync::Arc;
use std::task::{Context, Poll};

use bytes::{Buf, Bytes};
use hyper::rt::{Read, ReadBufCursor, Write};

use super::drain::{Activity, Blocked};

pub(super) struct Wire<T> {
    stream: T,
    replay: Bytes,
    activity: Arc<Activity>,
}

impl<T> Wire<T> {
    pub(super) fn new(stream: T, replay: Bytes, activity: Arc<Activity>) -> Self {
        Self { stream, replay, activity }
    }

    pub(super) fn into_stream(self) -> T {
        self.stream
    }

    fn note_write<R>(&self, written: Poll<io::Result<R>>) -> Poll<io::Result<R>> {
        self.activity.note_write(if written.is_pending() { Blocked::Yes } else { Blocked::No });
        written
    }
}

impl<T: Read + Unpin> Read for Wire<T> {
    fn poll_read(mut self: Pin<&mut Self>, cx: &mut Context<'_>, mut buf: ReadBufCursor<'_>) -> Poll<io::Result<()>> {
        if self.replay.has_remaining() {
            let length = self.replay.len().min(buf.remaining());
            buf.put_slice(&self.replay.split_to(length));
            self.activity.note_read();
            return Poll::Ready(Ok(()));
        }
        let read = Pin::new(&mut self.stream).poll_read(cx, buf);
        if read.is_ready() {
            self.activity.note_read();
        }
        read
    }
}

impl<T: Write + Unpin> Write for Wire<T> {
    fn poll_write(mut self: Pin<&mut Self>, cx: &mut Context<'_>, buf: &[u8]) -> Poll<io::Result<usize>> {
        let written = Pin::new(&mut self.stream).poll_write(cx, buf);
        self.note_write(written)
    }

    fn poll_write_vectored(
        mut self: Pin<&mut Self>,
        cx: &mut Context<'_>,
        bufs: &[IoSlice<'_>],
    ) -> Poll<io::Result<usize>> {
        let written = Pin::new(&mut self.stream).poll_write_vectored(cx, bufs);
        self.note_write(written)
    }

    fn is_write_vectored(&self) -> bool {
        self.stream.is_write_vectored()
    }

    fn poll_flush(mut self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<io::Result<()>> {
        Pin::new(&mut self.stream).poll_flush(cx)
    }

    fn poll_shutdown(mut self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<io::Result<()>> {
        Pin::new(&mut self.stream).poll_shutdown(cx)
    }
}
