"""Insight on a real house, on both databases: what the engine writes down is what is added up."""

from pathlib import Path

from tests.web.pages.test_oncall_house import Place, place


async def test_an_incident_is_counted_as_the_engine_has_told_it(database_url: str, tmp_path: Path) -> None:
    async with place(database_url, tmp_path) as here:
        await here.house.fire("DiskFull", service="shop")
        await here.mails(1)
        await here.house.until(lambda: paged(here))
        await here.house.door.post("/api/v1/incidents/1/acknowledge", json={"by": "bob"})
        await here.house.fire("DiskFull", service="shop", resolved=True)
        await here.house.fire("CPUHigh")
        await here.mails(3)
        await here.house.until(lambda: paged(here, 2))
        found = await here.house.get("insight")
        assert found["totals"]["period"] == {"incidents": 2, "acknowledged": 1, "pages": 2}
        disk, cpu = sorted(found["alerts"], key=lambda row: row["alertname"], reverse=True)
        assert (disk["alertname"], disk["acknowledged"], disk["pages"], disk["flapping"]) == ("DiskFull", 1, 1, 0)
        assert (disk["passing"], disk["severity"], disk["policy"]) == (0, "critical", "page")
        assert (cpu["alertname"], cpu["acknowledged"], cpu["pages"]) == ("CPUHigh", 0, 1)
        [alice] = found["people"]
        assert (alice["person"], alice["pages"], alice["timezone"]) == ("alice", 2, "Europe/Berlin")
        assert 719 < alice["hours_on_call"] < 721
        assert {row["name"]: row["incidents"] for row in found["times"] if row["by"] == "service"} == {"shop": 1, "": 1}
        page = await here.browser.get("/insight?service=shop&zone=Europe/Berlin")
        assert page.status == 200
        assert '<th scope="row">DiskFull</th>' in page.text
        assert "CPUHigh" not in page.text
        csv = await here.browser.get("/insight/export/alerts.csv?person=alice")
        assert csv.text.count("\r\n") == 3


async def paged(here: Place, number: int = 1) -> bool:
    """Whether so many pages are known to have gone out: the post has them a moment before."""
    found = await here.house.get("notifications")
    return sum(each["kind"] == "page" and each["state"] == "sent" for each in found["items"]) >= number
