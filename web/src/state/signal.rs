//! A value that components can look at, each re-rendering only when that value changes.

use std::cell::{Cell, Ref, RefCell};
use std::rc::{Rc, Weak};

use yew::prelude::*;

type Listener = Rc<dyn Fn()>;

/// A shared value. Clones are the same one.
pub(crate) struct Signal<T>(Rc<Inner<T>>);

struct Inner<T> {
    value: RefCell<T>,
    listeners: Listeners,
}

#[derive(Default)]
struct Listeners {
    list: Rc<RefCell<Vec<(u64, Listener)>>>,
    next: Cell<u64>,
}

impl<T> Clone for Signal<T> {
    fn clone(&self) -> Self {
        Self(Rc::clone(&self.0))
    }
}

impl<T: Default + Clone + PartialEq + 'static> Default for Signal<T> {
    fn default() -> Self {
        Self::new(T::default())
    }
}

impl<T: Clone + PartialEq + 'static> Signal<T> {
    pub(crate) fn new(value: T) -> Self {
        Self(Rc::new(Inner {
            value: RefCell::new(value),
            listeners: Listeners::default(),
        }))
    }

    pub(crate) fn get(&self) -> T {
        self.0.value.borrow().clone()
    }

    pub(crate) fn look(&self) -> Ref<'_, T> {
        self.0.value.borrow()
    }

    /// Sets the value and tells whoever looks at it, unless it is the same as before.
    pub(crate) fn set(&self, value: T) {
        if *self.0.value.borrow() == value {
            return;
        }
        self.0.value.replace(value);
        let listeners = self.0.listeners.list.borrow().clone();
        for (_, listener) in listeners {
            listener();
        }
    }

    /// Calls `listener` after every change, until the subscription is dropped.
    pub(crate) fn subscribe(&self, listener: impl Fn() + 'static) -> Subscription {
        let listeners = &self.0.listeners;
        let id = listeners.next.get();
        listeners.next.set(id + 1);
        listeners.list.borrow_mut().push((id, Rc::new(listener)));
        Subscription {
            list: Rc::downgrade(&listeners.list),
            id,
        }
    }

    fn same(&self, other: &Self) -> bool {
        Rc::ptr_eq(&self.0, &other.0)
    }
}

/// Keeps a listener until it is dropped.
pub(crate) struct Subscription {
    list: Weak<RefCell<Vec<(u64, Listener)>>>,
    id: u64,
}

impl Drop for Subscription {
    fn drop(&mut self) {
        if let Some(list) = self.list.upgrade() {
            list.borrow_mut().retain(|(id, _)| *id != self.id);
        }
    }
}

/// A dependency that is equal to itself only.
struct Which<T>(Signal<T>);

impl<T: Clone + PartialEq + 'static> PartialEq for Which<T> {
    fn eq(&self, other: &Self) -> bool {
        self.0.same(&other.0)
    }
}

thread_local! {
    static RENDERS: Cell<u32> = const { Cell::new(0) };
}

/// How often a component that looks at a signal has rendered.
pub(crate) fn renders() -> u32 {
    RENDERS.get()
}

/// The value of `signal`; the component renders again when it changes.
#[hook]
pub(crate) fn use_signal<T: Clone + PartialEq + 'static>(signal: &Signal<T>) -> T {
    RENDERS.set(RENDERS.get().wrapping_add(1));
    let update = use_force_update();
    let value = signal.get();
    let rendered = value.clone();
    use_effect_with(Which(signal.clone()), move |Which(signal)| {
        // Between render and effect the value may have changed, and nobody listened yet.
        if *signal.look() != rendered {
            update.force_update();
        }
        let subscription = signal.subscribe(move || update.force_update());
        move || drop(subscription)
    });
    value
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn listeners_hear_changes_until_their_subscription_ends() {
        let heard = Rc::new(Cell::new(0));
        let signal = Signal::new(1);
        let subscription = signal.subscribe({
            let heard = Rc::clone(&heard);
            move || heard.set(heard.get() + 1)
        });
        signal.set(1);
        assert_eq!(heard.get(), 0);
        signal.set(2);
        assert_eq!(heard.get(), 1);
        drop(subscription);
        signal.set(3);
        assert_eq!((heard.get(), signal.get()), (1, 3));
    }
}
