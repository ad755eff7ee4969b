# Why something is refused, in the words of what refuses it.

# Permissions on pages.
may-not-move-page = You may not move this page: that takes what deleting it would take.
may-not-add-pages-there = You may not add pages there.
may-not-publish-there = It is live, or something below it is, and you may not publish there.
may-not-copy-page = You may not copy this page: you may not see all of it.
may-not-delete-page = You may not delete this page with what is below it.

# A value of a form; the field is named as its form names it.
value-too-long = { $field ->
    [title] Title
    [alt] Alt
    [description] Description
    [email] Email
    [name] Name
   *[other] { $field }
 }: at most { $max } characters.
value-missing = { $field ->
    [title] Title
   *[other] { $field }
 }: a text is needed.
value-with-nul = { $field ->
    [title] Title
    [description] Description
   *[other] { $field }
 }: a NUL character cannot be stored.

# Accounts.
username-invalid = A user name has 1 to 150 letters, digits and @ . + - _.
username-taken = There is a user "{ $name }" already.
user-not-found = There is no user "{ $name }".
email-invalid = An e-mail address has one @ and no spaces.
time-zone-invalid = There is no time zone "{ $name }".
user-locale-invalid = A language is a code such as en or pt-br.
last-superuser = "{ $name }" is the last superuser who can sign in.
is-superuser = { $name } is a superuser by now: only a superuser may change a superuser.
group-name-invalid = A group's name has 1 to 150 characters.
group-taken = There is a group "{ $name }" already.
group-not-found = There is no group "{ $name }".
group-in-use = "{ $name }" may see what others may not, and stays while this is so: { $places }.
page-not-found = There is no page { $id }.
collection-not-found = There is no collection { $id }.
collection-not-empty = The collection is not empty: it holds { $collections } collections, { $images } images and { $documents } documents.
collection-name-taken = There is a collection "{ $name }" here already.
collection-name-invalid = A collection's name has no slash: "{ $name }".
collection-below-itself = A collection cannot be moved below itself.
collection-root-is-fixed = The root collection stays as it is.
collections-too-deep = Collections are { $levels } levels deep: this is the limit.
collection-full = Collection { $id } cannot have more collections in it.
password-locked = There were too many wrong passwords: please try again in { $minutes } min.
two-step-on = Signing in takes a second step already.
passkey-name-invalid = A passkey's name has 1 to 100 characters.
passkeys-full = There are { $count } passkeys already: remove one before.
passkey-taken = This passkey is known already.
ceremony-over = That took too long, or was sent twice: please begin again.
passkey-refused = This passkey cannot be taken here.
token-name-invalid = A token's name has 1 to 100 characters.
token-scopes-missing = Choose at least one thing that the token may be used for.
token-lifetime-invalid = A token lasts 1 to { $max } days.
tokens-full = There are { $count } tokens that work already: revoke one before.
reset-invalid = The link was used, or is older than an hour.
welcome-invalid = The link was used, has expired or was never made.
password-too-short = The password has fewer than { $min } characters.
password-too-long = The password has more than { $max } characters.
password-too-common = The password is among those that are tried first.
password-holds-name = The password holds the user's name.

# Webhooks.
webhook-name-invalid = A name has 1 to { $max } characters.
webhook-url-invalid = That is no address such as https://example.org/hook.
webhook-url-not-https = The address has to begin with https://.
webhook-url-credentials = The address must not hold a user name or a password: the signature tells who sends.
webhook-url-fragment = The address must not have a part behind #.
webhook-url-network = The server does not send to that network.
webhook-events-missing = Choose at least one event, or everything.
webhook-not-active = The webhook is switched off: switch it on first.
webhook-stale = Somebody else changed this webhook meanwhile.
too-many-webhooks = There are { $max } webhooks already.

# Sites and languages.
locale-invalid = "{ $code }" is not a language code such as de or pt-BR.
locale-taken = There is a language { $code } already.
locale-not-found = There is no language { $code }.
locale-is-default = { $code } is the default language.
locale-used = Page { $page } is written in { $code }.
site-name-invalid = Name: one line of 1 to { $max } characters.
site-not-found = There is no site { $id }.
host-invalid = "{ $host }" is not a host name (give it without scheme, port and path).
port-invalid = { $port } is not a port: 1 to 65535.
site-address-taken = { $host }:{ $port } is taken by another site.
root-unfit = Page { $id } cannot be the root of a site: it is the root of the tree, or in the trash.
default-site-needed = There is always one default site: make another one the default first.
too-many-locales = There may be { $max } languages.
too-many-sites = There may be { $max } sites.

