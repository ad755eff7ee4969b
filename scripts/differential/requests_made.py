"""The requests that both servers are asked."""

from urllib.parse import quote


def requests(database):
    """(method, target, headers), made of what the site has."""
    one = lambda query: database.execute(query).fetchone()[0]  # noqa: E731
    ids = [row[0] for row in database.execute("SELECT id FROM page WHERE live AND id > 1 ORDER BY id")]
    home, blog = one("SELECT root_page_id FROM site"), one("SELECT id FROM page WHERE type = 'blog.BlogIndexPage' AND locale = 'en'")
    post, image = one("SELECT id FROM page WHERE type = 'blog.BlogPage' AND live"), one("SELECT id FROM image")
    document, author = one("SELECT id FROM document"), one("SELECT id FROM snippet WHERE type = 'blog.Author'")
    pages = [
        "", "limit=3", "limit=3&offset=2", "limit=0", "offset=500", "order=title", "order=-title", "order=slug", "order=-id",
        "order=first_published_at,title&limit=5", "type=blog.BlogPage", "type=blog.blogpage&order=-first_published_at",
        "type=home.HomePage,blog.BlogIndexPage", "type=wagtailcore.Page&limit=2", "type=", f"child_of={home}", "child_of=root",
        f"descendant_of={blog}", "descendant_of=root&limit=4", f"ancestor_of={post}", f"translation_of={home}",
        "translation_of=root", "locale=de", "locale=xx", "locale=de&order=slug", "site=localhost", "site=nowhere", "slug=blog",
        "title=Home", "show_in_menus=true", "show_in_menus=0&limit=4", f"id={post}", "alias_of=3", "seo_title=",
        "fields=_", "fields=_,id", "fields=*", "fields=title", "fields=-title", "fields=-type,-detail_url,-html_url,-slug",
        "fields=_,id,type,slug", "fields=parent", "fields=locale&limit=1", "fields=show_in_menus,seo_title&limit=2",
        "type=blog.BlogPage&fields=*&limit=3", "type=blog.BlogPage&fields=intro,tags,author,categories",
        "type=blog.BlogPage&fields=_,author(name,role),read_next(slug)", "type=blog.BlogPage&fields=_,social_image(width)",
        "type=blog.BlogPage&featured=true", "type=blog.BlogPage&featured=false&fields=_,id", f"type=blog.BlogPage&author={author}",
        "type=blog.BlogPage&tags=tides", "type=blog.BlogPage&tags=a,b", "type=blog.BlogPage&order=intro&fields=_,id",
        "type=blog.BlogPage&order=-featured,id&fields=_,id", "type=standard.StandardPage&fields=*",
        "type=blog.BlogPage&fields=author(links)", "type=blog.BlogPage&fields=intro(x)", "fields=title(x)", "fields=123,abc",
        "fields=title,*", "fields=-*", "fields=_,-id", "fields=*,id", "fields=a,,b", "fields=a(", "fields=a%20b", "fields=a)",
        "zzz=1&aaa=2", "type=x", "type=blog.BlogPage,", "type=x.Y&zzz=1", "id=abc", "id=%205", "id=1_6", "alias_of=abc",
        "show_in_menus=True", "show_in_menus=", "slug=a%00b", "child_of=abc", "child_of=", "child_of=-1", "child_of=5.0",
        "child_of=99999", "descendant_of=99999", "ancestor_of=99999", "ancestor_of=root", "translation_of=99999",
        f"child_of={home}&descendant_of={home}", "order=", "order=x", "order=--title", "order=title,", "order=random&offset=0",
        "order=random,title", "limit=abc", "limit=-1", "limit=", "limit=21", "offset=abc", "offset=", "offset=-1",
        "limit=x&offset=x", "slug=a&search=b", "search=b&order=slug", "search=b&order=random", "search=",
        "type=blog.BlogPage&tags=a&search=b", "rich_text_format=x", "rich_text_format=db_html&limit=1", "format=json&limit=1",
        "format=xml", "_=12&limit=1", "limit=1&limit=2", "first_published_at=abc", "search=b&search_operator=xor",
        "offset=99999999999999999999", "site=:80", "site=localhost:abc", "site=",
    ]
    for query in pages:
        yield "GET", f"/api/v2/pages/?{query}" if query else "/api/v2/pages/", {}
    for page in ids:
        yield "GET", f"/api/v2/pages/{page}/", {}
    for query in of_every_kind(database, one):
        yield "GET", f"/api/v2/pages/?type=trial.TrialPage&{query}", {}
    for query in narrowed(one, home, blog, post):
        yield "GET", f"/api/v2/pages/?{query}", {}
    for text in FIELDS:
        yield "GET", f"/api/v2/pages/?type=blog.BlogPage&locale=en&limit=2&fields={text}", {}
        yield "GET", f"/api/v2/pages/{post}/?fields={text}", {}
    for query in ["fields=_", "fields=*", "fields=_,parent", "fields=-body,parent", "slug=zzz", "type=blog.BlogPage", "zzz=1",
                  "limit=abc", "order=x", "search=x", "fields=xyz", "rich_text_format=x", "locale=de", "locale=xx"]:
        yield "GET", f"/api/v2/pages/{post}/?{query}", {}
    for query in [f"id={post}", f"id={post}&fields=_,id,type&x=a+b", "id=1&id=2", "id=99999", "html_path=/", "html_path=/blog/",
                  "html_path=blog", "html_path=/nowhere/", "", "id=abc", "html_path=/blog/&fields=_"]:
        yield "GET", f"/api/v2/pages/find/?{query}", {}
    for kind, known in (("images", image), ("documents", document)):
        for query in ["", "limit=1", "order=-title", "order=-id", "fields=*", "fields=_,title,tags", f"id={known}", "tags=x",
                      "order=tags", "title=x", "zzz=1", "type=a", "fields=width", "fields=tags(name)", "search=", "limit=x",
                      "width=5&search=x", "order=random&offset=1", "rich_text_format=x"]:
            yield "GET", f"/api/v2/{kind}/?{query}", {}
        for query in ["order=title", "order=title,id", "order=-title,-id", "order=", "order=x", "order=width", "order=-height,id", "order=download_url",
                      "fields=_", "fields=_,id", "fields=_,width,height", "fields=-title", "fields=-tags,-download_url", "fields=*,-tags", "fields=type", "fields=x,y",
                      "fields=title(x)", "fields=_,tags(_)", "limit=2&offset=1", "offset=99", "limit=0", "limit=21", "limit=-1", "offset=-1", "offset=x",
                      "tags=", "tags=a,b", "id=abc", "id=", "id=99999", "id=%202", "title=%00", "width=abc", "width=500", "height=1.5", "collection=1", "file=x", "child_of=2",
                      "locale=de", "site=localhost", "format=json", "format=xml", "_=1", "search_operator=and", "rich_text_format=html", "order=tags,id", "created_at=x"]:
            yield "GET", f"/api/v2/{kind}/?{query}", {}
        for tag in database.execute(f"SELECT name FROM tag JOIN {kind[:-1]}_tag t ON t.tag_id = tag.id GROUP BY name").fetchall():
            yield "GET", f"/api/v2/{kind}/?tags={quote(tag[0])}", {}
            yield "GET", f"/api/v2/{kind}/?tags={quote(tag[0])}&order=-title&limit=1", {}
        for row in database.execute(f"SELECT id FROM {kind[:-1]} ORDER BY id").fetchall():
            yield "GET", f"/api/v2/{kind}/{row[0]}/", {}
            yield "GET", f"/api/v2/{kind}/{row[0]}/?fields=*,-tags", {}
        for query in ["title=x", "fields=_", "fields=x", "order=x", "limit=abc", "tags=x", "search=a", "zzz=1", "id=1", "id=abc"]:
            yield "GET", f"/api/v2/{kind}/{known}/?{query}", {}
        for target in [f"{known}/", f"{known}/?fields=_,id", "99999/", f"find/?id={known}&a=b", "find/?id=99999", "find/", "find/?id=abc"]:
            yield "GET", f"/api/v2/{kind}/{target}", {}
    for target in ["", "?order=-old_path", "?zzz=1", "?fields=_,location", "99999/", "find/?html_path=/nowhere", "find/?id=9999", "?search=a"]:
        yield "GET", f"/api/v2/redirects/{target}", {}
    for row in database.execute("SELECT id, old_path FROM redirect").fetchall():
        for target in [f"{row[0]}/", f"{row[0]}/?fields=_,old_path", f"?id={row[0]}", f"?old_path={quote(row[1])}", f"find/?id={row[0]}",
                       f"find/?html_path={quote(row[1])}", f"find/?html_path={quote(row[1])}&x=a%20b&fields=_,id"]:
            yield "GET", f"/api/v2/redirects/{target}", {}
    for query in ["order=old_path", "order=-id", "order=location", "order=x", "limit=1&offset=1", "limit=x", "fields=*", "fields=-location", "fields=x",
                  "id=abc", "is_permanent=true", "site=localhost", "redirect_link=x", "old_path=", "tags=a", "order=random&limit=0"]:
        yield "GET", f"/api/v2/redirects/?{query}", {}
    for page in ids:
        yield "GET", f"/api/v2/pages/find/?id={page}", {}
    for page in database.execute("SELECT url_path FROM page WHERE live AND locale = 'en' AND depth > 2").fetchall():
        below = "/" + page[0].strip("/").partition("/")[2]
        yield "GET", f"/api/v2/pages/find/?html_path={quote(below)}", {}
        yield "GET", f"/api/v2/pages/find/?html_path={quote(below)}/&fields=title,-slug&type=blog.BlogPage", {}
    for kind in ("pages", "images", "documents", "redirects"):
        for method in ("POST", "PUT", "PATCH", "DELETE", "OPTIONS", "HEAD"):
            yield method, f"/api/v2/{kind}/", {}
        yield "GET", f"/api/v2/{kind}", {}
        yield "GET", f"/api/v2/{kind}/1", {}
        yield "GET", f"/api/v2/{kind}?a=b&c=%20", {}
        yield "GET", f"/api/v2/{kind}/abc/", {}
        for accept in ("application/json; indent=2", "application/json; indent=0", "application/xml", "*/*; indent=1"):
            yield "GET", f"/api/v2/{kind}/?limit=1", {"Accept": accept}


