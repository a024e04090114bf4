"""`escalator oncall …` and `swap …` as a person types them."""

import pytest

SWAP = {
    "id": "w1", "schedule": "ops", "by": "alice", "to": "bob", "starts_at": "2026-03-04T18:00:00Z",
    "ends_at": "2026-03-05T08:00:00Z", "reason": "", "state": "asked", "answered_by": None, "override": None,
}  # fmt: skip
TIMES = ("--from", "2026-03-04T19:00:00+01:00", "--until", "2026-03-05T08:00:00Z")


def test_oncall_prints_who_until_when_and_who_then(service, run):
    row = {"schedule": "boardroom", "person": "alice", "until": "2026-03-04T09:00:00Z", "next": ["bob"], "then": "cyd"}
    service.says("GET /api/v1/oncall", {"items": [row]})
    printed = run("oncall", "--schedule", "boardroom", "--at", "2026-03-04T10:00:00+01:00")
    assert printed.out.splitlines() == [
        "schedule\tperson\tuntil\tnext\tthen",
        "boardroom\talice\t2026-03-04T09:00:00Z\tbob\tcyd",
    ]
    assert service.asked[0].path == "/api/v1/oncall?at=2026-03-04T09%3A00%3A00Z&schedule=boardroom"
    assert run("oncall", "--json").json == {"items": [row]}


def test_shifts_are_printed_with_their_gaps_and_reasons(service, run):
    times = {"starts_at": "a", "ends_at": "b"}
    service.says(
        "GET /api/v1/oncall/on%20call/shifts",
        {
            "schedule": "on call",
            "items": [
                {**times, "person": "alice", "layer": 0, "override": None},
                {**times, "person": None, "layer": None, "override": None},
                {**times, "person": "bob", "layer": None, "override": {"reason": "dentist"}},
                {**times, "person": "bob", "layer": None, "override": {"reason": ""}},
            ],
        },
    )
    printed = run("oncall", "shifts", "on call", "--from", "2026-03-04T09:00:00Z", "--for", "14d")
    assert printed.out.splitlines()[1:] == [
        "a\tb\talice\tlayer 1", "a\tb\tGAP\t", "a\tb\tbob\toverride: dentist", "a\tb\tbob\toverride",
    ]  # fmt: skip
    assert service.asked[0].path == "/api/v1/oncall/on%20call/shifts?from=2026-03-04T09%3A00%3A00Z&for=14d"


def test_a_gap_is_a_finding_and_an_overlap_is_not(service, run):
    gap = {"starts_at": "a", "ends_at": "b"}
    overlap = {
        "kind": "layer", "first": "layers[0]", "second": "layers[1]", "starts_at": "c", "ends_at": "d", "times": 5,
        "hours": 40.0,
    }  # fmt: skip
    service.says("GET /api/v1/oncall/gaps", {"items": [{"schedule": "ops", "gaps": [gap], "overlaps": [overlap]}]})
    printed = run("oncall", "gaps", "--for", "90d")
    assert printed.code == 1
    assert printed.out.splitlines()[1:] == [
        "ops\tgap\ta\tb\t\t\t\t",
        "ops\tlayers overlap\tc\td\tlayers[0]\tlayers[1]\t5\t40.0",
    ]
    assert run("oncall", "gaps", "--json").code == 1
    service.says("GET /api/v1/oncall/gaps", {"items": [{"schedule": "ops", "gaps": [], "overlaps": [overlap]}]})
    assert run("oncall", "gaps").code == 0
    service.says("GET /api/v1/oncall/gaps", {"items": []})
    assert run("oncall", "gaps") == (0, "", "No gaps, no overlaps.\n")


def test_fairness_prints_a_line_for_each_person_and_one_for_the_gaps(service, run):
    load = {"hours": 84.0, "night_hours": 28.0, "weekend_hours": 24.0, "holiday_hours": 0.0, "shifts": 2, "share": 0.5}
    shared = {"schedule": "ops", "gap_hours": 3.5, "people": [{"person": "alice", **load}]}
    service.says("GET /api/v1/oncall/fairness", {"items": [shared]})
    printed = run("oncall", "fairness", "--schedule", "ops", "--holidays", "english", "--holidays", "company")
    assert printed.out.splitlines()[1:] == [
        "ops\talice\t84.0\t28.0\t24.0\t0.0\t2\t50.0%", "ops\tGAP\t3.5\t\t\t\t\t",
    ]  # fmt: skip
    assert service.asked[0].path == "/api/v1/oncall/fairness?schedule=ops&holidays=english&holidays=company"


