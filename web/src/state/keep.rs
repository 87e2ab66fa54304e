//! What is kept in this browser: the scene a person built, and the theme a person chose.

use web_sys::Storage;

const SCENE: &str = "tidings.scene";
const TITLE: &str = "tidings.scene.title";
const THEME: &str = "tidings.theme";

/// A scene a person built.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct KeptScene {
    pub(crate) title: String,
    pub(crate) text: String,
}

// Storage may be forbidden or full; the page then simply forgets.

fn storage() -> Option<Storage> {
    web_sys::window()?.local_storage().ok()?
}

fn read(key: &str) -> Option<String> {
    storage()?.get_item(key).ok()?.filter(|v| !v.is_empty())
}

fn write(key: &str, value: &str) {
    if let Some(storage) = storage() {
        let _ = storage.set_item(key, value);
    }
}

pub(crate) fn scene() -> Option<KeptScene> {
    Some(KeptScene {
        text: read(SCENE)?,
        title: read(TITLE).unwrap_or_default(),
    })
}

pub(crate) fn keep_scene(scene: &KeptScene) {
    write(SCENE, &scene.text);
    write(TITLE, &scene.title);
}

pub(crate) fn forget_scene() {
    if let Some(storage) = storage() {
        let _ = storage.remove_item(SCENE);
        let _ = storage.remove_item(TITLE);
    }
}

pub(crate) fn theme() -> Option<String> {
    read(THEME)
}

pub(crate) fn keep_theme(theme: &str) {
    write(THEME, theme);
}
