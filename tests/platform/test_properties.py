"""What holds for every platform, every mistake and every file."""

import copy
import io
import string
import tempfile
from collections.abc import Iterator
from pathlib import Path
from typing import Protocol, TextIO, cast

import pytest
from hypothesis import HealthCheck, assume, given, settings
from hypothesis import strategies as st

from mlops_stages.platform import DataClassification, Platform, PlatformErrors, Stage, load, parse
from mlops_stages.platform.codes import CODES
from mlops_stages.platform.errors import path_text
from mlops_stages.platform.names import member_name
from mlops_stages.platform.regions import PARTITIONS

Map = dict[str, object]
Place = tuple[str | int, ...]


class Generate(Protocol):
    def write(self, platform: Map, to: Path | TextIO) -> None: ...


few = settings(max_examples=40, deadline=None, suppress_health_check=[HealthCheck.too_slow])
many = settings(max_examples=400, deadline=None, suppress_health_check=[HealthCheck.too_slow])

LOWER_AND_DIGITS = string.ascii_lowercase + string.digits
MANAGEMENT = "999999999999"
accounts = st.text(string.digits, min_size=12, max_size=12).filter(lambda account: account != MANAGEMENT)
cost_centers = st.from_regex(r"[A-Za-z0-9_.:/=+@-]{1,64}", fullmatch=True)
words = st.from_regex(r"[a-z][a-z0-9]{2,9}", fullmatch=True)
emails: st.SearchStrategy[str] = st.tuples(words, words, words).map(
    lambda part: f"{part[0]}.{part[1]}@{part[2]}.example"
)
colleagues = st.lists(emails, min_size=1, max_size=3, unique_by=member_name)
private_ranges = st.builds("10.{}.{}.0/24".format, st.integers(0, 255), st.integers(0, 255))
hexadecimals = st.text("0123456789abcdef", min_size=17, max_size=17)
instance_types = st.sampled_from(["ml.t3.medium", "ml.m5.large", "ml.g5.xlarge", "ml.c6i.24xlarge"])
tag_texts = st.from_regex(r"[A-Za-z0-9é_.:/=+@-]([A-Za-z0-9 é_.:/=+@-]{0,20}[A-Za-z0-9é_.:/=+@-])?", fullmatch=True)
tag_keys = tag_texts.filter(lambda key: not key.lower().startswith(("aws:", "team", "model", "stage", "cost", "data")))


def maps(
    required: dict[str, st.SearchStrategy[object]], **optional: st.SearchStrategy[object]
) -> st.SearchStrategy[Map]:
    return st.fixed_dictionaries(required, optional=optional)


networks = st.one_of(
    maps({}, cidr=private_ranges, availability_zones=st.integers(2, 3)),
    maps(
        {
            "vpc_id": hexadecimals.map("vpc-{}".format),
            "subnet_ids": st.lists(hexadecimals.map("subnet-{}".format), min_size=2, max_size=4, unique=True),
        }
    ),
)
sign_ins = st.one_of(
    maps({"method": st.just("iam")}, account=accounts, mfa=st.booleans()), st.just({"method": "identity_center"})
)
guardrails = maps(
    {
        "management_account": st.just(MANAGEMENT),
        "root_id": st.text(LOWER_AND_DIGITS, min_size=4, max_size=32).map("r-{}".format),
    },
    approved_instance_types=st.lists(instance_types, min_size=1, unique=True),
)
feature_groups = maps(
    {
        "name": st.just("features"),
        "data_classification": st.just("internal"),
        "record_identifier": st.just("id"),
        "event_time": st.just("time"),
        "features": st.builds(lambda: [{"name": "id", "type": "String"}, {"name": "time", "type": "String"}]),
    },
    online=st.booleans(),
)
qualities = st.one_of(
    maps({"metric": st.sampled_from(["auc", "f1", "recall"]), "minimum": st.floats(0, 1)}),
    maps({"metric": st.sampled_from(["rmse", "mae"]), "maximum": st.floats(0.001, 1e9)}),
)


