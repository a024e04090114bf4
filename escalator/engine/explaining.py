"""Why was I paged: an incident's route, level by level who was told and who was not, out of what was written then.

Nothing is judged anew but the routing, under the incident's own revision; the rest is read off the timeline and the
outbox. Values for programs, and the same in sentences for people.
"""

from collections.abc import Iterable, Sequence
from typing import Any

from escalator.core.alert import Labels
from escalator.core.book import Book
from escalator.core.reasons import routing, told

Json = dict[str, Any]
LEVELS = ("paged", "skipped")
"""Lines of the timeline that a level leaves."""


def explain(
    incident: Json, labels: Labels | None, book: Book | None, timeline: Sequence[Json], notifications: Sequence[Json]
) -> Json:
    """`book`: of the incident's revision, None where that cannot be read any more; `labels`: of its first alert."""
    levels = [entry for entry in timeline if entry["event"] in LEVELS]
    pages = [_page(entry, incident, book, notifications) for entry in levels]
    return {
        "incident": incident["id"],
        "title": incident["title"],
        "revision": incident["revision"],
        "readable": book is not None,
        "route": _route(incident, labels, book),
        "policy": _policy(incident, book),
        "labels": dict(labels or {}),
        "pages": pages,
        "story": [entry for entry in timeline if entry["event"] not in LEVELS],
    }


def _route(incident: Json, labels: Labels | None, book: Book | None) -> Json:
    found: Json = {"name": incident["route"], "where": None, "matched": [], "filled": {}, "near_misses": []}
    if book is None or labels is None:
        return found
    route = book.route_named(incident["route"])
    why = routing(book, labels)
    misses = [
        {"name": near.route.name, "where": near.route.where or None, "earlier": near.earlier,
         "failed": [told(*each) for each in near.failed]}
        for near in why.near
    ]  # fmt: skip
    filled = book.filled(labels)
    return found | {
        "where": (route.where or None) if route else None,
        "matched": [f'{each.label} is "{filled.get(each.label, "")}"' for each in (route.match if route else ())],
        "filled": dict(why.filled),
        "near_misses": misses,
        "would_go_to": None if why.route.name == incident["route"] else why.route.name,
    }


def _policy(incident: Json, book: Book | None) -> Json:
    policy = book.policy_named(incident["policy"]) if book else None
    why = f"{incident['severity']} severity"
    if policy is not None and policy.urgency is not None and incident["route"] != "catch_all":
        why = f"the policy says `urgency: {policy.urgency}`"
    elif incident["route"] == "catch_all":
        why = "what reaches catch_all is always urgent"
    return {
        "name": incident["policy"],
        "where": (policy.where or None) if policy else None,
        "severity": incident["severity"],
        "urgency": incident["urgency"],
        "urgency_because": why,
    }


def _page(entry: Json, incident: Json, book: Book | None, notifications: Sequence[Json]) -> Json:
    detail = entry["detail"] or {}
    number, round_ = detail.get("level", 0), detail.get("round")
    sent = [
        each for each in notifications
        if each["kind"] == "page" and each["level"] == number and each["round"] == round_
    ]  # fmt: skip
    return {
        "at": entry["at"],
        "event": entry["event"],
        "level": number,
        "round": round_,
        "attempt": detail.get("attempt"),
        "where": _where(incident, book, number),
        "reason": entry["reason"],
        "meant": detail.get("meant", {}),
        "told": [_told(each) for each in sent] if entry["event"] == "paged" else [],
        "not_told": list(_not_told(detail)),
    }


def _where(incident: Json, book: Book | None, number: int) -> str | None:
    """Where the level stands, as long as the incident walks the policy that it walked then."""
    policy = book.policy_named(incident["policy"]) if book else None
    if policy is None or not 0 < number <= len(policy.levels):
        return None
    return policy.levels[number - 1].where or None


def _told(each: Json) -> Json:
    return {
        "who": each["person"] or each["target"].removeprefix("channel "),
        "person": each["person"],
        "via": each["channel"],
        "because": each["target"],
        "state": each["state"],
        "not_before": each["not_before"],
        "sent_at": each["sent_at"],
        "evidence": each["evidence"],
    }


def _not_told(detail: Json) -> Iterable[Json]:
    if detail.get("guard"):
        yield {"who": "everybody", "why": detail["guard"]}
    for target, why in detail.get("missing", ()):
        yield {"who": target, "why": why}
    for name, ways in detail.get("left_out", {}).items():
        for via, why in ways:
            yield {"who": f"{name} by {via}", "why": why}


# --- in sentences ---------------------------------------------------------------------------------------------------


def lines(found: Json, person: str | None = None) -> list[str]:
    """For a terminal; of one person's pages alone where one is named."""
    shown = [summary(found, person), ""]
    shown += _route_lines(found["route"], found)
    for page in found["pages"]:
        told = [each for each in page["told"] if person is None or each["who"] == person]
        if person is None or told or page["event"] == "skipped":
            shown += ["", *_page_lines(page, told)]
    return shown


def summary(found: Json, person: str | None = None) -> str:
    """One sentence: who was paged first, when, and why."""
    for page in found["pages"]:
        told = [each for each in page["told"] if each["person"] and person in (None, each["person"])]
        if told:
            first = told[0]
            ways = ", ".join(dict.fromkeys(each["via"] for each in told if each["who"] == first["who"]))
            took = f"route {found['route']['name']} took it to policy {found['policy']['name']}"
            level = f"level {page['level']} names {first['because']}"
            return f"{first['who']} was paged at {page['at']} by {ways}, because {took} and {level}."
    whom = person or "nobody"
    return f"{whom} was never paged for incident {found['incident']}." if person else "Nobody was paged so far."


def _route_lines(route: Json, found: Json) -> list[str]:
    policy = found["policy"]
    because = f": {', '.join(route['matched'])}" if route["matched"] else ""
    shown = [f"route {route['name']}{_at(route['where'])}{because}"]
    if route["filled"]:
        shown.append("  the catalogue filled in " + ", ".join(f"{k}={v}" for k, v in route["filled"].items()))
    for miss in route["near_misses"]:
        shown.append(f"  not {miss['name']}{_at(miss['where'])}: {'; '.join(miss['failed'])}")
    urgency = f"{policy['urgency']} urgency, {policy['urgency_because']}"
    shown.append(f"policy {policy['name']}{_at(policy['where'])}: {urgency}")
    if not found["readable"]:
        shown.append(f"revision {found['revision']} of the policies can no longer be read: no places are shown")
    return shown


def _page_lines(page: Json, told: Sequence[Json]) -> list[str]:
    attempt = f", attempt {page['attempt']}" if (page["attempt"] or 1) > 1 else ""
    shown = [f"{page['at']}  level {page['level']}{attempt}{_at(page['where'])}: {page['reason']}"]
    shown += [f"    {target} means {', '.join(names) or 'nobody'}" for target, names in page["meant"].items()]
    shown += [f"    {each['who']} by {each['via']}: {each['evidence']}" for each in told]
    shown += [f"    not {each['who']}: {each['why']}" for each in page["not_told"]]
    return shown


def _at(where: str | None) -> str:
    return f" ({where})" if where else ""
