"""The page in a terminal, in a browser and as JSON: nothing that others wrote leaves its place."""

from __future__ import annotations

import itertools
import json
from dataclasses import replace
from html.parser import HTMLParser
from xml.etree import ElementTree

import pytest

from mlops_stages.model_page import MARK, Facts, Page, html, lines, to_json
from mlops_stages.model_page.facts import Refused
from mlops_stages.model_page.plot import HEIGHT, WIDTH, Drawing, ratios
from mlops_stages.runtime.monitor_runs.record import Candidate
from tests.model_page.given import (
    LABELLED,
    OWNER,
    SERVING,
    TODAY,
    a_notice,
    a_run,
    an_alarm,
    an_hour,
    facts,
    figure,
    runs,
    watched,
    wrong_since_a_week,
)
from tests.runtime.monitor_runs.given import PACKAGES

HOSTILE = "</td><script>alert(1)</script>\"'&\u202ereversed\x1b[2J\nnext"
_VOID = frozenset({"meta", "br", "rect", "circle", "line"})


class Parsed(HTMLParser):
    """A page's elements, and what stands open at its end."""

    def __init__(self, text: str) -> None:
        super().__init__(convert_charrefs=True)
        self.elements: list[tuple[str, dict[str, str | None]]] = []
        self.inside: list[tuple[str, str]] = []
        self.open: list[str] = []
        self.text: list[str] = []
        self.feed(text)
        self.close()

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.elements.append((tag, dict(attrs)))
        self.inside += [(each, tag) for each in self.open]
        if tag not in _VOID:
            self.open.append(tag)

    def handle_startendtag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.elements.append((tag, dict(attrs)))

    def handle_endtag(self, tag: str) -> None:
        assert self.open.pop() == tag

    def handle_data(self, data: str) -> None:
        self.text.append(data)

    def of(self, tag: str) -> list[dict[str, str | None]]:
        """Attributes of each element of that name."""
        return [attributes for name, attributes in self.elements if name == tag]


def hostile() -> Facts:
    part = figure("auc", None, of=HOSTILE, why=HOSTILE, definition=HOSTILE)
    found = watched(
        a_run(TODAY, 1.5, part),
        alarms=(an_alarm(reason=HOSTILE, name=HOSTILE, topics=(HOSTILE,)),),
        unread=(HOSTILE,),
        notices=(a_notice(alarm=HOSTILE, told=HOSTILE, told_on=HOSTILE, sentence=HOSTILE),),
    )
    serving = replace(SERVING, configuration=HOSTILE, approved_by=HOSTILE, package=HOSTILE)
    return facts(found, serving=serving, owner=HOSTILE, model=HOSTILE)


EVERY = {
    "wrong": wrong_since_a_week(),
    "right": facts(watched(*runs(1.0, 1.0))),
    "not yet": facts(watched()),
    "no labels": facts(None),
    "not released": facts(watched(), serving=None),
    "hostile": hostile(),
}


@pytest.fixture(params=EVERY, scope="module")
def page(request: pytest.FixtureRequest) -> Page:
    return Page(facts=EVERY[request.param])


def test_each_element_is_closed_and_each_table_has_a_caption_and_scopes(page: Page) -> None:
    found = Parsed(html(page))
    assert found.open == []
    assert found.inside.count(("table", "caption")) == len(found.of("table"))
    assert all(each.get("scope") in {"col", "row"} for each in found.of("th"))
    assert len(found.of("h1")) == 1
    ids = [attributes["id"] for _, attributes in found.elements if "id" in attributes]
    assert len(ids) == len({*ids})
    named = [a["aria-labelledby"] for _, a in found.elements if a.get("aria-labelledby")]
    assert {each for name in named for each in str(name).split()} <= {*ids}


def test_a_page_takes_nothing_from_elsewhere_and_runs_nothing(page: Page) -> None:
    text = html(page)
    found = Parsed(text)
    assert MARK in text.encode()
    assert {"script", "link", "img", "iframe", "object"} & {tag for tag, _ in found.elements} == set()
    assert not any(name.startswith("on") or name in {"src", "href"} for _, a in found.elements for name in a)
    assert "default-src 'none'" in text
    assert "prefers-color-scheme: dark" in text


