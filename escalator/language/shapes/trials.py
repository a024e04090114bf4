"""The shapes of test files: nights, their events and expectations, the table of routes."""

from escalator.core.incident import Status
from escalator.core.providers import PROVIDERS
from escalator.language.shapes import times
from escalator.language.shapes.labels import SOME_MATCH, TEXT
from escalator.language.shapes.ladders import TARGET, URGENCY
from escalator.language.shapes.shape import Key, Shape
from escalator.language.shapes.values import Either, Listed, Name, Named, Text, Whole, Words, one_or_more

LABELS = Named(Text(r"^$|\S", "expected the value of a label"), least=1)
WHICH = Either(Text(otherwise="expected an incident: its number, its title, or labels of it"), LABELS)
MODE = Words(
    "a mode",
    {
        "silent": "Messages are taken and nobody hears them.",
        "failing": "Not now, each time: tried again and again.",
        "rejecting": "Refused for good, at once.",
    },
)
PROVIDER = Words(
    "a provider",
    {
        name: f"Carries {' and '.join(via for via in PROVIDERS if PROVIDERS[via] == name)}."
        for name in dict.fromkeys(PROVIDERS.values())
    },
)
VIA = Words("a way to reach a person", {via: f"Carried by {name}." for via, name in PROVIDERS.items()})
STATUSES = Words("a status", {each.value: f"The incident is {each.value}." for each in Status})
SOURCE_STATE = Words("`silent`", {"silent": "The sender repeats nothing any more."})
YES = Words("`true` or `false`", {"true": "So it shall be.", "false": "It shall not."})
EVENT_NAMES = Words(
    "an event of the timeline",
    {
        "opened": "The incident began.",
        "paged": "A level paged.",
        "skipped": "A level was passed over.",
        "unreachable": "Nobody of a page could be reached.",
        "repeat": "Another pass through the levels began.",
        "round": "Level 1 was due again.",
        "handed over": "It went on to `catch_all`.",
        "exhausted": "A low-urgency incident was walked to its end.",
        "last resort": "Nobody could be reached by any policy.",
        "storm": "It opened in a storm.",
        "raised": "The severity rose.",
        "joined": "Further alerts joined.",
        "cleared": "Some of its alerts resolved.",
        "digest": "Those who know were told of further alerts.",
        "resolved": "It is over.",
        "resolved by hand": "A person called it over while alerts fired.",
        "reopened": "It fired again within the reopen window.",
        "held": "A firing with an old start waits.",
        "unheld": "That firing was a stale copy.",
        "hold over": "That firing was true.",
        "blinked": "A resolve was missed.",
        "silenced": "Silences cover every alert of it.",
        "unsilenced": "They no longer do.",
        "unconfirmed": "Its sender went silent.",
        "confirmed": "Its sender is back.",
        "acknowledged": "Somebody took it.",
        "unacknowledged": "And gave it back.",
        "ack_timeout": "The acknowledgement lapsed.",
        "snoozed": "Somebody put it off.",
        "snooze_ended": "The snooze ended.",
        "escalated": "Somebody sent it upwards.",
        "reassigned": "Somebody gave it to others.",
        "note": "Somebody wrote something.",
        "ignored": "Something came too late to matter.",
        "revision": "Another revision of the policies took it.",
        "rerouted": "Its policy was gone.",
    },
)

