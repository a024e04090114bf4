"""Codes of routes, of the catalogue and of silences: which alert goes where, and which nowhere."""

from escalator.language.codes.code import Code

_CHAT = 'channels: {chat: {slack: "#ops"}}\n'

CODES = (
    Code(
        "E202",
        "`catch_all` reaches no human",
        "What nobody planned for must reach a person. Channels (Slack, e-mail lists, webhooks, PagerDuty) never count "
        "as reaching a human.",
        _CHAT + "policies: {talk: {levels: [{notify: [{channel: chat}]}]}}\ncatch_all: talk\n",
        _CHAT + "policies: {talk: {levels: [{notify: [{channel: chat}]}, {notify: [{person: ana}]}]}}\n"
        "catch_all: talk\n",
    ),
    Code(
        "E203",
        "a route without `match`",
        "A route without `match` would take every alert that comes so far. That is what `catch_all` is for.",
        "routes:\n  - {policy: page}\n",
        "routes:\n  - {match: {team: web}, policy: page}\n",
    ),
    Code(
        "E230",
        "a route that can never match",
        "The first route that matches wins, and an earlier one already takes every alert that this one describes. The "
        "check is sound but not complete: what several earlier routes take only together goes unseen.",
        "routes:\n  - {match: {service: web}, policy: page}\n  - {match: {service: web, env: prod}, policy: page}\n",
        "routes:\n  - {match: {service: web, env: prod}, policy: page}\n  - {match: {service: web}, policy: page}\n",
    ),
    Code(
        "E231",
        "conditions that exclude each other",
        "The conditions of this route exclude each other.",
        "routes:\n  - {match: {team: shop}, route_group: shop}\n"
        "route_groups:\n  shop: [{match: {team: web}, policy: page}]\n",
        "routes:\n  - {match: {team: shop}, route_group: shop}\n"
        "route_groups:\n  shop: [{match: {service: checkout}, policy: page}]\n",
    ),
    Code(
        "E240",
        "grouping by severity",
        "An incident is identified by its route and the values of `group_by`. With `severity` among them, a warning "
        "that turns critical would become a second incident beside the acknowledged one, instead of waking somebody.",
        "routes:\n  - {match: {team: web}, policy: page, group_by: [alertname, severity]}\n",
        "routes:\n  - {match: {team: web}, policy: page, group_by: [alertname]}\n",
    ),
    Code(
        "E252",
        "a policy by severity that leaves one out",
        "A policy by severity must answer for each of info, warning, error and critical; `default` answers for the "
        "rest.",
        "routes:\n  - {match: {team: web}, policy: {critical: page}}\n",
        "routes:\n  - {match: {team: web}, policy: {critical: page, default: page}}\n",
    ),
    Code(
        "E280",
        "a silence without end",
        "A silence has an end. Without `until` it must recur, `during` some hours.",
        "silences:\n  - {match: {service: ledger}, reason: migration}\n",
        "silences:\n  - {match: {service: ledger}, until: 2026-06-20T09:00, timezone: UTC, reason: migration}\n",
    ),
    Code(
        "E281",
        "a silence over 30 days",
        "A silence may last 30 days. What should never page is a `drop` on a route, with its reason.",
        "silences:\n  - {match: {service: ledger}, from: 2026-06-01T09:00, until: 2026-08-01T09:00, timezone: UTC}\n",
        "silences:\n  - {match: {service: ledger}, from: 2026-06-01T09:00, until: 2026-06-15T09:00, timezone: UTC}\n",
    ),
    Code(
        "E282",
        "a silence of everything",
        "A silence or heartbeat that matches everything would mute everything.",
        "silences:\n  - {match: {service: {regex: .*}}, until: 2026-06-20T09:00, timezone: UTC}\n",
        "silences:\n  - {match: {service: ledger}, until: 2026-06-20T09:00, timezone: UTC}\n",
    ),
    Code(
        "W231",
        "a route that no catalogued alert can match",
        "Taking the catalogue `alerts:` as complete, no alert can match this route.",
        "alerts: {DiskFull: {severity: info}}\n"
        "routes:\n  - {match: {alertname: DiskFull}, policy: page}\n  - {match: {alertname: DiskFul}, policy: page}\n",
        "alerts: {DiskFull: {severity: info}}\nroutes:\n  - {match: {alertname: DiskFull}, policy: page}\n",
    ),
    Code(
        "W232",
        "a catalogued alert that no route takes",
        "This alert of the catalogue is taken by no route, so it goes to `catch_all`.",
        "alerts: {DiskFull: {severity: info}}\n",
        "alerts: {DiskFull: {severity: info}}\nroutes:\n  - {match: {alertname: DiskFull}, policy: page}\n",
    ),
    Code(
        "W233",
        "a group that nobody delegates to",
        "No route delegates to this group, so its routes are never tried.",
        "route_groups:\n  shop: [{match: {service: checkout}, policy: page}]\n",
        "routes:\n  - {match: {team: shop}, route_group: shop}\n"
        "route_groups:\n  shop: [{match: {service: checkout}, policy: page}]\n",
    ),
    Code(
        "W234",
        "a catalogued alert without a runbook",
        "The alert may wake somebody, and its catalogue entry says nothing of what to do then. The `runbook` of the "
        "catalogue stands on every notification of that alert. Alerts of severity `info` need none.",
        "alerts: {DiskFull: {severity: critical}}\nroutes:\n  - {match: {alertname: DiskFull}, policy: page}\n",
        "alerts: {DiskFull: {severity: critical, runbook: https://runbooks.example.com/disk}}\n"
        "routes:\n  - {match: {alertname: DiskFull}, policy: page}\n",
    ),
    Code(
        "W241",
        "routes that differ in severity alone",
        "Incidents never move between routes. When two routes differ in severity alone, a warning that turns critical "
        "becomes a second incident. Use one route, and a policy by severity.",
        "policies:\n  page: {levels: [{notify: [{person: ana}]}]}\n"
        "  tell: {urgency: low, levels: [{notify: [{person: ana}]}]}\n"
        "routes:\n  - {match: {team: web, severity: critical}, policy: page}\n"
        "  - {match: {team: web, severity: warning}, policy: tell}\n",
        "policies:\n  page: {levels: [{notify: [{person: ana}]}]}\n"
        "  tell: {urgency: low, levels: [{notify: [{person: ana}]}]}\n"
        "routes:\n  - {match: {team: web}, policy: {critical: page, default: tell}}\n",
    ),
    Code(
        "W250",
        "critical that is dropped or held",
        "A critical alert can come here, where it is dropped or waits for opening hours. An alert without a known "
        "severity counts as critical.",
        "routes:\n  - {match: {env: dev}, drop: nobody looks}\n",
        "routes:\n  - {match: {env: dev, severity: [info, warning, error]}, drop: nobody looks}\n",
    ),
    Code(
        "W251",
        "a condition that takes alerts without the label",
        "A missing label is the empty text, which `{not: prod}` and some patterns take. So an alert whose `env` was "
        "forgotten counts as not-production. List the values that are meant.",
        "routes:\n  - {match: {env: {not: prod}}, policy: page}\n",
        "routes:\n  - {match: {env: [dev, staging]}, policy: page}\n",
    ),
    Code(
        "W256",
        "critical that reaches channels only",
        "A critical incident can come to this policy, whose levels name channels only. Nobody would be woken.",
        _CHAT + "policies:\n  page: {levels: [{notify: [{person: ana}]}]}\n"
        "  talk: {levels: [{notify: [{channel: chat}]}]}\nroutes:\n  - {match: {team: web}, policy: talk}\n",
        _CHAT + "policies:\n  page: {levels: [{notify: [{person: ana}]}]}\n"
        "  talk: {levels: [{notify: [{channel: chat}]}]}\n"
        "routes:\n  - {match: {team: web}, policy: {critical: page, default: talk}}\n",
    ),
    Code(
        "W260",
        "an unknown severity",
        "Severities are info, warning, error and critical. Any other counts as critical.",
        "routes:\n  - {match: {severity: page}, policy: page}\n",
        "routes:\n  - {match: {severity: critical}, policy: page}\n",
    ),
)
