"""SLOs and budgets: how much of each error budget is left, how fast it burns, and what burns it.

The panels read the recording rules of prometheus/rules/slo.yml, which join on the label slo: an SLO that is added to the
configuration appears here by itself.
"""

from grafana import choice, series, stat, steps, table, text_of
from vitrine import vitrine_dashboard

S = 'job=~"$job",slo=~"$slo"'
WINDOWS = ("5m", "30m", "1h", "2h", "6h", "1d", "3d")

NOW = [
    stat("Budget left", "Share of the error budget of 30 days that is left. Below zero the SLO is missed.",
         [(f"slo:error_budget_remaining:ratio{{{S}}}", "{{slo}}")], "percentunit", width=24, height=5, mode="value_and_name",
         thresholds=steps("red", 0, "orange", 0.25, "green"), runbook="VitrineErrorBudgetBurn"),
    table("Objectives", "Each SLO: what was promised, what was kept over 30 days, how much budget is left, and how fast it burns now (1 h). Days left says when the budget ends at the burn rate of the last 6 h.",
          [(f"slo:objective:ratio{{{S}}}", ""), (f"1 - slo:sli_error:ratio_increase30d{{{S}}}", ""), (f"slo:error_budget_remaining:ratio{{{S}}}", ""),
           (f"slo:error_budget_burn:ratio_rate1h{{{S}}}", ""),
           (f"30 * clamp_min(slo:error_budget_remaining:ratio{{{S}}}, 0) / (slo:error_budget_burn:ratio_rate6h{{{S}}} > 0)", "")],
          "none", width=24, height=8,
          names={"slo": "SLO", "Value #A": "Objective", "Value #B": "Kept", "Value #C": "Budget left", "Value #D": "Burn rate", "Value #E": "Days left"},
          units=(("Objective", "percentunit"), ("Kept", "percentunit"), ("Budget left", "percentunit"), ("Burn rate", "short"), ("Days left", "d")),
          hidden=("job", "__name__"), drill=(("SLO", "vitrine-slo", "slo"),), empty={"E": "no budget burns"}),
]

BURN = [
    series("Budget left over time", "Share of the error budget of 30 days that is left.", [(f"slo:error_budget_remaining:ratio{{{S}}}", "{{slo}}")], "percentunit",
           width=12, low=None, thresholds=steps("transparent", 0, "transparent"), runbook="VitrineErrorBudgetBurn"),
    series("Burn rates that page", "Times faster than sustainable. VitrineErrorBudgetFastBurn pages when 1 h and 5 m are above 14.4, VitrineErrorBudgetBurn when 6 h and 30 m are above 6.",
           [(f"slo:error_budget_burn:ratio_rate{window}{{{S}}}", f"{{{{slo}}}} {window}") for window in ("5m", "1h", "30m", "6h")], "short", width=12,
           thresholds=steps("transparent", 6, "orange", 14.4, "red"), runbook="VitrineErrorBudgetFastBurn"),
    series("Burn rates that open tickets", "Times faster than sustainable. VitrineErrorBudgetSlowBurn when 1 d and 2 h are above 3, VitrineErrorBudgetDrain when 3 d and 6 h are above 1.",
           [(f"slo:error_budget_burn:ratio_rate{window}{{{S}}}", f"{{{{slo}}}} {window}") for window in ("2h", "1d", "6h", "3d")], "short", width=12,
           thresholds=steps("transparent", 1, "orange", 3, "red"), runbook="VitrineErrorBudgetSlowBurn"),
    series("Share of bad events", "Share of bad events over the last 5 minutes: the SLI itself.",
           [(f"slo:sli_error:ratio_rate5m{{{S}}}", "{{slo}}")], "percentunit", width=12, see="vitrine-requests"),
    series("Bad events", "Bad events over the last 5 minutes.",
           [('sum by (slo) (increase(vitrine_slo_events_total{J,slo=~"$slo",result="bad"}[5m]))', "{{slo}}")], "short", width=12, bars=True,
           see="vitrine-requests"),
    series("Events", "Events a second that count for each SLO, good and bad.",
           [('sum by (slo) (rate(vitrine_slo_events_total{J,slo=~"$slo"}[R]))', "{{slo}}")], "ops", width=12, see="vitrine-requests"),
    series("Bad events against the guard", "Bad events of the last hour, and how many there must be before anybody is paged: on a quiet site one failure is no incident.",
           [('sum by (slo) (increase(vitrine_slo_events_total{J,slo=~"$slo",result="bad"}[1h]))', "{{slo}} bad"),
            ('max by (slo) (vitrine_slo_min_bad_events{J,slo=~"$slo"})', "{{slo}} guard")], "short", width=12, see="vitrine-requests"),
]

DASHBOARD = vitrine_dashboard(
    "vitrine-slo", "How much of each error budget is left, how fast it burns, and what burns it.",
    [("Now", False, NOW), ("Burn", False, BURN)], see="vitrine-requests",
    extra=[choice("slo", "SLO", 'label_values(vitrine_slo_objective_ratio{job=~"$job",instance=~"$instance"}, slo)')])

if __name__ == "__main__":
    print(text_of(DASHBOARD), end="")
