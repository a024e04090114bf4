"""A large organisation as policy files: so many teams, each with its file, people, schedules, routes and policies."""

ZONES = ("Europe/London", "America/New_York", "Asia/Tokyo", "Europe/Berlin", "Australia/Sydney")


def organisation(teams: int, people: int = 3, schedules: int = 1) -> dict[str, str]:
    """One file for each team and one that routes. Each schedule has a layer by day and one for the rest."""
    routes = "".join(f"  - {{match: {{team: team-{n}}}, route_group: team-{n}}}\n" for n in range(teams))
    last = "policies: {last: {levels: [{notify: [{team: team-0}]}]}}\n"
    main = f"version: 1\nroutes:\n{routes}catch_all: last\n{last}"
    return {"main.yaml": main, **{f"teams/{n}.yaml": _team(n, people, schedules) for n in range(teams)}}


def _team(n: int, people: int, schedules: int) -> str:
    names = [f"person-{n}-{m}" for m in range(people)]
    contacts = "".join(
        f"  {name}: {{contacts: {{push: browser, sms: secret:P{n}_{m}, email: {name}@example.com}}}}\n"
        for m, name in enumerate(names)
    )
    zone = ZONES[n % len(ZONES)]
    everybody = ", ".join(names)
    layers = "".join(
        f"  rota-{n}-{m}:\n    timezone: {zone}\n    layers:\n"
        f"      - {{people: [{everybody}], every: shift, starts: 2026-01-05T09:00, during: day-{n}}}\n"
        f"      - {{people: [{everybody}], every: 1w, starts: 2026-01-05T09:00}}\n"
        for m in range(schedules)
    )
    levels = "".join(
        f"      - notify: [{{schedule: rota-{n}-{m}}}]\n      - notify: [{{next_on_call: rota-{n}-{m}}}]\n"
        for m in range(schedules)
    )
    return (
        f"version: 1\npeople:\n{contacts}teams: {{team-{n}: [{everybody}]}}\n"
        f'channels: {{chat-{n}: {{slack: "#team-{n}"}}}}\n'
        f"hours: {{day-{n}: {{timezone: {zone}, days: mon-fri, from: 09:00, to: 17:30}}}}\n"
        f"schedules:\n{layers}"
        f"policies:\n  page-{n}:\n    levels:\n{levels}      - notify: [{{team: team-{n}}}, {{channel: chat-{n}}}]\n"
        f"  tell-{n}: {{urgency: low, levels: [{{notify: [{{channel: chat-{n}}}]}}]}}\n"
        f"route_groups:\n  team-{n}:\n"
        f"    - match: {{service: [service-{n}-a, service-{n}-b]}}\n"
        f"      policy: {{critical: page-{n}, default: tell-{n}}}\n"
    )
