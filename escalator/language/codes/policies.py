"""Codes of policies and their levels: how an incident climbs, and where it could lie."""

from escalator.language.codes.code import Code

CODES = (
    Code(
        "W255",
        "a critical incident that may lie",
        "A critical incident can come to this policy, and here it may lie: a finite `repeat`, `ack_timeout: never`, or "
        "a level that waits longer than 15 minutes.",
        "policies:\n  page: {ack_timeout: never, levels: [{notify: [{person: ana}]}]}\n",
        "policies:\n  page: {ack_timeout: 4h, levels: [{notify: [{person: ana}]}]}\n",
    ),
    Code(
        "W257",
        "the same person on every level",
        "Climbing is for the case that somebody does not hear. When every level can page only the person whom the "
        "first one paged, nobody else ever hears of the incident.",
        "policies:\n  page: {levels: [{notify: [{person: ana}]}, {notify: [{person: ana}]}]}\n",
        "policies:\n  page: {levels: [{notify: [{person: ana}]}, {notify: [{person: ben}]}]}\n",
    ),
    Code(
        "W258",
        "hours or a severity at which no level applies",
        "Every level has a `when`, and at some hour, or for some severity that can come here, none of them holds. The "
        "policy then pages nobody: an incident of high urgency goes on to `catch_all`, one of low urgency waits for "
        "somebody to look.",
        "hours: {day: {timezone: Europe/London, days: mon-fri, from: 09:00, to: 17:30}}\n"
        "policies:\n  page: {levels: [{notify: [{person: ana}], when: {during: day}}]}\n",
        "hours: {day: {timezone: Europe/London, days: mon-fri, from: 09:00, to: 17:30}}\n"
        "policies:\n  page:\n    levels:\n      - {notify: [{person: ana}], when: {during: day}}\n"
        "      - {notify: [{person: ben}], when: {outside: day}}\n",
    ),
)
