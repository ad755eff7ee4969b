//! HTTP for every listener: the stack of layers, measured from the outside, and the parts it is made of.

pub mod accept;
pub mod body;
pub mod conditional;
pub mod encoding;
mod faults;
pub mod finish;
pub mod form;
pub mod headers;
pub mod hosts;
pub mod leftover;
pub mod measure;
pub mod ops;
pub mod origin;
pub mod problem;
pub mod proxy;
pub mod session_cookie;
pub mod stack;
pub mod throttle;
