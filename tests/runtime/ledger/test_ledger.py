"""Appending: an event becomes one record, whatever fails in between."""

import contextlib
import hashlib
from typing import Any

import pytest

from mlops_stages.runtime.ledger.codes import LedgerError
from mlops_stages.runtime.ledger.records import event_key, read_record
from tests.runtime.ledger.given import BUCKET, MODEL, TEAM, MemoryS3, a_ledger, entry, error, key, nothing


class DiedError(BaseException):
    """The writer's process is gone."""


def refused(s3: MemoryS3, number: int) -> str:
    """Why a new writer appends nothing."""
    before = sorted(s3.held)
    with pytest.raises(LedgerError) as told:
        a_ledger(s3).append(entry(number))
    assert sorted(s3.held) == before
    return told.value.code


def test_records_are_numbered_and_each_names_the_bytes_before_it() -> None:
    s3 = MemoryS3()
    a_ledger(s3, 5)
    assert s3.records() == [key(number) for number in range(1, 6)]
    previous = "0" * 64
    for number in range(1, 6):
        content = s3.held[BUCKET, key(number)][0].content
        assert content is not None
        assert read_record(content, "it").previous == previous
        previous = hashlib.sha256(content).hexdigest()


@pytest.mark.parametrize("length", [1, 2, 7, 8, 9, 31, 33])
@pytest.mark.parametrize("page", [1, 3, 1000])
def test_a_new_writer_finds_the_end(length: int, page: int) -> None:
    s3 = MemoryS3()
    a_ledger(s3, length)
    s3.page = page
    s3.calls.clear()
    assert a_ledger(s3).append(entry(1000)).number == length + 1
    most = 2 if length < page else 2 * length.bit_length() + 4
    assert s3.calls.count("list_object_versions") <= most


def test_an_event_is_recorded_once_however_late_it_comes_again() -> None:
    s3 = MemoryS3()
    ledger = a_ledger(s3, 4)
    for number in (4, 1):
        again = ledger.append(entry(number))
        assert (again.number, again.new) == (number, False)
    assert len(s3.records()) == 4


def test_an_event_with_other_content_is_refused() -> None:
    s3 = MemoryS3()
    ledger = a_ledger(s3, 2)
    for number in (1, 2):
        with pytest.raises(LedgerError) as told:
            ledger.append(entry(number, at="2026-11-28T00:00:00Z"))
        assert told.value.code == "LED-022"
    assert len(s3.records()) == 2


@pytest.mark.parametrize(("when", "write"), [*(("before", n) for n in range(3)), *(("after", n) for n in range(2))])
def test_a_writer_that_dies_at_any_write_leaves_nothing_lost_and_nothing_twice(when: str, write: int) -> None:
    s3 = MemoryS3()
    a_ledger(s3, 2)
    left = [write]

    def die(call: str, _given: Any) -> None:  # noqa: ANN401
        if call == "put_object":
            left[0] -= 1
            if left[0] < 0:
                raise DiedError

    setattr(s3, when, die)
    with contextlib.suppress(DiedError):
        a_ledger(s3).append(entry(3))
    assert left[0] < 0, "the writer makes fewer writes"
    setattr(s3, when, nothing)
    # Another event may come first where the queue has given the message up.
    for number in (4, 3, 4):
        a_ledger(s3).append(entry(number))
    events = [read_record(s3.held[BUCKET, each][0].content or b"", each).event for each in s3.records()]
    assert sorted(events) == sorted(entry(number).event for number in (1, 2, 3, 4))


def test_two_writers_at_once_are_as_one() -> None:
    s3 = MemoryS3()
    a_ledger(s3, 1)
    raced = [False]

    def race(call: str, given: Any) -> None:  # noqa: ANN401
        if call == "put_object" and given["Key"] == key(2) and not raced[0]:
            raced[0] = True
            a_ledger(s3).append(entry(2))  # another was faster, with another event
            a_ledger(s3).append(entry(3))  # and with the same one

    s3.before = race
    done = a_ledger(s3).append(entry(3))
    assert (done.number, done.new, len(s3.records())) == (3, False, 3)


@pytest.mark.parametrize("code", ["PreconditionFailed", "ConditionalRequestConflict"])
def test_a_lost_race_is_begun_anew_a_few_times(code: str) -> None:
    s3, lost = MemoryS3(), [0]

    def lose(call: str, given: Any) -> None:  # noqa: ANN401
        if call == "put_object" and given["Key"].startswith("ledger/"):
            lost[0] += 1
            if lost[0] < 4:
                raise error(code)

    s3.before = lose
    assert a_ledger(s3).append(entry()).number == 1
    lost[0] = -100
    assert refused(s3, 2) == "LED-024"


def test_an_answer_that_is_lost_makes_no_second_record() -> None:
    """The SDK repeats a request whose answer it did not get: the second is told that the key is taken."""
    s3, lost = MemoryS3(), [True]

    def lose(_call: str, given: Any) -> None:  # noqa: ANN401
        if given["Key"].startswith("ledger/") and lost.pop() if lost else False:
            raise error("PreconditionFailed")

    s3.after = lose
    assert (a_ledger(s3).append(entry()).new, len(s3.records())) == (False, 1)


def test_nothing_is_built_on_an_end_that_somebody_touched() -> None:
    s3 = MemoryS3()
    a_ledger(s3, 3)
    content = s3.held[BUCKET, key(3)][0].content or b""
    s3.hide(key(3))
    assert refused(s3, 4) == "LED-020"
    s3.held[BUCKET, key(3)].pop(0)
    s3.forge(key(3), content)
    assert refused(s3, 4) == "LED-020"
    s3.held[BUCKET, key(3)].pop(0)
    for name in ("x.json", "0000000000004.json"):
        s3.forge(f"ledger/{TEAM}/{MODEL}/{name}", b"{}")
        assert refused(s3, 4) == "LED-020", name
        s3.lose(f"ledger/{TEAM}/{MODEL}/{name}")
    for number in (4, 999_999_999_999):
        for forged in (b"{}", content, b"x" * 20_000):
            s3.forge(key(number), forged)
            assert refused(s3, 5) == "LED-021"
            s3.lose(key(number))
    assert a_ledger(s3).append(entry(4)).number == 4


def test_an_index_that_lies_silences_no_event() -> None:
    s3 = MemoryS3()
    a_ledger(s3, 2)
    place = event_key(TEAM, MODEL, entry(3).event)
    for forged in (b"", b"{}", b'{"number":1}', b'{"number":7}', b'{"number":true}'):
        s3.forge(place, forged)
        assert refused(s3, 3) == "LED-023", forged
        s3.lose(place)
