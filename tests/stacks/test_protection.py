"""Termination protection: of the stacks that have been created, and of no other."""

from collections.abc import Callable
from pathlib import Path

from mlops_stages.platform import load
from stacks.platform_app import platform_app
from tests.conftest import Assembly


def test_the_stacks_that_are_named_are_protected_and_their_templates_stay(
    assembly: Callable[[str], Assembly], tmp_path: Path
) -> None:
    before = assembly("identity_center")
    names = sorted(before.templates)
    platform_app(load(before.platform_file), outdir=str(tmp_path), protected={names[0], "of-another-app"}).synth()
    after = Assembly("identity_center", tmp_path, before.platform_file)
    protected = {
        name
        for name, artifact in after.manifest["artifacts"].items()
        if artifact.get("properties", {}).get("terminationProtection")
    }
    assert len(names) > 1
    assert protected == {names[0]}
    assert after.templates == before.templates
