"""StandardTags: who owns, who pays, how sensitive."""

import pytest
from aws_cdk import Stack, Tags
from aws_cdk import aws_ce as ce
from aws_cdk import aws_sns as sns
from constructs import Construct

from mlops_stages.foundation import StandardTags
from tests.foundation.built import Built, built, refused

TAGS = StandardTags(team="fraud", stage="initial", cost_center="4711", extra={"business-unit": "lending"})


def tags(found: Built) -> dict[str, str]:
    return {tag["Key"]: tag["Value"] for tag in found.one("AWS::SNS::Topic")["Tags"]}


def test_every_taggable_resource_below_carries_them() -> None:
    def make(stack: Stack) -> None:
        TAGS.apply(stack)
        sns.CfnTopic(Construct(stack, "Deep"), "Topic")

    assert tags(built(make)) == {
        "business-unit": "lending",
        "cost-center": "4711",
        "data-classification": "internal",
        "model": "none",
        "stage": "initial",
        "team": "fraud",
    }


def test_tags_set_deeper_win() -> None:
    def make(stack: Stack) -> None:
        TAGS.apply(stack)
        place = Construct(stack, "Deep")
        Tags.of(place).add("data-classification", "confidential")
        sns.CfnTopic(place, "Topic")

    assert tags(built(make))["data-classification"] == "confidential"


def test_what_keeps_its_tags_for_life_is_left_out() -> None:
    def make(stack: Stack) -> None:
        TAGS.apply(stack)
        ce.CfnAnomalyMonitor(stack, "Monitor", monitor_name="m", monitor_type="DIMENSIONAL")

    assert "ResourceTags" not in built(make).one("AWS::CE::AnomalyMonitor")


@pytest.mark.parametrize(
    "key", ["team", "model", "stage", "cost-center", "data-classification", "person", "Persona", "EMAIL"]
)
def test_the_platforms_own_tags_are_not_redefined(key: str) -> None:
    mine = StandardTags(team="fraud", stage="initial", cost_center="1", extra={key: "mine"})
    message, _ = refused(mine.apply)
    assert message.startswith(f"FND-001: tags {key} ")
