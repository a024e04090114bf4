"""The shapes of policies: their levels, targets and guards, and what happens around them."""

from escalator.core.policy import TEMPLATE_FIELDS
from escalator.language.shapes import times
from escalator.language.shapes.labels import LABEL, SEVERAL, TEMPLATE
from escalator.language.shapes.patterns import FACTOR
from escalator.language.shapes.shape import Key, Shape
from escalator.language.shapes.values import Either, Listed, Name, Spelled, Whole, Words, one_or_more

URGENCY = Words(
    "an urgency",
    {
        "high": "The rules for high urgency; repeats until somebody acknowledges, unless `repeat` says otherwise.",
        "low": "The rules for low urgency; goes through the levels once, unless `repeat` says otherwise.",
    },
)
ASSIGN = Words("a way to assign", {"round_robin": "One target per incident, in turn."})
ACK_MODE = Words(
    "an `ack_mode`",
    {"all": "Acknowledged when all who were paged did.", "any": "Acknowledged when one who was paged did."},
)
OFF = Words("`off`", {"off": "Never."})
REPAGE = Words(
    "`severity`, `any`, `growth: 2x` or `label: NAME`",
    {"severity": "The severity rose.", "any": "Any new alert joined."},
)

TARGET = Shape(
    "a target",
    (
        Key("person", "Person", "This person.", Name("people"), ["alice"]),
        Key("schedule", "Schedule", "Whoever is on call by this schedule.", Name("schedules"), ["on-call"]),
        Key(
            "next_on_call",
            "Next on call",
            "The next in the rotation of this schedule not yet paged in this pass.",
            Name("schedules"),
            ["on-call"],
        ),
        Key("team", "Team", "Everybody of this team.", Name("teams"), ["sre"]),
        Key(
            "channel",
            "Channel",
            "This channel, which never counts as reaching a human.",
            Name("channels"),
            ["ops-slack"],
        ),
    ),
    {"minProperties": 1, "maxProperties": 1},
)
WHEN = Shape(
    "`when`",
    (
        Key("severity", "Severity", "Only for these severities.", SEVERAL, ["critical", ["error", "critical"]]),
        Key("during", "During", "Only within these hours.", Name("hours"), ["business-hours"]),
        Key("outside", "Outside", "Only outside these hours.", Name("hours"), ["nights"]),
    ),
    {"minProperties": 1},
)
LEVEL = Shape(
    "a level",
    (
        Key(
            "notify",
            "Notify",
            "Targets: `{person: …}`, `{schedule: …}`, `{next_on_call: SCHEDULE}`, `{team: …}`, `{channel: …}`.",
            Listed(TARGET),
            [[{"schedule": "on-call"}, {"channel": "ops-slack"}]],
            needed=True,
        ),
        Key("escalate_after", "Escalate after", "How long an attempt is waited for.", times.SPAN, ["3m"], "5m"),
        Key("attempts", "Attempts", "Pages before the next level.", Whole("a number of pages", 1, 20), [2], 1),
        Key(
            "when",
            "When",
            "A guard: the level is skipped unless it holds.",
            WHEN,
            [{"severity": ["error", "critical"]}],
        ),
        Key(
            "assign",
            "Assign",
            "`round_robin`: one target per incident, in turn. All targets where it is left out.",
            ASSIGN,
            ["round_robin"],
        ),
        Key(
            "ack_mode", "Acknowledged by", "`all`: acknowledged when all who were paged did.", ACK_MODE, ["all"], "any"
        ),
    ),
)
STORM = Shape(
    "a storm",
    (
        Key("over", "Over", "How many new incidents.", Whole("a number of incidents", 1, 100_000), [20], needed=True),
        Key("within", "Within", "The span in which they come.", times.SPAN, ["5m"], needed=True),
    ),
)
GROWN = Shape(
    "what repages",
    (
        Key(
            "growth",
            "Growth",
            "`2x`: twice as many alerts.",
            Spelled("a factor such as `2x`", (FACTOR,)),
            ["2x", "1.5x"],
        ),
        Key("label", "Label", "A label that has a new value.", LABEL, ["cluster"]),
    ),
)
_FIELDS = ", ".join(TEMPLATE_FIELDS)
WORDING = Shape(
    "templates",
    (
        Key(
            "subject",
            "Subject",
            f"Replaces the subject line. It may name {_FIELDS}.",
            TEMPLATE,
            ["{{ incident.title }}"],
        ),
        Key(
            "short",
            "Short text",
            f"Replaces the text of short messages. It may name {_FIELDS}.",
            TEMPLATE,
            ["{{ incident.title }}"],
        ),
        Key(
            "long",
            "Long text",
            f"Replaces the text of long messages. It may name {_FIELDS}.",
            TEMPLATE,
            ["{{ incident.title }}"],
        ),
    ),
)
POLICY = Shape(
    "a policy",
    (
        Key(
            "levels",
            "Levels",
            "Who is told, in order. A level that pages nobody is skipped at once.",
            Listed(LEVEL),
            [[{"notify": [{"schedule": "on-call"}]}, {"notify": [{"person": "alice"}]}]],
            needed=True,
        ),
        Key(
            "urgency",
            "Urgency",
            "Which notification rules are used, and whether giving up is allowed. Without it: `high` for critical and "
            "error and through `catch_all`, else `low`.",
            URGENCY,
            ["high", "low"],
        ),
        Key(
            "repeat",
            "Repeat",
            "Further passes after the first. Without it: `until_acked` when urgency is high, else 0.",
            Whole("`until_acked`, or a number of further passes", 0, 100, ("until_acked",)),
            ["until_acked", 2],
        ),
        Key(
            "ack_timeout",
            "Acknowledgement lapses after",
            "An acknowledgement lapses after this long while the alert fires; `never` is allowed.",
            times.SPAN_OR_NEVER,
            ["30m", "never"],
            "1h",
        ),
        Key(
            "hold_until",
            "Hold until",
            "Name of hours: the first level waits for their opening.",
            Name("hours"),
            ["business-hours"],
        ),
        Key(
            "repage_on",
            "Repage on",
            "What reopens an acknowledged incident: `severity` rose, `growth: 2x`, `label: cluster` has a new value, "
            "`any`; `[]` for nothing.",
            one_or_more(Either(REPAGE, GROWN), 0),
            [["severity", {"growth": "3x"}, {"label": "cluster"}], []],
            ["severity", {"growth": "2x"}],
        ),
        Key(
            "storm",
            "Storm",
            "Beyond so many new incidents of this policy within the span, their messages go out together, at most "
            "every 30 s and one for each contact; each incident stays its own. `off`: never.",
            Either(OFF, STORM),
            [{"over": 50, "within": "10m"}, "off"],
            {"over": 20, "within": "5m"},
        ),
        Key(
            "templates",
            "Templates",
            "Its own texts, as Jinja2; what fails to render goes out in the built-in words.",
            WORDING,
            [{"short": "{{ incident.title }}"}],
        ),
    ),
)
