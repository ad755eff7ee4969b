//! Settings that are allowed and seldom meant, and the files that the settings lead to.

use rustix::process::{Resource, getrlimit};

use super::report::{Report, State};
use crate::bundle;
use crate::config::{Config, Mode, Role};
use crate::site::{SiteFolder, load_types};

const CHECK: &str = "settings";
/// Files that are open beside connections: the database, the site, logs.
const FILES_BESIDE_CONNECTIONS: u64 = 256;
const LOCAL_HOSTS: [&str; 3] = ["localhost", "127.0.0.1", "[::1]"];

pub fn examine(config: &Config, report: &mut Report) {
    let server = &config.server;
    if config.mode == Mode::Dev {
        report.warning(
            CHECK,
            "mode is dev: errors are shown to visitors, weak secrets are taken",
            "set mode = \"prod\"",
        );
    }
    if server.role != Role::Worker {
        public(config, report);
    }
    if !server.ops_listen.ip().is_loopback() {
        report.warning(
            CHECK,
            format!("server.ops_listen is {}: metrics and operations pages ask for no password", server.ops_listen),
            "let only monitoring reach it: 127.0.0.1, a private network, or a firewall",
        );
    }
    if rustix::process::geteuid().is_root() {
        report.warning(
            CHECK,
            "this command runs as root",
            "run the server as a user of its own: deploy/systemd/vitrine.service does",
        );
    }
    let limit = getrlimit(Resource::Nofile).current.unwrap_or(u64::MAX);
    let wanted = server.max_connections as u64 + FILES_BESIDE_CONNECTIONS;
    if limit < wanted {
        report.warning(
            CHECK,
            format!("{limit} files may be open (ulimit -n), fewer than server.max_connections and the rest: {wanted}"),
            format!("raise the limit (LimitNOFILE={wanted} in the unit), or lower server.max_connections"),
        );
    }
    if report.is_at_most(CHECK, State::Ok) {
        report.ok(CHECK, "they can be read, and none is unusual");
    }
}

fn public(config: &Config, report: &mut Report) {
    let server = &config.server;
    if server.allowed_hosts.iter().all(|host| LOCAL_HOSTS.contains(&host.as_str())) {
        report.warning(
            CHECK,
            "server.allowed_hosts has names of this machine alone: visitors from elsewhere get 400",
            "add the host names of the site",
        );
    }
    if server.base_url.is_empty() {
        report.warning(
            CHECK,
            "server.base_url is not set: links in mails and full_url begin with http://localhost",
            "set it to the public address, such as https://www.example.com",
        );
    }
    let behind_proxy = !server.trusted_proxies.is_empty();
    if server.base_url.starts_with("https://") && config.tls.files().is_none() && !behind_proxy {
        report.warning(
            CHECK,
            "server.base_url is https, but there is neither [tls] nor a trusted proxy: cookies are not marked Secure",
            "set tls.certificate_file and tls.key_file, or server.trusted_proxies to the address of the proxy",
        );
    }
}

/// Content types, rules and dashboards.
pub fn site_and_bundle(config: &Config, report: &mut Report) {
    match load_types(&SiteFolder::of(config.site.folder())) {
        Ok(types) => report.ok("site", format!("{} content types can be read", types.iter().count())),
        Err(mistakes) => {
            let first = mistakes.first().map(String::as_str).unwrap_or_default();
            let found = format!("{} mistakes in the site folder, the first: {first}", mistakes.len());
            report.problem("site", found, "see all of them: vitrine check");
        }
    }
    let Some(folder) = config.bundle.folder() else {
        return report.note("monitoring", "bundle.dir is empty: rules and dashboards are not looked at", "");
    };
    let found = bundle::check(&config.bundle);
    let mistakes = found.findings.told.len() + found.findings.more;
    if mistakes > 0 {
        let text = format!("{mistakes} mistakes in rules and dashboards of {}", folder.display());
        report.problem("monitoring", text, "see all of them: vitrine check");
    }
    if found.rules == 0 || found.dashboards == 0 {
        report.warning(
            "monitoring",
            format!("{} has {} rules and {} dashboards", folder.display(), found.rules, found.dashboards),
            "set bundle.dir to the folder with alerts/, prometheus/ and dashboards/ of the release, and give them to Prometheus \
             and Grafana",
        );
    } else if mistakes == 0 {
        report.ok("monitoring", format!("{} rules and {} dashboards are right", found.rules, found.dashboards));
    }
}
