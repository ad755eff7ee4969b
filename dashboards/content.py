"""Content: what editors do, how fast it is seen, and who reads it."""

from grafana import series, stat, text_of
from grafana import paint
from vitrine import FIRST, p95, quantiles, vitrine_dashboard

CONTENT = [
    stat("Pages by state", "Pages by state, refreshed every minute.",
         # Every instance counts the same database, hence max before sum.
         [("sum by (state) (max by (state, page_type) (vitrine_pages{J}))", "{{state}}")], "short", width=8, height=8, mode="value_and_name", trend=False),
    series("Editorial events", "What editors, the API and the scheduler did over the last hour.",
           [("sum by (event, channel) (increase(vitrine_page_events_total{J}[1h]))", "{{event}} {{channel}}")], "short", bars=True, stack=True,
           empty=FIRST),
    series("Publish to visible", "From the commit of a publish to the first fresh page that a node serves of it, over the last hour. Each node proves each publish by itself; other nodes than the publishing one hear of it within half a second.",
           quantiles("vitrine_publish_propagation_seconds", "J", "1h"), "s"),
    series("Publish duration", "95th percentile from the request to the commit and the purge of the cache, by channel, over the last hour.",
           p95("vitrine_publish_duration_seconds", "channel", "1h"), "s", empty="nobody has published by this server"),
    series("Revisions", "Revisions created over the last hour by page type.",
           [("sum by (page_type) (increase(vitrine_revisions_created_total{J}[1h]))", "{{page_type}}")], "short", bars=True, stack=True,
           empty=FIRST),
    series("Drafts", "Drafts that editors sent to be saved over the last hour, by what became of them. failed: nothing is lost, but it is in the browser alone.",
           [("sum by (outcome) (increase(vitrine_draft_saves_total{J}[1h]))", "{{outcome}}")], "short", bars=True, stack=True,
           overrides=paint(("failed", "red")), runbook="VitrineDraftSavesFailing", empty=FIRST),
    series("Embeds", "Embedded addresses by state. failed: pages show a link; `vitrine embed list` says why.",
           [("sum by (state) (max by (state) (vitrine_embeds{J}))", "{{state}}")], "short", stack=True),
    series("Embed fetches", "Questions to providers of embedded media over the last hour, by outcome. No page waits for them. refused: an answer tried to send the server elsewhere.",
           [("sum by (outcome) (increase(vitrine_embed_fetch_duration_seconds_count{J}[1h]))", "{{outcome}}")], "short", bars=True, stack=True,
           empty="no provider has been asked"),
    series("Embed fetch duration", "95th percentile of the questions to providers by outcome, over the last hour. They are given up after 5 s.",
           p95("vitrine_embed_fetch_duration_seconds", "outcome", "1h"), "s",
           empty="no provider has been asked"),
    series("Changes beside pages", "Changes of snippets, settings and tags over the last hour.",
           [("sum by (object, event) (increase(vitrine_object_events_total{J}[1h]))", "{{object}} {{event}}")], "short", bars=True, stack=True),
    series("Missing references", "References to what is not there or not live, met by renders over the last hour; `vitrine references missing` names them.",
           [("sum by (kind) (increase(vitrine_missing_references_total{J}[1h]))", "{{kind}}")], "short", bars=True, stack=True,
           empty=FIRST),
    series("Page views by type", "HTML pages a second read by people.",
           [('sum by (page_type) (rate(vitrine_page_views_total{J,audience="human"}[R]))', "{{page_type}}")], "reqps", stack=True),
    series("Pages with figures", "Pages whose figures each process keeps for editors: at most 20,000.",
           [("max by (instance) (vitrine_page_figures_pages{J})", "{{instance}}")], "short"),
    series("Page views by audience", "HTML pages a second read by people, bots and signed-in editors.",
           [("sum by (audience) (rate(vitrine_page_views_total{J}[R]))", "{{audience}}")], "reqps", stack=True),
]

DASHBOARD = vitrine_dashboard(
    "vitrine-content", "What there is, what editors do with it, how soon visitors see it, and what they read.",
    [("Content", False, CONTENT)], see="vitrine-cache")

if __name__ == "__main__":
    print(text_of(DASHBOARD), end="")
