"""The shapes of people, teams and channels, and of the rules by which people are told."""

from escalator.language.shapes import times
from escalator.language.shapes.labels import TEMPLATE
from escalator.language.shapes.patterns import HEADER, MAIL, SECRET, SLACK
from escalator.language.shapes.shape import Key, Shape
from escalator.language.shapes.values import Listed, Name, Named, Spelled, Words

SECRETLY = Spelled("`secret:NAME`, which names an environment variable", (SECRET,))
BROWSER = Spelled("`browser`", (SECRET,), ("browser",))
MAILBOX = Spelled("an e-mail address, or `secret:NAME`", (MAIL, SECRET))
PLACE_IN_SLACK = Spelled('`"#channel"`, an id, an e-mail address, or `secret:NAME`', (SLACK, SECRET))

_SECRETLY = "`secret:NAME`: the environment variable NAME, or the file that `NAME_FILE` names, holds"
_WAYS = {
    key.name: key
    for key in (
        Key(
            "push",
            "Browser push",
            "`browser`: the devices that the person registered in the console.",
            BROWSER,
            ["browser"],
        ),
        Key(
            "slack",
            "Slack",
            'A user id or e-mail address for a person. For a channel `"#channel"` in quotes, an id or, as a secret, '
            "the URL of an incoming webhook.",
            PLACE_IN_SLACK,
            ["#sre-alerts", "U024BE7LH", "eli@example.com"],
        ),
        Key("sms", "Text message", f"{_SECRETLY} the phone number.", SECRETLY, ["secret:ALICE_PHONE"]),
        Key("call", "Phone call", f"{_SECRETLY} the phone number.", SECRETLY, ["secret:ALICE_PHONE"]),
        Key("email", "E-mail", "An e-mail address, literally or as a secret.", MAILBOX, ["alice@example.com"]),
        Key("webhook", "Webhook", f"{_SECRETLY} the URL.", SECRETLY, ["secret:STATUS_WEBHOOK"]),
        Key("pagerduty", "PagerDuty", f"{_SECRETLY} the routing key.", SECRETLY, ["secret:PD_ROUTING_KEY"]),
        Key("apprise", "Apprise", f"{_SECRETLY} the URL of a service that apprise knows.", SECRETLY, ["secret:TEAMS"]),
    )
}

CONTACTS = Shape("contacts", (_WAYS[via] for via in ("push", "slack", "sms", "call", "email", "webhook", "apprise")))
CHANNELS = Shape(
    "the way of a channel", (_WAYS[via] for via in ("slack", "email", "sms", "webhook", "pagerduty", "apprise"))
)
"""The ways out that a channel can have: exactly one."""

SECRET_ONLY = frozenset(via for via, key in _WAYS.items() if key.value is SECRETLY)
"""Ways whose address must be a secret."""

VIA = Words("a way to reach a person", {key.name: key.about for key in CONTACTS.keys})
ACKNOWLEDGES = Words(
    "`true` or `false`",
    {
        "true": 'An answer of exactly `{"acknowledge": true}` acknowledges the incident.',
        "false": "Nothing that the receiver answers counts.",
    },
)
FORM = Shape(
    "the form of a webhook",
    (
        Key(
            "body",
            "Body",
            "A webhook's own request body, as a Jinja2 template; put `| tojson` behind every value in JSON.",
            TEMPLATE,
            ['{"text": {{ incident.title | tojson }}}'],
        ),
        Key(
            "headers",
            "Headers",
            "A webhook's own headers. A value is a Jinja2 template or `secret:NAME`; `Authorization` and `Cookie` must "
            "be secrets.",
            Named(TEMPLATE, HEADER, "expected the name of a header: letters, digits and `-`"),
            [{"Authorization": "secret:JIRA_AUTH", "X-Severity": "{{ incident.severity }}"}],
        ),
        Key(
            "acknowledges",
            "Answers acknowledge",
            'Whether the receiver\'s answer `{"acknowledge": true}` acknowledges the incident.',
            ACKNOWLEDGES,
            [True],
            False,
        ),
    ),
)
"""How a webhook's request is made."""
CHANNEL = Shape(
    "a channel",
    (*CHANNELS.keys, *FORM.keys),
    {"minProperties": 1, "dependencies": {name: ["webhook"] for name in FORM}},
)

STEP = Shape(
    "a step",
    (
        Key("via", "Contact", "Which of the person's contacts is used.", VIA, ["push", "sms"], needed=True),
        Key("after", "After", "How long after the page.", times.SPAN, ["1m", "90s"], "0s"),
    ),
)
_STEPS = Listed(STEP)
URGENCIES = Shape(
    "notification rules",
    (
        Key(
            "high",
            "High urgency",
            "Steps for incidents of high urgency. Without any, every contact is used at once, and `call` after 2m.",
            _STEPS,
            [[{"via": "push"}, {"via": "sms", "after": "1m"}, {"via": "call", "after": "3m"}]],
        ),
        Key(
            "low",
            "Low urgency",
            "Steps for incidents of low urgency. Without any, e-mail is used, else the first contact.",
            _STEPS,
            [[{"via": "email"}]],
        ),
    ),
)
PERSON = Shape(
    "a person",
    (
        Key(
            "contacts",
            "Contacts",
            "The ways to reach them. Phone numbers, webhooks and apprise URLs must be secrets.",
            CONTACTS,
            [{"push": "browser", "sms": "secret:ALICE_PHONE", "email": "alice@example.com"}],
            needed=True,
        ),
        Key("timezone", "Time zone", "For the times that the person is shown.", times.ZONE, ["Europe/London"]),
        Key(
            "notification_rules",
            "Notification rules",
            "Their own rules, which replace the organisation's for that urgency.",
            URGENCIES,
            [{"low": [{"via": "slack"}]}],
        ),
        Key(
            "quiet_hours",
            "Quiet hours",
            "Name of hours during which nothing of low urgency is sent: it waits for their end. High urgency is never "
            "held back.",
            Name("hours"),
            ["nights"],
        ),
    ),
)
TEAM = Listed(Name("people"))
