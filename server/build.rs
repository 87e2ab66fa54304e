//! Puts the built page, if there is one in `dist/`, into the program: every file with its type,
//! its hash and its compressed forms, and the security policy that its scripts need.

use std::collections::BTreeMap;
use std::env;
use std::error::Error;
use std::fmt::Write as _;
use std::fs;
use std::io::Write as _;
use std::path::{Path, PathBuf};

use sha2::{Digest, Sha256};

type Result<T> = std::result::Result<T, Box<dyn Error>>;

fn main() -> Result<()> {
    let manifest = PathBuf::from(env::var("CARGO_MANIFEST_DIR")?);
    let out = PathBuf::from(env::var("OUT_DIR")?);
    let dist = manifest.join("../dist");
    // Cargo can watch only what exists; where this fails, it asks again at each build.
    let _ = fs::create_dir_all(&dist);
    println!("cargo::rerun-if-changed=build.rs");
    println!("cargo::rerun-if-changed={}", dist.display());

    let mut files = BTreeMap::new();
    collect(&dist, "", &mut files)?;
    // A folder that Trunk is about to fill is no page.
    let index = files.get("/index.html").map(fs::read_to_string);
    let index = match index {
        Some(index) => index?,
        None => {
            files.clear();
            String::new()
        }
    };

    let copies = out.join("page");
    let _ = fs::remove_dir_all(&copies);
    fs::create_dir_all(&copies)?;
    let mut code = format!("const POLICY: &str = {:?};\n", policy(&index));
    code.push_str("static FILES: &[File] = &[\n");
    // For the gate: what each file costs, plain and compressed.
    let mut sizes = String::new();
    for (number, (path, source)) in files.iter().enumerate() {
        let content = fs::read(source)?;
        let copy = copies.join(number.to_string());
        fs::write(&copy, &content)?;
        let mime = mime(path);
        let small = |compressed: Vec<u8>, ending: &str| -> Result<(String, usize)> {
            let len = compressed.len();
            if len >= content.len() / 10 * 9 {
                return Ok(("None".to_owned(), content.len()));
            }
            let copy = copy.with_extension(ending);
            fs::write(&copy, compressed)?;
            Ok((format!("Some(include_bytes!({copy:?}))"), len))
        };
        let (gzip, brotli) = if is_compressed(mime) {
            let plain = ("None".to_owned(), content.len());
            (plain.clone(), plain)
        } else {
            (
                small(gzip(&content)?, "gz")?,
                small(brotli(&content)?, "br")?,
            )
        };
        writeln!(sizes, "{path} {} {} {}", content.len(), gzip.1, brotli.1)?;
        let (gzip, brotli) = (gzip.0, brotli.0);
        let hash = hex(&Sha256::digest(&content)[..8]);
        let immutable = has_hash(path);
        writeln!(
            code,
            "File {{ path: {path:?}, mime: {mime:?}, hash: {hash:?}, immutable: {immutable}, \
             plain: include_bytes!({copy:?}), gzip: {gzip}, brotli: {brotli} }},"
        )?;
    }
    code.push_str("];\n");
    fs::write(out.join("page.rs"), code)?;
    fs::write(out.join("page-sizes.txt"), sizes)?;
    Ok(())
}

/// Every file below `folder`, by the path a browser asks for.
fn collect(folder: &Path, prefix: &str, files: &mut BTreeMap<String, PathBuf>) -> Result<()> {
    let Ok(entries) = fs::read_dir(folder) else {
        return Ok(());
    };
    for entry in entries {
        let entry = entry?;
        let name = entry.file_name();
        let name = name
            .to_str()
            .ok_or("a file of the page has a name that is no text")?;
        // Trunk builds in `.stage`, and nothing that begins with a dot is for browsers.
        if name.starts_with('.') {
            continue;
        }
        let path = format!("{prefix}/{name}");
        if entry.file_type()?.is_dir() {
            collect(&entry.path(), &path, files)?;
        } else {
            files.insert(path, entry.path());
        }
    }
    Ok(())
}

