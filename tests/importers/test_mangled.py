"""Whatever an export holds, it becomes policies that pass `check`, or it is refused with file and field: never a
traceback.
"""

import copy
import json
from functools import cache

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from escalator.importers import SOURCES, Unimportable
from escalator.language import compile_book, render
from tests.importers.exported import files

WHOLE = """version: 1
people: {ana: {contacts: {email: ana@example.com}}}
policies: {page: {levels: [{notify: [{person: ana}]}]}}
catch_all: page
"""

NASTY = [
    None, True, False, 0, -1, 1, 10**12, 1.5, float("inf"), "", "x", "0", "null", "~", "a: b", "- x", "#x", "{{ x }}",
    "=~x", "!~x", "secret:X", "a\nb", "a\u2028b", "\ud800", "\x00", "\ufeffx", "é" * 300, "'\"\\", "(", ".*",
    "2026-01-01", "24:00", "09:00:00", "2026-03-29T02:30:00", "9999-12-31T23:59:59Z", "0001-01-01T00:00:00+14:00",
    "2026-01-01T00:00:00+23:59", "Europe/London", "EST", "monday", "MO", "monthly", "user", "schedule", "team",
    [], {}, [[]], [{}], {"id": "x"}, ["x", "x"], [None],
]  # fmt: skip
KEYS = st.sampled_from(["id", "name", "type", "user", "x"])
JSON = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | st.text(max_size=20) | st.sampled_from(NASTY),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(KEYS, inner, max_size=3),
    max_leaves=6,
)
VENDORS = ["grafana-oncall", "opsgenie", "pagerduty", "goalert"]
QUIET = settings(
    max_examples=120, deadline=None, suppress_health_check=[HealthCheck.too_slow, HealthCheck.data_too_large]
)


@cache
def places(source):
    """(file, path) of every value of an export."""
    found = []
    for name, raw in files(source).items():
        found += [(name, path) for path in _paths(json.loads(raw))]
    return found


def _paths(value, path=()):
    yield path
    entries = value.items() if isinstance(value, dict) else enumerate(value) if isinstance(value, list) else ()
    for key, inner in entries:
        yield from _paths(inner, (*path, key))


def edited(document, path, value, how):
    """The document with one value replaced, removed or doubled."""
    if not path:
        return value
    whole = copy.deepcopy(document)
    parent = whole
    for key in path[:-1]:
        parent = parent[key]
    if how == "replace":
        parent[path[-1]] = value
    elif how == "double" and isinstance(parent, list):
        parent.append(copy.deepcopy(parent[path[-1]]))
    else:
        del parent[path[-1]]
    return whole


def becomes(source, given_files):
    """Imports; what was imported passes `check`, what was refused says where."""
    try:
        result = SOURCES[source](given_files)
    except Unimportable as error:
        refusal = str(error)
    else:
        refusal = None
    if refusal is not None:
        assert refusal.startswith((*given_files, "the export", "the directory"))
        return None
    sources = {"main.yaml": WHOLE, **result.files} if source == "prometheus-rules" else result.files
    compiled = compile_book(sources)
    assert compiled.book is not None, render(compiled.diagnostics, sources)
    assert SOURCES[source](given_files).files == result.files  # the same export, the same text
    return result


@pytest.mark.parametrize("source", VENDORS)
@QUIET
@given(data=st.data())
def test_one_value_that_is_not_as_documented(source, data):
    name, path = data.draw(st.sampled_from(places(source)))
    value, how = data.draw(JSON), data.draw(st.sampled_from(["replace", "replace", "remove", "double"]))
    given_files = files(source)
    document = edited(json.loads(given_files[name]), path, value, how)
    becomes(source, {**given_files, name: json.dumps(document).encode()})


@pytest.mark.parametrize("source", VENDORS)
@QUIET
@given(data=st.data())
def test_several_values_at_once(source, data):
    given_files = files(source)
    for name, path in data.draw(
        st.lists(st.sampled_from(places(source)), min_size=1, max_size=6, unique_by=lambda one: one[0])
    ):
        document = edited(json.loads(given_files[name]), path, data.draw(st.sampled_from(NASTY)), "replace")
        given_files[name] = json.dumps(document).encode()
    becomes(source, given_files)


@pytest.mark.parametrize("source", [*VENDORS, "alertmanager", "prometheus-rules"])
@QUIET
@given(data=st.data())
def test_bytes_that_were_cut_or_changed(source, data):
    given_files = files(source)
    name = data.draw(st.sampled_from(sorted(given_files)))
    raw = given_files[name]
    start = data.draw(st.integers(0, len(raw)))
    length = data.draw(st.integers(0, 40))
    given_files[name] = raw[:start] + data.draw(st.binary(max_size=8)) + raw[start + length :]
    becomes(source, given_files)


@pytest.mark.parametrize("source", [*VENDORS, "alertmanager", "prometheus-rules"])
@pytest.mark.parametrize(
    "raw", [b"", b"[" * 100_000, b"{", b"null", b"[]", b"{}", b"\xff", b"9" * 10_000, b'"x"', b"a: &b c\nd: *b\n"]
)
def test_a_file_that_holds_nothing_of_the_kind(source, raw):
    for name in files(source):
        becomes(source, {**files(source), name: raw})
        becomes(source, {name: raw})
    becomes(source, {})


@pytest.mark.parametrize("source", SOURCES)
def test_each_file_may_be_missing(source):
    for name in files(source):
        becomes(source, {other: raw for other, raw in files(source).items() if other != name})


@pytest.mark.parametrize("source", SOURCES)
def test_the_example_itself_becomes_policies(source):
    assert becomes(source, files(source)) is not None
