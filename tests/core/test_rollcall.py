"""What the timeline keeps of a page beside its words: which page it was, whom it meant, and why not the others."""

from types import MappingProxyType
from typing import Any

from escalator.core import events
from escalator.core.instant import HOUR, MINUTE
from escalator.core.notification import contact_id
from escalator.core.oncall import Person, Step
from escalator.core.policy import Target
from tests.core.books import NIGHT, NOON, OFFICE, PEOPLE, WARNING, Walk, book, level, person, policy, unusable

WHICH = ("level", "attempt", "round", "policy", "revision")


def details(walk: Walk, event: str = "paged") -> list[dict[str, Any]]:
    return [dict(entry.detail) for entry in walk.entries if entry.event == event]


def rest(walk: Walk, event: str = "paged") -> dict[str, Any]:
    """What the newest of these lines keeps beside which page it was and who was paged."""
    newest = details(walk, event)[-1]
    return {name: value for name, value in newest.items() if name not in (*WHICH, "paged", "channels")}


def which(detail: dict[str, Any]) -> tuple[Any, ...]:
    return tuple(detail[name] for name in WHICH)


def test_what_is_trivial_leaves_no_word() -> None:
    walk = Walk(book(policy("p", level("bob", "channel:ops")))).opens()
    assert details(walk) == [
        {
            "level": 1, "attempt": 1, "round": 1, "policy": "p", "revision": 1, "paged": ["bob"], "channels": ["ops"],
        }
    ]  # fmt: skip


def test_every_page_says_which_it_was() -> None:
    ladder = policy("p", level("bob", attempts=2), level("carol"), repeat=0)
    walk = Walk(book(ladder)).opens().passes(15 * MINUTE)
    assert [which(each) for each in details(walk)] == [
        (1, 1, 1, "p", 1), (1, 2, 1, "p", 1), (2, 1, 1, "p", 1), (1, 1, 2, "last", 1),
    ]  # fmt: skip


def test_whom_schedules_and_teams_meant_is_kept() -> None:
    walk = Walk(book(policy("p", level("schedule:primary", "team:sre", "carol")))).opens()
    assert rest(walk) == {"meant": {"schedule primary": ["bob"], "team sre": ["bob", "dave"]}}


def test_a_schedule_on_which_nobody_serves_is_missing() -> None:
    walk = Walk(book(policy("p", level("schedule:empty", "bob")))).opens()
    assert rest(walk) == {"missing": [("schedule empty", "nobody")], "meant": {"schedule empty": []}}
    assert walk.says("schedule empty: nobody")


def test_who_is_unreachable_is_missing_with_all_contacts_left_out() -> None:
    walk = Walk(book(policy("p", level("bob", "carol", "channel:ops"))), **unusable("bob", "channel/ops")).opens()
    assert rest(walk) == {
        "missing": [("bob", "unreachable"), ("channel ops", "unusable")],
        "left_out": {"bob": [("sms", "unusable"), ("email", "unusable")]},
    }


def test_a_level_that_reaches_nobody_says_the_same_of_whom_it_missed() -> None:
    walk = Walk(book(policy("p", level("bob"), level("carol"))), **unusable("bob")).opens()
    [skipped] = details(walk, "skipped")
    assert which(skipped) == (1, 1, 1, "p", 1)
    assert skipped["missing"] == [("bob", "unreachable")]


def test_a_contact_that_nobody_verified_is_left_out_where_another_was_verified() -> None:
    walk = Walk(book(policy("p", level("bob"))), unverified=frozenset({contact_id("bob", "sms")})).opens()
    assert walk.ways("bob") == [("email", 0)]
    assert rest(walk) == {"left_out": {"bob": [("sms", "unverified")]}}


def test_a_contact_that_stands_in_no_step_of_the_rules_is_left_out() -> None:
    people = {**PEOPLE, "bob": person("bob", "sms email", high=(Step("sms"),))}
    assert rest(Walk(book(policy("p", level("bob")), people=people)).opens()) == {
        "left_out": {"bob": [("email", "not in the rules")]}
    }


