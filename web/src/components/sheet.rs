//! What a painter needs from the last rendering: the geometry, and what stands in it.

use std::cell::RefCell;
use std::rc::Rc;

/// Shared between a component, which renders, and its painter, which draws every frame.
pub(crate) struct Sheet<T>(Rc<RefCell<(Option<Rc<T>>, u64)>>);

impl<T> Clone for Sheet<T> {
    fn clone(&self) -> Self {
        Self(Rc::clone(&self.0))
    }
}

impl<T> Default for Sheet<T> {
    fn default() -> Self {
        Self(Rc::default())
    }
}

impl<T> PartialEq for Sheet<T> {
    fn eq(&self, other: &Self) -> bool {
        Rc::ptr_eq(&self.0, &other.0)
    }
}

impl<T> Sheet<T> {
    /// What was rendered last, and a number that grows with every rendering.
    pub(crate) fn get(&self) -> Option<(Rc<T>, u64)> {
        let sheet = self.0.borrow();
        sheet.0.clone().map(|value| (value, sheet.1))
    }

    pub(crate) fn put(&self, value: T) {
        let mut sheet = self.0.borrow_mut();
        sheet.0 = Some(Rc::new(value));
        sheet.1 += 1;
    }
}
