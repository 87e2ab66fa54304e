//! A node from outside: packets and bytes in, packets and bytes out.

mod malformed;
mod support;
