//! Redirects in the editor, through the front door: found, made, changed, deleted; tables in and out; and who may.

use std::time::Instant;

use reqwest::Method;
use vitrine::accounts::{GlobalPermission, Grant};
use vitrine::content::redirect::{self, Filter, Redirect};

use crate::support::account::SAME_ORIGIN;
use crate::support::browser::{Browser, PATIENT, location};
use crate::support::postgres::execute;
use crate::support::{Answer, Database, Server, client, on_both_databases};

const HOME: &str = "/admin/redirects/";
const IMPORT: &str = "/admin/redirects/import/";
const TABLE: &str = "/admin/redirects/import/table/";
/// Rows of the large table, and the longest time that they may take, in seconds: fewer rows and more time without the
/// compiler's optimisations.
const ROWS: usize = if cfg!(debug_assertions) { 5_000 } else { 50_000 };
const MOST_SECONDS: f64 = if cfg!(debug_assertions) { 60.0 } else { 10.0 };
const MAY: &[Grant] = &[Grant::Global(GlobalPermission::Redirects)];

/// Sends a table: it is kept, and its columns are chosen next.
async fn send(browser: &Browser<'_>, table: impl AsRef<[u8]>) -> Answer {
    let head = "--limit\r\nContent-Disposition: form-data; name=\"file\"; filename=\"a <b>.csv\"\r\n\r\n";
    let body = [head.as_bytes(), table.as_ref(), b"\r\n--limit--\r\n"].concat();
    let headers =
        [("content-type", "multipart/form-data; boundary=limit"), ("cookie", browser.cookie.as_str()), SAME_ORIGIN];
    let url = format!("{}{IMPORT}", browser.server.site);
    client::try_send_body(&browser.server.client, Method::POST, &url, &headers, body).await.expect("an answer")
}

/// Sends a table, and does something with it.
async fn import(browser: &Browser<'_>, table: impl AsRef<[u8]>, fields: &[(&str, &str)]) -> Answer {
    assert_eq!(location(&send(browser, table).await), TABLE);
    browser.post(TABLE, fields).await
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
    let table = ann.get(&format!("{HOME}export.csv?kind=manual")).await;
    assert_eq!(table.header("content-type"), "text/csv; charset=utf-8");
    assert_eq!(table.text(), "from,to,page,permanent,subtree,site,hits\n/by/hand,/about/,,true,false,,0\n");
    let nobody = server.browser("nobody", &[Grant::Global(GlobalPermission::Settings)]).await;
    let one = format!("{HOME}{first}/");
    for path in
        [HOME, &format!("{HOME}add/"), IMPORT, TABLE, &format!("{HOME}export.csv"), &format!("{HOME}export.xlsx"), &one]
    {
        assert_eq!(server.get(path).await.status, 303, "{path}: signed out");
        assert_eq!(nobody.get(path).await.status, 403, "{path}");
        assert_eq!(server.send(Method::PUT, path, &[("cookie", &ann.cookie)]).await.status, 405, "{path}");
    }
    for path in [&format!("{HOME}add/"), &one, &format!("{one}delete/")] {
        assert_eq!(nobody.post(path, &[("from", "/x"), ("to", "/y")]).await.status, 403, "{path}");
    }
    assert_eq!(send(&nobody, "from,to\n/x,/y\n").await.status, 403);
    assert_eq!(nobody.post(TABLE, &[("do", "write")]).await.status, 403);
    for path in [format!("{HOME}x/"), format!("{HOME}987654/")] {
        assert_eq!(ann.get(&path).await.status, 404, "{path}");
    }
    let labels = [("http_route", "/admin/redirects/{*path}")];
    assert_eq!(server.metrics().await.sum("vitrine_permission_denied_total", &labels), 12.0);
}

