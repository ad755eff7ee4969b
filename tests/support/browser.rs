//! A browser that is signed in to the editor, with the permissions of a group of its own.

use reqwest::Method;
use vitrine::accounts::{By, Grant};

use super::account::SAME_ORIGIN;
use super::{Answer, Server, client};

/// More than any test tries.
pub const PATIENT: (&str, &str) = ("accounts.attempts_per_minute", "10000");

/// A browser that is signed in.
pub struct Browser<'s> {
    pub server: &'s Server,
    pub cookie: String,
}

impl Browser<'_> {
    /// Sends a form of several parts; a part with a file name is a file.
    pub async fn send_parts(&self, path: &str, parts: &[(&str, Option<&str>, &[u8])]) -> Answer {
        let body = client::form_of(parts);
        let headers = [("content-type", client::FORM), ("cookie", self.cookie.as_str()), SAME_ORIGIN];
        let url = format!("{}{path}", self.server.site);
        client::try_send_body(&self.server.client, Method::POST, &url, &headers, body).await.expect("an answer")
    }

    pub async fn get(&self, path: &str) -> Answer {
        self.server.send(Method::GET, path, &[("cookie", &self.cookie)]).await
    }

    pub async fn post(&self, path: &str, fields: &[(&str, &str)]) -> Answer {
        self.server.send_form(path, fields, &[SAME_ORIGIN, ("cookie", &self.cookie)]).await
    }

    /// The page that a form leads to.
    pub async fn follow(&self, path: &str, fields: &[(&str, &str)]) -> String {
        let answer = self.post(path, fields).await;
        self.text(location(&answer)).await
    }

    /// The page at a path.
    pub async fn text(&self, path: &str) -> String {
        let answer = self.get(path).await;
        assert_eq!(answer.status, 200, "{path}: {}", answer.text());
        answer.text().to_owned()
    }
}

impl Server {
    /// A browser of a new user, whose group has these permissions.
    pub async fn browser(&self, name: &str, grants: &[Grant]) -> Browser<'_> {
        self.user(name, false).await;
        let (accounts, by) = (self.accounts(), By::cli());
        accounts.create_group(name, &by).await.expect("created");
        let user = accounts.user(name).await.expect("found");
        accounts.add_member(name, &user, &by).await.expect("added");
        for grant in grants {
            accounts.grant(name, *grant, &by).await.expect("granted");
        }
        Browser { server: self, cookie: self.session_of(name).await }
    }

    /// A browser of somebody who may do everything.
    pub async fn root_browser(&self) -> Browser<'_> {
        self.user("root", true).await;
        Browser { server: self, cookie: self.session_of("root").await }
    }
}

/// Where an answer leads.
pub fn location(answer: &Answer) -> &str {
    assert_eq!(answer.status, 303, "{}", answer.text());
    answer.header("location")
}