def test_texts_of_others_stay_texts() -> None:
    text = html(Page(facts=EVERY["hostile"]))
    assert "<script" not in text
    assert "\u202e" not in text
    assert "\x1b" not in text
    assert "alert(1)" in "".join(Parsed(text).text)


def test_texts_of_others_stay_in_their_line() -> None:
    known = list(lines(Page(facts=EVERY["hostile"])))
    assert not any("\n" in line or "\x1b" in line or "\u202e" in line for line in known)
    assert not any(line.startswith("next") for line in known)


def test_the_order_is_that_of_the_owners_questions() -> None:
    known = list(lines(Page(facts=EVERY["wrong"])))
    titles = [line for before, line in itertools.pairwise(known) if before == "" and line]
    assert titles[0].startswith("Not right since 2026-11-21: it expects 1.85 times what happens")
    assert [title.partition(" of 2026")[0] for title in titles[1:]] == [
        "Serves production",
        "Open alarms",
        "Told",
        "Figures",
        "Labels and decisions",
        "Cost a month",
        "Next",
    ]
    assert known[-1] == "  It is judged next on 2026-11-28 05:30 UTC."


def test_an_alarm_that_knows_nothing_is_open_and_comes_after_those_that_ring() -> None:
    states = [each.state for each in Page(facts=EVERY["wrong"]).open]
    assert states == ["ALARM", "INSUFFICIENT_DATA"]


def test_what_was_told_to_whom_is_said_with_who_takes_care_of_it() -> None:
    others = {"told_on": "flora.king@acme.example", "acknowledged_by": (OWNER,), "over": True}
    told = list(Page(facts=facts(watched(notices=(a_notice(), a_notice(**others))))).told())
    start, why = "overestimates of 2026-11-20 05:32 UTC", "The model expects more than happens."
    assert told == [
        f"{start}, open: told {OWNER}, not acknowledged. {why}",
        f"{start}, over: told {OWNER}, told on to flora.king@acme.example, acknowledged by {OWNER}. {why}",
    ]


def test_what_was_held_back_during_a_deployment_is_said_whether_it_was_told_later_or_not() -> None:
    held = {"alarm": "availability", "held_back": "version 12"}
    page = Page(facts=facts(watched(notices=(a_notice(**held), a_notice(**held, told="", over=True)))))
    first, second = page.told()
    assert ", open: held back while version 12 was being deployed, told hugo.stein@acme.example, not ack" in first
    assert ", over: held back while version 12 was being deployed, not told. The model" in second


def test_what_serves_is_told_with_who_let_it() -> None:
    (line,) = (each for each in lines(Page(facts=EVERY["right"])) if "Approved" in each)
    assert line.strip() == (
        "Approved for staging by flora.king@acme.example, for production by zoe.martin@acme.example."
    )
    assert any("Nothing was released" in each for each in lines(Page(facts=EVERY["not released"])))


def test_of_what_serves_by_one_approval_the_class_of_risk_is_told() -> None:
    alone = replace(SERVING, released_by=None, risk="low")
    (line,) = (each for each in lines(Page(facts=facts(watched(), serving=alone))) if "Approved" in each)
    assert line.strip() == (
        "Approved for staging by flora.king@acme.example, for production by nobody: retraining has trained it, and the "
        "model was of low risk."
    )


def test_releases_that_were_not_read_are_said_to_be() -> None:
    found = facts(watched(), serving=None, releases_unread="Releases are in another account.")
    assert "  Releases are in another account." in list(lines(Page(facts=found)))


