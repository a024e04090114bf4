"""The shapes of everything with a calendar: hours, holidays, schedules and their layers, overrides."""

from escalator.language.shapes import times
from escalator.language.shapes.labels import TEXT
from escalator.language.shapes.shape import Key, Shape
from escalator.language.shapes.values import ByKey, Either, Listed, Name, Words, one_or_more

COVERAGE = Words("a coverage", {"always": "A gap is an error of `policy verify`."})
PUBLIC_HOLIDAYS = Shape(
    "public holidays",
    (
        Key("country", "Country", "ISO 3166 code of the country.", TEXT, ["GB", "DE"], needed=True),
        Key("subdivision", "Subdivision", "ISO 3166 code of a part of the country.", TEXT, ["ENG"]),
    ),
)
HOLIDAYS = Either(Listed(times.DAY), PUBLIC_HOLIDAYS)
HOURS = Shape(
    "hours",
    (
        Key("timezone", "Time zone", "The zone in which they are read.", times.ZONE, ["Europe/London"], needed=True),
        Key(
            "days",
            "Days",
            "Days on which a window starts. All of them where it is left out.",
            times.WEEKDAYS,
            ["mon-fri", ["mon", "wed", "sat-sun"]],
        ),
        Key("from", "From", "When a window opens.", times.TIME_OF_DAY, ["09:00"], "00:00"),
        Key(
            "to",
            "To",
            "When a window closes. `to` before `from` crosses midnight; such a window belongs to the day on which it "
            "starts.",
            times.TIME_OF_DAY,
            ["17:30", "24:00"],
            "24:00",
        ),
        Key(
            "except",
            "Except",
            "Holiday list, or several: no window starts on these dates.",
            one_or_more(Name("holidays"), 0),
            ["english", ["english", "company"]],
        ),
    ),
)
LAYER = Shape(
    "a layer",
    (
        Key(
            "people",
            "People",
            "In the order of their turns.",
            Listed(Name("people")),
            [["alice", "bob"]],
            needed=True,
        ),
        Key(
            "every",
            "Length of a turn",
            "`1w`, `2d`, `12h`, `30m`, or `shift`: one per window of `during`, so that weekends skip no turn.",
            times.LENGTH,
            ["1w", "12h", "shift"],
            needed=True,
        ),
        Key(
            "starts",
            "Starts",
            "When the first person's turn begins; it fixes the hour of every handoff.",
            times.MOMENT,
            ["2026-01-05T09:00"],
            needed=True,
        ),
        Key("timezone", "Time zone", "The schedule's where it is left out.", times.ZONE, ["Asia/Singapore"]),
        Key("during", "During", "Name of hours: on duty only then.", Name("hours"), ["business-hours"]),
        Key(
            "until",
            "Until",
            "End of the layer. Without it the layer goes on for ever.",
            times.MOMENT,
            ["2027-01-04T09:00"],
        ),
    ),
    {
        "if": {"properties": {"every": {"const": "shift"}}, "required": ["every"]},
        "then": {"required": ["during"]},
    },
)
IMPORTED = Shape(
    "a layer out of a calendar",
    (
        Key(
            "ical",
            "Calendar",
            "A calendar (`*.ics`) among the policies, by its path from this file. Each of its events names its person.",
            TEXT,
            ["oncall.ics"],
            needed=True,
        ),
        Key(
            "timezone",
            "Time zone",
            "For times without a zone. The schedule's where it is left out.",
            times.ZONE,
            ["Asia/Singapore"],
        ),
    ),
)
SCHEDULE = Shape(
    "a schedule",
    (
        Key("timezone", "Time zone", "For its layers and overrides.", times.ZONE, ["Europe/London"], needed=True),
        Key("coverage", "Coverage", "`always`: a gap is an error of `policy verify`.", COVERAGE, ["always"]),
        Key(
            "layers",
            "Layers",
            "Rotations: the first with somebody on duty wins, and an override goes before all.",
            Listed(ByKey("ical", IMPORTED, LAYER)),
            [[{"people": ["alice", "bob"], "every": "1w", "starts": "2026-01-05T09:00"}]],
            needed=True,
        ),
    ),
)
OVERRIDE = Shape(
    "an override",
    (
        Key(
            "schedule",
            "Schedule",
            "The schedule in which somebody is replaced.",
            Name("schedules"),
            ["payments"],
            needed=True,
        ),
        Key("person", "Person", "Who is on call instead.", Name("people"), ["grace"], needed=True),
        Key("from", "From", "When it begins, wall-clock.", times.MOMENT, ["2026-03-23T10:00"], needed=True),
        Key("until", "Until", "When it ends, wall-clock.", times.MOMENT, ["2026-03-27T10:00"], needed=True),
        Key("timezone", "Time zone", "The schedule's where it is left out.", times.ZONE, ["Europe/London"]),
        Key("reason", "Reason", "Why, for those who read it.", TEXT, ["Femi on leave"]),
    ),
)
