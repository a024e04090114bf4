"""The shapes of what surrounds routing: the alert catalogue, heartbeats, senders, silences, guarantees."""

from escalator.language.shapes import times
from escalator.language.shapes.labels import MATCH, SOME_MATCH, TEXT
from escalator.language.shapes.shape import Key, Shape
from escalator.language.shapes.values import Name, Text, Words, one_or_more, tidy

TOLERATE = Words(
    "a fault to tolerate",
    {"person": "Any one person does not answer.", "provider": "Any one provider is down."},
)
CATALOGUED = Shape(
    "an alert",
    (
        Key(
            "severity",
            "Severity",
            "`info` < `warning` < `error` < `critical`; anything else, or none, counts as critical.",
            Text(otherwise="expected a severity"),
            ["info", "warning", "error", "critical"],
        ),
        Key("summary", "Summary", "One line; stands on every notification.", TEXT, ["p95 over 2s for 5m"]),
        Key("description", "Description", "More; stands on every notification.", TEXT, ["the slowest of all replicas"]),
        Key("runbook", "Runbook", "Where what to do is written.", TEXT, ["https://runbooks.example.com/latency"]),
    ),
    {
        "additionalProperties": tidy(TEXT.schema()),
        "propertyNames": {
            "pattern": "^(?!alertname$)",
            "patternErrorMessage": "the catalogue cannot rename an alert: its name is the key that it stands under",
        },
    },
)
"""An alert of the catalogue: every key beside these is a label that is filled in where an alert lacks it."""
HEARTBEAT = Shape(
    "a heartbeat",
    (
        Key("match", "Match", "The alerts whose absence pages.", SOME_MATCH, [{"alertname": "Watchdog"}], needed=True),
        Key("expect_every", "Expect every", "How long one may be away.", times.SPAN, ["5m"], needed=True),
        Key(
            "policy",
            "Policy",
            "The policy of the incident that its absence opens.",
            Name("policies"),
            ["sre"],
            needed=True,
        ),
    ),
)
SOURCE = Shape(
    "a source",
    (
        Key(
            "refresh",
            "Refresh",
            "`repeat_interval` + `group_interval` of the sender, so that stale alerts are noticed.",
            times.SPAN,
            ["4h5m"],
            needed=True,
        ),
    ),
)
SILENCE = Shape(
    "a silence",
    (
        Key("match", "Match", "Which alerts are muted.", SOME_MATCH, [{"service": "ledger"}], needed=True),
        Key(
            "from",
            "From",
            "When it begins, wall-clock. Without it the silence has begun.",
            times.MOMENT,
            ["2026-03-01T22:00"],
        ),
        Key(
            "until",
            "Until",
            "When it ends, wall-clock; needs `timezone`. At most 30 days.",
            times.MOMENT,
            ["2026-03-01T23:30"],
        ),
        Key("timezone", "Time zone", "The zone of `from` and `until`.", times.ZONE, ["Europe/London"]),
        Key("during", "During", "Name of hours: it recurs, and mutes only then.", Name("hours"), ["backups"]),
        Key("reason", "Reason", "Why, for those who read it.", TEXT, ["migration"]),
    ),
    {"dependencies": {"until": ["timezone"]}},
)
GUARANTEE = Shape(
    "a guarantee",
    (
        Key("match", "Match", "The alerts for which it is promised.", MATCH, [{"severity": "critical"}], needed=True),
        Key("reach_human_within", "Reach a human within", "The bound.", times.SPAN, ["10m"], needed=True),
        Key(
            "tolerate",
            "Tolerate",
            "Faults despite which it holds: any one `person`, any one `provider` down.",
            one_or_more(TOLERATE, 0),
            [["person", "provider"]],
        ),
    ),
)