def test_at_low_urgency_only_the_contact_of_low_urgency_is_taken() -> None:
    walk = Walk(book(policy("p", level("bob")))).opens(WARNING).passes(MINUTE)
    assert rest(walk) == {"left_out": {"bob": [("sms", "not in the rules")]}}


def test_quiet_hours_that_hold_a_page_back_are_named() -> None:
    sleeper = Person(
        "bob", PEOPLE["bob"].contacts, rules=MappingProxyType({"low": (Step("sms"), Step("email"))}), quiet="office"
    )
    for now, expected in ((NOON, {"quiet": {"bob": "office"}}), (NIGHT, {})):
        walk = Walk(book(policy("p", level("bob")), people={**PEOPLE, "bob": sleeper}), now).opens(WARNING)
        assert rest(walk.passes(MINUTE)) == expected


def test_quiet_hours_do_not_hold_back_what_is_urgent() -> None:
    people = {**PEOPLE, "bob": Person("bob", PEOPLE["bob"].contacts, quiet="office")}
    assert rest(Walk(book(policy("p", level("bob")), people=people)).opens()) == {}


def test_whom_next_on_call_passes_over_is_kept_with_the_reason() -> None:
    ladder = policy("p", level("schedule:primary"), level("next_on_call:primary"))
    assert rest(Walk(book(ladder)).opens().passes(5 * MINUTE)) == {
        "meant": {"next_on_call primary": ["carol"]}, "passed_over": [("bob", "paged already")],
    }  # fmt: skip
    walk = Walk(book(ladder), **unusable("carol")).opens().passes(5 * MINUTE)
    assert rest(walk)["passed_over"] == [("bob", "paged already"), ("carol", "unreachable")]


def test_a_level_out_of_its_hours_says_what_kept_it_out() -> None:
    ladder = policy("p", level("bob", outside="office"), level("carol"))
    walk = Walk(book(ladder, hours={"office": OFFICE})).opens()
    assert rest(walk, "skipped") == {"guard": "only outside office"}
    assert which(details(walk, "skipped")[0]) == (1, 1, 1, "p", 1)


def test_whose_turn_it_was_and_whose_it_was_not() -> None:
    walk = Walk(book(policy("p", level("bob", "carol", "dave", round_robin=True))))
    walk.turns = {("p", 1): 1}
    assert rest(walk.opens()) == {"turn": {"taken": "person carol", "others": ["person bob", "person dave"]}}


def test_a_reassignment_is_a_page_like_any_other() -> None:
    walk = Walk(book(policy("p", level("bob"))), **unusable("dave")).opens()
    walk.does(events.Reassigned("bob", (Target("channel", "ops"), Target("team", "sre"))))
    [detail] = details(walk, "reassigned")
    assert (detail["paged"], detail["channels"], which(detail)) == (["bob"], ["ops"], (0, 1, 2, "p", 1))
    assert detail["missing"] == [("dave", "unreachable")]
    assert walk.says("reassigned by bob to ops, bob")


def test_contacts_that_were_kept_back_and_are_tried_at_last_are_named() -> None:
    walk = Walk(book(policy("p", level("bob"))), unverified=frozenset({contact_id("bob", "sms")})).opens()
    walk.does(events.Unreachable(1, 1, 1, "bob", True))
    assert rest(walk) == {"spares": ("sms",)}
    assert details(walk)[-1]["paged"] == ["bob"]


def test_the_last_resort_says_which_page_it_was() -> None:
    nobody = unusable("bob", "carol", "dave")
    walk = Walk(book(policy("p", level("bob"))), **nobody).opens()
    assert details(walk) == []
    walk = Walk(book(policy("p", level("mute")), catch_all=policy("last", level("mute")))).opens().passes(HOUR)
    assert details(walk)[0]["policy"] == "last"
    assert details(walk)[0]["paged"] == ["bob", "carol", "dave"]
