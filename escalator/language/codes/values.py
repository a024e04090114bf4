"""Codes of single values: durations, times, zones, patterns, addresses, templates."""

from escalator.language.codes.code import Code

CODES = (
    Code(
        "E126",
        "a duration without a unit",
        "Durations are digits with units, largest first: `90s`, `5m`, `1h30m`, `2d`, `1w`. A number without a unit is "
        "refused: one reader's minutes are another's seconds. A turn (`every`) is one number with one of m, h, d, w, "
        "or `shift`.",
        "sources:\n  alertmanager: {refresh: 24}\n",
        "sources:\n  alertmanager: {refresh: 24h}\n",
    ),
    Code(
        "E127",
        "a number or duration out of bounds",
        "The number or duration is outside what makes sense here.",
        "policies:\n  page: {levels: [{notify: [{person: ana}], attempts: 0}]}\n",
        "policies:\n  page: {levels: [{notify: [{person: ana}], attempts: 2}]}\n",
    ),
    Code(
        "E128",
        "not a time zone",
        "Time zones are named by place (`Europe/London`), or `UTC`. Abbreviations such as `EST` and offsets such as "
        "`+01:00` are refused: they have no summer time, so a schedule would hand off an hour late for half of the "
        "year.",
        "schedules:\n  web: {timezone: EST, layers: [{people: [ana, ben], every: 1w, starts: 2026-01-05T09:00}]}\n",
        "schedules:\n  web:\n    timezone: America/New_York\n"
        "    layers: [{people: [ana, ben], every: 1w, starts: 2026-01-05T09:00}]\n"
        "policies: {page: {levels: [{notify: [{schedule: web}]}]}}\n",
    ),
    Code(
        "E129",
        "not a date, a time or a day",
        "Dates and times are wall-clock: `2026-01-05T09:00`, `2026-12-25`, `09:00`, `mon-fri`. The zone stands in a "
        "key of its own, never in the time.",
        "silences:\n  - {match: {service: ledger}, until: 2026-06-20T09:00Z, timezone: UTC}\n",
        "silences:\n  - {match: {service: ledger}, until: 2026-06-20T09:00, timezone: UTC}\n",
    ),
    Code(
        "E130",
        "not a name",
        "Names have letters, digits, spaces and `_ . - + @`, at most 100 of them.",
        "teams:\n  web/shop: [ana]\n",
        "teams:\n  web-shop: [ana]\npolicies: {page: {levels: [{notify: [{team: web-shop}]}]}}\n",
    ),
    Code(
        "E131",
        "not a regular expression of RE2",
        "Regular expressions are RE2: matched in linear time and against the whole value, without look-around or "
        "back-references.",
        "routes:\n  - {match: {host: {regex: 'web(?!-test).*'}}, policy: page}\n",
        "routes:\n  - {match: {host: {regex: 'web.*', not_regex: 'web-test.*'}}, policy: page}\n",
    ),
    Code(
        "E132",
        "an address that does not fit",
        "The address does not fit the channel.",
        "people:\n  ana: {contacts: {push: browser, email: ana}}\n"
        "policies: {page: {levels: [{notify: [{person: ana}]}]}}\n",
        "people:\n  ana: {contacts: {push: browser, email: ana@example.com}}\n"
        "policies: {page: {levels: [{notify: [{person: ana}]}]}}\n",
    ),
    Code(
        "E134",
        "public holidays of nowhere",
        "Public holidays come from the `holidays` package by ISO 3166 codes: `{country: GB, subdivision: ENG}`. A list "
        "of dates always works.",
        "holidays:\n  bank: {country: England}\n",
        "holidays:\n  bank: {country: GB, subdivision: ENG}\n",
    ),
    Code(
        "E135",
        "hours that are never open",
        "The hours end when they begin, so they are never open. For whole days leave `from` and `to` out.",
        "hours:\n  weekdays: {timezone: Europe/London, days: mon-fri, from: 00:00, to: 24:00}\n"
        "  never: {timezone: Europe/London, from: 09:00, to: 09:00}\n",
        "hours:\n  weekdays: {timezone: Europe/London, days: mon-fri}\n"
        "policies: {page: {levels: [{notify: [{person: ana}], when: {during: weekdays}}, {notify: "
        "[{person: ben}]}]}}\n",
    ),
    Code(
        "E136",
        "`every: shift` without hours",
        "A shift is one window of hours, so `every: shift` needs `during`.",
        "schedules:\n  web: {timezone: UTC, layers: [{people: [ana, ben], every: shift, starts: 2026-01-05T09:00}]}\n",
        "hours: {day: {timezone: UTC, from: 09:00, to: 21:00}, night: {timezone: UTC, from: 21:00, to: 09:00}}\n"
        "schedules:\n  web:\n    timezone: UTC\n    layers:\n"
        "      - {people: [ana, ben], every: shift, starts: 2026-01-05T09:00, during: day}\n"
        "      - {people: [ben, ana], every: shift, starts: 2026-01-05T21:00, during: night}\n"
        "policies: {page: {levels: [{notify: [{schedule: web}]}]}}\n",
    ),
    Code(
        "E137",
        "an end before its start",
        "The end is not after the start.",
        "silences:\n"
        "  - {match: {service: ledger}, from: 2026-06-20T09:00, until: 2026-06-20T08:00, timezone: Europe/London}\n",
        "silences:\n"
        "  - {match: {service: ledger}, from: 2026-06-20T08:00, until: 2026-06-20T09:00, timezone: Europe/London}\n",
    ),
    Code(
        "E142",
        "not a template",
        "The text is not a Jinja2 template: a bracket or a block does not fit. Templates stand in a policy's "
        "`templates`, and in a webhook's `body` and `headers`.",
        "policies:\n  page: {levels: [{notify: [{person: ana}]}], templates: {short: '{{ incident.title }'}}\n",
        "policies:\n  page: {levels: [{notify: [{person: ana}]}], templates: {short: '{{ incident.title }}'}}\n",
    ),
    Code(
        "E143",
        "a name that no message has",
        "A template may name incident, alerts, person, target, level, round, reason, kind, links and others. Any other "
        "name would be empty in every message.",
        "policies:\n  page: {levels: [{notify: [{person: ana}]}], templates: {short: '{{ incidnt.title }}'}}\n",
        "policies:\n  page: {levels: [{notify: [{person: ana}]}], templates: {short: '{{ incident.title }}'}}\n",
    ),
    Code(
        "E144",
        "a header that cannot be set",
        "A webhook's own headers are letters, digits and `-`. Host, Content-Length and the like, and what signs the "
        "request, are set by Escalator.",
        "channels:\n  desk: {webhook: secret:DESK_URL, headers: {Host: desk.example.com}}\n",
        "channels:\n  desk: {webhook: secret:DESK_URL, headers: {X-Team: web}}\n"
        "policies: {page: {levels: [{notify: [{person: ana}, {channel: desk}]}]}}\n",
    ),
    Code(
        "E220",
        "a secret in a file",
        "Phone numbers, webhook URLs and routing keys are secrets. Write `secret:NAME`; the value comes from the "
        "environment variable NAME, or from the file that NAME_FILE names.",
        "people:\n  ana: {contacts: {push: browser, sms: '+15550100'}}\n"
        "policies: {page: {levels: [{notify: [{person: ana}]}]}}\n",
        "people:\n  ana: {contacts: {push: browser, sms: secret:ANA_PHONE}}\n"
        "policies: {page: {levels: [{notify: [{person: ana}]}]}}\n",
    ),
)
