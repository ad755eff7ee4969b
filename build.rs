//! Tells the binary which compiler and which commit it was built from.

use std::process::Command;

fn main() {
    println!("cargo:rerun-if-changed=.git/HEAD");
    println!("cargo:rerun-if-changed=.git/logs/HEAD");
    println!("cargo:rerun-if-changed=migrations");
    println!("cargo:rerun-if-changed=site");
    println!("cargo:rerun-if-changed=alerts");
    println!("cargo:rerun-if-changed=prometheus/rules");
    let rustc = std::env::var("RUSTC").unwrap_or_else(|_| "rustc".into());
    let version = output(&rustc, &["--version"]);
    println!("cargo:rustc-env=BUILD_RUSTC={}", version.split_whitespace().nth(1).unwrap_or("unknown"));
    if std::env::var_os("BUILD_COMMIT").is_none() {
        let commit = output("git", &["rev-parse", "--short=12", "HEAD"]);
        println!("cargo:rustc-env=BUILD_COMMIT={}", if commit.is_empty() { "unknown" } else { commit.as_str() });
    }
}

fn output(program: &str, arguments: &[&str]) -> String {
    let output = Command::new(program).args(arguments).output();
    output.map(|output| String::from_utf8_lossy(&output.stdout).trim().to_owned()).unwrap_or_default()
}