@st.composite
def teams(draw: st.DrawFn, name: str, model: str, people: list[str], highest: str) -> Map:
    stage: dict[str, st.SearchStrategy[object]] = {
        "stage": st.just("initial"),
        "data": maps({"classifications": st.lists(st.sampled_from(["public", "restricted"]), min_size=1, unique=True)}),
    }
    if highest != "initial" and draw(st.booleans()):
        stage = {"features": st.lists(feature_groups, max_size=1)}
    personas = ("data_scientists", "lead_data_scientists", "data_engineers", "ml_engineers", "business_owners")
    listed: dict[str, list[str]] = {}
    for person in people:
        listed.setdefault(draw(st.sampled_from(personas)), []).append(person)
    models = maps(
        {
            "name": st.just(model),
            "owner": emails,
            "data_classification": st.sampled_from([each.value for each in DataClassification]),
        },
        sla=maps(
            {"availability_percent": st.floats(50, 99.999), "p99_latency_ms": st.integers(1, 60_000)},
            requests_per_minute=st.floats(40, 10_000),
        ),
        quality=qualities,
        drift=maps(
            {
                "metric": st.sampled_from(["psi", "js", "ks"]),
                "maximum": st.floats(0.001, 10),
                "every": st.sampled_from(["1h", "360m", "24h", "1d"]),
            }
        ),
        rollout=maps({"canary_percent": st.integers(1, 50), "bake_minutes": st.integers(5, 60)}),
    )
    # Feature groups need their stage and data of their classification, which is there by default.
    required: dict[str, st.SearchStrategy[object]] = {"stage": st.just("repeatable")} if "features" in stage else {}
    return draw(
        maps(
            {
                **required,
                "name": st.just(name),
                "cost_center": cost_centers,
                "people": st.just(listed),
                "budget": maps(
                    {
                        "monthly_usd": st.integers(1, 10**9),
                        "notify": st.lists(emails, min_size=1, max_size=10, unique=True),
                    },
                    thresholds_percent=st.lists(st.integers(1, 1000), min_size=1, max_size=5, unique=True),
                ),
            },
            repository=maps(
                {"provider": st.sampled_from(["github", "gitlab"]), "owner": words, "name": st.just(name)}, branch=words
            ),
            models=st.lists(models, max_size=1),
            **stage,
        )
    )


@st.composite
def platforms(draw: st.DrawFn) -> Map:
    """A valid platform as plain data."""
    stage = draw(st.sampled_from([stage.value for stage in Stage]))
    # A team, its model and its people are numbered, so that no two names meet.
    made = [
        draw(teams(f"team{number}", f"model{number}", draw(colleagues), stage))
        for number in range(draw(st.integers(0, 3)))
    ]
    required: dict[str, st.SearchStrategy[object]] = {
        "name": st.from_regex(r"[a-z][a-z0-9]{1,11}", fullmatch=True),
        "region": st.sampled_from(sorted(PARTITIONS)),
        "stage": st.just(stage),
        "owner": emails,
        "cost_center": cost_centers,
        "accounts": maps(
            dict.fromkeys(
                ("experimentation", "development", "tooling", "data", "staging", "production", "governance"), accounts
            )
        ),
        "people": maps(
            {"platform_engineers": colleagues},
        ),
        "code_hosts": st.sampled_from([["github", "gitlab"], ["gitlab", "github"]]),
    }
    sign_in = draw(st.none() | sign_ins)
    if sign_in is not None:
        required["sign_in"] = st.just(sign_in)
    optional: dict[str, st.SearchStrategy[object]] = {
        "organization_id": st.text(LOWER_AND_DIGITS, min_size=10, max_size=32).map("o-{}".format)
    }
    if stage != "initial" or (sign_in is not None and "account" in sign_in):
        required |= optional
        optional = {}
    if stage != "initial" and (sign_in is None or sign_in["method"] == "iam"):
        optional["guardrails"] = guardrails
    return draw(
        maps(
            required,
            **optional,
            tags=st.dictionaries(tag_keys, tag_texts, max_size=3).filter(lambda tags: len(tags) == len(lower(tags))),
            network=networks,
            networks=maps({}, development=networks, data=networks),
            access_log_bucket=words,
            cost_anomalies=maps({}, minimum_usd=st.integers(1, 10**9)),
            studio=maps(
                {},
                idle_shutdown_minutes=st.integers(60, 525_600),
                instance_types=st.lists(instance_types, min_size=1, unique=True),
            ),
            teams=st.just(made),
        )
    )


def lower(tags: dict[str, str]) -> set[str]:
    return {key.lower() for key in tags}


def places(value: object, here: Place = ()) -> Iterator[Place]:
    """Every place in plain data but the top."""
    if here:
        yield here
    if isinstance(value, dict):
        for key, item in cast("Map", value).items():
            yield from places(item, (*here, key))
    elif isinstance(value, list):
        for index, item in enumerate(cast("list[object]", value)):
            yield from places(item, (*here, index))


def corrupted(platform: Map, place: Place) -> Map:
    """The same, with something of a wrong kind at a place: text for a map or list, a map for anything else."""
    changed = copy.deepcopy(platform)
    holder: object = changed
    for step in place[:-1]:
        holder = cast("dict[str | int, object]", holder)[step]
    slots = cast("dict[str | int, object]", holder)
    slots[place[-1]] = "nonsense" if isinstance(slots[place[-1]], dict | list) else {"nonsense": True}
    return changed


def errors_of(platform: Map) -> PlatformErrors:
    with pytest.raises(PlatformErrors) as caught:
        parse(platform)
    return caught.value


def assert_helpful(found: PlatformErrors) -> None:
    assert found.errors
    for error in found.errors:
        assert error.code in CODES
        assert error.message
        assert error.fix
        assert len(str(error)) < 2000
    assert all(line.isprintable() for line in str(found).split("\n"))


