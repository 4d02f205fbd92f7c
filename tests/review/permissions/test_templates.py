"""Templates as they are read: hostile ones too."""

import json
from pathlib import Path

import pytest

from mlops_stages.errors import UserError
from mlops_stages.review.permissions import read


@pytest.mark.parametrize(
    ("content", "code"),
    [
        (b"", "RVW-002"),
        (b"\xff\xfe", "RVW-002"),
        (b"[]", "RVW-002"),
        (b"{}", "RVW-002"),
        (b'{"Resources": []}', "RVW-002"),
        (b'{"Resources": {"A": 1}}', "RVW-002"),
        (b'{"Resources": {"A": {}}}', "RVW-002"),
        (b'{"Resources": {"A": {"Type": "B"}}, "Parameters": 1}', "RVW-002"),
        (b'{"Resources":' * 100_000, "RVW-002"),
        (b"Resources:\n  A: {Type: B}\n", "RVW-002"),
    ],
)
def test_what_is_no_template_is_refused(content: bytes, code: str, tmp_path: Path) -> None:
    (tmp_path / "template.json").write_bytes(content)
    with pytest.raises(UserError) as refused:
        read(tmp_path / "template.json")
    assert (refused.value.code, refused.value.where) == (code, str(tmp_path / "template.json"))


def test_what_is_not_there_is_said(tmp_path: Path) -> None:
    for path in (tmp_path / "nothing.json", tmp_path):
        with pytest.raises(UserError) as refused:
            read(path)
        assert refused.value.code == "RVW-001"


def test_an_assembly_that_names_a_file_of_others_is_refused(tmp_path: Path) -> None:
    stack = {"type": "aws:cloudformation:stack", "properties": {"templateFile": "../template.json"}}
    (tmp_path / "manifest.json").write_text(json.dumps({"artifacts": {"a": stack}}))
    with pytest.raises(UserError) as refused:
        read(tmp_path)
    assert refused.value.code == "RVW-002"
