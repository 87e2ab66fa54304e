//! What is kept in this browser: the scene a person built, and the theme a person chose.

use web_sys::Storage;

const SCENE: &str = "tidings.scene";
const TITLE: &str = "tidings.scene.title";
const UNREAD: &str = "tidings.scene.unread";
const UNREAD_WHY: &str = "tidings.scene.unread.why";
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

/// A kept scene that could not be opened.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Unread {
    pub(crate) text: String,
    /// What is wrong with it.
    pub(crate) why: String,
}

/// Puts the kept scene aside, so that it is not opened again and not lost. One that was put aside before stays, below it.
pub(crate) fn put_aside(why: &str) -> Option<Unread> {
    let storage = storage()?;
    let text = read(SCENE)?;
    let text = match read(UNREAD) {
        Some(before) if before != text => format!("{text}\n\n{before}"),
        _ => text,
    };
    if storage.set_item(UNREAD, &text).is_ok() {
        let _ = storage.remove_item(SCENE);
        let _ = storage.remove_item(TITLE);
    }
    write(UNREAD_WHY, why);
    let why = why.to_owned();
    Some(Unread { text, why })
}

/// What was put aside.
pub(crate) fn unread() -> Option<Unread> {
    Some(Unread {
        text: read(UNREAD)?,
        why: read(UNREAD_WHY).unwrap_or_default(),
    })
}

pub(crate) fn forget_unread() {
    if let Some(storage) = storage() {
        let _ = storage.remove_item(UNREAD);
        let _ = storage.remove_item(UNREAD_WHY);
    }
}

pub(crate) fn theme() -> Option<String> {
    read(THEME)
}

pub(crate) fn keep_theme(theme: &str) {
    write(THEME, theme);
}
