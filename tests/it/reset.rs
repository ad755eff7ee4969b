//! A forgotten password: a link by mail sets a new one, once, and nobody learns which users there are.

use std::os::unix::fs::PermissionsExt as _;
use std::path::Path;
use std::sync::Arc;

use parking_lot::Mutex;
use tokio::io::{AsyncBufReadExt as _, AsyncWriteExt as _, BufReader};
use tokio::net::TcpListener;
use vitrine::accounts::{By, UserChange};

use crate::support::account::{PASSWORD, SAME_ORIGIN};
use crate::support::server::BASE_URL;
use crate::support::{Answer, Database, SOON, Server, eventually, on_both_databases};

const NEW: &str = "a badger in the cellar";
const PATIENT: (&str, &str) = ("accounts.attempts_per_minute", "10000");

async fn user(server: &Server, username: &str) {
    server.user(username, false).await;
    let change = UserChange { email: Some(format!("{username}@example.org")), ..UserChange::default() };
    server.accounts().change_user(username, change, &By::cli()).await.expect("changed");
}

async fn ask(server: &Server, name: &str) -> Answer {
    server.send_form("/admin/reset/", &[("name", name)], &[SAME_ORIGIN]).await
}

async fn set(server: &Server, path: &str, password: &str) -> Answer {
    server.send_form(path, &[("password", password)], &[SAME_ORIGIN]).await
}

/// The mails of the folder, whole.
fn mails(folder: &Path) -> Vec<String> {
    let Ok(entries) = std::fs::read_dir(folder.join("mail")) else { return Vec::new() };
    entries.map(|entry| std::fs::read_to_string(entry.expect("readable").path()).expect("text")).collect()
}

/// The path of the link in a mail, whose lines may be broken.
fn link(mail: &str) -> String {
    let text = mail.replace("=\r\n", "").replace("=3D", "=");
    let rest = text.split("/admin/reset/").nth(1).unwrap_or_else(|| panic!("no link in {mail}"));
    let token: String =
        rest.chars().take_while(|letter| letter.is_ascii_alphanumeric() || "-_".contains(*letter)).collect();
    format!("/admin/reset/{token}")
}

async fn a_link_by_mail_sets_a_new_password_once(database: Database) {
    let server = Server::with(database, &[PATIENT]).await;
    user(&server, "grace").await;
    let (session, folder) = (server.session_of("grace").await, server.folder.path().to_owned());
    let asked = ask(&server, " Grace ").await;
    assert_eq!(asked.status, 200);
    eventually("the mail is written", SOON, async || mails(&folder).len() == 1).await;
    let mail = mails(&folder).remove(0);
    for part in ["To: grace@example.org", "for grace at Fathom & Vane", &format!("{BASE_URL}/admin/reset/")] {
        assert!(mail.replace("=\r\n", "").contains(part), "{part}: {mail}");
    }
    let path = link(&mail);
    for entry in std::fs::read_dir(folder.join("mail")).expect("a folder") {
        let mode = entry.expect("readable").metadata().expect("a file").permissions().mode();
        assert_eq!(mode & 0o777, 0o600, "a link is for nobody else");
    }
    let form = server.get(&path).await;
    assert_eq!(form.status, 200);
    assert!(form.text().contains("For <strong>grace</strong>"), "{}", form.text());
    let short = set(&server, &path, "short").await;
    assert!(short.status == 422 && short.text().contains("role=\"alert\""), "{}", short.text());
    assert_eq!(set(&server, &path, NEW).await.status, 200);
    assert_eq!(server.home(&session).await.status, 303, "all sessions are ended");
    assert_eq!(server.log_in("grace", NEW).await.status, 303);
    assert_eq!(server.log_in("grace", PASSWORD).await.status, 403);
    assert_eq!(server.get(&path).await.status, 404);
    assert_eq!(set(&server, &path, NEW).await.status, 404, "once");
    let token = path.rsplit('/').next().expect("a token");
    assert!(!server.log_lines().iter().any(|line| line.to_string().contains(token)), "no log has the secret");
    let log = server.events().await;
    assert!(
        log.contains(&"reset_asked grace".to_owned()) && log.contains(&"password_changed grace".to_owned()),
        "{log:?}"
    );
    let metrics = server.metrics().await;
    assert_eq!(metrics.sum("vitrine_mail_send_duration_seconds_count", &[("outcome", "written")]), 1.0);
}

async fn nobody_learns_which_users_there_are(database: Database) {
    let server = Server::with(database, &[PATIENT]).await;
    user(&server, "grace").await;
    server.user("without", false).await;
    let folder = server.folder.path().to_owned();
    let known = ask(&server, "grace@example.org").await;
    for name in ["nobody", "nobody@example.org", "without", "", "' OR 1=1 --"] {
        let answer = ask(&server, name).await;
        assert_eq!((answer.status, answer.text()), (known.status, known.text()), "{name}");
    }
    eventually("the mail is written", SOON, async || mails(&folder).len() == 1).await;
    for nonsense in ["x", "%00", &"A".repeat(43)] {
        let path = format!("/admin/reset/{nonsense}");
        assert!(server.get(&path).await.status.is_client_error(), "{nonsense}");
        assert!(set(&server, &path, NEW).await.status.is_client_error(), "{nonsense}");
    }
    let forged = server.send_form("/admin/reset/", &[("name", "grace")], &[("sec-fetch-site", "cross-site")]).await;
    assert_eq!(forged.status, 403);
    let change = UserChange { is_active: Some(false), ..UserChange::default() };
    let path = link(&mails(&folder)[0]);
    server.accounts().change_user("grace", change, &By::cli()).await.expect("closed");
    assert_eq!(set(&server, &path, NEW).await.status, 404, "an account that was closed stays closed");
}

