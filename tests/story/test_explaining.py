"""Why was I paged, read back from stories as somebody reads it in the morning."""

from functools import partial
from typing import Any

from escalator.core.notification import Outcome
from escalator.engine.explaining import explain, lines, summary, walked
from escalator.engine.revisions import load_book
from escalator.store import alerts, listing
from tests.story.conftest import PAGE, Opens
from tests.story.faults import rejects
from tests.story.stage import Stage

ROUTED = """\
version: 1
routes:
  - {match: {service: web, env: [prod, canary]}, policy: page}
  - {match: {service: db, env: prod}, policy: {critical: page, default: calm}}
policies:
  page:
    levels:
      - {notify: [{schedule: primary}, {channel: ops}], escalate_after: 5m}
      - {notify: [{person: ana}], when: {outside: office}, escalate_after: 5m}
      - {notify: [{person: ana}, {person: carol}]}
  calm: {urgency: low, levels: [{notify: [{channel: ops}]}]}
catch_all: page
"""


def explained(stage: Stage, id: int = 1) -> dict[str, Any]:
    """As the door does it."""
    read = stage.house.database.read

    async def asked() -> dict[str, Any]:
        incident = await read(lambda c: listing.incident(c, id=id, url=lambda number: f"/{number}"))
        assert incident is not None
        labels = await read(lambda c: alerts.first_labels(c, id))
        timeline = await read(lambda c: listing.timeline(c, id))
        found = {n: await read(partial(load_book, number=n)) for n in walked(incident, timeline)}
        books = {number: book for number, book in found.items() if book is not None}
        told, _ = await read(lambda c: listing.notifications(c, incident=id, limit=1000, cursor=None))
        return explain(incident, labels, books, timeline, told)

    found: dict[str, Any] = stage._does(asked())
    return found


def text(stage: Stage, person: str | None = None) -> str:
    return "\n".join(lines(explained(stage), person))


def test_the_first_line_says_it_all(opens: Opens) -> None:
    stage = opens(ROUTED).alert("Slow", severity="critical", service="db", env="prod").passes("1m")
    assert summary(explained(stage)) == (
        "bob was paged at 2026-03-04T03:00:00Z by push, sms, email, because route routes[1] took it to policy page and "
        "level 1 names schedule primary."
    )


def test_the_route_and_those_that_nearly_took_it(opens: Opens) -> None:
    stage = opens(ROUTED).alert("Slow", severity="critical", service="db", env="prod").passes("1m")
    told = text(stage)
    assert 'route routes[1] (policies.yaml:4:5): service is "db", env is "prod"' in told
    assert 'not routes[0] (policies.yaml:3:5): service is "db", wanted "web"' in told
    assert "policy page (policies.yaml:6:3): high urgency, critical severity" in told


def test_what_reaches_catch_all_is_urgent_and_says_so(opens: Opens) -> None:
    found = explained(opens(ROUTED).alert("New", severity="info").passes("1m"))
    assert found["route"]["name"] == "catch_all"
    assert found["policy"]["urgency_because"] == "what reaches catch_all is always urgent"
    assert [near["name"] for near in found["route"]["near_misses"]] == ["routes[0]", "routes[1]"]


def test_whom_a_schedule_meant_and_where_the_level_stands(opens: Opens) -> None:
    (page,) = explained(opens(ROUTED).alert("Slow", severity="critical"))["pages"]
    assert page["meant"] == {"schedule primary": ["bob"]}
    assert page["where"] == "policies.yaml:8:9"
    assert (page["level"], page["round"], page["attempt"]) == (1, 1, 1)
    assert [(each["who"], each["via"]) for each in page["told"]] == [
        ("bob", "push"), ("bob", "sms"), ("bob", "email"), ("ops", "slack"),
    ]  # fmt: skip


def test_a_level_that_does_not_apply(opens: Opens) -> None:
    stage = opens(ROUTED, starts="2026-03-04T12:00").alert("Slow", severity="critical").passes("6m")
    skipped = next(page for page in explained(stage)["pages"] if page["event"] == "skipped")
    assert skipped["not_told"] == [{"who": "everybody", "person": None, "why": "only outside office"}]
    assert "not everybody: only outside office" in text(stage)


def test_somebody_who_cannot_be_reached(opens: Opens) -> None:
    stage = opens(PAGE.replace("{schedule: primary}", "{person: carol}"))
    stage.unset |= {"CAROL"}
    stage.breaks("email", rejects, "carol").edits_team((stage.folder / "team.yaml").read_text() + "# again\n")
    stage.alert("Disk").passes("1s")
    told = text(stage)
    assert "carol by email: not delivered: no such recipient" in told
    assert "not carol by sms: it cannot be used: not configured, no device, or opted out" in told
    assert "everybody it paged is unreachable" in "\n".join(line["reason"] for line in explained(stage)["story"])


def test_a_contact_that_is_kept_back(opens: Opens) -> None:
    """A device is proved by itself; a text that nobody proved waits behind it."""
    stage = opens(PAGE)
    found = explained(stage.alert("Disk"))
    assert found["pages"][0]["not_told"] == [], "nothing is kept back where nothing was proved"


def test_a_call_that_an_acknowledgement_made_needless(opens: Opens) -> None:
    rules = "notification_rules: {high: [{via: push}, {via: sms, after: 2m}]}\n"
    stage = opens(PAGE + rules).alert("Disk").passes("1m").acknowledges("bob").passes("5m")
    told = text(stage, "bob")
    assert "not bob by sms: not sent: acknowledged by bob" in told
    assert " at 2026-03-04T03:01:00Z, before it was due at 2026-03-04T03:02:00Z" in told


def test_one_persons_pages_alone(opens: Opens) -> None:
    stage = opens(PAGE).alert("Disk").passes("6m")
    assert "bob by push" in text(stage, "bob")
    assert "ops by slack" not in text(stage, "bob")
    assert text(stage, "nobody-known").startswith("nobody-known was never paged for incident 1.")


def test_nobody_on_call(opens: Opens) -> None:
    stage = opens(PAGE.replace("{schedule: primary}, {channel: ops}", "{schedule: nights}"))
    stage.edits_team((stage.folder / "team.yaml").read_text().replace(
        "hours:", "  nights: {timezone: UTC, layers: [{people: [ana], every: 1w, starts: 2026-01-05T09:00, "
        "until: 2026-01-06T09:00}]}\nhours:"))  # fmt: skip
    stage.alert("Disk").passes("1s")
    skipped = next(page for page in explained(stage)["pages"] if page["event"] == "skipped")
    assert skipped["not_told"] == [{"who": "schedule nights", "person": None, "why": "schedule nights: nobody"}]


def test_a_provider_that_says_more(opens: Opens) -> None:
    stage = opens(PAGE).alert("Disk").passes("1s").says_of_the_last("sms", Outcome.DELIVERED, "on the phone")
    assert "bob by sms: arrived, by the provider's word: on the phone" in text(stage)


def test_an_incident_of_an_earlier_revision_is_explained_by_its_own(opens: Opens) -> None:
    stage = opens(PAGE).alert("Disk").resolves("Disk")
    stage.edits(PAGE.replace("  page:", "  # moved\n  page:"))
    found = explained(stage)
    assert found["revision"] == 1
    assert found["policy"]["where"] == "policies.yaml:3:3"


def test_what_can_no_longer_be_read_says_so(opens: Opens) -> None:
    stage = opens(PAGE).alert("Disk")
    found = {**explained(stage), "readable": False}
    assert "revision 1 of the policies can no longer be read" in "\n".join(lines(found))
