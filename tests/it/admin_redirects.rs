//! Redirects in the editor, through the front door: found, made, changed, deleted; tables in and out; and who may.

use reqwest::Method;
use vitrine::accounts::{GlobalPermission, Grant};
use vitrine::content::redirect::{self, Filter, Redirect};

use crate::support::account::SAME_ORIGIN;
use crate::support::browser::{Browser, PATIENT, location};
use crate::support::{Answer, Database, Server, client, on_both_databases};

const HOME: &str = "/admin/redirects/";
const IMPORT: &str = "/admin/redirects/import/";
const MAY: &[Grant] = &[Grant::Global(GlobalPermission::Redirects)];

/// Sends a table with other values of the form.
async fn send(browser: &Browser<'_>, table: &str, values: &[(&str, &str)]) -> Answer {
    let mut body =
        format!("--limit\r\nContent-Disposition: form-data; name=\"file\"; filename=\"a.csv\"\r\n\r\n{table}\r\n");
    for (name, value) in values {
        body.push_str(&format!("--limit\r\nContent-Disposition: form-data; name=\"{name}\"\r\n\r\n{value}\r\n"));
    }
    body.push_str("--limit--\r\n");
    let headers =
        [("content-type", "multipart/form-data; boundary=limit"), ("cookie", browser.cookie.as_str()), SAME_ORIGIN];
    let url = format!("{}{IMPORT}", browser.server.site);
    client::try_send_body(&browser.server.client, Method::POST, &url, &headers, body.into()).await.expect("an answer")
}

async fn all(server: &Server) -> Vec<Redirect> {
    redirect::list(server.db(), &Filter::default(), 0, 1_000).await.expect("listed")
}

/// Status and `Location` of an address.
async fn sent(server: &Server, path: &str) -> (u16, String) {
    let answer = server.get(path).await;
    (answer.status.as_u16(), answer.header("location").to_owned())
}

async fn a_redirect_is_made_changed_and_deleted(database: Database) {
    let server = Server::with(database, &[PATIENT]).await;
    let ann = server.browser("ann", MAY).await;
    let add = format!("{HOME}add/");
    let made = ann.post(&add, &[("from", "/old/"), ("to", "/about/"), ("page", ""), ("site", "")]).await;
    assert_eq!(location(&made), HOME);
    assert_eq!(sent(&server, "/old").await, (301, "/about/".into()));
    let refused = ann.post(&add, &[("from", "/old/"), ("to", "/contact/<b>")]).await;
    assert_eq!(refused.status, 422);
    assert!(refused.text().contains("/old is redirected already") && refused.text().contains("/contact/&lt;b&gt;"));
    assert!(!refused.text().contains("<b>"), "markup is text");
    for fields in [
        &[("from", "/x"), ("to", "")][..],
        &[("from", ""), ("to", "/a")],
        &[("from", "/x"), ("to", "javascript:alert(1)")],
        &[("from", "/x"), ("page", "987654")],
        &[("from", "/x"), ("page", "one")],
        &[("from", "/x"), ("to", "/a"), ("site", "987654")],
        &[("from", "/about/"), ("to", "/old/")],
    ] {
        assert_eq!(ann.post(&add, fields).await.status, 422, "{fields:?}");
    }
    let about = server.page_id("/about/").await.to_string();
    let page = [("from", "/we"), ("to", ""), ("page", about.as_str()), ("subtree", "1"), ("temporary", "1")];
    assert_eq!(ann.post(&add, &page).await.status, 303);
    assert_eq!(sent(&server, "/we/").await, (302, "/about/".into()));
    let known = all(&server).await;
    let here = format!("{HOME}{}/", known[0].id);
    let form = ann.text(&here).await;
    let was = form.split("name=\"was\" value=\"").nth(1).and_then(|part| part.split('"').next()).expect("its state");
    let was = was.replace("&quot;", "\"").replace("&amp;", "&");
    let fields = [("from", "/old"), ("to", "/contact/"), ("was", was.as_str())];
    assert_eq!(location(&ann.post(&here, &fields).await), HOME);
    assert_eq!(sent(&server, "/old").await, (301, "/contact/".into()));
    let stale = ann.post(&here, &[("from", "/old"), ("to", "/blog/"), ("was", was.as_str())]).await;
    assert_eq!(stale.status, 409, "somebody changed it meanwhile");
    assert!(stale.text().contains("value=\"/blog/\""), "what was typed stays");
    assert_eq!(sent(&server, "/old").await, (301, "/contact/".into()));
    let form = ann.text(&here).await;
    for event in ["create", "update"] {
        assert!(form.contains(&format!("<td>{event}</td><td>ann</td>")), "{form}");
    }
    assert_eq!(location(&ann.post(&format!("{here}delete/"), &[("a", "b")]).await), HOME);
    assert_eq!(sent(&server, "/old").await.0, 404);
    assert_eq!(ann.post(&format!("{here}delete/"), &[("a", "b")]).await.status, 404);
    assert_eq!(server.count("object_event WHERE kind = 'redirect' AND event = 'delete' AND title = '/old'"), 1);
}

