"""The tags that every resource carries, so that each has a team, a purpose and a payer."""

from collections.abc import Mapping
from dataclasses import dataclass, field

from aws_cdk import Tags
from constructs import IConstruct

from mlops_stages.platform import POLICY_TAGS

# Their tags can only be given at birth: another cost center would replace them, and an account has one monitor only.
# A feature group has a name for life, too, so that a replacement fails.
TAGS_FOR_LIFE = ("AWS::CE::AnomalyMonitor", "AWS::CE::AnomalySubscription", "AWS::SageMaker::FeatureGroup")

# A domain hands its tags to every app and job, beside those of the user's profile. The two would name two teams, and
# their sum is limited: https://docs.aws.amazon.com/sagemaker/latest/dg/custom-tags.html
TAGS_HANDED_DOWN = "AWS::SageMaker::Domain"

# CloudFormation puts a stack's own tags on everything in it, whatever is excluded here.
STACK = "aws:cdk:stack"


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
        """Tag every resource below `scope` whose tags can be changed later, not the stack itself; tags set deeper win.

        A Studio domain has none: what runs in it has those of the user's profile.

        Raises:
            ValueError: `FND-001` for a tag of the organization's own that policies or the platform set.
        """
        ours = {
            "team": self.team,
            "model": self.model,
            "stage": self.stage,
            "cost-center": self.cost_center,
            "data-classification": self.data_classification,
        }
        # IAM compares keys without regard to capitals.
        clash = sorted(key for key in self.extra if key.lower() in {*ours, *POLICY_TAGS})
        if clash:
            message = f"FND-001: tags {', '.join(clash)} are the platform's own; give yours other names"
            raise ValueError(message)
        tags = Tags.of(scope)
        for key, value in {**self.extra, **ours}.items():
            tags.add(key, value, exclude_resource_types=[*TAGS_FOR_LIFE, TAGS_HANDED_DOWN, STACK])
