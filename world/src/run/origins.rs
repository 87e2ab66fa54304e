//! Which PUBLISH packet brought a message: the last so many, cheap to clone.
//!
//! A run is cloned for every checkpoint, and this is the only part of it that grows with what has
//! happened. So it is kept in blocks that clones share.

use std::rc::Rc;

use tidings_core::message::MessageId;

use crate::log::Seq;

/// Messages in a block.
const BLOCK: usize = 512;
/// Of older messages nobody can say any more which packet brought them: [`BLOCK`] each.
const BLOCKS_MAX: usize = 400;

/// See the module. Messages are numbered upwards.
#[derive(Clone, Debug, Default)]
pub(super) struct Origins {
    blocks: Vec<Rc<Vec<(MessageId, Seq)>>>,
}

impl Origins {
    /// Notes the packet that brought a message. Messages numbered like it or above are those of a
    /// broker that has forgotten all it knew.
    pub(super) fn insert(&mut self, message: MessageId, packet: Seq) {
        while let Some(last) = self.blocks.last_mut()
            && last.last().is_some_and(|(other, _)| *other >= message)
        {
            let last = Rc::make_mut(last);
            last.truncate(last.partition_point(|(other, _)| *other < message));
            if last.is_empty() {
                self.blocks.pop();
            }
        }
        match self.blocks.last_mut() {
            Some(last) if last.len() < BLOCK => Rc::make_mut(last).push((message, packet)),
            _ => {
                if self.blocks.len() == BLOCKS_MAX {
                    self.blocks.remove(0);
                }
                let mut block = Vec::with_capacity(BLOCK);
                block.push((message, packet));
                self.blocks.push(Rc::new(block));
            }
        }
    }

    /// The packet that brought a message.
    pub(super) fn get(&self, message: MessageId) -> Option<Seq> {
        let behind = |block: &Rc<Vec<_>>| block.first().is_some_and(|(id, _)| *id <= message);
        let block = &self.blocks[self.blocks.partition_point(behind).checked_sub(1)?];
        let place = block.binary_search_by_key(&message, |(id, _)| *id).ok()?;
        Some(block[place].1)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_last_so_many_are_known() {
        let all = (BLOCK * (BLOCKS_MAX + 1)) as u64;
        let mut origins = Origins::default();
        for id in 1..=all {
            origins.insert(MessageId(2 * id), Seq(id as u32));
        }
        assert_eq!(origins.get(MessageId(2 * BLOCK as u64)), None);
        for id in [BLOCK as u64 + 1, all / 2, all] {
            assert_eq!(origins.get(MessageId(2 * id)), Some(Seq(id as u32)), "{id}");
            assert_eq!(origins.get(MessageId(2 * id + 1)), None, "{id}");
        }
    }

    #[test]
    fn a_broker_that_begins_anew_numbers_anew() {
        let mut origins = Origins::default();
        for id in 0..2_000 {
            origins.insert(MessageId(id), Seq(id as u32));
        }
        let before = origins.clone();
        origins.insert(MessageId(700), Seq(9_999));
        assert_eq!(origins.get(MessageId(699)), Some(Seq(699)));
        assert_eq!(origins.get(MessageId(700)), Some(Seq(9_999)));
        assert_eq!(origins.get(MessageId(701)), None);
        assert_eq!(before.get(MessageId(700)), Some(Seq(700)));
        assert_eq!(before.get(MessageId(1_999)), Some(Seq(1_999)));
    }
}
