"""A day of a drill on the deployed platform: an hour is not captured, labels are corrupt, and both are told."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import date

import pytest

from mlops_stages.cli import drill
from mlops_stages.cli.drill_people import LocalPeople
from mlops_stages.drill.clock import at
from mlops_stages.drill.html import html
from mlops_stages.drill.report import report
from mlops_stages.drill.scenarios.all import SCENARIOS
from mlops_stages.drill.scenarios.faults import LOST_HOUR, LostHour, write_corrupt_labels
from mlops_stages.drill.stage import LOOKED_AT
from mlops_stages.drill.stream import Hour, Stream
from tests.end_to_end.conftest import PlatformUp
from tests.end_to_end.releases import Releases

DAY = date(2013, 9, 11)
ROW = "UA,EWR,IAH,5,2,1400,14.0,149.0,39.92,28.04,62.21,250.0,12.66,,0.0,1012.2,10.0"


class Silent:
    """Nobody watches."""

    def step(self, text: str) -> None:
        pass

    def days(self, done: int, total: int, text: str) -> None:
        pass


@pytest.fixture
def releases(promotions: PlatformUp) -> Iterator[Releases]:
    """The model's releases, while nobody else moves the clock."""
    found = Releases(promotions)
    with found.patient():
        yield found


def test_a_day_is_served_captured_and_labelled_and_what_breaks_in_it_is_told(
    releases: Releases, monkeypatch: pytest.MonkeyPatch
) -> None:
    releases.at_rest()
    up, team = releases.up, releases.arrivals.team
    hours = [Hour(day=DAY, hour=hour, rows=(ROW, ROW, ROW), labels=(0, 1, 0)) for hour in (13, LOST_HOUR, 15)]
    monkeypatch.setattr(drill, "_stream", lambda *_: Stream({DAY: hours}))  # pyright: ignore[reportUnknownLambdaType, reportUnknownArgumentType]
    people = LocalPeople(up.directory, up.platform, team, team.models[0], up.endpoint, Silent())
    stage = drill._stage(people, [SCENARIOS["faults"]], map)  # pyright: ignore[reportPrivateUsage]
    stage.scenario = "faults"

    stage.look(stage.clock.now)
    stage.play([DAY], LostHour(stage))
    stage.look(at(stage.days[0].clock, 17))
    today = stage.next_day()
    refused = write_corrupt_labels(stage, today)
    stage.look(at(today, LOOKED_AT))
    mailed = {each.topic: stage.inbox.mailed(each.topic) for each in stage.messages}
    stage.inbox.close()

    told = {each.alarm: each for each in stage.messages if each.state == "ALARM"}
    (gap,) = (each for name, each in told.items() if name.endswith("-decisions-gap"))
    (labels,) = (each for name, each in told.items() if name.endswith("-labels-refused"))
    assert stage.days[0].decisions == 9
    assert len(refused) == 5
    assert mailed[gap.topic] == mailed[labels.topic] == ["hugo.stein@acme.example"]
    assert "capture has a gap" in gap.text
    assert "mlops-stages ack arrivals/late-arrival labels-refused" in labels.text
    # The gap is over before anybody looks again.
    assert "monitors-labels-refused" in {each.alarm for each in stage.rings}
    assert [each.kind for each in stage.events if each.kind in ("fault", "healed")] == ["fault", "healed", "fault"]
    page = html(report(stage, [("faults", "a day of it")], 0.0))
    assert "decisions-gap" in page
    assert f"T13.{stage.days[0].clock:%Y%m%d}" in next(hours[0].decision_ids(stage.days[0].clock))
