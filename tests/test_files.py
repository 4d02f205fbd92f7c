"""Files are written whole or not at all."""

from __future__ import annotations

import os
import stat
from pathlib import Path

import pytest

from mlops_stages.files import replace


def test_a_text_takes_the_place_of_another_with_the_rights_asked_for(tmp_path: Path) -> None:
    (tmp_path / "state").write_text("before", encoding="utf-8")
    replace(tmp_path / "state", "after", mode=0o600)
    assert (tmp_path / "state").read_text(encoding="utf-8") == "after"
    assert stat.S_IMODE((tmp_path / "state").stat().st_mode) == 0o600


def test_where_the_disk_is_full_the_file_stays_as_it_was(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    def full(*_: object) -> None:
        raise OSError(28, os.strerror(28))

    (tmp_path / "state").write_text("before", encoding="utf-8")
    monkeypatch.setattr(os, "fchmod", full)
    with pytest.raises(OSError, match="No space left"):
        replace(tmp_path / "state", "after")
    assert {path.name: path.read_text(encoding="utf-8") for path in tmp_path.iterdir()} == {"state": "before"}