def test_a_cost_is_told_as_an_estimate_with_the_date_of_its_prices_and_how_to_see_the_bill() -> None:
    told = dict(Page(facts=EVERY["wrong"]).costs())
    assert told["monitors, and who is told"] == "5.80 USD: 14 metrics, 10 alarms, one of several"
    assert told["together"] == "5.80 USD a month, an estimate by list prices of us-east-1 of November 2026"
    assert told["the bill"] == (
        "in the account that pays, where the tag `model` is active: aws ce get-cost-and-usage "
        "--time-period Start=2026-11-01,End=2026-11-28 --granularity MONTHLY --metrics UnblendedCost "
        "--group-by Type=DIMENSION,Key=SERVICE "
        '--filter \'{"Tags": {"Key": "model", "Values": ["late-arrival"]}}\''
    )
    assert "estimate" in "".join(Parsed(html(Page(facts=EVERY["wrong"]))).text)
    assert to_json(Page(facts=EVERY["wrong"]))["cost"]["estimated_usd_a_month"] == 5.8
    assert not [*Page(facts=facts(watched(), cost=None)).costs()]
    assert to_json(Page(facts=facts(watched(), cost=None)))["cost"] is None


def test_labels_are_told_in_figures() -> None:
    told = dict(Page(facts=EVERY["wrong"]).labels())
    assert told["labelled"] == "95.7 % of 7,906 decisions"
    assert told["contradictory"] == "1 decision"
    assert told["labels in quarantine"] == "3 lines"
    assert told["hours with gaps"] == "2026-11-26 21:00 (91.2 %)"


def test_decisions_whose_id_others_have_are_told_where_there_are_any() -> None:
    name = "ids that are not unique"
    assert name not in dict(Page(facts=EVERY["wrong"]).labels())
    run = a_run(labelled=replace(LABELLED, repeated_ids=1400))
    told = dict(Page(facts=facts(watched(run))).labels())
    assert told[name] == "1,400 decisions: labels reach such a decision by the request's id alone"


def test_lines_in_quarantine_are_told_with_file_number_and_code() -> None:
    file = "labels/late-arrival/2026/11/27/09/<Zoë>\n.jsonl"
    refused = tuple(Refused(file=file, line=number, code="LBL-104") for number in (4, 0))
    page = Page(facts=facts(replace(watched(*runs(1.0)), refused_labels=9, refused_label_lines=refused)))
    told = [text for name, text in page.labels() if name == "LBL-104"]
    assert told == [f"{file}, line 4", f"{file}, the whole file"]
    assert "&lt;Zoë&gt;" in html(page)
    assert "  LBL-104" in "\n".join(lines(page))
    assert to_json(page)["monitors"]["quarantined_label_lines"][0] == {"file": file, "line": 4, "code": "LBL-104"}


def test_drift_of_the_newest_hour_is_told_with_its_window() -> None:
    page = Page(facts=facts(watched(*runs(1.0), hour=an_hour())))
    window = "2026-11-20 05:00 to 2026-11-27 05:00 UTC"
    said = f"psi of the scores of 1,400 decisions is 0.310; at most 0.200; {window}"
    assert dict(page.labels())["drift by the hour"] == said
    assert said in html(page)
    told = to_json(page)["monitors"]["drift_by_the_hour"]
    assert (told["hour"], told["window"]) == ("2026-11-27T05:00:00Z", window)
    assert told["figures"][0]["value"] == 0.31


def test_drift_that_could_not_be_measured_says_why() -> None:
    page = Page(facts=facts(watched(*runs(1.0), hour=an_hour(value=None, low=None, high=None, why=HOSTILE))))
    assert dict(page.labels())["drift by the hour"].startswith("psi of the scores is not known: ")
    assert all(each.isprintable() for each in lines(page))
    assert HOSTILE not in html(page)


def test_without_decisions_drift_of_the_hour_is_not_known() -> None:
    page = Page(facts=facts(watched(*runs(1.0), hour=replace(an_hour(), figures=()))))
    assert dict(page.labels())["drift by the hour"].startswith("not known: there are no decisions; ")


def test_where_drift_is_measured_each_day_there_is_no_hour() -> None:
    page = Page(facts=EVERY["right"])
    assert "drift by the hour" not in dict(page.labels())
    assert to_json(page)["monitors"]["drift_by_the_hour"] is None


