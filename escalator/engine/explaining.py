"""Why was I paged: an incident's route, level by level who was told and who was not, out of what was written then.

Nothing is judged anew but the routing, under the incident's own revision; the rest is read off the timeline and the
outbox. Values for programs, and the same in sentences for people.
"""

from collections.abc import Iterable, Mapping, Sequence
from typing import Any

from escalator.core.alert import Labels
from escalator.core.book import Book
from escalator.core.notification import SPARE_STEP
from escalator.core.reasons import routing, told
from escalator.engine.missed import not_told, waits

Json = dict[str, Any]
LEVELS = ("paged", "skipped", "reassigned")
"""Lines of the timeline that a page, or a level that pages nobody, leaves."""


def explain(
    incident: Json, labels: Labels | None, books: Mapping[int, Book], timeline: Sequence[Json],
    notifications: Sequence[Json],
) -> Json:  # fmt: skip
    """`books`: of the revisions that the incident walked, without those that cannot be read any more; `labels`: of its
    first alert.
    """
    book = books.get(incident["revision"])
    sent = _by_page(notifications)
    pages = [_page(entry, incident, books, timeline, sent) for entry in timeline if entry["event"] in LEVELS]
    return {
        "incident": incident["id"],
        "title": incident["title"],
        "revision": incident["revision"],
        "readable": book is not None,
        "route": _route(incident, labels, books, timeline),
        "policy": _policy(incident, book),
        "labels": dict(labels or {}),
        "pages": pages,
        "not_reached": _not_reached(incident, book, pages),
        "story": [entry for entry in timeline if entry["event"] not in LEVELS],
    }


def walked(incident: Json, timeline: Iterable[Json]) -> set[int]:
    """The revisions that it walked, as far as its timeline says."""
    found = {(entry["detail"] or {}).get("revision", incident["revision"]) for entry in timeline}
    return {incident["revision"], *found}


def _route(incident: Json, labels: Labels | None, books: Mapping[int, Book], timeline: Sequence[Json]) -> Json:
    """Under the revision that routed it."""
    opened = next((entry for entry in timeline if entry["event"] == "opened"), {"detail": None})
    walks = _walks(incident, opened)
    revision = walks["revision"]
    found: Json = {
        "name": incident["route"], "where": None, "revision": revision,
        "policy": walks["policy"], "matched": [], "filled": {}, "near_misses": [],
    }  # fmt: skip
    book = books.get(revision)
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


def _walks(incident: Json, entry: Json) -> Json:
    """What a line keeps; one that does not say which policy and revision were walked then is taken to mean today's."""
    return {"policy": incident["policy"], "revision": incident["revision"], **(entry["detail"] or {})}


Which = tuple[Any, ...]


def _by_page(notifications: Iterable[Json]) -> dict[Which, list[Json]]:
    """By round, level and attempt: an incident that nobody answers for days has thousands of pages."""
    found: dict[Which, list[Json]] = {}
    for each in notifications:
        if each["kind"] == "page":
            found.setdefault((each["round"], each["level"], each["attempt"]), []).append(each)
    return found


def _page(
    entry: Json, incident: Json, books: Mapping[int, Book], timeline: Sequence[Json], made: Mapping[Which, list[Json]]
) -> Json:
    detail = _walks(incident, entry)
    of_it = made.get((detail.get("round"), detail.get("level", 0), detail.get("attempt")), [])
    sent = [] if entry["event"] == "skipped" else [each for each in of_it if _belongs(each, detail)]
    unsent = [each for each in sent if each["state"] in ("failed", "cancelled") or waits(each, entry)]
    policy, revision = detail["policy"], detail["revision"]
    return {
        "at": entry["at"],
        "event": entry["event"],
        "level": detail.get("level", 0),
        "round": detail.get("round"),
        "attempt": detail.get("attempt"),
        "policy": policy,
        "revision": revision,
        "where": _where(books.get(revision), policy, detail.get("level", 0)),
        "reason": entry["reason"],
        "meant": detail.get("meant", {}),
        "told": [_told(each) for each in sent if each not in unsent],
        "not_told": list(not_told(entry, unsent, timeline)),
    }


