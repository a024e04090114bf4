"""Codes of calendars: layers whose shifts are events of an `.ics` file among the policies."""

from escalator.language.codes.code import Code

_LAYER = "schedules: {web: {timezone: UTC, layers: [{ical: oncall.ics}]}}\n"
_POLICY = "policies: {page: {levels: [{notify: [{schedule: web}]}, {notify: [{person: ana}, {person: ben}]}]}}\n"
_FILE = "# file: oncall.ics\n"
_TIMES = "DTSTART:20260601T090000Z\nDTEND:20260901T090000Z\n"


def _calendar(event: str) -> str:
    head = "BEGIN:VCALENDAR\nVERSION:2.0\nPRODID:an example\nBEGIN:VEVENT\nUID:1\n"
    return f"{head}{event}END:VEVENT\nEND:VCALENDAR\n"


_RIGHT = _LAYER + _POLICY + _FILE + _calendar(_TIMES + "SUMMARY:ana\n")

CODES = (
    Code(
        "E150",
        "a calendar that is not there",
        "A layer `{ical: oncall.ics}` takes its shifts from a calendar among the policies: a file `*.ics` below the "
        "same folder, by its path from the file that names it. Where a single file is the policy, no calendar is read.",
        _LAYER + _POLICY,
        _RIGHT,
    ),
    Code(
        "E151",
        "not a calendar",
        "The file is not a calendar (RFC 5545), or is broken at this line. Export it again.",
        _LAYER + _POLICY + _FILE + "ana has June, ben has July\n",
        _RIGHT,
    ),
    Code(
        "E152",
        "an event that cannot be read",
        "This property of an event cannot be read. An event needs `DTSTART` and `DTEND` or `DURATION`, a zone by "
        "place, UTC, or none (then it is the layer's), and recurs by days, weeks, months or years.",
        _LAYER + _POLICY + _FILE + _calendar("SUMMARY:ana\n"),
        _RIGHT,
    ),
    Code(
        "E153",
        "an event that names no person",
        "Each event of a calendar names its person: `SUMMARY` is the name or the e-mail address, or an `ATTENDEE` has "
        "the address. Who is meant is never guessed.",
        _LAYER + _POLICY + _FILE + _calendar(_TIMES + "SUMMARY:On call\n"),
        _RIGHT,
    ),
    Code(
        "E154",
        "a calendar that is too large",
        "A calendar may have 1 MiB, 500 recurring events, and 20,000 shifts from 2020 to 2040. Export less of it.",
        _LAYER + _POLICY + _FILE + _calendar(_TIMES + "SUMMARY:ana\nDESCRIPTION:" + "x" * 1024 * 1024 + "\n"),
        _RIGHT,
    ),
    Code(
        "W273",
        "a calendar that ends",
        "The last shift of a calendar ends soon, or has ended: after it, this layer has nobody. Export the calendar "
        "again, with more time ahead.",
        _LAYER + _POLICY + _FILE + _calendar(_TIMES.replace("20260901", "20260607") + "SUMMARY:ana\n"),
        _RIGHT,
    ),
)