/// Only the page's own scripts run, those inside the document by their hashes; WebAssembly may be
/// compiled; sockets may go anywhere, because that is what the page is for.
fn policy(index: &str) -> String {
    let mut scripts = "'self' 'wasm-unsafe-eval'".to_owned();
    for script in inline_scripts(index) {
        let _ = write!(scripts, " 'sha256-{}'", base64(&Sha256::digest(script)));
    }
    format!(
        "default-src 'none'; script-src {scripts}; worker-src 'self' blob:; \
         style-src 'self' 'unsafe-inline'; img-src 'self' data: blob:; font-src 'self' data:; \
         connect-src 'self' ws: wss:; manifest-src 'self'; base-uri 'self'; form-action 'none'; \
         frame-ancestors 'none'"
    )
}

/// The text of every `<script>` without a `src`.
fn inline_scripts(html: &str) -> Vec<&str> {
    let mut scripts = Vec::new();
    let mut rest = html;
    while let Some((_, after)) = rest.split_once("<script") {
        let Some((attributes, after)) = after.split_once('>') else {
            break;
        };
        let Some((text, after)) = after.split_once("</script") else {
            break;
        };
        if !attributes.contains("src=") {
            scripts.push(text);
        }
        rest = after;
    }
    scripts
}

/// Whether a name holds a hash of the content, as Trunk's do: eight or more hexadecimal digits
/// after a hyphen.
fn has_hash(path: &str) -> bool {
    path.split('-').skip(1).any(|part| {
        let digits = part.bytes().take_while(u8::is_ascii_hexdigit).count();
        let next = part.as_bytes().get(digits);
        digits >= 8 && matches!(next, None | Some(b'.' | b'_' | b'/'))
    })
}

fn mime(path: &str) -> &'static str {
    match path.rsplit_once('.').map_or("", |(_, ending)| ending) {
        "html" => "text/html; charset=utf-8",
        "js" | "mjs" => "text/javascript; charset=utf-8",
        "css" => "text/css; charset=utf-8",
        "wasm" => "application/wasm",
        "json" | "map" => "application/json",
        "webmanifest" => "application/manifest+json",
        "svg" => "image/svg+xml",
        "png" => "image/png",
        "jpg" | "jpeg" => "image/jpeg",
        "webp" => "image/webp",
        "ico" => "image/vnd.microsoft.icon",
        "woff2" => "font/woff2",
        "woff" => "font/woff",
        "ttf" => "font/ttf",
        "txt" | "md" | "toml" => "text/plain; charset=utf-8",
        _ => "application/octet-stream",
    }
}

/// Whether the format itself is compressed.
fn is_compressed(mime: &str) -> bool {
    mime != "image/svg+xml" && (mime.starts_with("image/") || mime.starts_with("font/woff"))
}

fn gzip(content: &[u8]) -> Result<Vec<u8>> {
    let mut encoder = flate2::write::GzEncoder::new(Vec::new(), flate2::Compression::best());
    encoder.write_all(content)?;
    Ok(encoder.finish()?)
}

fn brotli(content: &[u8]) -> Result<Vec<u8>> {
    // The best quality takes seconds for the page's WebAssembly: worth it in a release only.
    let release = env::var("PROFILE").is_ok_and(|profile| profile == "release");
    let quality = if release { 11 } else { 4 };
    let mut out = Vec::new();
    brotli::CompressorWriter::new(&mut out, 1 << 16, quality, 22).write_all(content)?;
    Ok(out)
}

fn hex(bytes: &[u8]) -> String {
    bytes.iter().map(|byte| format!("{byte:02x}")).collect()
}

fn base64(bytes: &[u8]) -> String {
    const DIGITS: &[u8; 64] = b"ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/";
    let mut out = String::new();
    for chunk in bytes.chunks(3) {
        let bits = chunk
            .iter()
            .fold(0, |bits, byte| bits << 8 | u32::from(*byte));
        let bits = bits << (8 * (3 - chunk.len()));
        for place in 0..4 {
            if place <= chunk.len() {
                let digit = bits >> (18 - 6 * place) & 63;
                out.push(char::from(DIGITS[digit as usize]));
            } else {
                out.push('=');
            }
        }
    }
    out
}
