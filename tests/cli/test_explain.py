"""`escalator explain`, as it is typed at 3 a.m."""

FOUND = {
    "incident": "42", "title": "Slow", "revision": 7, "readable": True, "labels": {}, "story": [],
    "route": {
        "name": "routes[1]", "where": "main.yaml:9:5", "matched": ['service is "db"'], "filled": {"team": "dba"},
        "near_misses": [{"name": "routes[0]", "where": "main.yaml:7:5", "earlier": True,
                         "failed": ['env is "", wanted one of dev, staging']}],
    },
    "policy": {"name": "page", "where": "main.yaml:12:3", "severity": "critical", "urgency": "high",
               "urgency_because": "critical severity"},
    "pages": [
        {"at": "2026-03-04T03:10:00Z", "event": "paged", "level": 1, "round": 1, "attempt": 1,
         "where": "main.yaml:14:9", "reason": "level 1: ana", "meant": {"schedule primary": ["ana"]},
         "told": [{"who": "ana", "person": "ana", "via": "push", "because": "schedule primary", "state": "delivered",
                   "not_before": "", "sent_at": "", "evidence": "arrived"}],
         "not_told": [{"who": "ana by sms", "why": "it cannot be used"}]},
    ],
}  # fmt: skip


def test_it_is_read_from_the_top(run, service):
    service.says("GET /api/v1/incidents/42/explanation", FOUND)
    printed = run("explain", "42")
    assert printed.code == 0
    assert printed.out.splitlines() == [
        "ana was paged at 2026-03-04T03:10:00Z by push, because route routes[1] took it to policy page and level 1 "
        "names schedule primary.",
        "",
        'route routes[1] (main.yaml:9:5): service is "db"',
        "  the catalogue filled in team=dba",
        '  not routes[0] (main.yaml:7:5): env is "", wanted one of dev, staging',
        "policy page (main.yaml:12:3): high urgency, critical severity",
        "",
        "2026-03-04T03:10:00Z  level 1 (main.yaml:14:9): level 1: ana",
        "    schedule primary means ana",
        "    ana by push: arrived",
        "    not ana by sms: it cannot be used",
    ]


def test_of_one_person(run, service):
    service.says("GET /api/v1/incidents/42/explanation", FOUND)
    assert run("explain", "42", "--person", "ben").out.startswith("ben was never paged for incident 42.")


def test_programs_get_all_of_it(run, service):
    service.says("GET /api/v1/incidents/42/explanation", FOUND)
    assert run("explain", "42", "--json").json == FOUND


def test_an_incident_that_there_is_not(run, service):
    service.says("GET /api/v1/incidents/9/explanation", {"title": "Not found", "detail": "no incident 9"}, 404)
    printed = run("explain", "9")
    assert (printed.code, printed.err) == (1, "escalator: no incident 9\n")
