"""Images as Python environments: built once for their requirements, named, found."""

from __future__ import annotations

import sys
from pathlib import Path

import pytest

from mlops_stages.errors import UserError
from mlops_stages.local import images
from mlops_stages.local.process import STATE_DIRECTORY

URI = "222222222222.dkr.ecr.eu-west-1.amazonaws.com/models/late:1"


def test_an_environment_is_built_once_for_its_requirements(tmp_path: Path) -> None:
    requirements = tmp_path / "requirements.txt"
    requirements.write_text("")
    first = images.build(tmp_path, requirements)
    assert first.built
    assert first.python.is_relative_to(tmp_path / STATE_DIRECTORY / "images")
    assert images.build(tmp_path, requirements) == images.BuiltImage(first.python, built=False)
    images.name(tmp_path, URI, first)
    assert images.find(tmp_path / STATE_DIRECTORY, URI) == first.python
    (first.python.parents[1] / "complete").unlink()  # as after an interrupt
    assert images.build(tmp_path, requirements).built


def test_a_name_is_found_and_can_be_given_anew(tmp_path: Path) -> None:
    state = tmp_path / STATE_DIRECTORY
    assert images.find(state, URI) is None
    images.name(tmp_path, URI, Path(sys.executable))
    images.name(tmp_path, f"{URI}-other", Path(sys.executable))
    assert images.find(state, URI) == Path(sys.executable)
    images.name(tmp_path, URI, tmp_path / "gone")
    assert images.find(state, URI) is None
    assert images.find(state, f"{URI}-other") == Path(sys.executable)


def test_requirements_that_cannot_be_read_are_told(tmp_path: Path) -> None:
    with pytest.raises(UserError) as refused:
        images.build(tmp_path, tmp_path / "none.txt")
    assert refused.value.code == "LOC-070"


def test_a_python_that_is_none_is_told(tmp_path: Path) -> None:
    requirements = tmp_path / "requirements.txt"
    requirements.write_text("")
    for python in (str(tmp_path / "python"), "/bin/false"):
        with pytest.raises(UserError) as refused:
            images.build(tmp_path, requirements, python=python)
        assert refused.value.code == "LOC-071"


def test_requirements_that_pip_refuses_are_told_with_its_last_words(tmp_path: Path) -> None:
    requirements = tmp_path / "requirements.txt"
    requirements.write_text("./no-such-package\n")
    with pytest.raises(UserError) as refused:
        images.build(tmp_path, requirements)
    assert refused.value.code == "LOC-072"
    assert "no-such-package" in refused.value.message
    assert [path for path in (tmp_path / STATE_DIRECTORY / "images").iterdir() if path.is_dir()] == []
