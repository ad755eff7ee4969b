//! A program that calls the API with a token.

use reqwest::Method;
use serde_json::Value;
use vitrine::accounts::{By, Grant, NewToken, Scope};

use super::{Answer, Server, client};

/// A program, and the token that it has.
pub struct Program<'s> {
    pub server: &'s Server,
    pub token: String,
    pub token_id: i64,
}

impl Server {
    /// A program of a new user, whose group has these permissions.
    pub async fn program(&self, name: &str, grants: &[Grant], scopes: &[Scope]) -> Program<'_> {
        self.user(name, false).await;
        let (accounts, by) = (self.accounts(), By::cli());
        accounts.create_group(name, &by).await.expect("created");
        let user = accounts.user(name).await.expect("found");
        accounts.add_member(name, &user, &by).await.expect("added");
        for grant in grants {
            accounts.grant(name, *grant, &by).await.expect("granted");
        }
        self.robot(name, scopes).await
    }

    /// A program of a superuser.
    pub async fn root_program(&self, scopes: &[Scope]) -> Program<'_> {
        self.user("root", true).await;
        self.robot("root", scopes).await
    }

    /// A token of a user who is there, by the name `robot`.
    pub async fn robot(&self, username: &str, scopes: &[Scope]) -> Program<'_> {
        let user = self.accounts().user(username).await.expect("found");
        let new = NewToken { name: "robot", scopes: scopes.iter().copied().collect(), days: Some(1) };
        let made = self.accounts().create_token((user.id, username), &new, &By::cli()).await.expect("made");
        Program { server: self, token: made.token, token_id: made.id }
    }
}

impl Program<'_> {
    pub async fn ask(&self, method: Method, path: &str, headers: &[(&str, &str)], body: Option<&Value>) -> Answer {
        let bearer = format!("Bearer {}", self.token);
        let mut all = vec![("authorization", bearer.as_str())];
        if body.is_some() {
            all.push(("content-type", "application/json"));
        }
        all.extend_from_slice(headers);
        let url = format!("{}{path}", self.server.site);
        let bytes = body.map(|body| body.to_string().into_bytes()).unwrap_or_default();
        client::try_send_body(&self.server.client, method, &url, &all, bytes).await.expect("an answer")
    }

    pub async fn get(&self, path: &str) -> Answer {
        self.ask(Method::GET, path, &[], None).await
    }

    pub async fn post(&self, path: &str, body: &Value) -> Answer {
        self.ask(Method::POST, path, &[], Some(body)).await
    }

    /// A change of what has this ETag.
    pub async fn patch(&self, path: &str, etag: &str, body: &Value) -> Answer {
        self.ask(Method::PATCH, path, &[("if-match", etag)], Some(body)).await
    }
}

/// The mistakes of a problem: `/slug slug_taken`.
pub fn mistakes(answer: &Answer) -> Vec<String> {
    let problem = answer.json();
    let errors = problem["errors"].as_array().cloned().unwrap_or_default();
    let told = errors.iter().map(|error| {
        let text = |name: &str| error[name].as_str().unwrap_or_default().to_owned();
        format!("{} {}", text("pointer"), text("code"))
    });
    told.collect()
}

/// The code of a problem.
///
/// # Panics
/// When the answer is none.
pub fn code(answer: &Answer) -> String {
    assert_eq!(answer.header("content-type"), "application/problem+json", "{}", answer.text());
    let problem = answer.json();
    let code = problem["code"].as_str().expect("a code").to_owned();
    assert_eq!(problem["status"], answer.status.as_u16());
    assert!(problem["type"].as_str().is_some_and(|uri| uri.ends_with(&format!("#{code}"))), "{problem}");
    code
}

/// A request that a route would take.
pub type Call = (Method, String, Option<Value>);

/// Each of these calls is refused to nobody, to somebody without the right, and to a token of `owner`, who has it, without
/// the scope.
pub async fn refuses_all_others(server: &Server, calls: &[Call], owner: &str, scope: Scope) {
    let stranger = server.program("stranger", &[], Scope::ALL).await;
    let others: Vec<Scope> = Scope::ALL.iter().copied().filter(|known| *known != scope).collect();
    let blind = server.robot(owner, &others).await;
    for (method, path, body) in calls {
        let nobody = server.send_body(method.clone(), path, &[], Vec::new()).await;
        assert_eq!((nobody.status.as_u16(), code(&nobody).as_str()), (401, "unauthorized"), "{method} {path}");
        let any = [("if-match", "*")];
        let refused = stranger.ask(method.clone(), path, &any, body.as_ref()).await;
        assert_eq!((refused.status.as_u16(), code(&refused).as_str()), (403, "forbidden"), "{method} {path}");
        let refused = blind.ask(method.clone(), path, &any, body.as_ref()).await;
        assert_eq!((refused.status.as_u16(), code(&refused).as_str()), (403, "insufficient_scope"), "{method} {path}");
    }
}

/// The items of all parts of a list, each read with at most four queries; how many parts.
pub async fn listed(program: &Program<'_>, path: &str) -> (Vec<Value>, usize) {
    // Once a minute it is noted that a token was used.
    program.get("/api/v1/whoami/").await;
    let (mut found, mut parts, mut next) = (Vec::new(), 0, path.to_owned());
    loop {
        let answer = program.get(&next).await;
        assert_eq!(answer.status, 200, "{next}: {}", answer.text());
        assert!(answer.queries() <= 4, "{next}: {}", answer.header("server-timing"));
        let list = answer.json();
        found.extend(list["items"].as_array().expect("a list").clone());
        parts += 1;
        match list["next"].as_str() {
            Some(address) => next = address.to_owned(),
            None => return (found, parts),
        }
    }
}

/// One value of each item.
pub fn each(items: &[Value], name: &str) -> Vec<Value> {
    items.iter().map(|item| item[name].clone()).collect()
}