@few
@given(platform=platforms())
def test_what_is_written_as_yaml_is_read_back_the_same(platform: Map, generate: Generate) -> None:
    text = io.StringIO()
    generate.write(platform, text)
    with tempfile.NamedTemporaryFile("w", encoding="utf-8", suffix=".yaml") as file:
        file.write(text.getvalue())
        file.flush()
        assert load(Path(file.name)) == parse(platform)


@few
@given(platform=platforms())
def test_what_a_platform_says_of_itself_makes_the_same_platform(platform: Map) -> None:
    made = parse(platform)
    again = parse(made.model_dump(mode="json", exclude_none=True))
    assert again == made
    assert Platform.model_validate_json(made.model_dump_json()) == made


@few
@given(platform=platforms(), data=st.data())
def test_anything_of_a_wrong_kind_is_told_at_its_place(platform: Map, data: st.DataObject) -> None:
    place = data.draw(st.sampled_from(list(places(platform))))
    found = errors_of(corrupted(platform, place))
    assert_helpful(found)
    assert any(error.path.startswith(path_text(place)) for error in found.errors)


@few
@given(platform=platforms(), data=st.data())
def test_two_mistakes_are_two_errors(platform: Map, data: st.DataObject) -> None:
    every = list(places(platform))
    one = data.draw(st.sampled_from(every))
    other = data.draw(st.sampled_from(every))
    assume(one[: len(other)] != other and other[: len(one)] != one)
    # With an unknown method, nobody can tell what else belongs to it.
    assume(not {one, other} & {("sign_in", "method")} or one[0] != other[0])
    found = errors_of(corrupted(corrupted(platform, one), other))
    assert_helpful(found)
    for place in (one, other):
        assert any(error.path.startswith(path_text(place)) for error in found.errors)


@few
@given(platform=platforms(), data=st.data())
def test_an_unknown_key_is_told_wherever_it_is(platform: Map, data: st.DataObject) -> None:
    changed = copy.deepcopy(platform)
    places_of_maps = [place for place in places(changed) if isinstance(at(changed, place), dict) and place != ("tags",)]
    holder = at(changed, data.draw(st.sampled_from([(), *places_of_maps])))
    cast("Map", holder)["xyzzy"] = 1
    found = errors_of(changed)
    assert_helpful(found)
    assert {error.code for error in found.errors} <= {"PLT-101", "PLT-205"}
    assert len(found.errors) == 1


@few
@given(platform=platforms(), data=st.data())
def test_a_missing_key_never_crashes(platform: Map, data: st.DataObject) -> None:
    changed = copy.deepcopy(platform)
    place = data.draw(st.sampled_from(list(places(changed))))
    holder = cast("dict[str | int, object]", at(changed, place[:-1]))
    del holder[place[-1]]
    try:
        parse(changed)
    except PlatformErrors as found:
        assert_helpful(found)


def at(platform: Map, place: Place) -> object:
    here: object = platform
    for step in place:
        here = cast("dict[str | int, object]", here)[step]
    return here


@many
@given(content=st.binary(max_size=400))
def test_no_bytes_crash(content: bytes) -> None:
    assert_refused(content)


PIECES = [
    "name: ", "teams:\n", "  - ", "- ", "[", "]", "{", "}", ",", ": ", "\n", "  ", "*a", "&a ", "!!str ", "!x ", "'",
    '"', "|\n", ">", "<<: ", "---\n", "...\n", "%YAML 1.2\n", "%TAG ! x\n", "# c\n", "? ", "~", "0123", "é", "\u2028",
    "\ufeff", "\x00", "\\u", '"\\U99999999"', "accounts: {data: ", "stage: initial\n", ".nan",
]  # fmt: skip


@many
@given(content=st.lists(st.sampled_from(PIECES), max_size=30).map("".join))
def test_no_yaml_like_text_crashes(content: str) -> None:
    assert_refused(content.encode())


def assert_refused(content: bytes) -> None:
    with tempfile.NamedTemporaryFile(suffix=".yaml") as file:
        file.write(content)
        file.flush()
        with pytest.raises(PlatformErrors) as caught:
            load(Path(file.name))
        assert_helpful(caught.value)


scalars = st.one_of(
    st.none(),
    st.booleans(),
    st.integers(),
    st.floats(),
    st.text(max_size=20),
    st.sampled_from(["initial", "auc", "iam"]),
)


@many
@given(
    content=st.dictionaries(
        st.sampled_from([*Platform.model_fields, "other"]),
        st.recursive(
            scalars,
            lambda inner: st.one_of(
                st.lists(inner, max_size=4),
                st.dictionaries(
                    st.sampled_from(
                        ["name", "people", "models", "quality", "metric", "method", "vpc_id", "data_scientists"]
                    ),
                    inner,
                    max_size=4,
                ),
            ),
            max_leaves=20,
        ),
    )
)
def test_no_plain_data_crashes(content: Map) -> None:
    try:
        parse(content)
    except PlatformErrors as found:
        assert_helpful(found)
