"""The database: queries, connections, schema, and one query chosen above."""

from grafana import bars, choice, series, stat, states, steps, table, text_of
from vitrine import FIRST, POOL, QUERY, p95, quantiles, vitrine_dashboard

QUERIES = [
    states("Dependencies", "Readiness checks over time: red is down on every instance.",
           [("max by (dependency) (vitrine_dependency_up{J})", "{{dependency}}")], runbook="VitrineDatabaseDown", height=8),
    series("Readiness check duration", "Duration of the last readiness check. A rise announces the failure.",
           [("max by (dependency) (vitrine_dependency_check_duration_seconds{J})", "{{dependency}}")], "s"),
    series("Queries by operation", "Queries a second by operation.",
           [(f"sum by (db_operation_name) (rate({QUERY}_count{{J}}[R]))", "{{db_operation_name}}")], "ops", stack=True),
    bars("Most time spent", "Database seconds per second by query over the last 5 minutes: what to make faster first.",
         [(f"topk(15, sum by (db_query_summary) (rate({QUERY}_sum{{J}}[5m])) > 0)", "{{db_query_summary}}")], "s",
           empty="no query ran in the window"),
    series("Slowest queries", "95th percentile by query, the ten slowest.", p95(QUERY, "db_query_summary"), "s"),
    series("Query errors", "Failed or cancelled queries a second by error type.",
           [(f'sum by (error_type) (rate({QUERY}_count{{J,error_type!=""}}[R]))', "{{error_type}}")], "ops",
           empty=FIRST),
    series("Queries per request", "95th percentile of the queries that one request runs, by route.", p95("vitrine_db_queries_per_request", "http_route"), "short"),
    table("N+1 suspects", "Requests in which one query ran too often, over the last 24 hours: each row is a loop that should be a list query.",
          "topk(20, sum by (http_route, db_query_summary) (increase(vitrine_db_n_plus_one_total{J}[24h])) > 0)", "short", width=8,
          names={"http_route": "Route", "db_query_summary": "Query", "Value": "Requests"}, empty=FIRST),
    series("Slow queries", "Queries above database.slow_query_s over the last 5 minutes. The log has each with its trace id.",
           [("sum by (db_query_summary) (increase(vitrine_db_slow_queries_total{J}[5m]))", "{{db_query_summary}}")], "short", bars=True,
           empty=FIRST),
    series("Rows returned", "95th percentile of the rows a query returns. A list without a limit shows here.", p95("db_client_response_returned_rows", "db_query_summary"), "short"),
]

ONE_QUERY = [
    series("Calls of the query", "Calls a second of the query chosen above, by outcome; no name is success.",
           [(f"sum by (error_type) (rate({QUERY}_count{{JQ}}[R]))", "{{error_type}}")], "ops", see="vitrine-route"),
    series("Duration of the query", "Percentiles of the query chosen above, without the wait for a connection.", quantiles(QUERY, "JQ"), "s",
           runbook="VitrineQuerySlow", see="vitrine-route"),
    series("Rows of the query", "Percentiles of the rows that the query chosen above returns.", quantiles("db_client_response_returned_rows", "JQ"), "short",
           see="vitrine-route"),
]

POOLS = [
    series("Pool connections", "Connections by pool and state, and the most that the pool may open.",
           [(f"sum by ({POOL}, db_client_connection_state) (db_client_connection_count{{J}})", "{{db_client_connection_pool_name}} {{db_client_connection_state}}"),
            (f"sum by ({POOL}) (db_client_connection_max{{J}})", "{{db_client_connection_pool_name}} max")], "short"),
    series("Waiting for a connection", "Tasks in the queue for a connection, and waits given up over the last 5 minutes. Either above zero: the pool is too small, or something holds connections.",
           [(f"sum by ({POOL}) (db_client_connection_pending_requests{{J}})", "{{db_client_connection_pool_name}} waiting"),
            (f"sum by ({POOL}) (increase(db_client_connection_timeouts_total{{J}}[5m]))", "{{db_client_connection_pool_name}} timeouts")], "short"),
    series("Wait for a connection", "How long a query waits for its connection.", quantiles("db_client_connection_wait_time_seconds", "J"), "s"),
    series("Connection use", "95th percentile of the time a connection is borrowed, by pool. Long: a transaction does more than SQL.", p95("db_client_connection_use_time_seconds", POOL), "s"),
    series("Opening a connection", "95th percentile of the time to open a connection, by pool. Empty while no new one is needed.", p95("db_client_connection_create_time_seconds", POOL), "s",
           empty="no new connection was opened"),
    series("Transactions", "Transactions a second by outcome. Retries are conflicts that were won in the end.",
           [("sum by (outcome) (rate(vitrine_db_transactions_total{J}[R]))", "{{outcome}}")], "ops"),
]

SCHEMA = [
    series("Database size", "Size of the application database.", [("max(vitrine_db_size_bytes{J})", "size")], "bytes"),
    stat("Migrations pending", "Migrations that the binary knows and the database lacks. Above zero: migrate, or roll the binary back.",
         "max(vitrine_db_migrations_pending{J})", "short", width=4, height=8, thresholds=steps("green", 1, "red"), trend=False),
    stat("Migrations applied", "Migrations applied to the database.", "max(vitrine_db_migrations_applied{J})", "short", width=4, height=8, trend=False),
]

DASHBOARD = vitrine_dashboard(
    "vitrine-database", "What the database does for whom, what it waits for, and whether its schema is the binary's.",
    [("Queries", False, QUERIES), ("One query", False, ONE_QUERY), ("Connections and transactions", False, POOLS), ("Schema", False, SCHEMA)],
    see="vitrine-route",
    extra=[choice("query", "Query", f'label_values({QUERY}_count{{job=~"$job",instance=~"$instance"}}, db_query_summary)')])

if __name__ == "__main__":
    print(text_of(DASHBOARD), end="")
