"""Recordings played through policies: who would have been paged, who would have answered, what it adds up to."""

import json
import xml.etree.ElementTree as ET
from datetime import UTC, date, datetime
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from escalator.cli.options import Usage
from escalator.cli.policy.histories import recording_of
from escalator.core.alert import fingerprint_of, identity
from escalator.core.book import Book
from escalator.core.instant import DAY, HOUR, MINUTE, SECOND, Instant, from_datetime, rfc3339
from escalator.core.spread import Spread
from escalator.rehearsal.history.charts import charts, draw
from escalator.rehearsal.history.recording import (
    Answer,
    Episode,
    Recording,
    Unreadable,
    from_prometheus,
    from_record,
    played,
)
from escalator.rehearsal.history.replay import Passage, Replayed, Response, replay
from escalator.rehearsal.history.tallies import compare, night_of, tally
from tests.rehearsal.written import book as written

NOON: Instant = from_datetime(datetime(2026, 3, 4, 12, tzinfo=UTC))
CORPUS = Path(__file__).parent.parent / "corpus"

POLICIES = """
version: 1
people:
  ana: {contacts: {push: browser}}
  ben: {contacts: {push: browser}, timezone: Asia/Tokyo}
channels:
  ops: {slack: "#ops"}
policies:
  page:
    levels:
      - {notify: [{person: ana}, {channel: ops}], escalate_after: 5m}
      - {notify: [{person: ben}], escalate_after: 10m}
  chat:
    urgency: low
    levels: [{notify: [{channel: ops}]}]
routes:
  - {match: {team: web}, policy: {critical: page, default: chat}}
catch_all: page
"""


def book(text: str = POLICIES) -> Book:
    return written(text)


def alert(name: str, at: Instant, lasts: int | None = 30, **labels: str) -> Episode:
    """`lasts`: minutes."""
    named = {"alertname": name, **labels}
    end = None if lasts is None else at + lasts * MINUTE
    return Episode("alertmanager", fingerprint_of(named), named, {}, at, at, end)


def key(episode: Episode) -> int:
    return identity(episode.source, episode.fingerprint)


def passages(recording: Recording, response: Response = Response(), text: str = POLICIES) -> list[Passage]:  # noqa: B008
    return list(replay(book(text), recording, response).passages)