# Redirects, and tables of them.
redirect-from-invalid = "{ $from }" is not an address to redirect from: write a path such as /old/, of at most { $max } bytes.
redirect-to-invalid = "{ $to }" is not a target: write a path such as /new/, or an address that begins with http:// or https://.
redirect-leads-to-itself = { $from } leads to itself.
redirect-leads-below-itself = { $from } covers all that is below it, and { $to } is: a visitor would never arrive.
redirect-circle = A circle: { $steps }.
redirect-taken = { $from } is redirected already, by number { $id }.
redirect-repeated = { $from } is redirected on line { $line } already.
redirect-not-found = There is no redirect { $id }.
too-many-redirects = There may be { $max } redirects.
table-column-unknown = { $name } is no column: { $known } are.
table-column-missing = The table has no column "{ $name }".
table-ends-missing = The first row names no columns "from" and "to".
table-from-missing = It says nothing to redirect from.
table-to-missing = It says nothing to redirect to.
table-page-invalid = "{ $text }" is not the number of a page.
table-not-yes-or-no = "{ $text }" is neither yes nor no.
table-head-not-utf-8 = The first row is not UTF-8.
table-ends-not-chosen = Choose the column to redirect from, and the one to redirect to: an address, or the number of a page.
table-not-utf-8 = Line { $line } is not UTF-8: save the table as UTF-8, or as a workbook (XLSX).
table-no-workbook = This is no workbook (XLSX) that can be read: save it again, or as CSV.
table-workbook-too-large = The workbook is too large: import it in parts.
table-row-not-utf-8 = The row is not UTF-8.
table-too-long = The table has more than { $max } rows: import it in parts.
table-unreadable = The table cannot be read: { $why }.

# Files.
image-not-found = There is no image { $id }.
document-not-found = There is no document { $id }.
file-name-invalid = The file has no name, or one with characters that no name has.
extension-refused = The extension "{ $found }" is not taken; these are: { $allowed }.
file-too-large = The file has more than { $max } bytes.
file-empty = The file is empty.
image-not-stored = The image cannot be stored: { $why }.
image-broke-its-codec = The image made its codec fail.
file-unreadable = The file could not be read: { $why }.
file-there-already = The same file is there already, as number { $id }.
too-many-tags = Tags: at most { $max }.
focal-point-outside = The focal point must lie within the { $width } x { $height } pixels of the image.
image-no-extension = The name has no extension; allowed are { $allowed }.
image-extension = The extension .{ $extension } is not allowed; allowed are { $allowed }.
image-wrong-extension = The extension .{ $extension } does not match the content, which is { $found }.
image-unknown = The content is not an image that is known here.
image-too-many-pixels = { $size } pixels in { $frames } frame(s) make { $pixels } pixels, more than the { $limit } allowed.
image-too-many-frames = The animation has more than the { $limit } frames allowed.
image-truncated = The { $format } file ends in the middle of its data.

