"""The regions held as data are AWS's."""

import json
from pathlib import Path
from typing import TypedDict, cast

import botocore

from mlops_stages.platform.regions import PARTITIONS, REGIONS_BY_PARTITION


class Partition(TypedDict):
    partition: str
    regions: dict[str, object]


class Endpoints(TypedDict):
    partitions: list[Partition]


def test_the_regions_are_those_that_botocore_lists() -> None:
    path = Path(botocore.__file__).parent / "data" / "endpoints.json"
    endpoints = cast("Endpoints", json.loads(path.read_text()))
    assert {name: list(regions) for name, regions in REGIONS_BY_PARTITION.items()} == {
        each["partition"]: sorted(each["regions"]) for each in endpoints["partitions"]
    }


def test_each_region_is_in_one_partition() -> None:
    assert len(PARTITIONS) == sum(len(regions) for regions in REGIONS_BY_PARTITION.values())
