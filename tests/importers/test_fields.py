"""Asking an export: what is not as documented is refused with file and field."""

import json

import pytest

from escalator.importers.exports import Export
from escalator.importers.fields import Field, Unimportable, clean
from escalator.importers.report import Report


def field(raw):
    return Field("users.json", "users[0]", raw)


@pytest.mark.parametrize(
    ("ask", "raw", "told"),
    [
        (lambda one: one["x"], [], "expected an object, found a list"),
        (lambda one: one.items(), {}, "expected a list, found an object"),
        (lambda one: one.text(), None, "expected text, found nothing"),
        (lambda one: one.text(), [], "expected text, found a list"),
        (lambda one: one.text(), True, "expected text, found true or false"),
        (lambda one: one.text(), "  ", "expected text, found text"),
        (lambda one: one.whole(), "5", "expected a whole number, found text"),
        (lambda one: one.whole(), 1.5, "expected a whole number, found a number"),
        (lambda one: one.whole(least=1), 0, "0 is not from 1 to"),
        (lambda one: one.flag(), 1, "expected true or false, found a number"),
        (lambda one: one.moment(), "yesterday", "`yesterday` is not a date and time"),
        (lambda one: one.moment(), "1970-01-01T00:00:00Z", "the year 1970 is not from 2001 to 2098"),
        (lambda one: one.clock(), "25:00", "`25:00` is not a time of day"),
    ],
)
def test_what_is_not_as_documented_is_refused_with_its_place(ask, raw, told):
    with pytest.raises(Unimportable) as refused:
        ask(field(raw))
    assert str(refused.value).startswith("users.json: users[0]: ")
    assert told in str(refused.value)
    assert (refused.value.file, refused.value.field) == ("users.json", "users[0]")


def test_what_is_there_is_given():
    given = field({"a": {"b": ["x", "y"]}, "n": 5.0, "id": 7, "t": " two\nlines ", "c": "09:30:00Z"})
    assert given["a"]["b"].texts() == ["x", "y"]
    assert (given["n"].whole(), given["id"].text(), given["t"].text(), given["c"].clock()) == (5, "7", "two lines", 570)


def test_what_is_missing_takes_its_default_all_the_way_down():
    given = field({})
    assert (given["a"]["b"].text("x"), given["a"].whole(3), given["a"].flag(True), given["a"].items()) == (
        "x",
        3,
        True,
        [],
    )
    assert given["a"]["b"].path == "users[0].a.b"


def test_what_yaml_forbids_is_replaced():
    assert clean("a\x00b\ud800\u2028c") == "a\N{REPLACEMENT CHARACTER}b\N{REPLACEMENT CHARACTER} c"


def rows(resource, **files):
    report = Report("a test")
    named = {name.replace("__", "/") + ".json": json.dumps(document).encode() for name, document in files.items()}
    return [(row.owner, row.field.raw) for row in Export(named, report).rows(resource)], report


@pytest.mark.parametrize(
    "files",
    [
        {"users": {"users": [{"id": 1}, {"id": 2}]}},
        {"users": {"results": [{"id": 1}, {"id": 2}], "next": None}},
        {"users": {"data": [{"id": 1}, {"id": 2}]}},
        {"users": [{"id": 1}, {"id": 2}]},
        {"users": [{"data": [{"id": 1}]}, {"data": [{"id": 2}]}]},
        {"users-1": {"users": [{"id": 1}], "more": True}, "users-2": {"users": [{"id": 2}]}},
        {"users__1": {"user": {"id": 1}}, "users__2": {"data": {"id": 2}}},
    ],
)
def test_pages_are_found_however_they_were_saved(files):
    found, report = rows("users", **files)
    assert [raw for _owner, raw in found] == [{"id": 1}, {"id": 2}]
    assert report.lines("lost") == []


def test_a_files_name_says_whose_the_rows_are():
    assert rows("routing_rules", **{"routing-rules-T1": {"data": [{"id": 1}]}})[0] == [("T1", {"id": 1})]
    assert rows("overrides", overrides__S1={"overrides": [{"id": 1}]})[0] == [("S1", {"id": 1})]
    assert rows("rules", **{"routing_rules": {"data": [{"id": 1}]}})[0] == []


@pytest.mark.parametrize(
    "page", [{"next": "https://…"}, {"more": True}, {"paging": {"next": "x"}}, {"pageInfo": {"hasNextPage": True}}]
)
def test_a_page_that_names_another_is_not_everything(page):
    _found, report = rows("users", users={"users": [], **page})
    assert "not complete" in report.lines("lost")[0].why


def test_files_that_nobody_asked_for_are_known():
    export = Export({"users.json": b"[]", "extensions.json": b"[]"}, Report("a test"))
    export.rows("users")
    assert export.unused() == ["extensions.json"]


@pytest.mark.parametrize(
    ("raw", "told"),
    [(b"{", "line 1: this is not JSON"), (b"\xff", "byte 0: this is not UTF-8"), (b"[" * 10**6, "too deeply")],
)
def test_what_is_no_json_is_refused_with_its_file(raw, told):
    with pytest.raises(Unimportable, match=r"users\.json: ") as refused:
        Export({"users.json": raw}, Report("a test"))
    assert told in str(refused.value)
