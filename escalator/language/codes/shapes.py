"""Codes of keys and shapes: something else stands where the language wants a key, a list, a word."""

from escalator.language.codes.code import Code

CODES = (
    Code(
        "E120",
        "an unknown key",
        "This key is not known here. Keys that nobody reads are errors, because a misspelt one would silently take its "
        "default.",
        "policies:\n  page: {levels: [{notify: [{person: ana}], escalate_afer: 10m}]}\n",
        "policies:\n  page: {levels: [{notify: [{person: ana}], escalate_after: 10m}]}\n",
    ),
    Code(
        "E121",
        "a missing key",
        "A key that has no default is missing.",
        "heartbeats:\n  prometheus: {match: {alertname: Watchdog}, policy: page}\n",
        "heartbeats:\n  prometheus: {match: {alertname: Watchdog}, policy: page, expect_every: 5m}\n",
    ),
    Code(
        "E122",
        "another shape was expected",
        "Something else was expected here: a mapping, a list, or a text.",
        "policies:\n  page: {levels: [{notify: [ana]}]}\n",
        "policies:\n  page: {levels: [{notify: [{person: ana}]}]}\n",
    ),
    Code(
        "E123",
        "a colon without a space",
        "A colon needs a space after it. `{schedule:primary}` is one word in YAML, not a key and a value.",
        "policies:\n  page: {levels: [{notify: [{person:ana}]}]}\n",
        "policies:\n  page: {levels: [{notify: [{person: ana}]}]}\n",
    ),
    Code(
        "E124",
        "a value that is a comment",
        '`#` after a space begins a comment, so the value was lost. Quote it: `slack: "#channel"`.',
        "channels:\n  ops:\n    slack: #ops\n",
        'channels:\n  ops:\n    slack: "#ops"\npolicies: {page: {levels: [{notify: [{person: ana}, '
        "{channel: ops}]}]}}\n",
    ),
    Code(
        "E125",
        "not one of the words that are known here",
        "The value must be one of a few words, which the message lists.",
        "policies:\n  page: {urgency: hihg, levels: [{notify: [{person: ana}]}]}\n",
        "policies:\n  page: {urgency: high, levels: [{notify: [{person: ana}]}]}\n",
    ),
    Code(
        "E133",
        "more than one name in a target, more than one way out of a channel",
        "A target is `{kind: name}`, and a channel has one way out: exactly one key, no more.",
        "teams: {web: [ben]}\npolicies:\n  page: {levels: [{notify: [{person: ana, team: web}]}]}\n",
        "teams: {web: [ben]}\npolicies:\n  page: {levels: [{notify: [{person: ana}, {team: web}]}]}\n",
    ),
    Code(
        "E138",
        "not a condition on a label",
        "A condition on a label is `value`, `[a, b]`, `{not: …}`, `{regex: …}` or `{not_regex: …}`. Alertmanager's "
        "`=~` inside a text would be compared literally and never match, so it is refused.",
        "routes:\n  - {match: {service: =~web-.*}, policy: page}\n",
        "routes:\n  - {match: {service: {regex: web-.*}}, policy: page}\n",
    ),
    Code(
        "E139",
        "keys of a route that do not go together",
        "A route has exactly one of `policy`, `route_group` and `drop`; `reason` goes with `drop`; how alerts are "
        "grouped is said by the routes of a delegated group, not by the route that delegates.",
        "routes:\n  - {match: {env: dev, severity: info}, policy: page, drop: nobody looks}\n",
        "routes:\n  - {match: {env: dev, severity: info}, drop: nobody looks}\n",
    ),
    Code(
        "E140",
        "another version of the language",
        "`version` is 1. A file of another version needs another Escalator.",
        "version: 2\n",
        "version: 1\n",
    ),
)
