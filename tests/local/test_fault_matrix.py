"""Wherever a create, update or delete fails, the same deploy done again succeeds: every type, in every stack."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path

import pytest

from tests.conftest import ROOT, Assembly
from tests.templates import kind_of_stack

FIRST = "reference"
"""Where everything fails that it deploys; in others, what it does not have."""


@pytest.mark.parametrize("organization", [FIRST, "one_account", "identity_center"])
def test_a_deploy_that_failed_anywhere_is_repeated(
    organization: str, assembly: Callable[[str], Assembly], tmp_path: Path
) -> None:
    built = assembly(organization)
    others = [] if organization == FIRST else [assembly(FIRST)]
    # In a process of its own, which the faults change for good.
    done = subprocess.run(
        [
            *(sys.executable, "-m", "tests.local.fault_matrix", str(built.platform_file), str(built.directory)),
            *(str(other.directory) for other in others),
        ],
        cwd=tmp_path,
        env={**os.environ, "PYTHONPATH": os.pathsep.join((str(ROOT), str(ROOT / "constructs")))},
        capture_output=True,
        text=True,
        check=False,
    )
    assert done.returncode == 0, done.stderr[-3000:]
    told = json.loads(done.stdout)
    assert told["problems"] == []
    of_others = {cell for other in others for cell in creates(other)}
    failed = {
        ": ".join((kind_of_stack(stack), operation)) for stack, operation in (c.split(": ", 1) for c in told["cells"])
    }
    assert creates(built) - failed - of_others == set()
    assert not failed & of_others
    if organization == FIRST:
        for operation in ("update", "add", "delete"):
            assert any(f": {operation} AWS::" in cell for cell in told["cells"])


def creates(built: Assembly) -> set[str]:
    """The kinds of an organization's stacks, each with the types that a deploy creates."""
    return {
        f"{kind_of_stack(stack)}: create {resource['Type']}"
        for stack, template in built.templates.items()
        for resource in template["Resources"].values()
        if "Condition" not in resource
    }
