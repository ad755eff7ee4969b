"""The requests that both servers are asked."""


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
        "fields=title,*", "fields=-*", "fields=_,-id", "fields=*,id", "fields=a,,b", "fields=a(", "fields=a b", "fields=a)",
        "zzz=1&aaa=2", "type=x", "type=blog.BlogPage,", "type=x.Y&zzz=1", "id=abc", "id= 5", "id=1_6", "alias_of=abc",
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
        for target in [f"{known}/", f"{known}/?fields=_,id", "99999/", f"find/?id={known}&a=b", "find/?id=99999", "find/", "find/?id=abc"]:
            yield "GET", f"/api/v2/{kind}/{target}", {}
    for target in ["", "?order=-old_path", "?zzz=1", "?fields=_,location", "99999/", "find/?html_path=/nowhere", "find/?id=9999", "?search=a"]:
        yield "GET", f"/api/v2/redirects/{target}", {}
    for kind in ("pages", "images", "documents", "redirects"):
        for method in ("POST", "PUT", "PATCH", "DELETE", "OPTIONS", "HEAD"):
            yield method, f"/api/v2/{kind}/", {}
        yield "GET", f"/api/v2/{kind}", {}
        yield "GET", f"/api/v2/{kind}/1", {}
        yield "GET", f"/api/v2/{kind}?a=b&c=%20", {}
        yield "GET", f"/api/v2/{kind}/abc/", {}
        for accept in ("application/json; indent=2", "application/json; indent=0", "application/xml", "*/*; indent=1"):
            yield "GET", f"/api/v2/{kind}/?limit=1", {"Accept": accept}