async fn a_table_is_tried_then_written_and_refusals_are_told_by_line(database: Database) {
    let server = Server::with(database, &[PATIENT]).await;
    let ann = server.browser("ann", MAY).await;
    let table =
        "from;to;permanent\n/one;/about/;yes\n/two;/contact/;no\n\n/three;;\n/<b>four;mailto:x;\n/one/;/blog/;\n";
    let tried = import(&ann, table, &[("do", "try")]).await;
    assert_eq!(tried.status, 422, "some rows are refused");
    let text = tried.text();
    assert!(text.contains("2 would be added") && text.contains("Nothing was written"), "{text}");
    for line in ["<td class=\"number\">5</td>", "<td class=\"number\">6</td>", "<td class=\"number\">7</td>"] {
        assert!(text.contains(line), "{line}: {text}");
    }
    assert!(text.contains("/&lt;b&gt;four") && !text.contains("<b>"), "markup is text");
    assert!(text.contains("Import the other 2") && all(&server).await.is_empty());
    let report = ann.post(TABLE, &[("do", "report")]).await;
    assert_eq!(report.header("content-type"), "text/csv; charset=utf-8");
    let lines: Vec<&str> = report.text().lines().collect();
    assert!(
        lines.len() == 4 && lines[0] == "line,from,to,reason" && lines[3].starts_with("7,/one/,/blog/,"),
        "{lines:?}"
    );
    let written = ann.post(TABLE, &[("do", "write")]).await;
    assert!(written.text().contains("2 added, 0 replaced, 0 there already, 3 refused"), "{}", written.text());
    assert_eq!(sent(&server, "/two").await, (302, "/contact/".into()));
    let again = import(&ann, "from,to\n/one,/about/\n/two,/blog/\n", &[("do", "write"), ("replace", "1")]).await;
    assert_eq!(again.status, 200, "{}", again.text());
    assert!(again.text().contains("0 added, 1 replaced, 1 there already, 0 refused"), "{}", again.text());
    assert_eq!(ann.post(TABLE, &[("do", "write")]).await.status, 404, "what is written whole is not kept");
    assert_eq!(location(&ann.get(TABLE).await), IMPORT);
    let whole = ann.get(&format!("{HOME}export.csv")).await.text().to_owned();
    assert_eq!(whole.lines().count(), 3);
    let back = import(&ann, &whole, &[("do", "try")]).await;
    assert!(back.text().contains("2 there already, 0 refused"), "an export can be read again: {}", back.text());
    let book = ann.get(&format!("{HOME}export.xlsx")).await;
    assert_eq!(book.header("content-disposition"), "attachment; filename=\"redirects.xlsx\"");
    let back = import(&ann, &book.body, &[("do", "try")]).await;
    assert!(back.text().contains("2 there already, 0 refused"), "so can a workbook: {}", back.text());
    for bad in ["", " \n"] {
        assert_eq!(send(&ann, bad).await.status, 422, "{bad:?}");
    }
    assert_eq!(import(&ann, "a,b\n1,2\n", &[("do", "write")]).await.status, 422, "nobody said which column is which");
    assert_eq!(ann.post(IMPORT, &[("a", "b")]).await.status, 400, "no table");
    assert_eq!(ann.post(TABLE, &[("a", "b")]).await.status, 400, "nothing to do");
    assert_eq!(ann.post(TABLE, &[("do", "try"), ("site", "x")]).await.status, 422);
    assert_eq!(server.count("object_event WHERE kind = 'redirect' AND title = 'an import'"), 2);
}

async fn columns_are_chosen_by_their_number_whatever_separates_them(database: Database) {
    let server = Server::with(database, &[PATIENT]).await;
    let ann = server.browser("ann", MAY).await;
    let about = server.page_id("/about/").await;
    let table = format!("Nr~Alt <i>~Neu\n1~/eins~/about/\n2~/zwei~{about}\n");
    assert_eq!(location(&send(&ann, &table).await), TABLE);
    assert!(ann.text(IMPORT).await.contains("Go on with a &lt;b&gt;.csv"));
    assert!(ann.text(TABLE).await.contains("Nr~Alt &lt;i&gt;~Neu"), "one column, so far");
    let look = ann.text(&format!("{TABLE}?separator=~&c.from=2&c.to=3&temporary=1")).await;
    assert!(look.contains("<option value=\"2\" selected>2: Alt &lt;i&gt;</option>") && !look.contains("<i>"), "{look}");
    assert!(look.contains("name=\"temporary\" value=\"1\" checked"), "{look}");
    let fields = [("separator", "~"), ("c.from", "2"), ("c.to", "3"), ("do", "try")];
    let tried = ann.post(TABLE, &fields).await;
    assert!(tried.text().contains("1 would be added") && tried.text().contains("&lt;i&gt;"), "{}", tried.text());
    let fields = [("separator", "~"), ("c.from", "2"), ("c.page", "3"), ("c.to", ""), ("do", "write")];
    let written = ann.post(TABLE, &fields).await;
    assert!(written.text().contains("1 added") && written.text().contains("is not the number of a page"));
    assert_eq!(sent(&server, "/zwei").await, (301, "/about/".into()));
    for (fields, said) in [
        (&[("separator", "~~"), ("do", "try")][..], "one character"),
        (&[("c.from", "99"), ("do", "try")], "no such column"),
        (&[("c.from", "x"), ("do", "try")], "no such column"),
        (&[("c.from", "1"), ("c.to", ""), ("do", "try")], "Choose the column"),
    ] {
        let refused = ann.post(TABLE, fields).await;
        assert!(refused.status == 422 && refused.text().contains(said), "{fields:?}: {}", refused.text());
    }
    let bare =
        import(&ann, "/drei\t/about/\n", &[("bare", "1"), ("c.from", "1"), ("c.to", "2"), ("do", "write")]).await;
    assert!(bare.text().contains("1 added"), "{}", bare.text());
    let bob = server.browser("bob", MAY).await;
    assert_eq!(bob.post(TABLE, &[("do", "try")]).await.status, 404, "a table is whose who sent it");
}

