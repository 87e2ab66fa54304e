//! What the decoder says while it reads, for whoever wants to look over its shoulder.
//!
//! The decoder is one piece of code for the broker and for the inspector: it tells a [`Notes`]
//! the name and value of every field. [`Silent`] hears nothing and costs nothing.

use alloc::string::String;
use alloc::vec::Vec;

/// A field of a packet.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Field {
    /// Its first byte, counted from the packet's first.
    pub offset: u32,
    /// How many bytes it has.
    pub len: u32,
    /// For fields inside a byte: the highest and the lowest bit, 7 to 0.
    pub bits: Option<(u8, u8)>,
    /// How deep it is nested; a field lies inside the nearest one above it that is less deep.
    pub depth: u8,
    /// The standard's name.
    pub name: &'static str,
    /// The value in words; empty for groups.
    pub value: String,
    /// The statement that a check of this field enforces, if it has one that is its own.
    pub statement: Option<&'static str>,
    /// What kind of entry it is.
    pub mark: Mark,
}

/// The kind of a [`Field`].
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Mark {
    /// A part of the packet that holds fields.
    Group,
    /// A field with a value.
    Value,
    /// The field at which the packet was refused.
    Wrong,
    /// Why the packet was refused: the value is the sentence, the statement the rule.
    Refused,
    /// Bytes that were not read, because the packet was refused before them or ended.
    Unread,
}

/// Hears what the decoder reads.
pub(super) trait Notes {
    /// Whether anybody listens: where not, the compiler removes the words.
    const ON: bool;
    /// A field inside the open groups.
    fn add(&mut self, field: Field);
    /// A group begins with this field.
    fn open(&mut self, field: Field);
    /// The innermost group ends before `end`.
    fn close(&mut self, end: usize);
    /// The field added last.
    fn last(&mut self) -> Option<&mut Field>;
}

/// Nobody listens.
pub(super) struct Silent;

impl Notes for Silent {
    const ON: bool = false;
    fn add(&mut self, _: Field) {}
    fn open(&mut self, _: Field) {}
    fn close(&mut self, _: usize) {}
    fn last(&mut self) -> Option<&mut Field> {
        None
    }
}

/// Writes everything down.
#[derive(Default)]
pub(super) struct Recorder {
    pub(super) fields: Vec<Field>,
    open: Vec<usize>,
    last: usize,
}

impl Notes for Recorder {
    const ON: bool = true;

    fn add(&mut self, mut field: Field) {
        field.depth += self.open.len() as u8;
        if field.bits.is_none() && field.depth == self.open.len() as u8 {
            self.last = self.fields.len();
        }
        self.fields.push(field);
    }

    fn open(&mut self, mut field: Field) {
        field.depth = self.open.len() as u8;
        self.last = self.fields.len();
        self.open.push(self.fields.len());
        self.fields.push(field);
    }

    fn close(&mut self, end: usize) {
        if let Some(index) = self.open.pop() {
            let field = &mut self.fields[index];
            field.len = end as u32 - field.offset;
        }
    }

    fn last(&mut self) -> Option<&mut Field> {
        self.fields.get_mut(self.last)
    }
}

impl Recorder {
    /// Ends every group that is open.
    pub(super) fn close_all(&mut self, end: usize) {
        while !self.open.is_empty() {
            self.close(end);
        }
    }
}
