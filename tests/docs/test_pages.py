"""The pages say what the code says, and lead somewhere."""

import re
import xml.etree.ElementTree as ET
from collections import Counter
from collections.abc import Callable
from pathlib import Path

import pytest

from docs import generate
from docs.tables import errors
from docs.tables.assembly import Assembly as DocumentedAssembly
from mlops_stages.platform import OFFER, Stage, load
from mlops_stages.platform.codes import CODES
from tests.conftest import Assembly
from tests.docs.pages import PAGES, ROOT

LINK = re.compile(r"\]\(([^)\s]+)\)")
HEADING = re.compile(r"^#+ (.+)$", re.MULTILINE)


@pytest.fixture(scope="module")
def reference(assembly: Callable[[str], Assembly]) -> DocumentedAssembly:
    found = assembly("reference")
    return DocumentedAssembly(found.directory, load(found.platform_file))


@pytest.mark.parametrize("page", generate.PAGES)
def test_the_tables_of_a_page_are_up_to_date(page: str, reference: DocumentedAssembly) -> None:
    written = (ROOT / page).read_text("utf-8")
    assert generate.tables_in(written), f"{page} has no table to make"
    assert written == generate.renewed(written, reference), f"{page} is stale; make it again: {generate.COMMAND}"


@pytest.mark.parametrize("name", generate.FILES)
def test_a_file_that_is_made_whole_is_up_to_date(name: str) -> None:
    stale = f"{name} is stale; make it again: {generate.COMMAND}"
    assert (ROOT / name).read_text("utf-8") == generate.FILES[name](), stale


def test_every_table_is_in_a_page() -> None:
    used = {name for page in generate.PAGES for name in generate.tables_in((ROOT / page).read_text("utf-8"))}
    assert used == generate.TABLES.keys()


def test_every_code_in_the_sources_is_documented() -> None:
    told = (ROOT / "docs" / "errors.md").read_text("utf-8")
    assert [code for code in sorted(errors.codes_in_sources()) if f"| {code} |" not in told] == []
    assert [code for code in sorted(errors.monitor_codes_in_sources()) if f"| {code} |" not in told] == []
    assert [code for code in sorted(errors.ledger_codes_in_sources()) if f"| {code} |" not in told] == []
    assert [code for code in sorted(errors.promotion_codes_in_sources()) if f"| {code} |" not in told] == []
    assert [code for code in sorted(errors.decisions_codes_in_sources()) if f"| {code} |" not in told] == []
    assert [code for code in sorted(errors.labels_codes_in_sources()) if f"| {code} |" not in told] == []
    assert [code for code in sorted(errors.notice_codes_in_sources()) if f"| {code} |" not in told] == []
    assert [code for code in sorted(errors.retraining_codes_in_sources()) if f"| {code} |" not in told] == []
    pipelines = (ROOT / "docs" / "pipelines.md").read_text("utf-8")
    assert [code for code in sorted(errors.pipeline_codes_in_sources()) if f"| {code} |" not in pipelines] == []
    preflight = (ROOT / "docs" / "preflight.md").read_text("utf-8")
    assert [code for code in sorted(errors.preflight_codes_in_sources()) if f"| {code} |" not in preflight] == []
    whole = (ROOT / "docs" / "platform-file.md").read_text("utf-8")
    assert [code for code in CODES if f"| {code} |" not in whole] == []


@pytest.mark.parametrize("page", PAGES, ids=lambda page: page.name)
def test_every_link_between_pages_leads_somewhere(page: Path) -> None:
    for link in LINK.findall(page.read_text("utf-8")):
        if link.startswith("https://"):
            continue
        name, _, anchor = link.partition("#")
        target = (page.parent / name).resolve() if name else page
        assert target.exists(), f"{page.name} links to {link}"
        if anchor:
            assert anchor in {_anchor(title) for title in HEADING.findall(target.read_text("utf-8"))}, link


def _anchor(title: str) -> str:
    return re.sub(r"[^\w\- ]", "", title.lower()).replace(" ", "-")


def test_every_page_is_reached_from_the_readme() -> None:
    seen, ahead = set[Path](), [ROOT / "README.md"]
    while ahead:
        page = ahead.pop()
        if page in seen:
            continue
        seen.add(page)
        for link in LINK.findall(page.read_text("utf-8")):
            target = (page.parent / link.partition("#")[0]).resolve()
            ahead += sorted(target.glob("*.md")) if target.is_dir() else [target] if target.suffix == ".md" else []
    assert set(PAGES) <= seen


def test_no_line_of_text_is_too_long_to_review() -> None:
    for page in PAGES:
        for line in page.read_text("utf-8").splitlines():
            assert (
                len(line) <= 150
                or line.startswith(("|", "  export "))
                or " " not in line[100:]
                or "`" in line
                or "fix:" in line
            ), line


def test_the_readme_says_which_stages_are_built() -> None:
    told = (ROOT / "README.md").read_text("utf-8")
    for stage in Stage:
        row = next(line for line in told.splitlines() if line.startswith(f"| {stage.title()} |"))
        assert row.endswith("| built |" if OFFER.stage.includes(stage) else "| not yet |"), row


def test_the_readme_shows_what_up_really_deploys(reference: DocumentedAssembly) -> None:
    told = (ROOT / "README.md").read_text("utf-8")
    shown = re.findall(r"^\d{12}  (\S+) +(\d+) stacks?, (\d+) resources$", told, re.MULTILINE)
    stacks: dict[str, set[str]] = {}
    deployed = [resource for resource in reference.resources if not resource.comes_with_release]
    for resource in deployed:
        stacks.setdefault(resource.purpose.replace("organization", "management"), set()).add(resource.stack)
    counts = Counter(resource.purpose.replace("organization", "management") for resource in deployed)
    assert {(name, int(s), int(r)) for name, s, r in shown} == {
        (name, len(found), counts[name]) for name, found in stacks.items()
    }
    assert re.search(rf"\b{len(deployed)}\b", (ROOT / "CHANGELOG.md").read_text("utf-8"))


@pytest.mark.parametrize("page", sorted((ROOT / "docs" / "decisions").glob("*.md")), ids=lambda page: page.stem)
def test_a_decision_has_a_context_a_choice_and_what_was_given_up(page: Path) -> None:
    text = page.read_text("utf-8")
    assert all(f"**{part}.**" in text for part in ("Context", "Choice", "What was given up"))
    assert 10 <= len(text.splitlines()) <= 35


@pytest.mark.parametrize("diagram", sorted((ROOT / "docs").glob("*.svg")), ids=lambda diagram: diagram.stem)
def test_a_diagram_is_sound_in_light_and_in_dark(diagram: Path) -> None:
    source = diagram.read_text("utf-8")
    tree = ET.fromstring(source)
    assert tree.findtext("{http://www.w3.org/2000/svg}title")
    light, _, dark = source.partition("@media (prefers-color-scheme: dark)")
    for name in set(re.findall(r'class="(\w+)"', source)):
        assert f".{name}" in light, name
        assert f".{name}" in dark, name
    assert "http" not in source.replace("http://www.w3.org/2000/svg", "")
