"""Codes of schedules, hours and windows: when nobody is on call, and what time has overtaken."""

from escalator.language.codes.code import Code

_SCHEDULE = "schedules:\n  web:\n    timezone: Europe/London\n"
_LAYER = "      - {people: [ana, ben], every: 1w, starts: 2026-01-05T09:00}\n"
_DAY = "hours: {day: {timezone: Europe/London, days: mon-fri, from: 09:00, to: 17:30}}\n"
_BY_DAY = "      - {people: [ana, ben], every: 1w, starts: 2026-01-05T09:00, during: day}\n"
_PAGE = "policies: {page: {levels: [{notify: [{schedule: web}]}]}}\n"

_ZONES = (
    "hours:\n  london: {timezone: Europe/London, from: 08:00, to: 20:00}\n"
    "  tokyo: {timezone: Asia/Tokyo, from: %s, to: 17:00}\n"
    + _SCHEDULE.replace("Europe/London", "UTC")
    + "%s    layers:\n"
    "      - {people: [ana], every: 1w, starts: 2026-01-05T08:00, timezone: Europe/London, during: london}\n"
    "      - {people: [ben], every: 1w, starts: 2026-01-05T05:00, timezone: Asia/Tokyo, during: tokyo}\n"
)
_OTHERS = "policies: {page: {levels: [{notify: [{schedule: web}]}, {notify: [{person: ana}, {person: ben}]}]}}\n"

CODES = (
    Code(
        "E261",
        "a gap where coverage is promised",
        "The schedule says `coverage: always`, and within the next 400 days there are times at which "
        "nobody is on call. "
        "The message gives the first one in the schedule's zone, and how many there are.",
        _DAY + _SCHEDULE + "    coverage: always\n    layers:\n" + _BY_DAY + _PAGE,
        _DAY + _SCHEDULE + "    coverage: always\n    layers:\n" + _BY_DAY + _LAYER + _PAGE,
    ),
    Code(
        "E262",
        "a gap that clock changes make, where coverage is promised",
        "The schedule says `coverage: always` and has weeks without a gap; but while one zone has summer time and "
        "another has not, there are times at which nobody is on call. Let the hours of neighbouring zones overlap by "
        "an hour.",
        _ZONES % ("05:00", "    coverage: always\n") + _OTHERS,
        _ZONES % ("04:00", "    coverage: always\n") + _OTHERS,
    ),
    Code(
        "W261",
        "a gap that a critical incident can fall into",
        "A critical incident can come to this policy, and at times its schedule has nobody on call and no other level "
        "names anybody. The incident then goes on to `catch_all`; and where this is `catch_all`, everybody is paged.",
        _DAY + _SCHEDULE + "    layers:\n" + _BY_DAY + _PAGE,
        _DAY + _SCHEDULE + "    layers:\n" + _BY_DAY + _OTHERS,
    ),
    Code(
        "W262",
        "a gap that clock changes make",
        "The schedule has weeks without a gap; but while one zone has summer time and another has not, there are times "
        "at which nobody is on call. Let the hours of neighbouring zones overlap by an hour. With `coverage: always` "
        "this is the error E262.",
        _ZONES % ("05:00", "") + _OTHERS,
        _ZONES % ("04:00", "") + _OTHERS,
    ),
    Code(
        "W271",
        "a window that has ended",
        "This window has ended.",
        "silences:\n  - {match: {service: ledger}, until: 2026-03-01T09:00, timezone: UTC}\n",
        "silences:\n  - {match: {service: ledger}, until: 2026-06-20T09:00, timezone: UTC}\n",
    ),
    Code(
        "W272",
        "overrides that overlap",
        "Two overrides of one schedule overlap; the one that starts later wins while both last.",
        _SCHEDULE + "    layers:\n" + _LAYER + _PAGE + "overrides:\n"
        "  - {schedule: web, person: ana, from: 2026-07-06T09:00, until: 2026-07-09T09:00}\n"
        "  - {schedule: web, person: ben, from: 2026-07-08T09:00, until: 2026-07-10T09:00}\n",
        _SCHEDULE + "    layers:\n" + _LAYER + _PAGE + "overrides:\n"
        "  - {schedule: web, person: ana, from: 2026-07-06T09:00, until: 2026-07-08T09:00}\n"
        "  - {schedule: web, person: ben, from: 2026-07-08T09:00, until: 2026-07-10T09:00}\n",
    ),
    Code(
        "W290",
        "nights under a limit of days",
        "Hours that cross midnight belong to the day on which they start: with `days: mon-fri`, the last "
        "window ends on "
        "Saturday morning, and Monday's first hours are outside.",
        "hours: {nights: {timezone: Europe/London, days: mon-fri, from: 22:00, to: 06:00}}\n"
        "policies: {page: {levels: [{notify: [{person: ana}], when: {during: nights}}, {notify: [{person: ben}]}]}}\n",
        "hours: {nights: {timezone: Europe/London, from: 22:00, to: 06:00}}\n"
        "policies: {page: {levels: [{notify: [{person: ana}], when: {during: nights}}, {notify: [{person: ben}]}]}}\n",
    ),
    Code(
        "W291",
        "turns that begin out of hours",
        "`starts` fixes the hour at which turns change. Here it lies in no window of `during`, so that turns change "
        "while nobody of this layer is on duty; often the layer's `timezone` was forgotten, and the hour is that of "
        "another place.",
        _DAY + _SCHEDULE + "    layers:\n" + _BY_DAY.replace("T09", "T20") + _LAYER + _PAGE,
        _DAY + _SCHEDULE + "    layers:\n" + _BY_DAY + _LAYER + _PAGE,
    ),
)