def test_a_shift_is_taken_now(service, run):
    made = {"id": "o1", "person": "bob", "ends_at": "2026-03-04T12:00:00Z"}
    service.says("POST /api/v1/oncall/boardroom/take", made, status=201)
    printed = run("oncall", "take", "boardroom", "--for", "2h", "--by", "bob")
    assert printed.out == "bob is on call for boardroom until 2026-03-04T12:00:00Z (override o1)\n"
    assert service.asked[0].body == {"by": "bob", "for": "2h", "reason": ""}
    run("oncall", "take", "boardroom")
    assert service.asked[1].body == {"reason": ""}  # to the end of the shift, by whom the token names


def test_the_address_of_a_feed_stands_alone_on_standard_output(service, run):
    made = {"id": "f1", "url": "https://esc.example/calendars/x/alice.ics", "kind": "person", "name": "alice"}
    service.says("POST /api/v1/feeds", made, status=201)
    printed = run("oncall", "feed", "alice")
    assert printed.out == "https://esc.example/calendars/x/alice.ics\n"
    assert "not shown again" in printed.err
    assert service.asked[0].body == {"of": "alice"}


def test_feeds_are_listed_and_revoked(service, run):
    row = {"id": "f1", "kind": "person", "name": "alice", "by": "alice", "created_at": "a"}
    service.says("GET /api/v1/feeds", {"items": [row]})
    service.says("DELETE /api/v1/feeds/f1", b"", status=204)
    assert run("oncall", "feed").out.splitlines()[1] == "f1\tperson\talice\talice\ta"
    assert run("oncall", "feed", "--revoke", "f1") == (0, "feed f1 is revoked\n", "")
    assert run("oncall", "feed", "--revoke", "f1", "--json").json == {"revoked": "f1"}
    assert run("oncall", "feed", "--revoke", "f2").code == 1


def test_a_swap_is_asked_accepted_and_declined(service, run):
    service.says("POST /api/v1/swaps", SWAP, status=201)
    assert run("swap", "ask", "ops", *TIMES, "--to", "bob").out == "swap w1: alice asks bob to take ops\n"
    assert service.asked[0].body == {
        "schedule": "ops", "from": "2026-03-04T18:00:00Z", "until": "2026-03-05T08:00:00Z", "reason": "", "to": "bob",
    }  # fmt: skip
    service.says("POST /api/v1/swaps/w1/accept", {**SWAP, "state": "accepted", "answered_by": "bob"})
    printed = run("swap", "accept", "w1", "--by", "bob")
    assert printed.out == "bob is on call for ops from 2026-03-04T18:00:00Z to 2026-03-05T08:00:00Z\n"
    assert service.asked[1].body == {"by": "bob"}
    service.says("POST /api/v1/swaps/w1/decline", {**SWAP, "state": "declined", "answered_by": "bob"})
    assert run("swap", "decline", "w1").out == "swap w1 is declined: alice keeps ops\n"


def test_what_the_service_refuses_is_told_in_its_words(service, run):
    refusal = {"title": "Conflict", "detail": "Nothing was changed: it has expired."}
    service.says("POST /api/v1/swaps/w1/accept", refusal, status=409)
    assert run("swap", "accept", "w1") == (1, "", "escalator: Nothing was changed: it has expired.\n")


def test_swaps_are_listed_with_their_state(service, run):
    service.says("GET /api/v1/swaps", {"items": [{**SWAP, "to": None}]})
    assert run("swap", "list").out.splitlines()[1].startswith("w1\tasked\tops\talice\t\t2026-03-04T18:00:00Z")
    assert run("swap", "list", "--json").json["items"][0]["id"] == "w1"


@pytest.mark.parametrize(
    "words",
    [
        ["oncall", "shifts"],
        ["oncall", "shifts", "ops", "--for", "soon"],
        ["oncall", "gaps", "--from", "2026-03-04T09:00:00"],  # in which zone?
        ["oncall", "take"],
        ["swap", "ask", "ops", "--from", "2026-03-04T09:00:00Z"],
        ["swap", "accept"],
    ],
)
def test_what_is_not_said_is_not_guessed(service, run, words):
    assert run(*words).code == 2
    assert service.asked == []
