# What reports, histories and the list of jobs say.

jobs-list-jobs = Jobs
jobs-list-work-in-the-background-and = Work in the background, and what gave up.
jobs-list-how-many-jobs-there-are = How many jobs there are in each queue
jobs-list-queue = Queue
jobs-list-waiting = Waiting
jobs-list-running = Running
jobs-list-given-up = Given up
jobs-list-kind = Kind
jobs-list-all-kinds = All kinds
jobs-list-choose-all = Choose all jobs of this page
jobs-list-choose = Choose { $kind }, number { $id }
jobs-list-why = Why
jobs-list-attempts = Attempts
jobs-list-wanted = Wanted
jobs-list-last-tried = Last tried
jobs-list-with-the-chosen-jobs = With the chosen jobs
jobs-list-try-again = Try again
jobs-list-discard = Discard
jobs-list-no-job-gave-up = No job gave up. All is done, or waits for its time.
jobs-sure-discard = { $total ->
    [one] Discard one job?
   *[other] Discard { $total } jobs?
 }
jobs-sure-what-they-should-have-done = What they should have done is not done, and nobody tries it again. There is no way back.
jobs-are-tried-again = { $number ->
    [0] None of them is tried again: others stand for them already.
    [one] One job is tried again.
   *[other] { $number } jobs are tried again.
 }
jobs-are-discarded = { $number ->
    [one] One job is discarded.
   *[other] { $number } jobs are discarded.
 }
only-superusers-look-after-jobs = Only superusers look after jobs.
no-such-kind-of-job = There is no such kind of job.
choose-jobs-at-most-500 = Choose jobs, at most 500.
choose-what-to-do-with-jobs = Choose what to do with the jobs.

reports-history-everything-that-was-done = Everything that was done to what you may see, the newest first. Nothing of it can be changed.
reports-history-words-of-a-title = Words of a title
reports-history-to-what = To what
reports-history-all-kinds = Pages and all else
reports-history-from = From
reports-history-until = Until
reports-history-compare-of = Compare { $title }
reports-history-nothing-so-far = Nothing so far. There are older entries: go on with More.
reports-history-not-all-was-looked-through = Older entries were not looked through yet: go on with More.
no-such-kind = There is no such kind.
no-such-way = There is no such way.
way = { $channel ->
    [admin] The editor
    [api] The API, by programs
    [scheduler] The schedule
    [import] An import
    [cli] The command line
   *[other] { $channel }
 }
reports-history-by-which-way = By which way
reports-history-all-ways = All, people and programs
reports-history-a-name = A name, or a part of one
reports-history-nobody-is-called-so = Nobody is called so.
reports-history-whom-do-you-mean = Whom do you mean?
object-kind = { $kind ->
    [page] Page
    [snippet] Snippet
    [setting] Setting
    [tag] Tag
    [redirect] Redirect
    [site] Site
    [locale] Language
    [collection] Collection
    [image] Image
    [document] Document
    [job] Job
    [webhook] Webhook
    [form] Form
    [record] Row
    [user] User
    [group] Group
   *[other] { $kind }
 }

saves-alone = Saves
history-kind-of-entry = Kind of entry
history-choose-an-older-and-a-newer = Choose an older revision (left) and a newer one (right) to see what changed.
history-compare-the-chosen = Compare the chosen
history-older-revision = Older: revision { $id }
history-newer-revision = Newer: revision { $id }
history-older-entries = Older entries
choose-two-revisions = Choose two different revisions.

report-aging = Aging pages
report-types = Page types
report-searches = Searches in vain
reports-between-reports = Reports
reports-aging-aging-pages = Aging pages
reports-aging-live-pages-that-were-not = Live pages, those first that were published longest ago. Aliases are as old as their sources.
reports-aging-last-edited-by = Last edited by
reports-aging-published = Last published
reports-aging-long-ago = Long ago
reports-types-page-types = Page types
reports-types-how-many-pages-of-each = How many pages of each type there are where you may see pages.
reports-types-pages = Pages
reports-types-last-changed = Last changed
reports-types-not-used = Not used
reports-searches-searches-in-vain = Searches in vain
reports-searches-what-visitors-looked-for = What visitors looked for and did not find, the most frequent first.
reports-searches-words = Words
reports-searches-searches = Searches
reports-searches-last = Last time
reports-searches-nobody-searched-in-vain = Nobody searched in vain.