async fn the_list_is_narrowed_and_every_address_guarded(database: Database) {
    let server = Server::with(database, &[PATIENT]).await;
    let home = server.page_id("/").await;
    let page = server.standard_page(home, "One", "<p>x</p>").await;
    server.republish(page, |content| content.slug = "uno".into()).await;
    let ann = server.browser("ann", MAY).await;
    assert_eq!(ann.post(&format!("{HOME}add/"), &[("from", "/by/hand"), ("to", "/about/")]).await.status, 303);
    let both = ann.text(HOME).await;
    assert!(both.contains("/by/hand") && both.contains("/one/…") && both.contains("Automatic"), "{both}");
    let shown = async |query: &str| {
        let text = ann.text(&format!("{HOME}?{query}")).await;
        (text.contains(">/by/hand<"), text.contains(">/one/…<"))
    };
    assert_eq!(shown("kind=manual").await, (true, false));
    assert_eq!(shown("kind=automatic").await, (false, true));
    assert!(!shown("q=HAND").await.1);
    assert_eq!(shown("q=hand").await, (true, false));
    let first = all(&server).await[0].id;
    assert_eq!(shown(&format!("after={first}")).await, (true, false), "the next part");
    for query in ["after=x", "kind=x"] {
        assert_eq!(ann.get(&format!("{HOME}?{query}")).await.status, 400, "{query}");
    }
    let table = ann.get(&format!("{HOME}export/?kind=manual")).await;
    assert_eq!(table.header("content-type"), "text/csv; charset=utf-8");
    assert_eq!(table.text(), "from,to,page,permanent,subtree,site,hits\n/by/hand,/about/,,true,false,,0\n");
    let nobody = server.browser("nobody", &[Grant::Global(GlobalPermission::Settings)]).await;
    let one = format!("{HOME}{first}/");
    for path in [HOME, &format!("{HOME}add/"), IMPORT, &format!("{HOME}export/"), &one] {
        assert_eq!(server.get(path).await.status, 303, "{path}: signed out");
        assert_eq!(nobody.get(path).await.status, 403, "{path}");
        assert_eq!(server.send(Method::PUT, path, &[("cookie", &ann.cookie)]).await.status, 405, "{path}");
    }
    for path in [&format!("{HOME}add/"), &one, &format!("{one}delete/")] {
        assert_eq!(nobody.post(path, &[("from", "/x"), ("to", "/y")]).await.status, 403, "{path}");
    }
    assert_eq!(send(&nobody, "from,to\n/x,/y\n", &[("do", "write")]).await.status, 403);
    for path in [format!("{HOME}x/"), format!("{HOME}987654/")] {
        assert_eq!(ann.get(&path).await.status, 404, "{path}");
    }
    let labels = [("http_route", "/admin/redirects/{*path}")];
    assert_eq!(server.metrics().await.sum("vitrine_permission_denied_total", &labels), 9.0);
}

async fn a_table_is_tried_then_written_and_refusals_are_told_by_line(database: Database) {
    let server = Server::with(database, &[PATIENT]).await;
    let ann = server.browser("ann", MAY).await;
    let table =
        "from;to;permanent\n/one;/about/;yes\n/two;/contact/;no\n\n/three;;\n/<b>four;mailto:x;\n/one/;/blog/;\n";
    let tried = send(&ann, table, &[("do", "try")]).await;
    assert_eq!(tried.status, 422, "some rows are refused");
    let text = tried.text();
    assert!(text.contains("2 would be added") && text.contains("Nothing was written"), "{text}");
    for line in ["<td class=\"number\">5</td>", "<td class=\"number\">6</td>", "<td class=\"number\">7</td>"] {
        assert!(text.contains(line), "{line}: {text}");
    }
    assert!(text.contains("/&lt;b&gt;four") && !text.contains("<b>"), "markup is text");
    assert!(all(&server).await.is_empty());
    let written = send(&ann, table, &[("do", "write")]).await;
    assert!(written.text().contains("2 added, 0 replaced, 0 there already, 3 refused"), "{}", written.text());
    assert_eq!(sent(&server, "/two").await, (302, "/contact/".into()));
    let again = send(&ann, "from,to\n/one,/about/\n/two,/blog/\n", &[("do", "write"), ("replace", "1")]).await;
    assert_eq!(again.status, 200, "{}", again.text());
    assert!(again.text().contains("0 added, 1 replaced, 1 there already, 0 refused"), "{}", again.text());
    let whole = ann.get(&format!("{HOME}export/")).await.text().to_owned();
    assert_eq!(whole.lines().count(), 3);
    let back = send(&ann, &whole, &[("do", "try")]).await;
    assert!(back.text().contains("2 there already, 0 refused"), "an export can be read again: {}", back.text());
    for bad in ["", "a,b\n1,2\n"] {
        assert_eq!(send(&ann, bad, &[("do", "write")]).await.status, 422, "{bad:?}");
    }
    assert_eq!(ann.post(IMPORT, &[("a", "b")]).await.status, 400, "no table");
    assert_eq!(send(&ann, table, &[("site", "x")]).await.status, 404);
    assert_eq!(server.count("object_event WHERE kind = 'redirect' AND title = 'an import'"), 2);
}

on_both_databases!(
    a_redirect_is_made_changed_and_deleted,
    the_list_is_narrowed_and_every_address_guarded,
    a_table_is_tried_then_written_and_refusals_are_told_by_line,
);
