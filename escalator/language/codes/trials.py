"""Codes of test files, `*.test.yaml`."""

from escalator.language.codes.code import Code

_HEAD = "# file: page.test.yaml\ntests:\n  - name: it pages\n    starts: 2026-03-04T03:10\n    timezone: UTC\n"
_FIRE = "    events: [{at: 0m, fire: {alertname: Slow}}]\n"

CODES = (
    Code(
        "E301",
        "an event that is not one thing",
        "An event of a test is `at` and exactly one thing that happens then. Two things at one instant are two events; "
        "they happen in the order in which they stand.",
        _HEAD + "    events: [{at: 0m, fire: {alertname: Slow}, ack: ana}]\n    expect: [{at: 1m, paged: []}]\n",
        _HEAD + "    events: [{at: 0m, fire: {alertname: Slow}}, {at: 0m, ack: ana}]\n"
        "    expect: [{at: 1m, paged: []}]\n",
    ),
    Code(
        "E302",
        "an expectation that cannot be judged",
        "An expectation asks for something, and says when: `paged`, `channels`, `told`, `event` and `level` need `at`; "
        "`no_pages_between` stands alone.",
        _HEAD + _FIRE + "    expect: [{paged: [ana]}]\n",
        _HEAD + _FIRE + "    expect: [{at: 0m, paged: [ana, ben]}]\n",
    ),
    Code(
        "E303",
        "not a person and a way",
        "Who is paged is written `ana by sms`, or `ana` for any way; the person must have that way among their "
        "contacts.",
        _HEAD + _FIRE + "    expect: [{at: 0m, paged: [ana via sms]}]\n",
        _HEAD + _FIRE + "    expect: [{at: 0m, paged: [ana by email, ben]}]\n",
    ),
    Code(
        "E304",
        "two tests of one name",
        "A test is called by its name, on the command line and in reports: no two of one file have the same.",
        _HEAD + _FIRE + "    expect: [{at: 0m, paged: [ana, ben]}]\n"
        "  - name: it pages\n    starts: 2026-03-04T03:10\n    timezone: UTC\n"
        + _FIRE
        + "    expect: [{incidents: 1}]\n",
        _HEAD + _FIRE + "    expect: [{at: 0m, paged: [ana, ben]}]\n"
        "  - name: it opens one\n    starts: 2026-03-04T03:10\n    timezone: UTC\n"
        + _FIRE
        + "    expect: [{incidents: 1}]\n",
    ),
    Code(
        "E305",
        "a row of the route table that asks nothing, or for what cannot be",
        "A row of the route table names the `policy`, the `route`, or `dropped: true`; the route must be there.",
        "# file: page.test.yaml\nroutes:\n  - {labels: {alertname: Slow}, route: 'routes[7]'}\n",
        "# file: page.test.yaml\nroutes:\n  - {labels: {alertname: Slow}, route: catch_all}\n",
    ),
    Code(
        "E306",
        "not a line of a timeline",
        "A line of a `timeline` is an offset and a text: `- 5m: ana paged by push (level 1)`. Such lists are written "
        "by `escalator policy test --update`.",
        _HEAD + _FIRE + "    timeline: [ana is paged]\n",
        _HEAD + _FIRE + "    timeline:\n      - 0s: ana paged by push (level 1)\n",
    ),
    Code(
        "E307",
        "a fault of nothing, or of two things",
        "A fault has exactly one of `provider`, `person`, `contact` and `channel`.",
        _HEAD + "    events: [{at: 0m, fault: {mode: silent}}]\n    expect: [{incidents: 0}]\n",
        _HEAD + "    events: [{at: 0m, fault: {person: ana, mode: silent}}]\n    expect: [{incidents: 0}]\n",
    ),
)
