"""Feature groups: values that are computed once, for training and for answers."""

from typing import Literal

from pydantic import Field

from mlops_stages.platform.data import DataClassification
from mlops_stages.platform.section import Section
from mlops_stages.platform.text import FeatureGroupName, FeatureName

MOST_FEATURES = 2500
"""Source: https://docs.aws.amazon.com/sagemaker/latest/dg/feature-store-quotas.html"""

EVENT_TIME_TYPES = ("String", "Fractional")
"""Source: https://docs.aws.amazon.com/AWSCloudFormation/latest/TemplateReference/aws-resource-sagemaker-featuregroup.html"""


class Feature(Section):
    """One value of a record."""

    name: FeatureName = Field(
        description="Its name, unique in its group whatever the capitals: letters, digits, hyphens and underscores.",
        examples=["departure_delay"],
    )
    type: Literal["String", "Integral", "Fractional"] = Field(
        description="The kind of its values.", examples=["Fractional"]
    )


class FeatureGroup(Section):
    """Features that are written and read together, with a catalog table; a resource of the data account."""

    name: FeatureGroupName = Field(
        description="Its name, unique in the team: 3 to 24 of a-z, 0-9 and single hyphens.", examples=["card-history"]
    )
    data_classification: DataClassification = Field(
        description="How sensitive it is: one of the team's classifications.", examples=["confidential"]
    )
    record_identifier: FeatureName = Field(
        description="The feature that tells records apart, one of `features`.", examples=["card_id"]
    )
    event_time: FeatureName = Field(
        description="The feature that tells when a record held, one of `features`, of type String or Fractional.",
        examples=["observed_at"],
    )
    features: tuple[Feature, ...] = Field(
        min_length=2,
        max_length=MOST_FEATURES,
        description="All its features, 2 to 2500.",
        examples=[
            [
                {"name": "card_id", "type": "String"},
                {"name": "observed_at", "type": "String"},
                {"name": "purchases_7d", "type": "Integral"},
            ]
        ],
    )
    online: bool = Field(
        default=True,
        description="Whether its latest values can be read in milliseconds too, besides its history.",
        examples=[True],
    )