CANDIDATE = Candidate(
    package=f"{PACKAGES}8",
    is_better=True,
    why=None,
    figure=figure("log_loss_difference", -0.03, 0.02, of="version 8 against version 3"),
    days=28,
    challenge=None,
)


@pytest.mark.parametrize(
    ("is_better", "said"),
    [
        (True, "better: log_loss_difference -0.030 (-0.050 to -0.01)"),
        (False, "not better: log_loss_difference -0.030 (-0.050 to -0.01)"),
        (None, f"not known: {HOSTILE}"),
    ],
)
def test_candidates_are_told_with_the_figure_that_decides(is_better: bool | None, said: str) -> None:
    candidate = replace(CANDIDATE, is_better=is_better, why=HOSTILE if is_better is None else None)
    page = Page(facts=facts(watched(replace(a_run(), candidates=(candidate,)))))
    assert dict(page.labels())["candidate version 8"] == said
    assert json.loads(json.dumps(to_json(page)))["monitors"]["runs"][0]["candidates"][0]["is_better"] is is_better
    assert all(line.isprintable() for line in lines(page))


def test_it_says_when_the_model_was_trained_again_and_when_it_is_next() -> None:
    run = {"day": "2026-11-20", "ended": "Succeeded", "version": 2, "outcome": "better", "why": HOSTILE}
    page = Page(facts=facts(watched(a_run()), retraining={"runs": [run], "next": "2026-12-20"}))
    said = list(lines(page))
    assert said[-2].startswith("  It was trained again on 2026-11-20, v2 is better; the reason was: ")
    assert said[-1] == "  It is trained again on 2026-12-20 at the latest."
    assert all(line.isprintable() for line in said)
    assert "2026-12-20 at the latest" in html(page)
    assert HOSTILE not in html(page)
    assert to_json(page)["retraining"]["next"] == "2026-12-20"


def test_a_run_whose_files_do_not_belong_together_is_named() -> None:
    known = list(lines(Page(facts=facts(watched(*runs(1.0), unread=("2026-11-20",))))))
    assert "2026-11-20" in known[-1]


def test_programs_get_definitions_and_each_run(page: Page) -> None:
    told = json.loads(json.dumps(to_json(page)))
    assert told["answer"]["sentence"] == page.answer.sentence
    if page.newest is not None:
        assert len(told["monitors"]["runs"][0]["figures"]) == len(page.newest.figures)
        assert all(each["definition"] for each in told["monitors"]["runs"][0]["figures"])


def test_a_drawing_is_sound_stays_in_its_frame_and_says_what_it_shows() -> None:
    found = [1.0, 1.2, 40.0, 0.01, 1.5]
    points = ratios(tuple(replace(each) for each in runs(*found)))
    drawing = Drawing(points=points, least=1 / 1.15, most=1.15).svg()
    root = ElementTree.fromstring(drawing)
    assert [each.tag for each in root][:2] == ["title", "desc"]
    assert "5 runs from 2026-11-23 to 2026-11-27" in str(root[1].text)
    for each in root:
        places = {name: float(value) for name, value in each.attrib.items() if name in {"x", "x1", "x2", "cx"}}
        heights = {name: float(value) for name, value in each.attrib.items() if name in {"y", "y1", "y2", "cy"}}
        assert all(0 <= value <= WIDTH for value in places.values())
        assert all(0 <= value <= HEIGHT for value in heights.values())


def test_a_day_beyond_the_limits_differs_by_more_than_its_color() -> None:
    drawing = Drawing(points=ratios(runs(1.0, 1.5)), least=1 / 1.15, most=1.15).svg()
    assert drawing.count('<circle class="inside"') == 1
    assert drawing.count('<rect class="outside"') == 1


def test_runs_without_a_ratio_leave_no_point_and_no_points_no_drawing() -> None:
    assert ratios(runs(None, None)) == []
    assert Drawing(points=[], least=0.87, most=1.15).svg() == ""
    assert len(ratios(runs(None, 1.0))) == 1