async fn a_workbook_is_read_and_what_is_no_table_is_refused(database: Database) {
    let server = Server::with(database, &[PATIENT]).await;
    let ann = server.browser("ann", MAY).await;
    let book = include_bytes!("../fixtures/redirects.xlsx");
    assert_eq!(location(&send(&ann, book).await), TABLE);
    assert!(ann.text(TABLE).await.contains("3: Neu &amp; &quot;gut&quot;"), "{}", ann.text(TABLE).await);
    let fields = [("c.from", "1"), ("c.to", "3"), ("c.permanent", "4"), ("temporary", "1"), ("do", "write")];
    let written = ann.post(TABLE, &fields).await;
    assert!(written.text().contains("2 added, 0 replaced, 0 there already, 0 refused"), "{}", written.text());
    assert_eq!(sent(&server, "/eins").await, (301, "/about/".into()));
    assert_eq!(sent(&server, "/zwei").await, (302, "/contact/".into()));
    for (bad, said) in [
        (&b"PK\x03\x04 no workbook"[..], "no workbook"),
        (&book[..1_500], "no workbook"),
        (&b"from,to\n/a,/b\n/\xe4,/c\n"[..], "Line 3 is not UTF-8"),
        (&b"from,to\n\0,/c\n"[..], "Line 2 is not UTF-8"),
    ] {
        let refused = send(&ann, bad).await;
        assert!(refused.status == 422 && refused.text().contains(said), "{said}: {}", refused.text());
    }
}

async fn fifty_thousand_rows_are_written_in_one_step_or_not_at_all(database: Database) {
    let server = Server::with(database, &[PATIENT]).await;
    let ann = server.browser("ann", MAY).await;
    let row = |row: usize| format!("/old/section-{}/page-{row}/,/new/place-{row}/\n", row / 100);
    let table = format!("from,to\n{}", (0..ROWS).map(row).collect::<String>());
    // The database refuses one of the last rows.
    let unique = "CREATE UNIQUE INDEX one_boom ON redirect (target_url) WHERE target_url LIKE '/boom%'";
    execute(&server.database_url, unique).expect("made");
    let boom = format!("{table}/boom-1/,/boom/\n/boom-2/,/boom/\n");
    let failed = import(&ann, &boom, &[("do", "write")]).await;
    assert!(failed.status.is_server_error(), "{}", failed.text());
    assert_eq!(server.count("redirect"), 0, "nothing is half done");
    assert_eq!(server.count("object_event WHERE kind = 'redirect'"), 0);
    let began = Instant::now();
    let written = import(&ann, &table, &[("do", "write")]).await;
    let seconds = began.elapsed().as_secs_f64();
    println!("{ROWS} rows: {seconds:.1} s");
    assert!(written.text().contains(&format!("{ROWS} added, 0 replaced")), "{}", written.text());
    assert_eq!(server.count("redirect"), ROWS as i64);
    assert!(seconds < MOST_SECONDS, "it took {seconds:.1} s");
}

on_both_databases!(
    a_redirect_is_made_changed_and_deleted,
    the_list_is_narrowed_and_every_address_guarded,
    a_table_is_tried_then_written_and_refusals_are_told_by_line,
    columns_are_chosen_by_their_number_whatever_separates_them,
    a_workbook_is_read_and_what_is_no_table_is_refused,
    fifty_thousand_rows_are_written_in_one_step_or_not_at_all,
);
