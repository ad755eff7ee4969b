"""As much of PromQL as the checks need: which metrics an expression reads, over which windows, with which matchers."""

import re
from collections import namedtuple

# window is None for an instant selector, else the text between the brackets; function is what takes the selector.
Selector = namedtuple("Selector", "metric matchers window function")

TOKEN = re.compile(r'''(?P<string>"(?:\\.|[^"\\])*"|'(?:\\.|[^'\\])*')|(?P<comment>\#[^\n]*)|(?P<braces>\{(?:[^{}"]|"(?:\\.|[^"\\])*")*\})
                       |(?P<window>\[[^\]]*\])|(?P<compare>==|!=|>=|<=|>|<)|(?P<word>[A-Za-z_:][\w:]*)|(?P<number>\d[\w.]*)|(?P<other>\S)''', re.X)
MATCHER = re.compile(r'(\w+)\s*(=~|!~|!=|=)\s*"((?:\\.|[^"\\])*)"')
# These are followed by a list of labels in parentheses.
GROUPING = {"by", "without", "on", "ignoring", "group_left", "group_right"}
WORDS = {"and", "or", "unless", "bool", "offset", "inf", "nan"}


def tokens(expression):
    return [(found.lastgroup, found[0], found.span()) for found in TOKEN.finditer(expression) if found.lastgroup != "comment"]


def selectors(expression):
    """Every metric that the expression reads. Selectors without a metric name are not used in this project."""
    parts, found, at, open_functions, word_before = tokens(expression), [], 0, [], ""
    while at < len(parts):
        kind, text, _ = parts[at]
        following = parts[at + 1][1] if at + 1 < len(parts) else ""
        if kind == "word" and text.lower() in GROUPING and following == "(":
            while parts[at][1] != ")":
                at += 1
        elif text == "(":
            open_functions.append(word_before)
        elif text == ")" and open_functions:
            open_functions.pop()
        # A word before "(" is a function, and one before `by` or `without` an aggregation.
        elif kind == "word" and following not in ("(", "by", "without") and text.lower() not in WORDS | GROUPING:
            matchers, window = "", None
            if at + 1 < len(parts) and parts[at + 1][0] == "braces":
                at += 1
                matchers = parts[at][1]
            if at + 1 < len(parts) and parts[at + 1][0] == "window":
                at += 1
                window = parts[at][1][1:-1]
            found.append(Selector(text, matchers, window, open_functions[-1] if open_functions else ""))
        word_before = text if kind == "word" else ""
        at += 1
    return found


def matchers(selector):
    """[(label, operator, value)] of a selector."""
    return MATCHER.findall(selector.matchers)


def groupings(expression):
    """The labels in the lists after by, without, on, ignoring, group_left and group_right."""
    parts, found, at = tokens(expression), [], 0
    while at < len(parts):
        if parts[at][0] == "word" and parts[at][1].lower() in GROUPING and at + 1 < len(parts) and parts[at + 1][1] == "(":
            while parts[at][1] != ")":
                at += 1
                if parts[at][0] == "word":
                    found.append(parts[at][1])
        at += 1
    return found


def comparisons_as_bool(expression):
    """`x > 5` becomes `x > bool 5`, which keeps its result when the comparison does not hold.

    So an alert's expression has a result exactly when its operands have data, whether it fires or not.
    """
    made, last = "", 0
    parts = tokens(expression)
    for (kind, _, (_, end)), (_, following, _) in zip(parts, parts[1:]):
        if kind == "compare" and following != "bool":
            made, last = made + expression[last:end] + " bool", end
    return made + expression[last:]
