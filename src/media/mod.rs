//! Images and documents: what visitors and editors upload, and what is made of it.

pub mod image;
