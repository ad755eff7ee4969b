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
