"""The tags that every resource carries, so that each has a team, a purpose and a payer."""

from collections.abc import Mapping
from dataclasses import dataclass, field

from aws_cdk import Tags
from constructs import IConstruct

# Their tags can only be given at birth: another cost center would replace them, and an account has one monitor only.
# A feature group has a name for life, too, so that a replacement fails.
TAGS_FOR_LIFE = ["AWS::CE::AnomalyMonitor", "AWS::CE::AnomalySubscription", "AWS::SageMaker::FeatureGroup"]


@dataclass(frozen=True, kw_only=True)
class StandardTags:
    """Who owns a resource, which stage made it, who pays, and how sensitive its data is.

    `model` is `none` where a resource serves no single model. `extra` holds the organization's own tags.
    """

    team: str
    stage: str
    cost_center: str
    data_classification: str = "internal"
    model: str = "none"
    extra: Mapping[str, str] = field(default_factory=dict[str, str])

    def apply(self, scope: IConstruct) -> None:
        """Tag every resource below `scope` whose tags can be changed later; tags set deeper win."""
        ours = {
            "team": self.team,
            "model": self.model,
            "stage": self.stage,
            "cost-center": self.cost_center,
            "data-classification": self.data_classification,
        }
        clash = sorted(ours.keys() & self.extra.keys())
        if clash:
            message = f"FND-001: tags {', '.join(clash)} are the platform's own; give yours other names"
            raise ValueError(message)
        tags = Tags.of(scope)
        for key, value in {**self.extra, **ours}.items():
            tags.add(key, value, exclude_resource_types=TAGS_FOR_LIFE)
