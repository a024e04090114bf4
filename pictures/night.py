"""What is open in the night of the pictures, in every state that an incident can have."""

from escalator.core import events
from escalator.core.instant import HOUR, MINUTE, Instant
from escalator.core.policy import Target
from pictures.weeks import NOW, PAYMENTS, PLATFORM, Weeks, alert_of

RUNBOOK = """\
## Is it us or the provider?

1. Look at [the provider's status](https://status.example.com).
2. `kubectl -n checkout logs deploy/checkout --since=10m | grep 5..`
3. If a deploy went out within the hour, **roll it back** before anything else:

```sh
kubectl -n checkout rollout undo deploy/checkout
```
"""
LONG = (
    "Reconciliation of settlement batches between the acquiring bank's SFTP drop and the ledger has produced 1,204 "
    "differences in EUR, GBP and SEK; largest in batch "
    "settlement-2026-03-03T22:00:00Z-acquirer-eu-west-1-0000000000000000000048151623.csv.gz.pgp"
)
FINDINGS = """\
Errors began at **02:31**, one minute after `checkout` 2.42 went out to the last region.

- only *card* payments, not wallets
- [dashboard](https://grafana.example.com/d/checkout)
- rolled back in `eu-west-1`, watching
"""
DOING = "Rolled back everywhere, error rate falls. Customer care knows."


ASLEEP = (
    "CheckoutErrors", "LedgerReplicationLag", "NodeDown", "SettlementDifferences", "InvoiceExportFailed", "FraudRules",
)  # fmt: skip
"""What nobody answers tonight, unless it is said here who does."""


def ago(minutes: float) -> Instant:
    return NOW - round(minutes * MINUTE)


def night(company: Weeks) -> None:
    """Goes on the agenda."""
    company.at(ago(180), lambda: company.asleep.update(ASLEEP))
    _payments(company)
    _platform(company)
    company.at(NOW, lambda: None)


def _payments(company: Weeks) -> None:
    ledger = PAYMENTS | {"service": "ledger", "severity": "critical", "cluster": "eu-west-1"}
    lag = alert_of(
        "LedgerReplicationLag", "ledger-db-2 is 212 s behind its primary", ago(8), host="ledger-db-2", **ledger
    )
    company.at(ago(8), lambda: company.says(lag))
    checkout = PAYMENTS | {"service": "checkout", "severity": "critical", "version": "2.42.0"}
    for number, region in enumerate(("eu-west-1", "eu-central-1", "us-east-1")):
        failing = alert_of(
            "CheckoutErrors", f"6.3 % of payments failed in 5 minutes in {region}", ago(40 - number), region=region,
            runbook_=RUNBOOK, description_="Card payments are refused with 502; wallets work.",
            deploy_url_="https://deploy.example.com/checkout/2.42.0", **checkout,
        )  # fmt: skip
        company.at(ago(40 - number), lambda failing=failing: company.says(failing))
    _does(company, "CheckoutErrors", 36.5, lambda: events.Acknowledged("ben", "on it"))
    _does(company, "CheckoutErrors", 29, lambda: events.Noted("ben", FINDINGS))
    _does(company, "CheckoutErrors", 12, lambda: events.Noted("ben", DOING))
    batch = PAYMENTS | {"service": "settlement", "severity": "warning"}
    company.at(ago(95), lambda: company.says(alert_of("SettlementDifferences", LONG, ago(95), **batch)))
    fraud = alert_of("FraudRules", "the rules are 26 h old", ago(70), **PAYMENTS, service="fraud", severity="error")
    company.at(ago(70), lambda: company.says(fraud))
    _does(company, "FraudRules", 66, lambda: events.Reassigned("ben", (Target("person", "cleo"),), "Cleo owns these"))
    _does(company, "FraudRules", 62, lambda: events.Acknowledged("cleo"))
    export = alert_of(
        "InvoiceExportFailed",
        "the export of March failed",
        ago(130),
        **PAYMENTS,
        service="billing-export",
        severity="error",
    )
    company.at(ago(130), lambda: company.says(export))
    queue = PAYMENTS | {"service": "queue", "severity": "error"}
    for start, end in ((58, 54), (49, 46), (41, 37), (6, None)):
        late = alert_of("PaymentsQueueLag", "2,300 payments wait, the oldest for 5 minutes", ago(start), **queue)
        company.at(ago(start), lambda late=late: company.says(late))
        if end is not None:
            company.at(ago(end), lambda late=late, end=end: company.says(late._replace(firing=False, ends_at=ago(end))))


def _platform(company: Weeks) -> None:
    for number in range(7):
        since, name = ago(4.5 - number * 0.3), f"node-{11 + number}"
        node = alert_of(
            "NodeDown", f"{name} answers neither kubelet nor ping", since, host=name, **PLATFORM,
            service="cluster", severity="critical", rack="b4",
        )  # fmt: skip
        company.at(since, lambda node=node: company.says(node))
    company.at(
        ago(2), lambda: company.acts(events.Acknowledged("grace", "rack b4 lost power"), _open(company, "NodeDown"))
    )
    certificate = alert_of(
        "CertificateExpires",
        "shop.example.com ends in 13 days",
        ago(400),
        **PLATFORM,
        service="edge",
        severity="warning",
    )
    company.at(ago(400), lambda: company.says(certificate))
    _does(company, "CertificateExpires", 390, lambda: events.Snoozed("hana", NOW + 6 * HOUR, "in the morning"))
    for host, minutes in (("mon-1", 52), ("log-3", 31)):
        disk = alert_of(
            "DiskWillFill", "/var/lib/prometheus is full within four hours", ago(minutes), host=host, **PLATFORM,
            service="storage", severity="warning",
        )  # fmt: skip
        company.at(ago(minutes), lambda disk=disk: company.says(disk))
    backup = alert_of(
        "BackupLate",
        "the backup of ledger-db has not ended after 3 h",
        ago(22),
        **PLATFORM,
        service="backup",
        severity="error",
    )
    company.at(ago(22), lambda: company.says(backup))
    _does(company, "BackupLate", 15, lambda: events.Acknowledged("grace"))


def _does(company: Weeks, name: str, minutes: float, event: object) -> None:
    """Somebody acts on what is open under this name."""
    company.at(ago(minutes), lambda: company.acts(event(), _open(company, name)))  # type: ignore[operator]


def _open(company: Weeks, name: str) -> int:
    query = "SELECT id FROM incident WHERE status <> 'resolved' AND title LIKE ? ORDER BY id DESC"
    found = company.does(company.house.database.read(lambda c: c.exec_driver_sql(query, (f"{name}%",)).scalar()))
    assert found is not None, f"nothing is open that is called {name}"
    return int(found)
