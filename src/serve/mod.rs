//! Running a server: listeners, background work, signals, and the drain with its deadline.

mod bind;
mod cdn;
mod certificate;
mod connection;
mod drain;
mod embeds;
mod faults;
mod figures;
mod finishing;
mod handover;
pub mod listener;
mod observe;
mod running;
mod tls;
mod tunnels;
mod upkeep;
mod webhooks;
mod wire;

pub use bind::{BindError, bind};
pub use running::{Running, StartError, start};
pub use tls::{Reload, Tls, TlsError, TlsFiles};
