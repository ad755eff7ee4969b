//! Settings by the API: told, changed, brought back to their defaults; and what is refused.

use reqwest::Method;
use serde_json::{Value, json};
use vitrine::accounts::{GlobalPermission, Grant, Scope};
use vitrine::content::{NewSite, site};
use vitrine::telemetry::label::Channel;

use crate::support::program::{code, each, listed, mistakes, refuses_all_others};
use crate::support::site::folder_with;
use crate::support::{Database, Server, on_both_databases};

const HOME: &str = "/api/v1/settings/";
/// The default site has another type beside it.
const OURS: &str = "/api/v1/settings/?type=site.SiteSettings";
const MAY: [Grant; 1] = [Grant::Global(GlobalPermission::Settings)];

async fn place(server: &Server) -> (i64, String) {
    let site = site::list(server.db(), "").await.expect("listed")[0].id;
    (site, format!("{HOME}site.SiteSettings/{site}/"))
}

async fn settings_are_changed_at_once_and_never_over_somebody(database: Database) {
    let server = Server::start(database).await;
    let (site, here) = place(&server).await;
    let ann = server.program("ann", &MAY, &[Scope::Settings]).await;
    let (places, _) = listed(&ann, OURS).await;
    assert_eq!((each(&places, "detail_url"), each(&places, "site")), (vec![json!(here)], vec![json!(site)]));
    let first = ann.get(&here).await;
    assert!(first.queries() <= 4, "{}", first.header("server-timing"));
    let change = json!({ "fields": { "footer_text": "Made by <us>." } });
    let blind = ann.ask(Method::PATCH, &here, &[], Some(&change)).await;
    assert_eq!((blind.status.as_u16(), code(&blind).as_str()), (428, "if_match_needed"));
    let changed = ann.patch(&here, first.header("etag"), &change).await;
    assert_eq!(changed.json()["fields"]["footer_text"], "Made by <us>.", "{}", changed.text());
    let others = |told: &Value| {
        let mut fields = told["fields"].clone();
        fields["footer_text"] = Value::Null;
        fields
    };
    assert_eq!(others(&changed.json()), others(&first.json()), "what is not sent stays");
    assert!(server.get("/about/").await.text().contains("Made by &lt;us&gt;."), "it shows at once");
    let late = ann.patch(&here, first.header("etag"), &change).await;
    assert_eq!((late.status.as_u16(), code(&late).as_str(), &late.json()["by"]), (412, "stale", &json!("ann (robot)")));
    let read = ann.get(&here).await;
    assert_eq!(
        (&read.json()["meta"]["is_set"], read.json()["fields"].clone()),
        (&json!(true), changed.json()["fields"].clone())
    );
    let known = ann.ask(Method::GET, &here, &[("if-none-match", read.header("etag"))], None).await;
    assert_eq!(known.status, 304);
    let wrong = json!({ "fields": { "contact_email": "nobody", "colour": 1 } });
    let mut told = mistakes(&ann.patch(&here, "*", &wrong).await);
    told.sort();
    assert_eq!(told.len(), 2, "{told:?}");
    assert!(told[0].starts_with("/fields/colour ") && told[1].starts_with("/fields/contact_email "), "{told:?}");
    assert_eq!(mistakes(&ann.patch(&here, "*", &json!({})).await), ["/fields required"]);
    assert_eq!(code(&ann.ask(Method::DELETE, &here, &[("if-match", first.header("etag"))], None).await), "stale");
    assert_eq!(ann.ask(Method::DELETE, &here, &[], None).await.status, 204);
    let back = ann.get(&here).await;
    assert_eq!((&back.json()["meta"]["is_set"], &back.json()["fields"]["footer_text"]), (&json!(false), &json!("")));
    let own = ann.patch(&here, back.header("etag"), &change).await;
    assert_eq!(own.json()["fields"]["footer_text"], "Made by <us>.", "{}", own.text());
    assert_eq!(server.rows("object_event WHERE kind = 'setting' AND channel = 'api' AND actor = 'ann (robot)'"), 3);
}

