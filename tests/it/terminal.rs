//! What a person at a terminal sees: a password that they type is not shown.

use std::fs::{File, OpenOptions};
use std::io::{Read as _, Write as _};
use std::process::Stdio;
use std::sync::{Arc, Mutex};

use rustix::pty::{OpenptFlags, grantpt, openpt, ptsname, unlockpt};

use crate::support::account::PASSWORD;
use crate::support::{SOON, eventually_blocking, vitrine};

/// Both ends of a new terminal.
fn terminal() -> (File, File) {
    let master = openpt(OpenptFlags::RDWR | OpenptFlags::NOCTTY).expect("a terminal");
    grantpt(&master).expect("granted");
    unlockpt(&master).expect("unlocked");
    let name = ptsname(&master, Vec::new()).expect("a name").into_string().expect("UTF-8");
    let slave = OpenOptions::new().read(true).write(true).open(name).expect("its other end");
    (File::from(master), slave)
}

#[test]
fn a_password_that_is_typed_is_not_shown() {
    let folder = tempfile::tempdir().expect("a folder");
    let command = |arguments: &[&str]| {
        let mut command = vitrine(folder.path());
        command.args(arguments).args(["--set", "data.dir=."]);
        command
    };
    assert!(command(&["migrate"]).output().expect("it runs").status.success());
    let (mut master, slave) = terminal();
    let mut asking = command(&["user", "create", "grace"]);
    let end = |slave: &File| Stdio::from(slave.try_clone().expect("the same terminal"));
    let mut child = asking.stdin(end(&slave)).stdout(end(&slave)).stderr(end(&slave)).spawn().expect("vitrine starts");
    drop((asking, slave));
    let seen = Arc::new(Mutex::new(String::new()));
    let (shown, mut screen) = (seen.clone(), master.try_clone().expect("the same terminal"));
    // Reading fails when the other end is closed.
    let reader = std::thread::spawn(move || {
        let mut part = [0_u8; 512];
        while let Ok(count @ 1..) = screen.read(&mut part) {
            shown.lock().expect("nothing panics inside").push_str(&String::from_utf8_lossy(&part[..count]));
        }
    });
    eventually_blocking("it asks", SOON, || seen.lock().expect("nothing panics inside").contains("Password: "));
    master.write_all(format!("{PASSWORD}\n").as_bytes()).expect("typed");
    assert!(child.wait().expect("it ends").success(), "{}", seen.lock().expect("nothing panics inside"));
    reader.join().expect("the terminal is closed");
    let seen = seen.lock().expect("nothing panics inside");
    assert!(seen.contains("created grace"), "{seen}");
    assert!(!seen.contains(PASSWORD) && !seen.contains("owl"), "{seen}");
}
