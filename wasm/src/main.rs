//! The worker that owns a world in a browser.
#![forbid(unsafe_code)]

mod post;

use tidings_world::view::FromWorker;

fn main() {
    std::panic::set_hook(Box::new(|info| {
        post::post(&[FromWorker::Broken {
            message: info.to_string(),
        }]);
    }));
    post::post(&[FromWorker::Hello {
        version: env!("CARGO_PKG_VERSION").to_owned(),
    }]);
}
