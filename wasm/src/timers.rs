//! One timer and one frame at a time, dropped with their owner.

use js_sys::Function;
use wasm_bindgen::JsCast;
use wasm_bindgen::prelude::Closure;

use crate::scope::{has, scope};

/// A browser keeps no longer delays than 2³¹ milliseconds; an early turn does no harm.
const DELAY_MS_MAX: f64 = 3_600_000.0;
/// A frame where the browser has none for workers.
const FRAME_MS: f64 = 16.0;

/// Calls the same function whenever it was set; setting it again moves it.
pub(crate) struct Timer {
    closure: Closure<dyn FnMut()>,
    id: Option<i32>,
}

impl Timer {
    pub(crate) fn new(on: impl FnMut() + 'static) -> Self {
        Self {
            closure: Closure::new(on),
            id: None,
        }
    }

    /// Never early: what is due is due when it fires.
    pub(crate) fn set(&mut self, delay_ms: f64) {
        self.clear();
        let delay = delay_ms.clamp(0.0, DELAY_MS_MAX).ceil() as i32;
        let function = self.closure.as_ref().unchecked_ref::<Function>();
        self.id = scope()
            .set_timeout_with_callback_and_timeout_and_arguments_0(function, delay)
            .ok();
    }

    pub(crate) fn clear(&mut self) {
        if let Some(id) = self.id.take() {
            scope().clear_timeout_with_handle(id);
        }
    }
}

impl Drop for Timer {
    fn drop(&mut self) {
        self.clear();
    }
}

/// The page's next frame. A page that nobody sees has none.
pub(crate) enum NextFrame {
    Animation {
        closure: Closure<dyn FnMut()>,
        id: Option<i32>,
    },
    Timer(Timer),
}

impl NextFrame {
    pub(crate) fn new(on: impl FnMut() + 'static) -> Self {
        if has("requestAnimationFrame") {
            let closure = Closure::new(on);
            Self::Animation { closure, id: None }
        } else {
            Self::Timer(Timer::new(on))
        }
    }

    /// Calls once, at the next frame.
    pub(crate) fn request(&mut self) {
        match self {
            Self::Animation { closure, id } => {
                let function = closure.as_ref().unchecked_ref::<Function>();
                *id = scope().request_animation_frame(function).ok();
            }
            Self::Timer(timer) => timer.set(FRAME_MS),
        }
    }
}

impl Drop for NextFrame {
    fn drop(&mut self) {
        if let Self::Animation { id: Some(id), .. } = self {
            let _ = scope().cancel_animation_frame(*id);
        }
    }
}
