# Names of places, actions, permissions, states and events.

# Titles of pages with one sentence.
status = { $status ->
    [400] Bad Request
    [401] Unauthorized
    [403] Forbidden
    [404] Not Found
    [405] Method Not Allowed
    [409] Conflict
    [413] Payload Too Large
    [415] Unsupported Media Type
    [422] Unprocessable Entity
    [423] Locked
    [429] Too Many Requests
    [500] Internal Server Error
    [503] Service Unavailable
   *[other] Vitrine
 }

# Places of the navigation.
preview-mode-sent = After sending
link-privacy-public = Privacy: for everybody
link-privacy-restricted = Privacy: not for everybody
place-home = Home
place-search = Search
place-pages = Pages
place-images = Images
place-documents = Documents
place-snippets = Snippets
place-records = Records
place-tags = Tags
place-redirects = Redirects
place-settings = Settings
place-users = Users
place-groups = Groups
place-collections = Collections
place-sites = Sites
place-languages = Languages
place-history = History
place-security-log = Security log
place-jobs = Jobs
place-webhooks = Webhooks
place-tokens = API tokens

# What the command bar offers.
tag-is-on-pages = { $count ->
    [one] on one page
   *[other] on { $count } pages
 }
action-add-page = Create a page
action-add-page-of-type = Create a page: { $type }
action-add-user = Add a user
action-add-redirect = Add a redirect
action-import-redirects = Import redirects
action-open-trash = Open the trash
action-see-bulks = See work on many at once
action-change-password = Change your password
action-see-sessions = See your sessions
action-make-token = Make an API token
action-add-images = Add images
action-add-documents = Add documents
action-add-of-type = Add: { $type }
action-open-rows = Records: { $type }

# Links of the bar on pages of the site, and of forms.
link-edit = Edit this page
link-add-below = Add a page below
link-history = History
link-in-the-tree = Where it is in the tree
link-all-settings = All settings
link-uses = Where it is used, and deleting it
link-all-of-type = All of the type { $type }
link-delete-row = Delete it
link-translation = In { $language }
link-translate-page = Translate
link-lock = Lock this page
link-unlock = It is locked: unlock it
link-translate = Translate into { $language }
new-of-type = New: { $type }

# States of pages and snippets.
value-yes = Yes
filter-is = is
filter-begins-with = begins with
filter-contains = contains
row-added = Added
row-changed = Changed
row-number = Number
rows-counted = { $count ->
    [one] one row
   *[other] { $count } rows
}
rows-more-than = more than { $count } rows
value-no = No
state-live = Live
state-live-and-draft = Live + draft
state-draft = Draft
state-scheduled = Scheduled
state-expires = Expires
state-expired = Expired
state-alias = Alias
state-restricted = Restricted
state-locked = Locked
state-locked-by = Locked by { $by }
redirect-automatic = Automatic
redirect-manual = Manual

# What the checks of a page's content find.
check-alt-text-quality = The text for an image is a file name or an address: say what it shows.
check-button-name = A button has no name.
check-empty-heading = A heading is empty.
check-empty-meta-description = There is no description for search engines.
check-empty-table-header = A heading of a table is empty.
check-frame-title = An embedded frame has no title.
check-heading-order = Heading levels are skipped.
check-image-alt = An image has no text for people who cannot see it.
check-input-button-name = A button of a form has no name.
check-link-name = A link has no text.
check-p-as-heading = A paragraph looks like a heading: make it one.

# Orders of lists.
order-tree = Order of the tree
order-title = Title
order-change = Last change
order-type = Type
order-name = Name
order-newest = Newest first
order-size = Largest first
usage-used = Used somewhere
usage-unused = Not used

# How many, how large, when.
pages-below = { $count ->
    [0] Nothing below
    [one] 1 page
   *[other] { $count } pages
 }
pages-below-many = 1,000+ pages
part-of-list = { $first } to { $last } of { $total }
size-bytes = { $count } bytes
size-kilobytes = { $count } kB
size-megabytes = { $count } MB
just-now = just now
minutes-ago = { $minutes } min ago
hours-ago = { $hours } h ago

