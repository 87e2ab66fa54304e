//! One loop of animation frames for the whole page.

use std::cell::{Cell, RefCell};
use std::rc::{Rc, Weak};

use wasm_bindgen::JsCast;
use wasm_bindgen::prelude::*;

type Painter = Rc<dyn Fn(f64)>;
type Tick = Rc<RefCell<Option<Closure<dyn FnMut(f64)>>>>;
type Painters = Rc<RefCell<Vec<(u64, Painter)>>>;

/// Painters, called once per animation frame with the wall time in milliseconds since 1970.
#[derive(Default)]
pub(super) struct Frames {
    painters: Painters,
    next: Cell<u64>,
    tick: Tick,
}

impl Frames {
    /// Calls `painter` every frame until the result is dropped.
    pub(super) fn add(&self, painter: impl Fn(f64) + 'static) -> PainterKey {
        let id = self.next.get();
        self.next.set(id + 1);
        self.painters.borrow_mut().push((id, Rc::new(painter)));
        PainterKey {
            painters: Rc::downgrade(&self.painters),
            id,
        }
    }

    /// Starts the loop; it runs as long as the page.
    pub(super) fn start(&self) {
        let painters = Rc::clone(&self.painters);
        let tick = Rc::clone(&self.tick);
        *self.tick.borrow_mut() = Some(Closure::new(move |_| {
            let now = wall_ms();
            let list = painters.borrow().clone();
            for (_, painter) in list {
                painter(now);
            }
            request(&tick);
        }));
        request(&self.tick);
    }
}

fn request(tick: &Tick) {
    if let (Some(window), Some(tick)) = (web_sys::window(), &*tick.borrow()) {
        // A window that is being closed refuses; then nobody looks.
        let _ = window.request_animation_frame(tick.as_ref().unchecked_ref());
    }
}

/// The wall time of page and worker alike, in milliseconds since 1970 with fractions.
pub(super) fn wall_ms() -> f64 {
    web_sys::window()
        .and_then(|w| w.performance())
        .map_or_else(js_sys::Date::now, |p| p.time_origin() + p.now())
}

/// Keeps a painter until it is dropped.
pub(crate) struct PainterKey {
    painters: Weak<RefCell<Vec<(u64, Painter)>>>,
    id: u64,
}

impl Drop for PainterKey {
    fn drop(&mut self) {
        if let Some(painters) = self.painters.upgrade() {
            painters.borrow_mut().retain(|(id, _)| *id != self.id);
        }
    }
}