async fn settings_are_for_those_who_manage_them_there(database: Database) {
    let server = Server::start(database).await;
    let (first, here) = place(&server).await;
    let new = NewSite {
        hostname: "second.test".into(),
        port: 80,
        name: "Second".into(),
        root_page_id: server.page_id("/about/").await,
    };
    let second = server.content().create_site(&new, Channel::Cli).await.expect("made");
    let there = format!("{HOME}site.SiteSettings/{second}/");
    let boss = server.program("boss", &MAY, &[Scope::Settings]).await;
    assert_eq!(each(&listed(&boss, &format!("{OURS}&limit=1")).await.0, "site"), [json!(first), json!(second)]);
    let (narrowed, _) = listed(&boss, &format!("{HOME}?site={second}&type=site.SiteSettings")).await;
    assert_eq!(each(&narrowed, "detail_url"), [json!(there)]);
    let ann = server.program("ann", &[Grant::SiteSettings(second)], &[Scope::Settings]).await;
    assert_eq!(each(&listed(&ann, OURS).await.0, "site"), [json!(second)]);
    let change = json!({ "fields": { "footer_text": "Ours." } });
    assert_eq!(ann.patch(&there, "*", &change).await.status, 200);
    for path in [here.clone(), format!("{HOME}site.SiteSettings/987654/")] {
        assert_eq!(code(&ann.get(&path).await), "forbidden", "{path}: what there is elsewhere is nobody's business");
        assert_eq!(code(&ann.patch(&path, "*", &change).await), "forbidden", "{path}");
    }
    for path in ["site.SiteSettings/987654/", "site.SiteSettings/all/", "blog.Author/1/", "x.Y/1/"] {
        let nothing = boss.get(&format!("{HOME}{path}")).await;
        assert_eq!((nothing.status.as_u16(), code(&nothing).as_str()), (404, "not_found"), "{path}");
    }
    for wrong in ["limit=0", "site=x", "after=x", "colour=red"] {
        assert_eq!(code(&boss.get(&format!("{HOME}?{wrong}")).await), "bad_request", "{wrong}");
    }
    let before = boss.get(&here).await.json()["fields"].clone();
    let calls = [
        (Method::GET, HOME.to_owned(), None),
        (Method::GET, here.clone(), None),
        (Method::PATCH, here.clone(), Some(change)),
        (Method::DELETE, here.clone(), None),
    ];
    refuses_all_others(&server, &calls, "boss", Scope::Settings).await;
    assert_eq!(boss.get(&here).await.json()["fields"], before, "nothing was changed there");
}

const NOTICE: &str = r#"
name = "shop.Notice"
kind = "settings"
label = "Notice"

[[fields]]
name = "text"
kind = "rich_text"
label = "Text"
"#;

async fn rich_text_comes_and_goes_in_the_form_that_is_asked_for(database: Database) {
    let folder = folder_with(&[("types/notice.toml", NOTICE)]);
    let dir = folder.path().display().to_string();
    let server = Server::with(database, &[("site.dir", &dir)]).await;
    let ann = server.program("ann", &MAY, &[Scope::Settings]).await;
    let site = site::list(server.db(), "").await.expect("listed")[0].id;
    let here = |form: &str| format!("{HOME}shop.Notice/{site}/?rich_text={form}");
    let home = server.page_id("/").await;
    let stored = format!("<p>Go <a linktype=\"page\" id=\"{home}\">home</a>.</p>");
    let change = json!({ "fields": { "text": format!("Go [home](wagtail://page?id={home}).") } });
    let changed = ann.patch(&here("db_markdown"), "*", &change).await;
    assert_eq!(changed.json()["fields"]["text"], json!(stored), "{}", changed.text());
    let told =
        [("db_html", stored.as_str()), ("html", "<p>Go <a href=\"/\">home</a>.</p>"), ("markdown", "Go [home](/).")];
    for (form, text) in told {
        let told = ann.get(&here(form)).await;
        assert!(told.queries() <= 4, "{form}: {}", told.header("server-timing"));
        assert_eq!(told.json()["fields"]["text"], text, "{form}");
        let known = ann.ask(Method::GET, &here(form), &[("if-none-match", told.header("etag"))], None).await;
        assert_eq!(known.status, 304, "each form has a tag of its own: {form}");
    }
    assert_eq!(ann.get(&here("word")).await.status, 400);
}

on_both_databases!(
    settings_are_changed_at_once_and_never_over_somebody,
    settings_are_for_those_who_manage_them_there,
    rich_text_comes_and_goes_in_the_form_that_is_asked_for,
);
