"""Security and edge: who is turned away, who guesses, and how long the certificate lasts."""

from grafana import paint, series, stat, steps, text_of
from vitrine import FIRST, REQUESTS, quantiles, vitrine_dashboard

EDGE = [
    stat("Refused in 24 hours", "Requests refused before a handler ran, over the last 24 hours, by reason.",
         [("sum by (reason) (increase(vitrine_http_requests_rejected_total{J}[24h]))", "{{reason}}")], "short", width=16, height=5, decimals=0,
         mode="value_and_name", trend=False, see="vitrine-requests"),
    stat("Certificate days left", "Days until the served certificate expires. Empty when TLS ends at a proxy.",
         [("(min by (host) (vitrine_tls_certificate_expiry_timestamp_seconds{J}) - time()) / 86400", "{{host}}")], "d", width=8, height=8,
         trend=False, decimals=0, mode="value_and_name", none="no TLS here", thresholds=steps("red", 2, "orange", 14, "green"),
           empty="only with [tls]"),
    series("Rejected requests", "Requests refused before a handler ran. overload: raise capacity; bad_host: server.allowed_hosts or a scanner.",
           [("sum by (reason) (rate(vitrine_http_requests_rejected_total{J}[R]))", "{{reason}}")], "reqps", stack=True),
    series("Unmatched requests", "Requests that no route matched. Scanners are noise; assets mean broken links in a template.",
           [("sum by (class) (rate(vitrine_http_unmatched_requests_total{J}[R]))", "{{class}}")], "reqps", stack=True),
    series("Connections turned away", "Connections a second that were refused at server.max_connections, failed in TLS, or spoke no HTTP.",
           [('sum by (outcome) (rate(vitrine_http_connections_total{J,outcome!="accepted"}[R]))', "{{outcome}}")], "cps", stack=True,
           runbook="VitrineConnectionsRefused", see="vitrine-requests"),
    series("Client errors", "Answers a second that blame the client, by status: 400 and 405 are programs, 403 and 429 people or guessers, 404 both.",
           [(f'sum by (http_response_status_code) (rate({REQUESTS}{{J,http_response_status_code=~"4.."}}[R]))', "{{http_response_status_code}}")], "reqps",
           stack=True, empty=FIRST, see="vitrine-requests"),
]