# Changes of content, as sentences.
slug-taken = A page with the slug "{ $slug }" is there already: choose another one.
page-needs-a-title = A page needs a title.
page-revision-not-found = Page { $page } has no revision { $revision }.
saved-meanwhile = { $by } saved revision { $revision } meanwhile, at { $at }.
max-count = Max_count: there may be { $max } pages of type { $type }.
max-count-per-parent = Max_count_per_parent: page { $parent } may have { $max } children of type { $type }.
translation-exists = Page { $page } is its translation into { $locale } already.
parent-not-translated = Page { $parent }, which it is below, has no translation into { $locale }: translate it first, or with it.
other-language = A page in { $page } cannot be below one in { $parent }.
moved-meanwhile = The page, or what stood beside it, was moved meanwhile: it stays where it is.
root-is-fixed = The root of the tree, and of a site, stays where it is.
too-deep = The tree is { $levels } levels deep: this is the limit.
parent-full = Page { $page } cannot have more children.
in-trash = Page { $page } is in the trash: restore it first.
is-alias = Page { $page } is an alias and shows what page { $source } shows: edit that one, or convert the alias.
page-is-locked = { $by } locked { $title }, at { $at }: nobody else can change it until it is unlocked.
not-in-trash = Page { $page } is not what was put into the trash: restore the page that was, with all below it.
place-gone = The page that { $page } stood below is gone: say where it goes.
not-an-alias = Page { $page } is no alias.
too-many-aliases = Page { $source } has { $max } aliases: this is the limit.
snippet-not-found = There is no snippet { $id }.
snippet-revision-not-found = Snippet { $snippet } has no revision { $revision }.
type-unknown = There is no content type { $name }.
content-locale-not-found = Locale: there is no language { $code }.
no-drafts = { $type } has no drafts: a change shows at once.
not-translatable = { $type } has no translations, or the snippet to translate is of another type.
tag-not-found = There is no tag { $id }.
tag-taken = Tag { $id } has the name "{ $name }" already: merge the two.
tag-on-too-many-pages = It is on { $max } pages or more: this is the limit.
not-orderable = { $type } is not orderable.
setting-of-all-sites = { $type } is set for all sites together: name none.
setting-of-each-site = { $type } is set for each site: name one.

# What is wrong with a field of a page: it stands behind the field's name.
field-problem = { $field ->
    [title] Title
    [slug] Slug
    [name] Name
    [seo_title] Seo_title
    [search_description] Search_description
    [publish_at] Publish_at
    [expire_at] Expire_at
   *[other] { $field }
 }: { $problem }.
at-title-missing = a page needs one
at-name-missing = it needs one
at-slug-invalid = "{ $slug }" is not made of letters, digits, - and _
at-slug-taken = "{ $slug }" is taken already
at-slug-is-language = "{ $slug }" is where a language of the site begins
at-slug-reserved = "{ $slug }" is reserved below a site's root: the server itself answers there
at-address-taken = page { $by } has the address { $address } now: give another slug
at-nul = a NUL character cannot be stored
at-too-long = at most { $max } characters
at-time-is-over = { $at } is over already
at-expires-too-early = { $expire } is not behind { $publish }, when the page goes live
at-nothing-expires = page { $page } is not live, and is not scheduled to be

# What a page that is scheduled would not show as it was meant.
preflight-parent-not-live = The page above it, "{ $title }", is not on the site: nobody is led to this one.
preflight-gone = the { $kind ->
    [page] page
    [snippet] snippet
    [image] image
   *[document] document
 } { $id } is gone
preflight-not-live = the { $kind ->
    [page] page
   *[snippet] snippet
 } { $id } is not on the site: visitors will not see it
scheduler-may-not = It does not go live by itself: { $name }, who set the schedule, was not allowed to publish this page when that was last looked at. Whoever may publish it can take the schedule over.
nothing-to-take-over = The page has no schedule that could be taken over: set its times.

# What is wrong with a value of a content type's field.
field-required = { $label } is required
field-needs-alternative = say what the image shows, or mark it as decorative
field-too-long = must have at most { $max } characters, not { $found }
field-too-short = must have at least { $min } characters, not { $found }
field-too-small = must be at least { $min }, not { $found }
field-too-large = must be at most { $max }, not { $found }
field-too-many-items = must have at most { $max } items, not { $found }
field-too-few-items = must have at least { $min } items, not { $found }
field-too-many-blocks = must have at most { $max } "{ $block }" blocks, not { $found }
field-too-few-blocks = must have at least { $min } "{ $block }" blocks, not { $found }
field-page-full = a page must have at most { $max } blocks and list items
field-too-many-digits-after-point = must have at most { $max } digits after the point
field-too-many-digits = must have at most { $max } digits
field-no-email = must be an e-mail address, such as name@example.com
field-no-url = must be a web address, such as https://example.com/
field-no-embed-url = must be a web address, such as https://example.com/watch/1
field-no-decimal = must be a decimal such as "12.50"
field-no-date = must be a date such as 2026-01-31
field-no-time = must be a time such as 09:30 or 09:30:00
field-no-datetime = must be a date and time with a zone, such as 2026-01-31T09:30:00Z
field-nul = must not contain the null character
field-guarded = may be changed by a certain group alone; it stays as it is