# Each in a list and of one page.
FIELDS = [
    "author", "author(*)", "author(_)", "author(_,name)", "author(-name)", "author(*,-name)", "author(name,slug)", "author(id)",
    "author(-id)", "author(_,id)", "author(xyz)", "author(name(x))", "-author", "author,-author", "-author,author",
    "author(name),author", "author,author(name)", "series(*)", "series(_)", "categories(*)", "categories(name)",
    "categories(-meta)", "read_next(*)", "read_next(_)", "read_next(_,slug)", "read_next(_,title,intro)", "read_next(html_url)",
    "read_next(-title)", "read_next(author)", "read_next(author(name))", "read_next(_,author(_,name))", "read_next(parent)",
    "read_next(locale)", "read_next(alias_of)", "social_image(*)", "social_image(_)", "social_image(_,title)",
    "social_image(width,height)", "social_image(tags)", "social_image(-download_url)", "social_image(xyz)", "tags", "tags(name)",
    "tags(id)", "tags(_)", "-tags", "position", "position(lat)", "observed_at", "featured", "cover,cover_alt", "_", "_,id", "_,title",
    "_,type", "_,detail_url", "_,html_url", "_,slug", "_,show_in_menus", "_,seo_title", "_,search_description",
    "_,first_published_at", "_,alias_of", "_,alias_of(title)", "_,alias_of(_)", "_,parent", "_,parent(title)", "_,locale",
    "_,locale(id)", "_,locale(*)", "locale", "-locale", "*,-locale", "-id", "-title", "-meta", "meta", "_,meta", "-parent", "parent",
    "-type,-detail_url", "*,-type,-detail_url,-html_url,-slug,-show_in_menus,-seo_title,-search_description,-alias_of,-parent",
    "*,author(name)", "*,read_next(slug)", "*,-body", "_,intro,author", "intro,", ",intro", "intro,,", "(", ")", "()", "a(b", "a(b))",
    "a(b)c", "a(b),c", "*a", "_a", "__", "**", "-", "--a", "-a-b", "a-", "a.b", "a%0Ab", "a%09", "%20a", "a%2B", "1", "*(a)", "_(a)",
    "-a(b)", "a(*,b)", "a(_,-b)", "author(*,name)", "author(_,-name)", "author(name,*)", "author(name,_)", "author(-*)", "é", "title,title",
    "title,-title", "-title,title", "*,*", "_,_", "*,_", "_,*",
]


