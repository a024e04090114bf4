"""The circuit breaker: when it opens, what it lets through, how it closes; and how many messages a contact bears."""

from itertools import pairwise

from hypothesis import given
from hypothesis import strategies as st

from escalator.core.circuit import CLOSED, PROBE_FIRST, PROBE_LAST, TRIPS_AFTER, admits, failed, probing
from escalator.core.digests import CAPS, Cap, free_at, held_until
from escalator.core.effects import Bundle
from escalator.core.instant import MINUTE, SECOND

NOW = 1_000 * MINUTE


def tripped(at: int = NOW):
    circuit = CLOSED
    for _ in range(TRIPS_AFTER):
        circuit = failed(circuit, at)
    return circuit


def test_it_stays_closed_until_failures_come_in_a_row():
    circuit = CLOSED
    for _ in range(TRIPS_AFTER - 1):
        circuit = failed(circuit, NOW)
        assert admits(circuit, NOW)
    assert not admits(failed(circuit, NOW), NOW)


def test_it_lets_one_message_through_to_probe_and_no_second_one_meanwhile():
    circuit = tripped()
    assert not admits(circuit, NOW + PROBE_FIRST - 1)
    assert admits(circuit, NOW + PROBE_FIRST)
    circuit = probing(circuit, NOW + PROBE_FIRST)
    assert not admits(circuit, NOW + PROBE_FIRST + 1 * SECOND)


def test_each_failed_probe_waits_longer_up_to_two_minutes():
    circuit, now, waits = tripped(), NOW, []
    for _ in range(8):
        now = circuit.probe_at
        circuit = failed(probing(circuit, now), now)
        waits.append(circuit.probe_at - now)
    assert waits[:3] == [2 * PROBE_FIRST, 4 * PROBE_FIRST, 8 * PROBE_FIRST]
    assert set(waits[3:]) == {PROBE_LAST}
    assert circuit.opened_at == NOW, "it has been down since the first trip"


def test_a_probe_whose_end_is_never_heard_does_not_keep_it_open_for_ever():
    circuit = probing(tripped(), NOW + PROBE_FIRST)
    assert admits(circuit, NOW + PROBE_FIRST + PROBE_LAST)


CAP = Cap(5, 15 * MINUTE)


def test_the_fifth_message_goes_and_the_sixth_waits_for_the_first_to_be_old():
    sent = [NOW - (5 - number) * MINUTE for number in range(5)]
    assert free_at(CAP, sent[:4], NOW) == NOW
    assert free_at(CAP, sent, NOW) == sent[0] + CAP.within


def test_what_is_older_than_the_span_no_longer_counts():
    assert free_at(CAP, [NOW - CAP.within] * 9, NOW) == NOW


@given(st.lists(st.integers(0, 40 * MINUTE), max_size=30))
def test_however_they_come_no_span_sees_more_than_the_cap(arrivals: list[int]):
    sent: list[int] = []
    for at in sorted(arrivals):
        goes = free_at(CAP, sent, max(at, sent[-1] if sent else 0))
        sent.append(goes)
    assert all(later >= earlier for earlier, later in pairwise(sent))
    for index in range(CAP.most, len(sent)):
        assert sent[index] - sent[index - CAP.most] >= CAP.within


def test_a_first_page_goes_out_however_many_texts_there_were_and_its_repeat_waits():
    """What went out exactly a quarter of an hour ago counts no longer, neither as a text nor as the page's first."""
    cap, others = CAPS["sms"], [(number, NOW - MINUTE) for number in range(10, 15)]
    free = NOW - MINUTE + cap.within
    assert held_until("sms", Bundle.ALONE, 1, others, (1,), NOW) is None
    assert held_until("sms", Bundle.ALONE, 1, [*others, (1, NOW - cap.within + 1)], (1,), NOW) == free
    assert held_until("sms", Bundle.ALONE, 1, [*others, (1, NOW - cap.within)], (1,), NOW) is None
