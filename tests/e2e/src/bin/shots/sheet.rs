//! A page that holds each picture beside the one it was drawn after.

use std::collections::BTreeMap;
use std::fmt::Write as _;
use std::fs;
use std::path::{Path, PathBuf};

/// Where the pictures of the design are, where they are.
const DESIGN: [&str; 2] = ["../shared/design/look/shots", "shared/design/look/shots"];

/// Writes it beside the pictures, and says where.
pub(crate) fn write(folder: &Path) -> PathBuf {
    let mut rows: BTreeMap<String, Vec<String>> = BTreeMap::new();
    for entry in fs::read_dir(folder).unwrap().flatten() {
        let file = entry.file_name().to_string_lossy().into_owned();
        let Some((view, theme)) = file.strip_suffix(".png").and_then(|f| f.rsplit_once('-')) else {
            continue;
        };
        if let Some((name, _)) = view.rsplit_once('-') {
            rows.entry(format!("{name} {theme}"))
                .or_default()
                .push(file);
        }
    }
    let root = folder.parent().unwrap_or(folder);
    let design = DESIGN.map(|place| root.join(place));
    let design = design.iter().find(|place| place.exists());
    let mut html = String::from(
        "<!doctype html><meta charset=utf-8><title>Tidings, view by view</title>\
         <style>body{font:14px sans-serif;background:#888}div{display:flex;gap:8px;align-items:start}\
         img{max-height:520px;max-width:48vw}</style>",
    );
    for (row, mut files) in rows {
        let (name, theme) = row.split_once(' ').unwrap();
        // The widest first, beside its picture.
        files.sort_by_key(|file| std::cmp::Reverse(width(file)));
        let _ = write!(html, "<h2>{row}</h2><div>");
        let ending = if theme == "dark" { "-dark" } else { "" };
        let drawn = design.map(|place| place.join(format!("{name}{ending}.png")));
        if let Some(drawn) = drawn.filter(|drawn| drawn.exists()) {
            let drawn = drawn.canonicalize().unwrap();
            let _ = write!(html, "<img src=\"file://{}\">", drawn.display());
        }
        for file in files {
            let _ = write!(html, "<img src=\"{file}\">");
        }
        html.push_str("</div>");
    }
    let sheet = folder.join("index.html");
    fs::write(&sheet, html).unwrap();
    sheet
}

fn width(file: &str) -> u32 {
    let parts = file.rsplit('-').nth(1);
    parts.and_then(|part| part.parse().ok()).unwrap_or(0)
}
