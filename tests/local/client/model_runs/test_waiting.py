"""Waiting for a job's end."""

from __future__ import annotations

import pytest

from mlops_stages.local.client.model_runs import waiting


@pytest.mark.parametrize("end", ["Completed", "Failed", "Stopped", "Succeeded"])
def test_what_has_ended_is_told_as_it_ended(end: str, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(waiting, "_PAUSE_S", 0)
    answers = iter([{"Status": "InProgress"}, {"Status": "Stopping"}, {"Status": end, "Reason": "why"}])
    assert waiting.settled(lambda: next(answers), "Status") == {"Status": end, "Reason": "why"}
