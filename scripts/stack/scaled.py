"""The project's rules and routes with all durations divided by one factor, so that hours pass in minutes.

Only durations change: the expressions that are proven are those that are shipped. What is compared with a time, and is
therefore no duration in the text, is in SECONDS with its reason; everything else would be refused by `proves_the_shipped`.
"""

import re

from processes import Failure

FACTOR = 60
# {alert: (as shipped, as scaled, why)}
SECONDS = {
    "VitrineCdnPurgesFailing": ("> 300\n", "> 5\n", "how long a change may wait"),
    "VitrineCrashLooping": ("> 30\n", "> 0.5\n", "the least time between the first and the last start"),
    "VitrineJobsStuck": ("> 900\n", "> 15\n", "how long a job may be due"),
    "VitrineStorageFillsUp": ("4 * 3600)", "4 * 60)", "how far the trend is drawn out"),
    "VitrineWebhooksStuck": ("> 900\n", "> 15\n", "how long a delivery may be due"),
}
UNITS_MS = {"ms": 1, "s": 1000, "m": 60_000, "h": 3_600_000, "d": 86_400_000}
DURATION = r"\d+(?:ms|[smhd])"
KEYS = "for|keep_firing_for|interval|group_wait|group_interval|repeat_interval"
# Where a duration may stand: behind one of the keys, in the brackets of a range, behind offset.
PLACE = re.compile(rf"(?m)(?<=\[)({DURATION})(?=\])|^(\s*(?:{KEYS}): )({DURATION})$|(\boffset )({DURATION})")


def milliseconds(duration):
    number, unit = re.fullmatch(r"(\d+)([a-z]+)", duration).groups()
    return int(number) * UNITS_MS[unit]


def shorter(duration):
    return f"{round(milliseconds(duration) / FACTOR)}ms"


def scale(text):
    """The text with every duration divided, and with what SECONDS declares."""
    def replace(found):
        in_range, key, of_key, offset, of_offset = found.groups()
        return shorter(in_range) if in_range else f"{key or offset}{shorter(of_key or of_offset)}"

    scaled = PLACE.sub(replace, text)
    for alert, (shipped, wanted, _) in SECONDS.items():
        if f"alert: {alert}\n" in scaled:
            start = scaled.index(f"alert: {alert}\n")
            end = scaled.find("- alert:", start)
            rule = scaled[start:end if end > 0 else None]
            if rule.count(shipped) != 1:
                raise Failure(f"{alert} no longer has {shipped.strip()!r} once: what does SECONDS mean?")
            scaled = scaled.replace(rule, rule.replace(shipped, wanted))
    return scaled


def proves_the_shipped(file, shipped, scaled):
    """Refuses a scaled text that differs from the shipped one in more than durations and what SECONDS declares."""
    for alert, (before, after, _) in SECONDS.items():
        if f"alert: {alert}\n" in shipped:
            head, rule = scaled.split(f"alert: {alert}\n")
            scaled = f"{head}alert: {alert}\n{rule.replace(after, before, 1)}"
    marks = []
    for text in (shipped, scaled):
        durations = [found[1] or found[3] or found[5] for found in PLACE.finditer(text)]
        marks.append((PLACE.sub(lambda found: f"{found[2] or found[4] or ''}DURATION", text), durations))
    (text, before), (other, after) = marks
    if text != other or len(before) != len(after):
        raise Failure(f"{file}: the scaled text differs from the shipped one in more than durations")
    for long, short in zip(before, after):
        if abs(milliseconds(short) * FACTOR - milliseconds(long)) > FACTOR:
            raise Failure(f"{file}: {long} became {short}, which is not {FACTOR} times shorter")
    return len(before)


def scale_folder(config, scrape):
    """Scales the rules and routes below `config`; `scrape` is the interval of scrapes and evaluations. How many durations."""
    changed = 0
    for path in [*config.glob("prometheus/rules/*.yml"), *config.glob("alerts/*.yml")]:
        shipped = path.read_text()
        scaled = scale(shipped)
        changed += proves_the_shipped(path.name, shipped, scaled)
        path.write_text(scaled)
    file = config / "prometheus" / "prometheus.yml"
    text, count = re.subn(r"^(\s+(?:scrape|evaluation)_(?:interval|timeout)): .*$", rf"\1: {scrape}", file.read_text(), flags=re.M)
    if count != 3 or changed < 100:
        raise Failure(f"expected three global intervals and a hundred durations, found {count} and {changed}")
    file.write_text(text)
    return changed
