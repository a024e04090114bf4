"""Every code and its paragraph, as `escalator policy explain CODE` prints it. No code is ever renamed or reused."""

EXPLANATIONS = {
    # Reading files
    "E100": (
        "The file or folder could not be read at all. Check that the path exists and that the service may "
        "read it. A folder that cannot be read is refused as a whole, because the policy that pages might "
        "be in it."
    ),
    "E101": (
        "The file contains bytes that are not UTF-8. Save it as UTF-8; the place of the first such byte is given."
    ),
    "E102": (
        "The text is not YAML: a bracket, a quote or an indentation does not fit. A second place, where "
        "given, is where the list, mapping or text begins that could not be finished."
    ),
    "E103": (
        "Anchors (`&name`) and aliases (`*name`) are not part of the language. They make a line mean "
        "something that stands elsewhere, and a few of them expand to gigabytes. Quote a text that begins "
        "with `&` or `*`."
    ),
    "E104": "Tags (`!name`) are not part of the language. Quote a text that begins with `!`.",
    "E105": (
        "The same key stands twice in one mapping. Many YAML readers silently keep the last; here it is an error."
    ),
    "E106": ("A policy file may have 256 KiB. A folder is read as one policy, so a large file can be split anywhere."),
    "E107": "Nothing in the language nests deeper than a few steps; 20 is the limit.",
    "E108": "A file holds one YAML document. Put what follows `---` into a file of its own.",
    "E109": "The file contains a control character, perhaps as an escape such as `\\0`. Remove it.",
    # Shapes
    "E120": (
        "This key is not known here. Keys that nobody reads are errors, because a misspelt one would "
        "silently take its default."
    ),
    "E121": "A key that has no default is missing.",
    "E122": "Something else was expected here: a mapping, a list, or a text.",
    "E123": "A colon needs a space after it. `{schedule:primary}` is one word in YAML, not a key and a value.",
    "E124": '`#` after a space begins a comment, so the value was lost. Quote it: `slack: "#channel"`.',
    "E125": "The value must be one of a few words, which the message lists.",
    "E126": (
        "Durations are digits with units, largest first: `90s`, `5m`, `1h30m`, `2d`, `1w`. A number without "
        "a unit is refused: one reader's minutes are another's seconds. A turn (`every`) is one number with "
        "one of m, h, d, w, or `shift`."
    ),
    "E127": "The number or duration is outside what makes sense here.",
    "E128": (
        "Time zones are named by place (`Europe/London`), or `UTC`. Abbreviations such as `EST` and offsets "
        "such as `+01:00` are refused: they have no summer time, so a schedule would hand off an hour late "
        "for half of the year."
    ),
    "E129": (
        "Dates and times are wall-clock: `2026-01-05T09:00`, `2026-12-25`, `09:00`, `mon-fri`. The zone "
        "stands in a key of its own, never in the time."
    ),
    "E130": "Names have letters, digits, spaces and `_ . - + @`, at most 100 of them.",
    "E131": (
        "Regular expressions are RE2: matched in linear time and against the whole value, without "
        "look-around or back-references."
    ),
    "E132": "The address does not fit the channel.",
    "E133": "A target is `{kind: name}`, and a channel has one way out: exactly one key, no more.",
    "E134": (
        "Public holidays come from the `holidays` package by ISO 3166 codes: `{country: GB, subdivision: "
        "ENG}`. A list of dates always works."
    ),
    "E135": "The hours end when they begin, so they are never open. For whole days leave `from` and `to` out.",
    "E136": "A shift is one window of hours, so `every: shift` needs `during`.",
    "E137": "The end is not after the start.",
    "E138": (
        "A condition on a label is `value`, `[a, b]`, `{not: …}`, `{regex: …}` or `{not_regex: …}`. "
        "Alertmanager's `=~` inside a text would be compared literally and never match, so it is refused."
    ),
    "E139": (
        "A route has exactly one of `policy`, `route_group` and `drop`; `reason` goes with `drop`; how "
        "alerts are grouped is said by the routes of a delegated group, not by the route that delegates."
    ),
    "E140": "`version` is 1. A file of another version needs another Escalator.",
    "E142": (
        "The text is not a Jinja2 template: a bracket or a block does not fit. Templates stand in a policy's "
        "`templates`, and in a webhook's `body` and `headers`."
    ),
    "E143": (
        "A template may name incident, alerts, person, target, level, round, reason, kind, links and others. Any other "
        "name would be empty in every message."
    ),
    "E144": (
        "A webhook's own headers are letters, digits and `-`. Host, Content-Length and the like, and what signs the "
        "request, are set by Escalator."
    ),
    # Calendars
    "E150": (
        "A layer `{ical: oncall.ics}` takes its shifts from a calendar among the policies: a file `*.ics` below the "
        "same folder, by its path from the file that names it. Where a single file is the policy, no calendar is read."
    ),
    "E151": "The file is not a calendar (RFC 5545), or is broken at this line. Export it again.",
    "E152": (
        "This property of an event cannot be read. An event needs `DTSTART` and `DTEND` or `DURATION`, a zone by "
        "place, UTC, or none (then it is the layer's), and recurs by days, weeks, months or years."
    ),
    "E153": (
        "Each event of a calendar names its person: `SUMMARY` is the name or the e-mail address, or an `ATTENDEE` has "
        "the address. Who is meant is never guessed."
    ),
    "E154": "A calendar may have 1 MiB and 20,000 shifts from 2020 to 2040. Export less of it.",
    # Names and meaning
    "E201": (
        "`catch_all` names the policy that takes every alert that no route takes. Without it alerts could "
        "be lost, so it is one of the two things that every policy needs."
    ),
    "E202": (
        "What nobody planned for must reach a person. Channels (Slack, e-mail lists, webhooks, PagerDuty) "
        "never count as reaching a human."
    ),
    "E203": "A route without `match` would take every alert that comes so far. That is what `catch_all` is for.",
    "E204": "Names are shared by all files of a folder; this one is declared twice.",
    "E205": (
        "`routes`, `catch_all`, `defaults` and `notification_rules` stand in one file of a folder, so that "
        "one place decides which team sees which alert. Other files declare `route_groups`, to which that "
        "file delegates."
    ),
    "E206": "There is no policy at all. Every set of files needs one policy and `catch_all`.",
    "E210": (
        "The name is not declared under the section where such names stand. If it is declared as something "
        "else, the cure says as what."
    ),
    "E220": (
        "Phone numbers, webhook URLs and routing keys are secrets. Write `secret:NAME`; the value comes "
        "from the environment variable NAME, or from the file that NAME_FILE names."
    ),
    "E230": (
        "The first route that matches wins, and an earlier one already takes every alert that this one "
        "describes. The check is sound but not complete: what several earlier routes take only together "
        "goes unseen."
    ),
    "E231": "The conditions of this route exclude each other.",
    "E240": (
        "An incident is identified by its route and the values of `group_by`. With `severity` among them, a "
        "warning that turns critical would become a second incident beside the acknowledged one, instead of "
        "waking somebody."
    ),
    "E252": (
        "A policy by severity must answer for each of info, warning, error and critical; `default` answers "
        "for the rest."
    ),
    "E280": "A silence has an end. Without `until` it must recur, `during` some hours.",
    "E281": "A silence may last 30 days. What should never page is a `drop` on a route, with its reason.",
    "E282": "A silence or heartbeat that matches everything would mute everything.",
    # Warnings
    "W231": "Taking the catalogue `alerts:` as complete, no alert can match this route.",
    "W232": "This alert of the catalogue is taken by no route, so it goes to `catch_all`.",
    "W233": "No route delegates to this group, so its routes are never tried.",
    "W241": (
        "Incidents never move between routes. When two routes differ in severity alone, a warning that "
        "turns critical becomes a second incident. Use one route, and a policy by severity."
    ),
    "W250": (
        "A critical alert can come here, where it is dropped or waits for opening hours. An alert without a "
        "known severity counts as critical."
    ),
    "W251": (
        "A missing label is the empty text, which `{not: prod}` and some patterns take. So an alert whose "
        "`env` was forgotten counts as not-production. List the values that are meant."
    ),
    "W255": (
        "A critical incident can come to this policy, and here it may lie: a finite `repeat`, `ack_timeout: "
        "never`, or a level that waits longer than 15 minutes."
    ),
    "W256": ("A critical incident can come to this policy, whose levels name channels only. Nobody would be woken."),
    "W260": "Severities are info, warning, error and critical. Any other counts as critical.",
    "W270": "Somebody has no contact that the notification rules use, so a page skips them.",
    "W271": "This window has ended.",
    "W272": "Two overrides of one schedule overlap; the one that starts later wins while both last.",
    "W273": (
        "The last shift of a calendar ends soon, or has ended: after it, this layer has nobody. Export the calendar "
        "again, with more time ahead."
    ),
    "W290": (
        "Hours that cross midnight belong to the day on which they start: with `days: mon-fri`, the last "
        "window ends on Saturday morning, and Monday's first hours are outside."
    ),
}


def explain(code: str) -> str | None:
    """The paragraph for a code, in any case of letters; None for one that does not exist."""
    return EXPLANATIONS.get(code.upper())