def _belongs(message: Json, detail: Json) -> bool:
    """Whether it is of this page; what was kept back at first is of the page that tried it at last."""
    spare = message["step"] >= SPARE_STEP
    return spare and message["person"] in detail["paged"] if "spares" in detail else not spare


def _where(book: Book | None, name: str, number: int) -> str | None:
    """Where the level stands in the revision that was walked then."""
    policy = book.policy_named(name) if book else None
    if policy is None or not 0 < number <= len(policy.levels):
        return None
    return policy.levels[number - 1].where or None


def _not_reached(incident: Json, book: Book | None, pages: Sequence[Json]) -> list[Json]:
    """Levels of its policy above the last that was due."""
    policy = book.policy_named(incident["policy"]) if book else None
    last = max((page["level"] for page in pages if page["policy"] == incident["policy"]), default=0)
    by = f" by {incident['acknowledged_by']}" if incident["acknowledged_by"] else ""
    why = "not due yet" if incident["status"] == "triggered" else f"it is {incident['status']}{by}"
    return [
        {
            "level": number,
            "where": level.where or None,
            "targets": [str(target) for target in level.targets],
            "why": why,
        }
        for number, level in enumerate(policy.levels if policy else (), 1)
        if number > last
    ]


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


# --- in sentences ---------------------------------------------------------------------------------------------------


def lines(found: Json, person: str | None = None) -> list[str]:
    """For a terminal; of what concerns one person alone where one is named."""
    shown = [summary(found, person), ""]
    shown += _route_lines(found["route"], found)
    for page in found["pages"]:
        told = [each for each in page["told"] if person in (None, each["who"])]
        missed = _missed(page, person)
        if person is None or told or missed:
            shown += ["", *_page_lines(page, told, missed)]
    left = found.get("not_reached", [])
    return shown + [""] * bool(left) + [_left(level) for level in left]


def _missed(page: Json, person: str | None) -> list[Json]:
    """What was not told, of this person or of everybody."""
    return [each for each in page["not_told"] if person in (None, each.get("person")) or each["who"] == "everybody"]


def _left(level: Json) -> str:
    return f"level {level['level']}{_at(level['where'])} names {', '.join(level['targets'])}: {level['why']}"


def summary(found: Json, person: str | None = None) -> str:
    """One sentence: who was paged first, when, and why."""
    for page in found["pages"]:
        told = [each for each in page["told"] if each["person"] and person in (None, each["person"])]
        if told:
            first = told[0]
            ways = ", ".join(dict.fromkeys(each["via"] for each in told if each["who"] == first["who"]))
            return f"{first['who']} was paged at {page['at']} by {ways}, because {_because(found, page, first)}."
    if person is None:
        return "Nobody was paged so far."
    missed = [each for page in found["pages"] for each in _missed(page, person) if each.get("person") == person]
    why = f" {missed[0]['who']}: {missed[0]['why']}." if missed else ""
    return f"{person} was never paged for incident {found['incident']}.{why}"


def _because(found: Json, page: Json, first: Json) -> str:
    if page["event"] == "reassigned":
        return f"it was {page['reason']}"
    if not page["level"]:
        return f"no policy reached anybody: {page['reason']}"
    policy = page.get("policy", found["policy"]["name"])
    took = f"route {found['route']['name']} took it to policy {policy}"
    if policy != found["route"].get("policy", policy):
        took = f"policy {policy} took it over"
    return f"{took} and level {page['level']} names {first['because']}"


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
    if not found.get("complete", True):
        shown.append("it has more messages than are looked at here: of later pages none is shown")
    return shown


def _page_lines(page: Json, told: Sequence[Json], missed: Sequence[Json]) -> list[str]:
    attempt = f", attempt {page['attempt']}" if (page["attempt"] or 1) > 1 else ""
    level = f"level {page['level']}{attempt}{_at(page['where'])}" if page["level"] else page["event"]
    shown = [f"{page['at']}  {level}: {page['reason']}"]
    shown += [f"    {target} means {', '.join(names) or 'nobody'}" for target, names in page["meant"].items()]
    shown += [f"    {each['who']} by {each['via']}: {each['evidence']}" for each in told]
    shown += [f"    not {each['who']}: {each['why']}" for each in missed]
    return shown


def _at(where: str | None) -> str:
    return f" ({where})" if where else ""