ACCOUNTS = [
    series("Attempts to sign in", "Passwords given for accounts, a second, by outcome. throttled: too many from one client; locked: too many for one name.",
           [('sum by (outcome) (rate(vitrine_auth_attempts_total{J,method="password"}[R]))', "{{outcome}}")], "ops", stack=True,
           overrides=paint(("error", "red")), runbook="VitrineLoginBruteForce", empty=FIRST),
    series("Names locked", "Names that were locked over the last 5 minutes, after accounts.lock_after wrong passwords.",
           [("sum(increase(vitrine_auth_lockouts_total{J}[5m]))", "locked")], "short", bars=True, runbook="VitrineLoginBruteForce", empty=FIRST),
    series("Sessions", "People and devices that are signed in, on all nodes.",
           [("max(vitrine_auth_sessions{J})", "sessions")], "short"),
    series("Cookies and links of the editor", "Requests of the editor that had a cookie, and uses of the link for the first superuser, a second, by outcome.",
           [('sum by (method, outcome) (rate(vitrine_auth_attempts_total{J,method!~"password|token"}[R]))', "{{method}} {{outcome}}")], "ops", stack=True, empty=FIRST),
    series("API tokens", "Requests a second that came with a token, by outcome. expired and disabled: a program has stopped working; throttled: too many wrong ones from one network.",
           [('sum by (outcome) (rate(vitrine_auth_attempts_total{J,method="token"}[R]))', "{{outcome}}")], "ops", stack=True,
           overrides=paint(("error", "red")), runbook="VitrineTokensRefused", empty=FIRST),
    series("Over a limit of the API", "Requests a second that were refused because their caller asks too often, by limit. auth: tokens that were not looked at, after too many wrong ones.",
           [('sum by (policy) (rate(vitrine_rate_limit_decisions_total{J,decision="deny"}[R]))', "{{policy}}")], "reqps", stack=True,
           runbook="VitrineApiRateLimited"),
    series("Within the limits of the API", "Requests a second that a limit let through, by limit. auth: wrong tokens that were looked at.",
           [('sum by (policy) (rate(vitrine_rate_limit_decisions_total{J,decision="allow"}[R]))', "{{policy}}")], "reqps", stack=True),
    series("Limits counted by one node", "Requests a second to the API whose limit a node counted by itself, as Redis could not be asked. Always 0 without Redis.",
           [("sum by (instance) (rate(vitrine_rate_limit_fallbacks_total{J}[R]))", "{{instance}}")], "reqps", stack=True,
           runbook="VitrineRateLimitsLocal", empty=FIRST),
    series("Calls to Redis", "Calls a second by outcome. refused: it answered with an error. After a failure it is left alone for a second.",
           [("sum by (outcome) (rate(vitrine_redis_call_duration_seconds_count{J}[R]))", "{{outcome}}")], "ops", stack=True,
           runbook="VitrineRateLimitsLocal", empty="the series appears with the first call; without redis.url there is none"),
    series("Time of a call to Redis", "What Redis adds to a request to the API.",
           quantiles("vitrine_redis_call_duration_seconds", 'J,outcome="ok"'), "s", empty="without redis.url there is none"),
    series("Checking a password of an account", "Time to check one password, the wait for a turn included. Two are checked at a time.",
           quantiles("vitrine_auth_password_hash_duration_seconds", "J"), "s", empty=FIRST),
    series("Refused to users", "Requests of users who are signed in and may not do what they asked for, over the last hour, by route. A burst is somebody who tries, or a group that lost its rights.",
           [("sum by (http_route) (increase(vitrine_permission_denied_total{J}[1h]))", "{{http_route}}")], "short", bars=True, stack=True, empty=FIRST),
    series("Security log", "Events written to the security log over the last hour: `vitrine user log` shows them.",
           [("sum by (event) (increase(vitrine_audit_events_total{J}[1h]))", "{{event}}")], "short", bars=True, stack=True, empty=FIRST),
]

PRIVACY_AND_FORMS = [
    series("Restricted pages asked for", "Questions a second whether a viewer may see something restricted, by answer. Public pages are not asked about.",
           [("sum by (target, outcome) (rate(vitrine_privacy_checks_total{J}[R]))", "{{target}} {{outcome}}")], "ops", stack=True),
    series("Passwords for pages", "Passwords given for restricted pages over the last 5 minutes, by outcome. Many that are wrong or throttled: somebody guesses.",
           [("sum by (outcome) (increase(vitrine_page_password_attempts_total{J}[5m]))", "{{outcome}}")], "short", bars=True, stack=True,
           runbook="VitrinePagePasswordsGuessed"),
    series("Forms", "Forms that visitors sent over the last hour, by what became of them. Unavailable: the database was away, and what was typed came back.",
           [("sum by (outcome) (increase(vitrine_form_submissions_total{J}[1h]))", "{{outcome}}")], "short", bars=True, stack=True,
           overrides=paint(("unavailable", "red"))),
    series("Submissions deleted by age", "Submissions deleted over the last hour because they were older than forms.keep_days.",
           [("sum(increase(vitrine_form_submissions_purged_total{J}[1h]))", "deleted")], "short", bars=True, empty=FIRST),
    series("Checking a password", "Time to check one password, the wait for a turn included. Each takes tens of milliseconds and 19 MiB by design.",
           quantiles("vitrine_page_password_check_duration_seconds", "J"), "s"),
]

DASHBOARD = vitrine_dashboard(
    "vitrine-security", "Who is turned away and why, who signs in, who tries passwords, and when the certificate ends.",
    [("Edge", False, EDGE), ("Accounts", False, ACCOUNTS), ("Privacy and forms", False, PRIVACY_AND_FORMS)], see="vitrine-requests")

if __name__ == "__main__":
    print(text_of(DASHBOARD), end="")