# What stands for something without a name of its own.
all-pages = All pages
all-sites = All sites
a-visitor = A visitor
empty-the-trash = Type "{ $word }" to delete all of it for good.
not-what-the-form-sends = This is not what the form sends: { $why }.
fields-need-a-change = { $count ->
    [one] One field needs a change.
   *[other] { $count } fields need a change.
 }

# What differs between two revisions.
differs-title = Title
differs-slug = Slug
differs-seo-title = SEO title
differs-search-description = Search description
differs-in-menus = Show in menus
differs-block = { $field }: { $block }
yes = Yes
no = No

# What a permission is for.
page-permission-add = Add pages, and edit one's own
page-permission-edit = Edit all pages
page-permission-publish = Publish, take off the site, schedule and restrict pages
page-permission-bulk-delete = Delete pages with all that is below them
page-permission-lock = Lock pages
page-permission-unlock = Unlock pages that others locked
collection-permission-add = Add files, and change one's own
collection-permission-change = Change all files
collection-permission-choose = Choose files for pages
collection-permission-delete = Delete all files
record-permission-view = See rows
record-permission-add = Add rows
record-permission-change = Change rows, and see them
record-permission-delete = Delete rows, and see them
permission-users = Manage users: add them, change them, end their sessions
permission-groups = Manage groups and what they give
permission-sites = Manage sites: their hosts, names and roots
permission-locales = Manage languages
permission-redirects = Manage redirects
permission-snippets = Manage snippets
permission-settings = Change settings
permission-collections = Manage collections of files
permission-forms = Read and export what was sent by forms
permission-reports = Read the history of all pages
permission-webhooks = Decide where changes are sent to: all of them, whatever they are about

# What was done.
event-of = { $event } { $name }
event = { $event ->
    [create] create
    [update] update
    [publish] publish
    [unpublish] unpublish
    [move] move
    [delete] delete
    [revert] revert
    [rename] rename
    [upload] upload
    [replace] replace
    [retry] retry
    [discard] discard
    [merge] merge
    [translate] translate
    [reorder] reorder
    [copy] copy
    [alias] alias
    [convert_alias] convert alias
    [trash] trash
    [restore] restore
    [view_restriction_create] view restriction create
    [view_restriction_edit] view restriction edit
    [view_restriction_delete] view restriction delete
    [schedule] schedule
    [expire] expire
    [lock] lock
    [unlock] unlock
    [schedule_held] schedule held
    [submissions_export] submissions export
    [submissions_delete] submissions delete
    [login] login
    [login_failed] login failed
    [locked_out] locked out
    [logout] logout
    [session_revoked] session revoked
    [password_changed] password changed
    [user_created] user created
    [user_changed] user changed
    [user_deactivated] user deactivated
    [user_activated] user activated
    [group_created] group created
    [group_renamed] group renamed
    [group_deleted] group deleted
    [member_added] member added
    [member_removed] member removed
    [granted] granted
    [grant_revoked] grant revoked
    [welcome_offered] welcome offered
    [welcome_used] welcome used
    [two_step_on] two step on
    [two_step_off] two step off
    [recovery_codes_renewed] recovery codes renewed
    [reset_asked] reset asked
    [passkey_added] passkey added
    [passkey_removed] passkey removed
    [token_created] token created
    [token_revoked] token revoked
   *[other] { $event }
 }
below-something = Something below
below-nothing = Nothing below

# What an API token may be used for.
token-scope = { $scope ->
    [read_content] Read drafts, revisions and what only editors see
    [write_content] Create, change and delete pages, snippets and records, as drafts
    [publish] Publish, unpublish and schedule: what visitors see
    [media] Add, change and delete images and documents
    [submissions] Read, export and delete what visitors sent with forms
    [settings] Change settings, redirects, sites and languages
    [config] Change what the front end is told
    [users] Manage users and who is in which group
    [audit] Read the logs
    [webhooks] Decide where changes are sent to
   *[other] { $scope }
 }
