"""What the checks conclude about conditions is true: no labels at all contradict them. They may conclude too little."""

from hypothesis import assume, given, settings
from hypothesis import strategies as st

from escalator.core.alert import Matcher, Severity, compile_match, severity_of
from escalator.core.book import Book
from escalator.core.policy import Catalogued
from escalator.language import compile_book
from escalator.language.implication import Conditions
from escalator.language.paths import comes

LABELS = ("a", "b", "severity", "alertname")
WORDS = ("", "x", "y", "critical", "warning", "info", "error")
words = st.sampled_from(WORDS)
matchers = st.one_of(
    st.builds(Matcher, st.sampled_from(LABELS), st.sampled_from(["=", "!="]), words),
    st.builds(
        Matcher,
        st.sampled_from(LABELS),
        st.sampled_from(["in", "not in"]),
        st.lists(words, min_size=1, max_size=3, unique=True).map(tuple),
    ),
    st.builds(
        Matcher,
        st.sampled_from(LABELS),
        st.sampled_from(["=~", "!~"]),
        st.sampled_from(["", ".*", ".+", "x|y", "[xy]", "c.*", "critical|warning", "x?"]),
    ),
)
several = st.lists(matchers, max_size=4).map(tuple)
labels = st.dictionaries(st.sampled_from(LABELS), words)


@settings(max_examples=500)
@given(several, matchers, labels)
def test_what_is_implied_holds_wherever_the_conditions_do(some, other, given_labels):
    if Conditions(some).imply(other) and compile_match(some)(given_labels):
        assert other.test()(given_labels)


@settings(max_examples=300)
@given(several, labels)
def test_conditions_that_are_called_impossible_are(some, given_labels):
    if Conditions(some).impossible is not None:
        assert not compile_match(some)(given_labels)


@settings(max_examples=300)
@given(several, labels, st.sets(st.sampled_from(LABELS)))
def test_whoever_meets_the_conditions_may_meet_them_by_what_is_known(some, given_labels, known):
    assume(compile_match(some)(given_labels))
    # What is known of an alert is what the catalogue says: labels that the alert then has.
    assert Conditions(some).may_meet({name: given_labels.get(name, "") for name in known})


@settings(max_examples=300)
@given(several, labels, st.dictionaries(st.sampled_from(["x", "y"]), st.sampled_from(["critical", "info", "odd"])))
def test_no_alert_comes_at_a_severity_at_which_none_was_thought_to_come(some, given_labels, catalogue):
    """For alerts that the catalogue knows, as it knows them; of others nothing is thought impossible."""
    alerts = {name: Catalogued({"severity": severity}, {}) for name, severity in catalogue.items()}
    book = Book({}, "", alerts=alerts)
    name = given_labels.get("alertname", "")
    if name in alerts:
        given_labels = {**given_labels, "severity": alerts[name].labels["severity"]}
    else:
        assume(name not in ("x", "y"))
    assume(compile_match(some)(given_labels))
    severity = severity_of(given_labels)
    said = given_labels.get("severity", "")
    stated = any(each.label == "severity" for each in some)
    if severity is not Severity.CRITICAL or said in ("", "critical") or not stated:
        assert comes(book, Conditions(some), severity)


CONDITIONS = st.dictionaries(
    st.sampled_from(["a", "b", "severity"]),
    st.one_of(
        words.map(lambda word: f'"{word}"'),
        st.lists(words, min_size=1, max_size=3).map(lambda some: "[" + ", ".join(f'"{word}"' for word in some) + "]"),
        words.map(lambda word: f'{{not: "{word}"}}'),
        st.sampled_from(["x|y", "c.*", ".+"]).map(lambda pattern: f"{{regex: '{pattern}'}}"),
    ),
    min_size=1,
)


@settings(max_examples=200, deadline=None)
@given(st.lists(CONDITIONS, min_size=2, max_size=6), st.lists(labels, min_size=5, max_size=20))
def test_a_route_that_is_said_never_to_match_never_takes_an_alert(routes, alerts):
    lines = [
        "  - {match: {" + ", ".join(f"{label}: {value}" for label, value in route.items()) + "}, policy: page}\n"
        for route in routes
    ]
    text = (
        "people: {ana: {contacts: {push: browser}}}\npolicies: {page: {levels: [{notify: [{person: ana}]}]}}\n"
        "catch_all: page\nroutes:\n" + "".join(lines)
    )
    compiled = compile_book({"main.yaml": text})
    assert compiled.parsed is not None
    stuck = {each.line for each in compiled.diagnostics if each.code in ("E230", "E231")}
    for alert in alerts:
        where = compiled.parsed.route(alert).where
        assert not where or int(where.split(":")[1]) not in stuck
