"""The file of stacks with termination protection: what is written is read, and anything else is refused."""

import os
from collections.abc import Callable
from pathlib import Path

import pytest

from mlops_stages import protected_stacks
from mlops_stages.errors import UserError


def test_what_is_written_is_read_one_name_a_line(tmp_path: Path) -> None:
    file = tmp_path / protected_stacks.NAME
    protected_stacks.write(file, {"acme-tooling", "acme-data"})
    assert file.read_text("utf-8").splitlines()[1:] == ["acme-data", "acme-tooling"]
    assert protected_stacks.read(file) == {"acme-data", "acme-tooling"}


def test_without_a_file_no_stack_is_protected(tmp_path: Path) -> None:
    assert protected_stacks.read(tmp_path / protected_stacks.NAME) == frozenset()


@pytest.mark.parametrize(
    ("content", "code", "line"),
    [
        (b"acme-data\nacme_tooling\n", "LOC-091", ":2"),
        (b"../platform\n", "LOC-091", ":1"),
        (b"a" * 129, "LOC-091", ":1"),
        (b"\xff\xfe", "LOC-090", ""),
        (b"#" * (1 << 20) + b"\n", "LOC-090", ""),
    ],
)
def test_anything_else_is_refused_where_it_stands(tmp_path: Path, content: bytes, code: str, line: str) -> None:
    file = tmp_path / protected_stacks.NAME
    file.write_bytes(content)
    with pytest.raises(UserError) as refused:
        protected_stacks.read(file)
    assert (refused.value.code, refused.value.where) == (code, f"{file}{line}")
    assert "mlops-stages protect" in refused.value.fix


@pytest.mark.parametrize("make", [Path.mkdir, os.mkfifo])
def test_what_is_no_file_is_refused(tmp_path: Path, make: Callable[[Path], None]) -> None:
    make(tmp_path / protected_stacks.NAME)
    with pytest.raises(UserError) as refused:
        protected_stacks.read(tmp_path / protected_stacks.NAME)
    assert refused.value.code == "LOC-090"
