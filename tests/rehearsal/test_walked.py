"""What the tests walked of the policies, and what none did."""

from tests.rehearsal.nights import NIGHT, SHIPPED, book, results, shipped, told

BOOK = book()
ROUTE = "routes: [{labels: {alertname: A, severity: %s}, policy: %s}]"


def walked(text, about=BOOK):
    """`of: name` of each way that was walked."""
    return {f"{way.of}: {way.name}" for way in results(text, about)[1].walked}


def missed(text, about=BOOK):
    return [(f"{way.of}: {way.name}", way.where) for way in results(text, about)[1].missed]


def test_nothing_is_walked_by_nothing():
    assert walked("") == set()
    assert results("", BOOK)[1].percent == 0


def test_what_there_is_to_walk_and_where_it_stands():
    assert missed("") == [
        ("routes[0]: routes[0]", "main.yaml:16:5"),
        ("catch_all: catch_all", ""),
        ("page: level 1", "main.yaml:21:9"),
        ("page: level 2", "main.yaml:22:9"),
        ("page: the end of a pass", "main.yaml:19:3"),
        ("quietly: level 1", "main.yaml:27:9"),
        ("quietly: level 2", "main.yaml:28:9"),
        ("quietly: level 2: `when` applies", "main.yaml:28:9"),
        ("quietly: level 2: `when` does not apply", "main.yaml:28:9"),
        ("quietly: the end of a pass", "main.yaml:24:3"),
    ]


def test_a_row_of_the_table_walks_its_route():
    assert walked(ROUTE % ("info", "quietly")) == {"routes[0]: routes[0]"}
    assert walked(ROUTE % ("critical", "page")) == {"catch_all: catch_all"}


def test_a_night_walks_the_levels_that_paged():
    assert walked(told("- {at: 0m, fire: {alertname: A}}", "- {at: 4m, level: 1}")) == {
        "catch_all: catch_all", "page: level 1",
    }  # fmt: skip
    assert walked(told("- {at: 0m, fire: {alertname: A}}", "- {at: 5m, level: 2}")) == {
        "catch_all: catch_all", "page: level 1", "page: level 2",
    }  # fmt: skip
    assert "page: the end of a pass" in walked(told("- {at: 0m, fire: {alertname: A}}", "- {at: 15m, level: 1}"))


def test_a_level_that_nobody_heard_of_paged_all_the_same():
    faulty = "- {at: 0m, fault: {person: ben}}\n- {at: 0m, fire: {alertname: A}}"
    assert "page: level 1" in walked(told(faulty, "- {at: 0m, paged: []}"))


def test_a_guard_has_two_ways():
    fire = "- {at: 0m, fire: {alertname: A, severity: info}}"
    night = told(fire, "- {at: 10m, paged: []}")
    assert walked(night) == {
        "routes[0]: routes[0]", "quietly: level 1", "quietly: level 2: `when` does not apply",
        "quietly: the end of a pass",
    }  # fmt: skip
    day = told(fire, "- {at: 10m, paged: []}").replace(NIGHT, "2026-03-04T12:00")
    assert {"quietly: level 2", "quietly: level 2: `when` applies"} <= walked(day)
    assert "quietly: level 2: `when` does not apply" not in walked(day)


def test_an_incident_that_worsens_walks_the_other_policy():
    about = shipped()
    text = told(
        "- {at: 0m, fire: {alertname: HighResponseTime}}\n- {at: 10m, fire: {alertname: CriticalResponseTime}}",
        "- {at: 10m, level: 1}",
    )
    assert walked(text, about) == {
        "routes[1]: routes[1]", "routes[1]: routes[1] → warning", "routes[1]: routes[1] → critical",
        "warning: level 1", "critical: level 1",
    }  # fmt: skip


HANDED = """
version: 1
people:
  ana: {contacts: {push: browser, sms: secret:ANA}}
  ben: {contacts: {push: browser, sms: secret:BEN}}
routes: [{match: {team: web}, policy: once}]
policies:
  once: {repeat: 0, levels: [{notify: [{person: ana}]}]}
  last: {levels: [{notify: [{person: ben}]}, {notify: [{person: ana}]}]}
catch_all: last
"""


def test_a_hand_over_ends_one_policy_and_walks_the_other():
    text = told("- {at: 0m, fire: {alertname: A, team: web}}", "- {at: 5m, event: handed over, paged: ben}")
    assert walked(text, book(HANDED)) == {
        "routes[0]: routes[0]", "once: level 1", "once: the end of a pass", "last: level 1",
    }  # fmt: skip


def test_one_night_does_not_walk_for_another():
    night = told("- {at: 0m, fire: {alertname: A}}", "- {at: 4m, level: 1}")
    other = night.replace("name: it", "name: other").replace("tests:\n", "").replace("A}", "A, severity: info}")
    assert walked(night + other.replace("level: 1", "paged: []")) == {
        "catch_all: catch_all", "page: level 1", "routes[0]: routes[0]", "quietly: level 1",
    }  # fmt: skip


def test_the_shipped_tests_walk_what_they_walk():
    text = (SHIPPED / "boardroom.test.yaml").read_text(encoding="utf-8")
    found = results(text, shipped())[1]
    assert [f"{way.of}: {way.name}" for way in found.missed] == [
        "warning: level 2", "warning: the end of a pass", "product: the end of a pass",
    ]  # fmt: skip
    assert round(found.percent) == 79