def of_every_kind(database, one):
    """Filters on and orders by each kind of field, with values that it has, has not, and cannot have."""
    id_of = lambda title: one(f"SELECT id FROM page WHERE title = '{title}' AND alias_of IS NULL")  # noqa: E731
    first, bare, about = id_of("Trial one"), id_of("trial three"), one("SELECT id FROM page WHERE url_path LIKE '%/about/'")
    author, category = one("SELECT id FROM snippet WHERE type = 'blog.Author'"), one("SELECT MIN(id) FROM snippet WHERE type = 'blog.Category'")
    values = {
        "code": ["A-1", "a-1", "A", "", "b-2", "A-1%20", "%00"], "about": ["Grüße", "Gr%C3%BC%C3%9Fe%20%22hier%22%0Aund%20dort", ""],
        "mail": ["ann@example.org", "x"], "link": ["https://example.org/?a=b%26c", "x"], "size": ["l", "s", "m"],
        "amount": ["7", "-3", "+7", "%207", "0_7", "7.0", "abc", "", "99999999999999999999", "1e3", "0x7"],
        "share": ["1.5", "1.50", "2", "2.0", "15e-1", "-0", "abc", ""], "price": ["12.50", "12.5", "3", "3.00", "abc", ""],
        "flag": ["true", "false", "1", "0", "True", "", "yes"], "day": ["2026-01-31", "2026-1-31", "2025-12-01", "abc", "2026-02-30", ""],
        "hour": ["09:30", "09:30:00", "23:15:30", "9:30", "25:00", "abc", ""],
        "moment": ["2026-01-31T09:30:00Z", "2026-01-31%2009:30:00", "2026-01-31T10:30:00%2B01:00", "2026-01-31", "abc", "",
                   "2025-12-01T10:07:24.995892Z"],
        "words": ["x", ""], "picture": ["1", "99999", "abc", "", "-1", "1.0"], "paper": ["1", "abc"],
        "kin": [str(about), str(first), str(bare), "abc", "99999"], "post": ["1", "abc"], "writer": [str(author), "abc"],
        "kinds": [str(category), "99999"], "labels": ["glass", "tides", "tides,glass", "Tides", "%C3%84rmel", "", ",", "glass,nothing", "a%00"],
    }
    for name, given in values.items():
        for value in given:
            yield f"{name}={value}"
    for name in values:
        for order in (name, f"-{name}", f"{name},id", f"-{name},-title"):
            yield f"order={order}&fields=_,id,{name}"
    for name in values:
        yield f"fields=_,{name}"
    for name in ("picture", "paper", "kin", "post", "writer", "kinds", "labels"):
        for nested in ("*", "_", "_,id", "title", "name"):
            yield f"fields=_,{name}({nested})"
    for format in ("db_html", "html", "markdown", "db_markdown", ""):
        yield f"fields=_,words&rich_text_format={format}"
    for pair in ("amount=7&share=1.5", "amount=7&flag=true&size=l", "amount=7&size=s", "labels=glass&amount=7", "kin=" + str(first) + "&flag=false",
                 "id=" + str(first), "slug=trial-one&amount=7", "amount=7&amount=8", "fields=*", "fields=*&order=-amount",
                 "order=amount,share,price", "order=amount,-day&limit=1&offset=1", "alias_of=" + str(first), "order=alias_of,id&fields=_,id,alias_of"):
        yield pair