/// A mail server that takes every mail, and refuses the first `refusals` for now; what it was told.
async fn smtp(refusals: usize) -> (u16, Arc<Mutex<Vec<String>>>) {
    let listener = TcpListener::bind("127.0.0.1:0").await.expect("a port");
    let port = listener.local_addr().expect("bound").port();
    let taken = Arc::<Mutex<Vec<String>>>::default();
    let kept = taken.clone();
    tokio::spawn(async move {
        let mut visits = 0;
        while let Ok((stream, _)) = listener.accept().await {
            visits += 1;
            let (read, mut write) = stream.into_split();
            let mut lines = BufReader::new(read).lines();
            let _ = write.write_all(b"220 mail.test ESMTP\r\n").await;
            let (mut mail, mut in_data) = (String::new(), false);
            while let Ok(Some(line)) = lines.next_line().await {
                let answer: &[u8] = match (in_data, line.split(' ').next().unwrap_or_default()) {
                    (true, ".") => {
                        in_data = false;
                        kept.lock().push(std::mem::take(&mut mail));
                        b"250 taken\r\n"
                    }
                    (true, _) => {
                        mail.push_str(&line);
                        mail.push_str("\r\n");
                        continue;
                    }
                    (false, "MAIL") if visits <= refusals => b"451 later\r\n",
                    (false, "DATA") => {
                        in_data = true;
                        b"354 go on\r\n"
                    }
                    (false, "QUIT") => b"221 bye\r\n",
                    (false, _) => b"250 mail.test\r\n",
                };
                if write.write_all(answer).await.is_err() {
                    break;
                }
            }
        }
    });
    (port, taken)
}

async fn mail_goes_out_by_smtp_and_again_when_the_server_is_busy(database: Database) {
    let (port, taken) = smtp(1).await;
    let port = port.to_string();
    let settings = [
        PATIENT,
        ("email.host", "127.0.0.1"),
        ("email.port", &port),
        ("email.encryption", "none"),
        ("email.from", "Fathom <cms@example.org>"),
    ];
    let server = Server::with(database, &settings).await;
    user(&server, "grace").await;
    ask(&server, "grace").await;
    eventually("the mail was taken at the second attempt", SOON, async || taken.lock().len() == 1).await;
    let mail = taken.lock()[0].clone();
    assert!(mail.contains("From: Fathom <cms@example.org>") && mail.contains("To: grace@example.org"), "{mail}");
    assert_eq!(set(&server, &link(&mail), NEW).await.status, 200);
    let metrics = server.metrics().await;
    let count = |outcome| metrics.sum("vitrine_mail_send_duration_seconds_count", &[("outcome", outcome)]);
    assert_eq!((count("sent"), count("failed")), (1.0, 1.0));
}

async fn whoever_asks_too_often_mails_nobody_more(database: Database) {
    let server = Server::with(database, &[PATIENT]).await;
    user(&server, "grace").await;
    user(&server, "ada").await;
    let folder = server.folder.path().to_owned();
    for number in 1..=3 {
        assert_eq!(ask(&server, "grace").await.status, 200);
        eventually("the mail is written", SOON, async || mails(&folder).len() == number).await;
    }
    let fourth = ask(&server, "grace").await;
    assert_eq!(fourth.status, 200);
    assert_eq!(fourth.text(), ask(&server, "nobody").await.text(), "who asks learns nothing");
    ask(&server, "ada").await;
    eventually("another user is mailed", SOON, async || mails(&folder).len() == 4).await;
    eventually("nothing waits", SOON, async || server.rows("job WHERE kind = 'password.reset'") == 0).await;
    assert_eq!(mails(&folder).iter().filter(|mail| mail.contains("To: grace@example.org")).count(), 3);
    let metrics = server.metrics().await;
    let withheld = [("method", "reset"), ("outcome", "throttled")];
    assert_eq!(metrics.sum("vitrine_auth_attempts_total", &withheld), 1.0);
    let helper = By { actor: "root".into(), network: String::new() };
    server.accounts().ask_for_reset("grace", &helper).await.expect("asked");
    server.content().jobs.wake();
    eventually("whoever helps her sends one still", SOON, async || mails(&folder).len() == 5).await;
}

on_both_databases!(
    whoever_asks_too_often_mails_nobody_more,
    a_link_by_mail_sets_a_new_password_once,
    nobody_learns_which_users_there_are,
    mail_goes_out_by_smtp_and_again_when_the_server_is_busy,
);
