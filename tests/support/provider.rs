//! A provider of embedded media on this machine, well-behaved or not, and a site that knows it.

use std::net::SocketAddr;
use std::path::Path;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, AtomicUsize, Ordering::Relaxed};

use axum::Router;
use axum::extract::{Query, State};
use axum::http::StatusCode;
use axum::response::{IntoResponse as _, Redirect, Response};
use axum::routing::get;
use tokio::task::JoinHandle;

#[derive(Default)]
struct Behaviour {
    asked: AtomicUsize,
    down: AtomicBool,
    port: AtomicUsize,
}

/// Stops when dropped.
pub struct Provider {
    pub address: SocketAddr,
    behaviour: Arc<Behaviour>,
    task: JoinHandle<()>,
}

impl Provider {
    pub async fn start() -> Self {
        let listener = tokio::net::TcpListener::bind("127.0.0.1:0").await.expect("a free port");
        let address = listener.local_addr().expect("bound");
        let behaviour = Arc::new(Behaviour::default());
        behaviour.port.store(address.port().into(), Relaxed);
        let router = Router::new().route("/oembed", get(oembed)).with_state(behaviour.clone());
        let task = tokio::spawn(async move { axum::serve(listener, router).await.expect("it serves") });
        Self { address, behaviour, task }
    }

    /// An address of this provider's.
    pub fn url(&self, path: &str) -> String {
        format!("http://{}/watch/{path}", self.address)
    }

    /// How often it was asked.
    pub fn asked(&self) -> usize {
        self.behaviour.asked.load(Relaxed)
    }

    /// Whether it answers with 503.
    pub fn set_down(&self, down: bool) {
        self.behaviour.down.store(down, Relaxed);
    }

    /// A site of one page type with embeds, which knows this provider.
    pub fn write_site(&self, folder: &Path, endpoint_host: &str) {
        let port = self.address.port();
        let files = [
            ("types/home.toml", HOME_TYPE.to_owned()),
            ("templates/home.html", HOME_TEMPLATE.to_owned()),
            ("templates/404.html", "<!doctype html><title>Not found</title>".to_owned()),
            ("templates/500.html", "<!doctype html><title>Broken</title>".to_owned()),
            ("templates/password_required.html", "<!doctype html><title>Password</title>".to_owned()),
            ("templates/search.html", "<!doctype html><title>Search</title>".to_owned()),
            ("seed/site.toml", "name = \"Films\"".to_owned()),
            (
                "seed/pages/index.toml",
                "type = \"test.HomePage\"\ntitle = \"Films\"\n[fields]\nbody = \"<p>None yet.</p>\"".to_owned(),
            ),
            (
                "embeds.toml",
                format!(
                    "[test]\nname = \"Test films\"\nurls = [\"http://127.0.0.1:{port}/watch/*\"]\n\
                     endpoint = \"http://{endpoint_host}:{port}/oembed\"\nframes = [\"http://127.0.0.1:{port}/player/\"]\n"
                ),
            ),
        ];
        for (path, text) in files {
            let path = folder.join(path);
            std::fs::create_dir_all(path.parent().expect("a folder")).expect("made");
            std::fs::write(path, text).expect("written");
        }
    }
}

impl Drop for Provider {
    fn drop(&mut self) {
        self.task.abort();
    }
}

const HOME_TYPE: &str = r#"
name = "test.HomePage"
kind = "page"
label = "Home"
template = "home.html"
[[fields]]
name = "body"
kind = "rich_text"
features = ["embed", "link", "bold"]
[[fields]]
name = "film"
kind = "embed"
"#;

const HOME_TEMPLATE: &str = "<!doctype html><html lang=\"en\"><title>{{ page.title }}</title><main>{{ page.body|richtext }}</main>\
    {% if page.film %}<aside>{{ page.film.title }}: {{ page.film.html|safe }}</aside>{% endif %}</html>";

#[derive(serde::Deserialize)]
struct Question {
    url: String,
}

async fn oembed(State(behaviour): State<Arc<Behaviour>>, Query(question): Query<Question>) -> Response {
    let asked = behaviour.asked.fetch_add(1, Relaxed);
    if behaviour.down.load(Relaxed) {
        return StatusCode::SERVICE_UNAVAILABLE.into_response();
    }
    let port = behaviour.port.load(Relaxed);
    let film = |title: &str, player: &str| {
        let html = format!(
            "<iframe src=\"{player}\" onload=\"steal()\"></iframe><script src=\"https://evil.test/x.js\"></script>"
        );
        axum::Json(serde_json::json!({
            "version": "1.0", "type": "video", "title": title, "width": 1280, "height": 720, "html": html,
        }))
        .into_response()
    };
    match question.url.rsplit('/').next().unwrap_or_default() {
        "slow" => std::future::pending().await,
        "huge" => ([("content-type", "application/json")], format!("\"{}\"", "x".repeat(600 << 10))).into_response(),
        "metadata" => Redirect::temporary("http://169.254.169.254/latest/meta-data/").into_response(),
        "elsewhere" => Redirect::temporary("http://127.0.0.2:80/oembed").into_response(),
        "loop" => Redirect::temporary(&format!("/oembed?url={}&n={asked}", question.url)).into_response(),
        "moved" => Redirect::temporary(&format!("/oembed?url=http://127.0.0.1:{port}/watch/film")).into_response(),
        "html" => axum::response::Html("<title>Not JSON</title>").into_response(),
        "gone" => StatusCode::NOT_FOUND.into_response(),
        "foreign" => film("A foreign film", "https://evil.test/player/1"),
        _ => film("A film <b>of</b> tides", &format!("http://127.0.0.1:{port}/player/1?a=1&amp;b=2")),
    }
}