def narrowed(one, home, blog, post):
    """What lists of pages are narrowed by, alone and together."""
    about = one("SELECT id FROM page WHERE url_path LIKE '%/about/'")
    bare, hidden = one("SELECT id FROM page WHERE title = 'trial three'"), one("SELECT id FROM page WHERE title = 'For members'")
    draft, german = one("SELECT id FROM page WHERE title = 'A draft'"), one("SELECT id FROM page WHERE locale = 'de' AND depth = 2")
    places = {"home": home, "blog": blog, "post": post, "about": about, "bare": bare, "hidden": hidden, "draft": draft, "german": german, "top": 1}
    for parameter in ("child_of", "descendant_of", "ancestor_of", "translation_of"):
        for page in places.values():
            yield f"{parameter}={page}&fields=_,id"
            yield f"{parameter}={page}&order=-title&fields=_,title&limit=3"
            yield f"{parameter}={page}&locale=de&fields=_,id"
            yield f"{parameter}={page}&type=trial.TrialPage&fields=_,id,amount"
        for value in ("root", "Root", "", "abc", "-1", "5.0", "%205", "0_2", "99999", "0", "99999999999999999999", "%00"):
            yield f"{parameter}={value}&limit=2"
    for page in places.values():
        yield f"id={page}"
        yield f"child_of={home}&ancestor_of={page}"
        yield f"descendant_of={home}&ancestor_of={page}&order=-id"
        yield f"child_of={page}&descendant_of={home}"
        yield f"child_of={page}&translation_of={home}"
    for site in ("localhost", "other.test", "other.test:80", "other.test:8080", "other.test:81", "other.test:", "other.test:%2080", "other.test:8_0",
                 "other.test:80:80", "Other.test", "", ":", "%00"):
        yield f"site={site}&fields=_,id"
        yield f"site={site}&child_of=root&fields=_,id"
        yield f"site={site}&locale=de&fields=_,id&limit=2"
    for locale in ("en", "de", "DE", "fr", "", "en,de"):
        yield f"locale={locale}&fields=_,id&limit=3"
        yield f"locale={locale}&order=-title&offset=2&limit=3"
    for types in ("trial.TrialPage", "trial.trialpage", "Trial.TrialPage", "trial.TrialPage,blog.BlogPage", "blog.BlogPage,blog.BlogPage", "trial.TrialPage,",
                  ",trial.TrialPage", "trial", "trial.", ".TrialPage", "trial.TrialPage.x", "auth.User", "blog.Author", "wagtailcore.page",
                  "wagtailcore.Page,trial.TrialPage", "wagtailimages.Image", "%20trial.TrialPage", "x.y", "%00.x"):
        yield f"type={types}&limit=4"
        yield f"type={types}&fields=amount&limit=1"
    for order in ("id", "-id", "title", "-title", "slug", "-slug", "seo_title", "search_description", "show_in_menus", "-show_in_menus,id",
                  "first_published_at", "-first_published_at,-id", "title,slug,id", "html_url", "detail_url", "type", "parent", "meta", "body", "intro",
                  "Title", "%20title", "title%20", "-", "--", ",", "title,-title", "title,title", "random", "-random", "%2Btitle", "locale", "path", "depth"):
        # What is equal otherwise stands in the order of the tree here, and in none in Wagtail.
        tied = order if order in ("", "id", "-id", "random") or order.endswith(("id", ",")) else f"{order},id"
        yield f"order={tied}&fields=_,id,slug,title&limit=20" if "random" not in order else f"order={order}&limit=0"
        yield f"order={tied}&offset=3&limit=2&fields=_,title"
    for window in ("limit=20", "limit=0&offset=5", "limit=1&offset=0", "limit=%205", "limit=0_5", "limit=%2B5", "limit=5.0", "limit=1e1", "limit=99999999999999999999",
                   "limit=-0", "limit=00005", "offset=0", "offset=%203", "offset=1_0", "offset=1000000", "offset=5.5", "offset=-0", "offset=abc&limit=abc",
                   "limit=%00", "limit=3&limit=4&offset=1&offset=2", "limit=5;offset=2", "LIMIT=3", "limit[]=3", "&limit=3&", "limit", "=3", "limit=3=4"):
        yield f"{window}&fields=_,id"
    for name, values in {"title": ["Home", "home", "Trial%20one", "", "%00", "A%27%22"], "slug": ["about", "", "About"], "show_in_menus": ["true", "false", "1", "0", "t", "TRUE", "None"],
                         "seo_title": ["One", ""], "search_description": ["The%20first%20of%20them", ""], "id": ["2", "%202", "2.0", "0", "-1", "", "99999999999999999999", "2,3"],
                         "alias_of": ["2", "abc", "", "99999"], "live": ["true"], "depth": ["2"], "path": ["0001"], "owner": ["1"], "content_type": ["1"], "parent": ["2"],
                         "html_url": ["x"], "detail_url": ["x"], "translation_key": ["x"], "locale_id": ["1"], "pk": ["2"], "title__icontains": ["a"], "draft_title": ["x"]}.items():
        for value in values:
            yield f"{name}={value}&fields=_,id,title"
