//! API tokens of users of a test server, and requests with them.

use reqwest::Method;
use serde_json::Value;
use vitrine::accounts::{By, NewToken, Scope};

use super::{Answer, Server};

impl Server {
    /// A token of a user with these scopes; the id, and the token.
    pub async fn token(&self, username: &str, scopes: &[Scope]) -> (i64, String) {
        self.token_for(username, scopes, Some(90)).await
    }

    /// As [`Server::token`], for so many days.
    pub async fn token_for(&self, username: &str, scopes: &[Scope], days: Option<u32>) -> (i64, String) {
        let user = self.accounts().user(username).await.expect("the user is there");
        let new = NewToken { name: "a program", scopes: scopes.iter().copied().collect(), days };
        let made = self.accounts().create_token((user.id, &user.username), &new, &By::cli()).await.expect("made");
        (made.id, made.token)
    }

    /// A request as a program sends it.
    pub async fn call(&self, method: Method, path: &str, token: &str) -> Answer {
        self.send(method, path, &[("authorization", &format!("Bearer {token}"))]).await
    }

    /// A request with JSON, as a program sends it.
    pub async fn call_json(&self, method: Method, path: &str, token: &str, value: &Value) -> Answer {
        let authorization = format!("Bearer {token}");
        let headers = [("authorization", authorization.as_str()), ("content-type", "application/json")];
        self.send_body(method, path, &headers, value.to_string().into_bytes()).await
    }
}
