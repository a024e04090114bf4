"""The policies of the simulation, in the language that users write, as three revisions: waits of a minute or two, so
that half an hour holds many rounds.
"""

from functools import cache

from escalator.core.book import Book
from escalator.language import compile_book

SOURCE = """
version: 1
people:
  ana:  {contacts: {push: browser, sms: secret:ANA, email: ana@example.com}}
  ben:  {contacts: {push: browser, email: ben@example.com}}
  cleo: {contacts: {sms: secret:CLEO, email: cleo@example.com}}
  dora: {contacts: {email: dora@example.com}}
teams:
  everyone: [ana, ben, cleo, dora]
channels:
  ops:  {webhook: secret:OPS}
  chat: {slack: "#ops"}
notification_rules:
  high: [{via: push}, {via: sms, after: 20s}, {via: email, after: 1m}]
schedules:
  primary:
    timezone: UTC
    layers:
      - {people: [ana, ben, cleo], every: 1w, starts: 2026-01-05T09:00}
sources:
  alertmanager: {refresh: 2m}
routes:
  - match: {service: db}
    group_by: [service]
    group_wait: 15s
    group_interval: 1m
    reopen_window: 2m
    reopen_hold: 20s
    policy: {critical: urgent, default: calm}
  - match: {service: web}
    group_by: [service]
    group_wait: 5s
    reopen_window: 1m
    reopen_hold: 30s
    policy: team
  - match: {service: batch}
    group_by: [alertname]
    group_wait: 10s
    policy: {critical: urgent, default: calm}
catch_all: urgent
policies:
  urgent:
    storm: {over: 3, within: 2m}
    levels:
      - notify: [{schedule: primary}, {channel: ops}]
        escalate_after: 1m
        attempts: 2
      - notify: [{next_on_call: primary}]
        escalate_after: 2m
      - notify: [{team: everyone}, {channel: chat}]
        escalate_after: 3m
        ack_mode: all
    ack_timeout: 4m
  team:
    urgency: high
    levels:
      - notify: [{person: ana}, {person: ben}, {person: cleo}]
        assign: round_robin
        escalate_after: 1m
      - notify: [{person: dora}, {channel: ops}]
        escalate_after: 2m
    repeat: 1
    ack_timeout: 3m
    repage_on: [any]
  calm:
    urgency: low
    levels:
      - notify: [{channel: chat}]
        escalate_after: 2m
      - notify: [{schedule: primary}, {channel: ops}]
        escalate_after: 2m
    ack_timeout: 5m
"""

FASTER = SOURCE.replace("escalate_after: 2m", "escalate_after: 1m").replace("ack_timeout: 4m", "ack_timeout: 2m")
GONE = SOURCE.replace("calm", "quiet").replace("policy: {critical: urgent, default: quiet}", "policy: urgent", 1)


@cache
def books() -> dict[int, Book]:
    """By revision number: as it begins, with shorter waits, and with a policy gone that incidents walk."""
    return {number: _compiled(text, number) for number, text in enumerate((SOURCE, FASTER, GONE), 1)}


def _compiled(text: str, number: int) -> Book:
    compiled = compile_book({"main.yaml": text}, number, 0)
    if compiled.parsed is None:
        raise ValueError([str(each) for each in compiled.diagnostics])
    return compiled.parsed
