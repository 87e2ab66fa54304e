//! The page from a plain file server, in a folder of somebody's choice.

use std::fs;
use std::process::{Command, Stdio};

use tidings_e2e::{Page, Setup};
use tidings_testkit::{PATIENCE, given, lines_of};

use crate::real::Running;

#[test]
fn it_works_from_any_folder_of_a_file_server() {
    let folder = std::env::temp_dir().join(format!("tidings-files-{}", std::process::id()));
    fs::create_dir_all(folder.join("some")).unwrap();
    let dist = concat!(env!("CARGO_MANIFEST_DIR"), "/../../dist");
    std::os::unix::fs::symlink(dist, folder.join("some/where")).unwrap();
    let mut server = Command::new(given("TIDINGS_PYTHON"))
        .args([
            "-u",
            "-m",
            "http.server",
            "--bind",
            "127.0.0.1",
            "--directory",
        ])
        .arg(&folder)
        .arg("0")
        .stdout(Stdio::piped())
        .stderr(Stdio::null())
        .spawn()
        .unwrap();
    let lines = lines_of(server.stdout.take().unwrap());
    let _server = Running(server);
    let line = lines.recv_timeout(PATIENCE).unwrap();
    let port = line.split_once(" port ").unwrap().1;
    let port = port.split(' ').next().unwrap();
    let setup = Setup {
        width: 1440,
        height: 900,
        still: false,
    };
    let page = Page::open_in(setup, &format!("http://127.0.0.1:{port}/some/where/"));
    page.sees("thermo");
    page.moves();
    page.is_clean();
    fs::remove_dir_all(&folder).unwrap();
}
