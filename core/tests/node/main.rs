//! A node from outside: packets and bytes in, packets and bytes out.

mod any_order;
mod auth;
mod delivery;
mod limits;
mod malformed;
mod observing;
mod reasons;
mod retained;
mod sessions;
mod share;
mod support;
mod sys;
mod wills;
mod windows;
