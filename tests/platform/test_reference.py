"""The page on the platform file is made from the model."""

from pathlib import Path

from mlops_stages.platform import OFFER, Platform, loads
from mlops_stages.platform.codes import CODES
from mlops_stages.platform.fields import paths_by_key
from mlops_stages.platform.reference import SMALLEST, page

MAKE = "python -m mlops_stages.platform.reference > docs/platform-file.md"


def test_the_page_is_up_to_date(root: Path) -> None:
    written = (root / "docs" / "platform-file.md").read_text()
    assert written == page(), f"docs/platform-file.md is stale; make it again: {MAKE}"


def test_its_example_is_a_platform_that_deploys() -> None:
    platform = loads(SMALLEST)
    platform.refuse_beyond(OFFER)
    assert platform.teams


def test_it_has_every_key() -> None:
    assert SMALLEST in page()
    for key in paths_by_key(Platform):
        assert f"| `{key}` |" in page()


def test_it_has_every_code() -> None:
    for code in CODES:
        assert f"| {code} |" in page()


def test_it_has_every_region_that_is_offered() -> None:
    for regions in OFFER.regions.values():
        assert all(f"`{region}`" in page() for region in regions)


def test_it_shows_real_errors_with_lines() -> None:
    assert "PLT-104 platform.yaml:7: accounts.experimentation" in page()
