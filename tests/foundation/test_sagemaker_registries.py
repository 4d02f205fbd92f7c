"""The accounts of SageMaker's images: known for every region that is open, and nobody's where a region is not known."""

import re

from mlops_stages.foundation import Perimeter
from mlops_stages.foundation.sagemaker_registries import REGISTRIES, images_of_sagemaker, registries_of
from mlops_stages.platform.regions import REGIONS_BY_PARTITION

NONE_PUBLISHED = {"us-iso-west-1", "us-isob-west-1"}
"""Regions for which AWS publishes no account of SageMaker's images."""


def test_each_region_has_its_accounts() -> None:
    every = {region for regions in REGIONS_BY_PARTITION.values() for region in regions}
    assert set(REGISTRIES) == every - NONE_PUBLISHED
    for region, accounts in REGISTRIES.items():
        assert accounts, region
        assert len(set(accounts)) == len(accounts)
        assert all(re.fullmatch(r"\d{12}", account) for account in accounts)


def test_images_of_the_region_alone_are_meant() -> None:
    images = images_of_sagemaker(Perimeter(partition="aws", account="111111111111", region="eu-central-1"))
    assert "arn:aws:ecr:eu-central-1:492215442770:repository/*" in images
    assert all(image.startswith("arn:aws:ecr:eu-central-1:") and ":*:" not in image for image in images)


def test_a_region_that_is_not_known_has_none() -> None:
    assert registries_of("${Token[AWS.Region.1]}") == ()
