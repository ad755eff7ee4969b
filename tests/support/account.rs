//! Users of a test server, and browsers that sign in.

use reqwest::Method;
use serde_json::Value;
use vitrine::accounts::{Accounts, By, Grant, NewUser, PagePermission};

use super::{Answer, Server};

pub const PASSWORD: &str = "an owl on the roof";
pub const SAME_ORIGIN: (&str, &str) = ("sec-fetch-site", "same-origin");

impl Server {
    pub fn accounts(&self) -> &Accounts {
        &self.running.site.app.accounts
    }

    /// A user with [`PASSWORD`]; the id.
    pub async fn user(&self, username: &str, is_superuser: bool) -> i64 {
        let new = NewUser { username: username.into(), password: PASSWORD.into(), is_superuser, ..NewUser::default() };
        self.accounts().create_user(new, &By::cli()).await.expect("the user is created")
    }

    pub async fn log_in(&self, username: &str, password: &str) -> Answer {
        self.log_in_with(username, password, &[]).await
    }

    pub async fn log_in_with(&self, username: &str, password: &str, headers: &[(&str, &str)]) -> Answer {
        let headers: Vec<_> = std::iter::once(SAME_ORIGIN).chain(headers.iter().copied()).collect();
        self.send_form("/admin/login/", &[("username", username), ("password", password)], &headers).await
    }

    /// A user in a group of their own with these permissions on one page and all below it; the cookie of a session.
    pub async fn editor(&self, username: &str, page: i64, permissions: &[PagePermission]) -> String {
        self.user(username, false).await;
        let (accounts, by) = (self.accounts(), By::cli());
        accounts.create_group(username, &by).await.expect("the group is created");
        let user = accounts.user(username).await.expect("the user is there");
        accounts.add_member(username, &user, &by).await.expect("a member");
        for permission in permissions {
            accounts.grant(username, Grant::Page(page, *permission), &by).await.expect("granted");
        }
        self.session_of(username).await
    }

    /// Sends JSON as a script of this site does.
    pub async fn send_json(&self, path: &str, cookie: &str, value: &Value) -> Answer {
        let headers = [SAME_ORIGIN, ("cookie", cookie), ("content-type", "application/json")];
        self.send_body(Method::POST, path, &headers, value.to_string().into_bytes()).await
    }

    pub async fn get_as(&self, path: &str, cookie: &str) -> Answer {
        self.send(Method::GET, path, &[("cookie", cookie)]).await
    }

    /// The cookie of a new session.
    pub async fn session_of(&self, username: &str) -> String {
        let answer = self.log_in(username, PASSWORD).await;
        assert_eq!(answer.status, 303, "{}", answer.text());
        session_cookie(&answer)
    }

    /// Asks for the first page with a cookie.
    pub async fn home(&self, cookie: &str) -> Answer {
        self.send(Method::GET, "/admin/", &[("cookie", cookie)]).await
    }

    pub async fn post(&self, path: &str, cookie: &str) -> Answer {
        self.send_form(path, &[("a", "b")], &[SAME_ORIGIN, ("cookie", cookie)]).await
    }

    /// The events of the security log, the oldest first: `login grace`.
    pub async fn events(&self) -> Vec<String> {
        let mut log = self.accounts().list_log().await.expect("listed");
        log.reverse();
        log.iter().map(|entry| format!("{} {}", entry.event, entry.subject).trim_end().to_owned()).collect()
    }
}

/// The cookie of an answer, as a browser sends it back.
pub fn session_cookie(answer: &Answer) -> String {
    answer.header("set-cookie").split(';').next().expect("a cookie").to_owned()
}
