"""What this version can deploy, and where. Known here and not in stacks/, so that it can be told without the CDK."""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from difflib import SequenceMatcher

from mlops_stages.platform.errors import Fault
from mlops_stages.platform.plain import Map, stage_of, teams_in, text_of
from mlops_stages.platform.regions import PARTITIONS
from mlops_stages.platform.stage import Stage


@dataclass(frozen=True, slots=True)
class Offer:
    """How far platforms may come, and for each stage the regions that have every type of resource which it takes."""

    regions: Mapping[Stage, frozenset[str]]

    @property
    def stage(self) -> Stage:
        """The highest stage."""
        return max(self.regions)

    def regions_for(self, stage: Stage | None) -> frozenset[str]:
        """Where a platform of that stage can be; for one beyond the offer, where the highest can."""
        return self.regions.get(self.stage if stage is None else stage, self.regions[self.stage])

    def faults_in(self, platform: Map) -> Iterator[Fault]:
        """What a platform, as plain data, asks for beyond the offer: `PLT-401`, `PLT-402`, `PLT-403`."""
        yield from self._stages_above(platform)
        region = text_of(platform, "region")
        stage = min(stage_of(platform) or self.stage, self.stage)
        regions = self.regions_for(stage)
        if region in PARTITIONS and region not in regions:
            yield Fault(
                "PLT-403",
                ("region",),
                f"Region {region} lacks types of resources that stage {stage} needs; {len(regions)} regions have them.",
                self._elsewhere(region, stage),
            )

    def _stages_above(self, platform: Map) -> Iterator[Fault]:
        fix = f"Write `stage: {self.stage}`."
        stage = stage_of(platform)
        if stage is not None and stage > self.stage:
            message = f"Stage {stage} cannot be deployed by this version; it goes up to {self.stage}."
            yield Fault("PLT-401", ("stage",), message, fix)
        for index, team in teams_in(platform):
            stage = stage_of(team)
            if stage is not None and stage > self.stage:
                name = text_of(team, "name")
                message = f"Team {name} asks for stage {stage}; this version deploys up to {self.stage}."
                yield Fault("PLT-402", ("teams", index, "stage"), message, fix)

    def _elsewhere(self, region: str, stage: Stage) -> str:
        near = self.nearest_to(region, stage)
        if not near:
            return f"None of them is in the partition {PARTITIONS[region]}: this version deploys nothing there."
        others = f" (or {', '.join(near[1:])})" if near[1:] else ""
        return f"Write `region: {near[0]}`{others}."

    def nearest_to(self, region: str, stage: Stage | None = None) -> tuple[str, ...]:
        """At most three regions offered to a stage in the same partition, the nearest first as far as names tell."""
        continent = region.split("-", maxsplit=1)[0]
        near = _NEAR.get(continent, (continent,))

        def distance(other: str) -> tuple[int, float, str]:
            start = other.split("-", maxsplit=1)[0]
            order = near.index(start) if start in near else len(near)
            return order, -SequenceMatcher(None, region, other).ratio(), other

        same_partition = (other for other in self.regions_for(stage) if PARTITIONS[other] == PARTITIONS[region])
        return tuple(sorted(same_partition, key=distance)[:3])


_NEAR = {"af": ("eu",), "ca": ("ca", "us"), "il": ("eu",), "me": ("ap", "eu"), "mx": ("us",)}
"""On which continents to look for another region, where the start of a region's name does not say."""

_WITH_PACKAGES = frozenset(
    {
        "ap-northeast-1",
        "ap-south-1",
        "ap-southeast-1",
        "ap-southeast-2",
        "eu-central-1",
        "eu-west-1",
        "eu-west-2",
        "eu-west-3",
        "us-east-1",
        "us-east-2",
        "us-west-2",
    }
)
"""Where all types of the Initial stage are, and AWS::CodeArtifact too."""

OFFER = Offer(
    # Elsewhere AWS::Budgets::Budget or AWS::SageMaker::MlflowApp is missing from CloudFormation's registry.
    # Source: the registry's schemas by region, as cfn-lint ships them; a test compares.
    regions={
        Stage.INITIAL: _WITH_PACKAGES | {"ap-northeast-2", "ca-central-1", "sa-east-1", "us-west-1"},
        Stage.REPEATABLE: _WITH_PACKAGES,
        Stage.RELIABLE: _WITH_PACKAGES,
    }
)
"""What this version offers. A stage that is built later adds its regions."""