CASE = Shape(
    "a row of the route table",
    (
        Key("labels", "Labels", "Of an alert; the catalogue fills in what it knows.", LABELS, [{"alertname": "Slow"}],
            needed=True),
        Key("policy", "Policy", "The policy that shall take it.", Name("policies"), ["page"]),
        Key("route", "Route", "The route that shall take it: `routes[0]`, `payments[1]`, `catch_all`.", TEXT,
            ["routes[0]", "catch_all"]),
        Key("urgency", "Urgency", "With which urgency.", URGENCY, ["high"]),
        Key("dropped", "Dropped", "That the route drops it.", YES, [True]),
    ),
)  # fmt: skip
FAULT = Shape(
    "a fault",
    (
        Key("provider", "Provider", "A provider; `failing` unless said otherwise.", PROVIDER, ["browser-push"]),
        Key("person", "Person", "A person; `silent` unless said otherwise.", Name("people"), ["ana"]),
        Key("contact", "Contact", "One way to one person; `silent` unless said otherwise.", TEXT, ["ana by sms"]),
        Key("channel", "Channel", "A channel; `failing` unless said otherwise.", Name("channels"), ["ops-slack"]),
        Key("mode", "Mode", "How it shows.", MODE, ["silent", "failing", "rejecting"]),
    ),
)
MEND = FAULT.without("mode")
SNOOZE = Shape(
    "a snooze",
    (
        Key("by", "By", "Who does it.", Name("people"), ["ana"], needed=True),
        Key("for", "For", "How long.", times.SPAN, ["1h"], needed=True),
    ),
)
ESCALATE = Shape(
    "an escalation",
    (
        Key("by", "By", "Who does it.", Name("people"), ["ana"], needed=True),
        Key("level", "Level", "To this level; without it, the next.", Whole("a level", 1, 100), [2]),
    ),
)
REASSIGN = Shape(
    "a reassignment",
    (
        Key("by", "By", "Who does it.", Name("people"), ["ana"], needed=True),
        Key("to", "To", "To whom.", one_or_more(TARGET), [{"person": "ben"}], needed=True),
    ),
)
NOTE = Shape(
    "a note",
    (
        Key("by", "By", "Who writes it.", Name("people"), ["ana"], needed=True),
        Key("text", "Text", "What it says.", TEXT, ["looking at it"], needed=True),
    ),
)
SILENCE = Shape(
    "a silence",
    (
        Key("match", "Match", "Which alerts are muted.", SOME_MATCH, [{"service": "ledger"}], needed=True),
        Key("for", "For", "How long.", times.SPAN, ["1h"], needed=True),
    ),
)
OVERRIDE = Shape(
    "an override",
    (
        Key("schedule", "Schedule", "Of which schedule.", Name("schedules"), ["on-call"], needed=True),
        Key("person", "Person", "Who stands in.", Name("people"), ["ben"], needed=True),
        Key("for", "For", "How long.", times.SPAN, ["8h"], needed=True),
    ),
)
EVENT = Shape(
    "an event",
    (
        Key("at", "At", "How long after `starts`.", times.SPAN, ["0m", "4m"], needed=True),
        Key("fire", "Fire", "An alert with these labels fires; a list: several at once.", one_or_more(LABELS),
            [{"alertname": "Slow"}]),
        Key("resolve", "Resolve", "The source says that it is over.", one_or_more(LABELS), [{"alertname": "Slow"}]),
        Key("ack", "Acknowledge", "This person takes it.", Name("people"), ["ana"]),
        Key("unack", "Unacknowledge", "This person gives it back.", Name("people"), ["ana"]),
        Key("snooze", "Snooze", "Somebody puts it off.", SNOOZE, [{"by": "ana", "for": "1h"}]),
        Key("escalate", "Escalate", "Sent to the next level, or to the one that is named.",
            Either(Name("people"), ESCALATE), ["ana", {"by": "ana", "level": 3}]),
        Key("reassign", "Reassign", "Somebody gives it to others.", REASSIGN, [{"by": "ana", "to": {"person": "ben"}}]),
        Key("resolve_by_hand", "Resolve by hand", "This person calls it over.", Name("people"), ["ana"]),
        Key("note", "Note", "Somebody writes something.", NOTE, [{"by": "ana", "text": "looking at it"}]),
        Key("fault", "Fault", "Something fails from now on.", FAULT, [{"provider": "twilio"}]),
        Key("mend", "Mend", "It works again.", MEND, [{"provider": "twilio"}]),
        Key("silence", "Silence", "A silence begins.", SILENCE, [{"match": {"service": "ledger"}, "for": "1h"}]),
        Key("override", "Override", "Somebody stands in from now on.", OVERRIDE,
            [{"schedule": "on-call", "person": "ben", "for": "8h"}]),
        Key("unusable", "Unusable", "Contacts and channels that are known not to work.", one_or_more(TEXT),
            [["ana by sms", "ops-slack"]]),
        Key("source", "Source", "The sender goes silent.", SOURCE_STATE, ["silent"]),
        Key("incident", "Incident", "Which one, where there are several: number, title or labels.", WHICH,
            [2, {"alertname": "Slow"}]),
        Key("refused", "Refused", "That the rules refuse it.", YES, [True]),
    ),
)  # fmt: skip
ABOUT_EVENT = ("at", "incident", "refused")
"""Keys of an event that are not what happens."""
STATUS = Shape(
    "a status",
    (
        Key("at", "At", "When; the end of the night where not said.", times.SPAN, ["5m"]),
        Key("is", "Is", "Which.", STATUSES, ["acknowledged"], needed=True),
        Key("by", "By", "Who holds it.", Name("people"), ["ana"]),
    ),
)
EXPECTATION = Shape(
    "an expectation",
    (
        Key("at", "At", "How long after `starts`.", times.SPAN, ["5m"]),
        Key("paged", "Paged", "Exactly these hear a page then.", one_or_more(TEXT, 0), [["ana by push", "ben"]]),
        Key("channels", "Channels", "Exactly these channels hear a page then.", one_or_more(Name("channels"), 0),
            [["ops-slack"]]),
        Key("told", "Told", "Exactly these hear how it goes on.", one_or_more(TEXT, 0),
            [["ana by email", "ops-slack"]]),
        Key("event", "Event", "This stands in the timeline then.", one_or_more(EVENT_NAMES), ["ack_timeout"]),
        Key("level", "Level", "The level that the incident has reached.", Whole("a level", 0, 100), [2]),
        Key("status", "Status", "What the incident is.", Either(STATUSES, STATUS), ["acknowledged"]),
        Key("incidents", "Incidents", "How many there have been.", Whole("a number of incidents", 0, 10_000), [1]),
        Key("no_pages_between", "No pages between", "No page goes out between these, themselves excluded.",
            Listed(times.SPAN, 2), [["0m", "34m"]]),
        Key("incident", "Incident", "Only of this one: number, title or labels.", WHICH, [2]),
    ),
)  # fmt: skip
TRIAL = Shape(
    "a test",
    (
        Key("name", "Name", "A sentence.", TEXT, ["an unacknowledged page climbs"], needed=True),
        Key("starts", "Starts", "When the night begins, wall-clock.", times.MOMENT, ["2026-03-04T03:10"], needed=True),
        Key("timezone", "Time zone", "The zone of `starts`, and of what is shown.", times.ZONE, ["Europe/London"],
            needed=True),
        Key("events", "Events", "What happens.", Listed(EVENT), [[{"at": "0m", "fire": {"alertname": "Slow"}}]],
            needed=True),
        Key("expect", "Expect", "What shall come of it.", Listed(EXPECTATION), [[{"at": "0m", "paged": ["ana"]}]]),
        Key("timeline", "Timeline", "All of what comes of it, written by `--update`.",
            Listed(Named(TEXT), 0), [[{"0s": "ana paged by push (level 1)"}]]),
        Key("until", "Until", "How long the night is played at least.", times.SPAN, ["2h"]),
    ),
)  # fmt: skip
NIGHT = {
    "name": "an unacknowledged page climbs",
    "starts": "2026-03-04T03:10",
    "timezone": "Europe/London",
    "events": [{"at": "0m", "fire": {"alertname": "Slow"}}],
    "expect": [{"at": "0m", "paged": ["ana"]}],
}
TRIALS = Shape(
    "a test file",
    (
        Key("version", "Version", "1.", Whole("a version", 1, 1), [1]),
        Key("routes", "Routes", "A table: labels, and where they go.", Listed(CASE),
            [[{"labels": {"alertname": "Slow"}, "policy": "page"}]]),
        Key("tests", "Tests", "Nights.", Listed(TRIAL), [[NIGHT]]),
    ),
)  # fmt: skip
