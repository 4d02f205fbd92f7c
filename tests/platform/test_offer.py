"""What this version can deploy, and how the rest is refused."""

import re
from collections.abc import Callable
from pathlib import Path

import pytest

from mlops_stages.platform import OFFER, Offer, Platform, PlatformErrors, Stage
from mlops_stages.platform.regions import PARTITIONS

Read = Callable[[str], Platform]


def refused(platform: Platform, offer: Offer = OFFER) -> PlatformErrors:
    with pytest.raises(PlatformErrors) as caught:
        platform.refuse_beyond(offer)
    return caught.value


def test_a_stage_that_cannot_be_deployed_yet_is_refused_with_its_line(read: Read, organizations: Path) -> None:
    text = (organizations / "comprehensive.yaml").read_text()
    lines = [number for number, line in enumerate(text.splitlines(), 1) if "stage: initial" in line]
    platform = read(text.replace("stage: initial", "stage: scalable"))
    assert [(error.code, error.path, error.line) for error in refused(platform).errors] == [
        ("PLT-401", "stage", lines[0]),
        ("PLT-402", "teams[0].stage", lines[1]),
    ]
    platform.refuse_beyond(Offer({Stage.SCALABLE: OFFER.regions_for(Stage.INITIAL)}))


def test_a_region_that_lacks_what_the_stage_needs_is_refused_with_its_line(read: Read, minimal: str) -> None:
    (error,) = refused(read(minimal.replace("eu-central-1", "eu-north-1"))).errors
    assert (error.code, error.path, error.line) == ("PLT-403", "region", 3)
    assert error.message == (
        "Region eu-north-1 lacks types of resources that stage initial needs; 15 regions have them."
    )
    assert error.fix == "Write `region: eu-central-1` (or eu-west-1, eu-west-2)."


def test_a_stage_and_a_region_beyond_the_offer_are_told_together(read: Read, organizations: Path) -> None:
    text = (organizations / "comprehensive.yaml").read_text()
    platform = read(text.replace("stage: initial", "stage: scalable").replace("us-west-2", "ca-west-1"))
    assert sorted(error.code for error in refused(platform).errors) == ["PLT-401", "PLT-402", "PLT-403"]


def test_a_region_may_have_what_one_stage_needs_and_lack_what_the_next_does(read: Read, minimal: str) -> None:
    text = minimal.replace("eu-central-1", "ca-central-1")
    read(text).refuse_beyond(OFFER)
    account = re.search(r'experimentation: ("\d{12}")\n', text)
    assert account is not None
    others = "".join(f"  {purpose}: {account[1]}\n" for purpose in ("development", "tooling", "data"))
    text = text.replace("stage: initial", "stage: repeatable", 1).replace(account[0], account[0] + others)
    (error,) = refused(read(text)).errors
    assert error.message == (
        "Region ca-central-1 lacks types of resources that stage repeatable needs; 11 regions have them."
    )


@pytest.mark.parametrize("region", sorted(OFFER.regions_for(Stage.INITIAL)))
def test_every_region_of_the_offer_is_accepted(region: str, read: Read, minimal: str) -> None:
    read(minimal.replace("eu-central-1", region)).refuse_beyond(OFFER)


@pytest.mark.parametrize(
    ("region", "nearest"),
    [
        ("ap-southeast-3", ("ap-southeast-1", "ap-southeast-2")),
        ("ca-west-1", ("ca-central-1", "us-west-1", "us-west-2")),
        ("mx-central-1", ("us-east-1", "us-west-1")),
        ("il-central-1", ("eu-central-1",)),
        ("af-south-1", ("eu-west-1",)),
        ("me-central-1", ("ap-south-1",)),
    ],
)
def test_the_nearest_regions_are_told(region: str, nearest: tuple[str, ...]) -> None:
    found = OFFER.nearest_to(region, Stage.INITIAL)
    assert len(found) == 3
    assert set(nearest) <= set(found)


def test_only_regions_of_the_stage_are_advised() -> None:
    assert "ca-central-1" in OFFER.nearest_to("ca-west-1", Stage.INITIAL)
    assert "ca-central-1" not in OFFER.nearest_to("ca-west-1", Stage.REPEATABLE)


@pytest.mark.parametrize("region", ["cn-north-1", "us-gov-west-1", "eusc-de-east-1"])
def test_no_region_of_another_partition_is_ever_advised(region: str, read: Read, minimal: str) -> None:
    (error,) = refused(read(minimal.replace("eu-central-1", region))).errors
    assert error.fix == f"None of them is in the partition {PARTITIONS[region]}: this version deploys nothing there."


def test_all_regions_offered_are_regions() -> None:
    assert all(set(PARTITIONS) >= regions for regions in OFFER.regions.values())
