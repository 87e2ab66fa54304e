//! Two brokers side by side: the same dialogues of several clients are played to Tidings and to
//! Mosquitto, and every difference has a class or fails the run.
//!
//! - Dialogues: the conformance cases ([`cases`]), those of `dialogues.txt`, and any number that
//!   a seed makes ([`generate`]). All are written in the language of the cases.
//! - [`dialogue`] plays one to a broker, step by step, and notes what each client hears; between
//!   two steps both brokers have said all they had to say, so that the notes can be compared.
//! - [`compare`] takes out what is free (packet identifiers, order between topics, the member of
//!   a group) and gives what is left to [`classes`], which knows `classes.txt`.
//! - [`minimise`] makes a dialogue short that still differs.
//! - [`report`] is all that for people.

pub mod brokers;
pub mod cases;
pub mod classes;
pub mod compare;
pub mod dialogue;
pub mod generate;
pub mod minimise;
pub mod report;
pub mod run;
