"""Cache and templates: what is served without work, what work costs, and what is served while the database is away."""

from grafana import series, stat, steps, text_of
from vitrine import FIRST, p95, quantiles, vitrine_dashboard

CACHE = [
    series("Hit ratio", "Share of look-ups answered from each cache. A drop after a deploy: keys changed; after a bulk publish: expected.",
           [('sum by (cache) (rate(vitrine_cache_operations_total{J,operation="get",result="hit"}[R])) / (sum by (cache) (rate(vitrine_cache_operations_total{J,operation="get"}[R])) > 0)', "{{cache}}")],
           "percentunit", high=1),
    series("Operations by result", "Cache operations a second.",
           [("sum by (cache, operation, result) (rate(vitrine_cache_operations_total{J}[R]))", "{{cache}} {{operation}} {{result}}")], "ops"),
    series("Operation duration", "95th percentile by operation. Hits are not timed: they take well under a microsecond.", p95("vitrine_cache_operation_duration_seconds", "operation"), "s"),
    series("Fill level", "Bytes held, as a share of the configured limit. Full is normal: then eviction by size begins.",
           [("sum by (cache) (vitrine_cache_size_bytes{J}) / (sum by (cache) (vitrine_cache_max_bytes{J}) > 0)", "{{cache}}")], "percentunit", high=1),
    series("Entries", "Entries held by each cache.", [("sum by (cache) (vitrine_cache_entries{J})", "{{cache}}")], "short"),
    series("Evictions", "Evicted entries a second. By size, steadily: the cache is too small for the site.",
           [("sum by (cache, reason) (rate(vitrine_cache_evictions_total{J}[R]))", "{{cache}} {{reason}}")], "ops",
           empty=FIRST),
    series("Coalesced fills", "Requests that waited for another request's fill instead of rendering the same page again.",
           [("sum by (cache) (rate(vitrine_cache_coalesced_requests_total{J}[R]))", "{{cache}}")], "ops"),
    series("Nodes in survival mode", "Nodes that cannot reach the database and serve pages as they were last, from memory and disk.",
           [("sum(vitrine_degraded{J})", "nodes")], "short", runbook="VitrineNodeDegraded", see="vitrine-database"),
    series("Served stale", "Pages a second that were served as they were last, because the database did not answer.",
           [('sum by (cache) (rate(vitrine_cache_operations_total{J,operation="get",result="stale"}[R]))', "{{cache}}")], "ops",
           empty=FIRST, runbook="VitrineNodeDegraded", see="vitrine-database"),
]

WITHOUT = "only with a CDN: cdn.provider"
CDN = [
    stat("Oldest change that the CDN does not know of", "How long visitors may have seen a page as it was before a change. Some seconds are usual.",
         [("max(vitrine_cdn_oldest_unpurged_age_seconds{J})", "oldest")], "s", width=6, height=8, trend=False,
         thresholds=steps("green", 60, "orange", 300, "red"), runbook="VitrineCdnPurgesFailing", empty=WITHOUT),
    series("Purges", "Requests to the CDN a second, by provider and what it said. throttled: it is asked again when it said so.",
           [("sum by (provider, outcome) (rate(vitrine_cdn_requests_total{J}[R]))", "{{provider}} {{outcome}}")], "ops", stack=True,
           runbook="VitrineCdnPurgesFailing", empty=WITHOUT),
    series("Keys taken out", "Keys over the last hour. Each change is taken out twice. everything: all pages at once, after which the servers make them anew.",
           [("sum by (provider, scope) (increase(vitrine_cdn_purged_keys_total{J}[1h]))", "{{provider}} {{scope}}")], "short", bars=True, empty=WITHOUT),
    series("Time of a purge", "95th percentile of the time until the CDN has answered.",
           p95("vitrine_cdn_request_duration_seconds", "provider"), "s", runbook="VitrineCdnPurgesFailing", empty=WITHOUT),
]

TEMPLATES = [
    series("Render time", "95th percentile by template, the ten slowest.", p95("vitrine_template_render_duration_seconds", "template"), "s"),
    series("Template errors", "Template errors over the last 5 minutes, by template and kind. Each is a broken page or block.",
           [("sum by (template, kind) (increase(vitrine_template_errors_total{J}[5m]))", "{{template}} {{kind}}")], "short", bars=True,
           empty=FIRST),
    series("Template reloads", "Template reloads over the last 5 minutes by outcome. Only `vitrine dev` reloads.",
           [("sum by (outcome) (increase(vitrine_template_reloads_total{J}[5m]))", "{{outcome}}")], "short", bars=True,
           empty="only in vitrine dev"),
    series("Renders", "Renders a second by template, the ten busiest: with a warm cache there are few.",
           [("topk(10, sum by (template) (rate(vitrine_template_render_duration_seconds_count{J}[R])))", "{{template}}")], "ops"),
]

DASHBOARD = vitrine_dashboard(
    "vitrine-cache", "How much is answered from memory, what the rest costs to render, and whether the last good copies are needed.",
    [("Cache", False, CACHE), ("CDN", False, CDN), ("Templates", False, TEMPLATES)], see="vitrine-requests")

if __name__ == "__main__":
    print(text_of(DASHBOARD), end="")
