"""Media and search: images made on demand, the library's storage, and the search index."""

from grafana import paint, series, steps, text_of
from vitrine import p95, quantiles, vitrine_dashboard

MEDIA = [
    series("Renditions", "Requests a second for renditions that were not known to be stored, by what became of them. made is the first view of an image; anything but made, stored and coalesced is a missing image.",
           [("sum by (outcome) (rate(vitrine_renditions_total{J}[R]))", "{{outcome}}")], "ops", stack=True, runbook="VitrineRenditionFailures",
           overrides=paint(("refused", "red"), ("panic", "red"), ("storage", "red"), ("overload", "orange"))),
    series("Time to make a rendition", "95th percentile by format, over the last hour. AVIF takes ten times as long as WebP.", p95("vitrine_rendition_duration_seconds", "format", "1h"), "s",
           empty="no rendition has been made"),
    series("Waiting for renditions", "Requests that wait for a rendition, and renditions being made. The first at media.rendition_queue: new ones are refused.",
           [("sum(vitrine_renditions_waiting{J})", "waiting"), ("sum(vitrine_renditions_in_progress{J})", "being made")], "short",
           runbook="VitrineRenditionFailures",
           empty="no rendition has been asked for"),
    series("Wait for a worker", "How long a rendition waits for one of media.rendition_workers.", quantiles("vitrine_rendition_queue_seconds", "J"), "s",
           empty="no rendition has been made"),
    series("Uploads", "Files given to the media library over the last hour, by what became of them. Refusals name their reason.",
           [("sum by (kind, outcome) (increase(vitrine_media_uploads_total{J}[1h]))", "{{kind}} {{outcome}}")], "short", bars=True, stack=True,
           empty="commands count in their own process, the server what is sent to it"),
    series("Storage operations", "Operations of the media storage a second. Errors: the folder is not writable, or its volume is gone.",
           [("sum by (operation, outcome) (rate(vitrine_media_storage_operations_total{J}[R]))", "{{operation}} {{outcome}}")], "ops",
           overrides=paint(("error", "red"))),
    series("Storage duration", "95th percentile of the operations of the media storage.", p95("vitrine_media_storage_operation_duration_seconds", "operation"), "s"),
    series("Storage throughput", "Bytes a second into and out of the media storage.",
           [("sum by (direction) (rate(vitrine_media_storage_io_bytes_total{J}[R]))", "{{direction}}")], "Bps",
           empty="nothing has been read or stored"),
    series("Library size", "Bytes of the media library by kind, as its rows say. Renditions can be made again: vitrine media renditions purge.",
           # Every instance counts the same database, hence max.
           [("max by (kind) (vitrine_media_size_bytes{J})", "{{kind}}")], "bytes", stack=True),
    series("Library files", "Files of the media library by kind.", [("max by (kind) (vitrine_media_files{J})", "{{kind}}")], "short"),
]

SEARCH = [
    series("Searches", "Searches a second by how they ended. Empty: nothing was found, see vitrine search misses. Rejected: too long, or too many at once.",
           [("sum by (outcome) (rate(vitrine_search_queries_total{J}[R]))", "{{outcome}}")], "ops", stack=True, overrides=paint(("error", "red"))),
    series("Share of searches in vain", "Share of the searches over the last hour that found nothing: words that visitors use and the site does not.",
           [('sum(increase(vitrine_search_queries_total{J,outcome="empty"}[1h])) / (sum(increase(vitrine_search_queries_total{J}[1h])) > 0)', "in vain")],
           "percentunit"),
    series("Search duration", "95th percentile of searches in the index by how they ended. The bar is 100 ms at 100,000 pages.",
           p95("vitrine_search_duration_seconds", "outcome"), "s", thresholds=steps("transparent", 0.1, "red")),
    series("Indexed", "Entries of the search index by kind.",
           # Every instance counts the same database, hence max.
           [("max by (kind) (vitrine_search_entries{J})", "{{kind}}")], "short"),
    series("Rebuilds", "Rebuilds of the search index over the last hour by outcome. Refused: another one was under way. Those of the command are not counted here.",
           [("sum by (outcome) (increase(vitrine_search_rebuilds_total{J}[1h]))", "{{outcome}}")], "short", bars=True),
    series("Index out of date", "1 while the index is not what this version makes of the content. Servers rebuild it by themselves; for long: read their warnings.",
           [("max(vitrine_search_index_stale{J})", "out of date")], "none"),
]

DASHBOARD = vitrine_dashboard(
    "vitrine-media", "Renditions, uploads and the media storage; searches and their index.",
    [("Media", False, MEDIA), ("Search", False, SEARCH)], see="vitrine-content")

if __name__ == "__main__":
    print(text_of(DASHBOARD), end="")
