"""The page of a drill, its text and its JSON: for eyes, for who hears it, and for programs."""

from __future__ import annotations

import json
import xml.etree.ElementTree as ET
from collections.abc import Callable
from dataclasses import replace
from datetime import timedelta
from html.parser import HTMLParser

import pytest

from mlops_stages.drill import MARK, html, lines, plots, to_json
from mlops_stages.drill.facts import Event, Proof, Ring
from mlops_stages.drill.report import Report
from tests.drill.given import check, played
from tests.hostile_text import KINDS, obeyed

HOSTILE = {
    **KINDS,
    "markup": "<script>alert(1)</script>",
    "an attribute": '"><img src=x onerror=alert(1)>',
    "a template": "{{ 7 * 7 }}{% raw %}",
    "the end of a drawing": "</svg></main><h1>owned",
    "an entity": "&lt;b&gt;&#0;",
}


class Read(HTMLParser):
    """What a page has: its elements with their attributes, and its headings in order."""

    def __init__(self, page: str) -> None:
        super().__init__()
        self.elements: list[tuple[str, dict[str, str | None]]] = []
        self.headings: list[str] = []
        self.feed(page)

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.elements.append((tag, dict(attrs)))
        if tag in ("h1", "h2", "h3"):
            self.headings.append(tag)

    def of(self, tag: str) -> list[dict[str, str | None]]:
        return [attributes for name, attributes in self.elements if name == tag]


def test_the_page_stands_alone_without_scripts() -> None:
    page = html(played())
    read = Read(page)
    assert MARK.decode() in page
    assert read.of("script") == read.of("link") == read.of("img") == []
    assert "default-src 'none'" in page
    assert "prefers-color-scheme: dark" in page
    assert {each["href"] for each in read.of("a")} <= {"#claims", "#days"}


def test_who_hears_the_page_finds_its_parts() -> None:
    read = Read(html(played()))
    assert [each["lang"] for each in read.of("html")] == ["en"]
    assert read.headings[0] == "h1"
    assert set(read.headings[1:]) == {"h2"}
    ids = {attributes["id"] for _, attributes in read.elements if "id" in attributes}
    for _, attributes in read.elements:
        for name in (attributes.get("aria-labelledby") or "").split():
            assert name in ids
    drawn = read.of("svg")
    assert len(drawn) == 3
    assert all(each["role"] == "img" and each["aria-labelledby"] for each in drawn)
    assert len(read.of("caption")) == len(read.of("table"))
    scrolled = [each for each in read.of("div") if each.get("class") == "wide"]
    assert all(each["tabindex"] == "0" and each["role"] == "region" for each in scrolled)


def test_each_number_of_a_drawing_stands_in_a_table() -> None:
    found = played()
    page = html(found)
    for each in found.judged:
        assert f'<th scope="row" class="when">{each.clock}</th>' in page
    assert page.count("too few days") == 1 + sum(not each.is_known for each in found.judged)


@pytest.mark.parametrize("draw", [plots.calibration, plots.scores, plots.alarms])
def test_a_drawing_is_well_formed_and_within_its_frame(draw: Callable[[Report], str]) -> None:
    tree = ET.fromstring(draw(played()))
    _, _, width, height = map(float, tree.attrib["viewBox"].split())
    for each in tree:
        for name, most in (("x", width), ("x1", width), ("x2", width), ("cx", width), ("y", height), ("cy", height)):
            assert 0 <= float(each.attrib.get(name, 0)) <= most
    assert tree[0].tag == "title"
    assert tree[1].tag == "desc"


@pytest.mark.parametrize("draw", [plots.calibration, plots.scores, plots.alarms])
def test_a_drill_that_played_nothing_draws_nothing(draw: Callable[[Report], str]) -> None:
    nothing = replace(played(), days=(), judged=(), events=(), rings=())
    assert draw(nothing) == ""
    assert "<svg" not in html(nothing)


def test_a_ratio_far_out_is_drawn_at_the_edge() -> None:
    found = played()
    far = replace(found.judged[0], calibration=replace(found.judged[0].calibration, value=40.0, high=90.0))
    tree = ET.fromstring(plots.calibration(replace(found, judged=(far, *found.judged[1:]))))
    assert all(0 <= float(each.attrib.get("cy", 0)) <= 250 for each in tree)


def test_a_failed_claim_leads_the_page() -> None:
    page = html(played(check(), check(holds=False, found="none")))
    assert "1 of 2 claims failed: The owner is told." in page
    assert "1 of 1 claims hold." in html(played())


@pytest.mark.parametrize("text", HOSTILE.values(), ids=HOSTILE)
def test_what_others_wrote_is_shown_and_not_obeyed(text: str) -> None:
    found = played(check(found=text), text=text)
    ring = Ring(alarm=text, began=found.rings[0].began, ended=None, reason=text)
    proof = Proof(kind="alarm", where=text, says=text)
    event = Event(at=ring.began, stream=None, scenario="summer", kind="alarm", text=text, proofs=(proof,))
    hostile = replace(found, owner=text, model=text, rings=(ring,), events=(event,), sources=(proof,))
    read, usual = Read(html(hostile)), Read(html(replace(found, rings=found.rings, events=(event,))))
    assert {name for name, _ in read.elements} <= {name for name, _ in usual.elements}
    assert not any(name.startswith("on") for _, attributes in read.elements for name in attributes)
    assert obeyed(html(hostile)) == []
    ET.fromstring(plots.alarms(hostile))
    printed = list(lines(hostile))
    assert all("\n" not in line for line in printed)
    assert obeyed("".join(printed)) == []


def test_the_timeline_says_what_happened_in_order() -> None:
    told = list(lines(played(check(holds=False, found="none"))))
    at = next(place for place, line in enumerate(told) if line.startswith("Timeline"))
    assert told[at + 1].split() == ["2026-12-31", "05:31", "09-03", "->", "hugo.stein@acme.example", "is", "told"]
    assert any(line.strip().startswith("FAILED  september: The owner is told") for line in told)
    assert any(line.endswith("1.50 (1.35 to 1.65), BEYOND") for line in told)
    assert any("too few days to decide" in line for line in told)


def test_programs_get_everything_and_the_same_each_time() -> None:
    found = played()
    told = to_json(found)
    assert json.loads(json.dumps(told)) == told
    assert told["holds"] is True
    assert told["days"][0] == {
        "stream": "2013-08-04", "clock": "2026-12-01", "requests": 19, "decisions": 900, "late": 120,
    }  # fmt: skip
    again = replace(found, seconds=99.0)
    assert {**to_json(again), "seconds": 0} == {**told, "seconds": 0}


def test_the_axis_ends_with_the_last_event() -> None:
    found: Report = played()
    days = plots.axis(found)
    assert days is not None
    assert days.last == found.days[-1].clock
    late = replace(found.events[0], at=found.events[0].at + timedelta(days=60))
    longer = plots.axis(replace(found, events=(late,)))
    assert longer is not None
    assert longer.last == late.at.date()