def whom(passage: Passage) -> list[tuple[str, int]]:
    return [(page.person or "", (page.at - passage.opened_at) // MINUTE) for page in passage.pages]


class TestAnswers:
    def test_nobody_answers(self) -> None:
        (one,) = passages(played([alert("Slow", NOON)]), Response(recorded=False))
        assert whom(one) == [
            ("ana", 0),
            ("ben", 5),
            ("ana", 15),
            ("ben", 20),
        ]
        assert one.acknowledged_at is None
        assert one.resolved_at == NOON + 30 * MINUTE

    def test_people_answer_as_they_did(self) -> None:
        slow = alert("Slow", NOON)
        (one,) = passages(played([slow], [Answer(NOON + 7 * MINUTE, "ben", frozenset([key(slow)]))]))
        assert whom(one) == [("ana", 0), ("ben", 5)]
        assert (one.acknowledged_at, one.acknowledged_by) == (NOON + 7 * MINUTE, "ben")

    def test_an_answer_to_another_incident_answers_nothing_here(self) -> None:
        slow, other = alert("Slow", NOON), alert("Other", NOON)
        found = passages(played([slow, other], [Answer(NOON + MINUTE, "ana", frozenset([key(other)]))]))
        assert [passage.acknowledged_by for passage in found] == [None, "ana"]

    def test_people_answer_so_long_after_their_first_page(self) -> None:
        (one,) = passages(played([alert("Slow", NOON)]), Response(recorded=False, after=6 * MINUTE))
        assert whom(one) == [("ana", 0), ("ben", 5)]
        assert (one.acknowledged_at, one.acknowledged_by) == (NOON + 6 * MINUTE, "ana")

    def test_an_answer_after_the_end_changes_nothing(self) -> None:
        (one,) = passages(played([alert("Slow", NOON, lasts=3)]), Response(recorded=False, after=6 * MINUTE))
        assert one.acknowledged_at is None


class TestRecordings:
    def test_reports_of_one_instant_are_one_delivery(self) -> None:
        recording = played([alert("A", NOON), alert("B", NOON), alert("C", NOON + MINUTE)])
        assert [len(heard.alerts) for heard in recording.deliveries] == [2, 1, 2, 1]

    def test_what_fires_comes_before_what_ends(self) -> None:
        recording = played([alert("A", NOON, lasts=10), alert("B", NOON + 10 * MINUTE)])
        assert [a.firing for a in recording.deliveries[1].alerts] == [True, False]

    def test_what_the_service_keeps(self) -> None:
        document = {
            "alerts": [
                {"incident": 7, "source": "alertmanager", "fingerprint": "ab", "labels": {"alertname": "Slow"},
                 "annotations": {"summary": "slow"}, "starts_at": rfc3339(NOON), "ends_at": None,
                 "received_at": rfc3339(NOON + SECOND)},
            ],
            "incidents": [{"id": 7, "acknowledged": [{"at": rfc3339(NOON + MINUTE), "by": "ana"}]}],
            "next": None,
        }  # fmt: skip
        recording = from_record(document)
        assert recording.deliveries[0].at == NOON + SECOND
        assert recording.answers == (Answer(NOON + MINUTE, "ana", frozenset([identity("alertmanager", "ab")])),)

    def test_series_of_prometheus(self) -> None:
        """A minute's step: six samples, a hole of five minutes, two samples."""
        samples = [[NOON / SECOND + 60 * n, "1"] for n in (0, 1, 2, 3, 4, 5, 11, 12)]
        metric = {"__name__": "ALERTS", "alertstate": "firing", "alertname": "Slow", "severity": "warning"}
        pending = {"metric": {**metric, "alertstate": "pending"}, "values": samples}
        document = {"status": "success", "data": {"resultType": "matrix", "result": [
            {"metric": metric, "values": samples}, pending]}}  # fmt: skip
        told = [
            ((heard.at - NOON) // MINUTE, a.firing)
            for heard in from_prometheus(document).deliveries
            for a in heard.alerts
        ]
        assert told == [(0, True), (6, False), (11, True), (13, False)]
        assert from_prometheus(document).deliveries[0].alerts[0].labels == {"alertname": "Slow", "severity": "warning"}

    @pytest.mark.parametrize("document", [None, [], {}, {"data": {}}, {"result": [{"metric": 1}]}, {"alerts": 1}])
    def test_what_is_neither_is_refused_in_words(self, document: Any) -> None:
        for read in (from_prometheus, from_record):
            with pytest.raises(Unreadable):
                read(document)

    @given(
        st.recursive(
            st.none() | st.integers() | st.text(max_size=5),
            lambda inner: (
                st.lists(inner, max_size=3)
                | st.dictionaries(
                    st.sampled_from(["alerts", "incidents", "data", "result", "metric", "values", "labels", "at"]),
                    inner,
                    max_size=4,
                )
            ),
        )
    )
    def test_no_document_is_too_odd(self, document: Any) -> None:
        for read in (from_prometheus, from_record):
            try:
                read(document)
            except Unreadable:
                continue


class TestFiles:
    def test_a_log_of_webhooks(self, tmp_path: Path) -> None:
        """Bodies that a real Alertmanager sent, a line each; each is heard at the newest change that it tells of."""
        names = ["001-single-firing.json", "004-single-resolved.json"]
        lines = [json.dumps(json.loads((CORPUS / name).read_text())) for name in names]
        (tmp_path / "log.jsonl").write_text("\n".join(lines) + "\n\n")
        recording = recording_of([tmp_path / "log.jsonl"])
        assert [heard.alerts[0].firing for heard in recording.deliveries] == [True, False]
        assert recording.deliveries[0].at < recording.deliveries[1].at

    def test_a_log_that_says_when_each_was_received(self, tmp_path: Path) -> None:
        body = json.loads((CORPUS / "001-single-firing.json").read_text())
        (tmp_path / "log.jsonl").write_text(json.dumps({"received_at": "2026-12-01T10:00:00Z", "body": body}) + "\n")
        (heard,) = recording_of([tmp_path / "log.jsonl"]).deliveries
        assert rfc3339(heard.at) == "2026-12-01T10:00:00Z"

    def test_a_folder_of_bodies_is_played_in_their_order(self, tmp_path: Path) -> None:
        for name in ("005-grouped-firing.json", "010-group-full-resolve.json"):
            (tmp_path / name).write_text((CORPUS / name).read_text())
        recording = recording_of([tmp_path])
        assert len(recording.deliveries) == 2
        assert replay(book(), recording).passages

    def test_a_file_that_is_none_is_named(self, tmp_path: Path) -> None:
        (tmp_path / "x.json").write_text("{}\nnot json\n")
        with pytest.raises(Usage, match=r"x\.json: line 2 is not JSON"):
            recording_of([tmp_path / "x.json"])
        with pytest.raises(Usage, match="nowhere"):
            recording_of([tmp_path / "nowhere.json"])


class TestTallies:
    def test_what_one_night_adds_up_to(self) -> None:
        """Two nights by ana's clock (London), none by ben's (Tokyo: 23:00 UTC is 08:00)."""
        night = NOON + 11 * HOUR
        recording = played([alert("A", night), alert("B", night + DAY), alert("C", NOON, team="web", severity="info")])
        found = tally(book(), replay(book(), recording, Response(recorded=False, after=6 * MINUTE)))
        assert (found.incidents, found.paged, found.unanswered, found.unheard) == (3, 2, 0, 0)
        by_name = {burden.person: burden for burden in found.burdens}
        assert (by_name["ana"].interruptions, by_name["ana"].at_night, by_name["ana"].nights) == (2, 2, 2)
        assert (by_name["ben"].interruptions, by_name["ben"].at_night) == (2, 0)
        assert found.first_page == Spread(0, 0, 2)
        assert found.acknowledged == Spread(6 * MINUTE, 6 * MINUTE, 2)

    def test_what_opens_nothing_is_counted(self) -> None:
        text = POLICIES.replace("policy: {critical: page, default: chat}", "drop: nobody looks at them")
        found = tally(book(text), replay(book(text), played([alert("A", NOON, team="web"), alert("B", NOON)])))
        assert (found.incidents, found.dropped) == (1, 1)

    @pytest.mark.parametrize(
        ("hour", "night"),
        [
            (21, None),
            (22, date(2026, 3, 4)),
            (23, date(2026, 3, 4)),
            (0, date(2026, 3, 3)),
            (5, date(2026, 3, 3)),
            (6, None),
        ],
    )
    def test_a_night_belongs_to_the_day_on_which_it_begins(self, hour: int, night: date | None) -> None:
        assert night_of(NOON - 12 * HOUR + hour * HOUR, "UTC") == night


class TestComparison:
    def compared(self, text: str, *episodes: Episode) -> Any:
        recording, response = played(episodes), Response(recorded=False, after=20 * MINUTE)
        return compare(replay(book(), recording, response), replay(book(text), recording, response))

    def test_a_policy_against_itself(self) -> None:
        found = self.compared(POLICIES, alert("A", NOON), alert("B", NOON + HOUR, team="web", severity="info"))
        assert (found.missed, found.spared, found.gained, found.later) == ((), (), (), ())

    def test_what_would_be_missed(self) -> None:
        found = self.compared(POLICIES.replace("{critical: page, default: chat}", "chat"), alert("A", NOON, team="web"))
        assert [passage.title for passage in found.missed] == ["A"]

    def test_what_would_be_saved(self) -> None:
        text = POLICIES.replace("routes:", "routes:\n  - {match: {alertname: A}, policy: chat}")
        found = self.compared(text, alert("A", NOON, severity="warning"), alert("B", NOON))
        assert [passage.title for passage in found.spared] == ["A"]
        assert found.missed == ()

    def test_what_would_page_that_did_not(self) -> None:
        text = POLICIES.replace("{critical: page, default: chat}", "page")
        found = self.compared(text, alert("A", NOON, team="web", severity="warning"))
        assert [passage.title for passage in found.gained] == ["A"]

    def test_what_would_come_later(self) -> None:
        text = POLICIES.replace("{notify: [{person: ana}, {channel: ops}]", "{notify: [{channel: ops}]")
        ((was, then),) = self.compared(text, alert("A", NOON)).later
        assert (was.first_page, then.first_page) == (NOON, NOON + 5 * MINUTE)

    def test_alerts_that_are_grouped_another_way_are_the_same_alerts(self) -> None:
        text = POLICIES + "defaults: {group_by: [region]}\n"
        found = self.compared(text, alert("A", NOON, region="eu"), alert("B", NOON + MINUTE, region="eu"))
        assert (found.missed, found.spared) == ((), ())


class TestCharts:
    def drawn(self, name: str = "ana") -> str:
        recording = played([alert("A", NOON), alert("B", NOON + HOUR)])
        text = POLICIES.replace("ana", name)
        now = tally(book(text), replay(book(text), recording))
        return draw(charts(now, now), "March <b>")

    def test_they_are_svg_with_every_name_and_figure(self) -> None:
        root = ET.fromstring(self.drawn())
        words = [element.text for element in root.iter() if element.text]
        assert {"ana", "ben", "March <b>", "before", "then"} <= set(words)

    def test_no_bar_leaves_the_picture(self) -> None:
        root = ET.fromstring(self.drawn())
        _, _, width, height = map(float, root.attrib["viewBox"].split())
        for bar in root.iter("{http://www.w3.org/2000/svg}rect"):
            assert float(bar.attrib.get("x", 0)) + float(bar.attrib["width"]) <= width
            assert float(bar.attrib.get("y", 0)) + float(bar.attrib["height"]) <= height

    def test_nobody_was_paged(self) -> None:
        nothing = tally(book(), Replayed((), frozenset()))
        assert "nobody was paged" in draw(charts(nothing, None), "x")
