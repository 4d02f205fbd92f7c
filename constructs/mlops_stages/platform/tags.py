"""The tags that a customer adds to everything."""

import unicodedata
from typing import Annotated

from pydantic import AfterValidator, Field

from mlops_stages.platform.errors import shown
from mlops_stages.platform.text import fault

OUR_TAGS = ("team", "model", "stage", "cost-center", "data-classification")
"""The tag keys that the platform itself sets on every resource."""

POLICY_TAGS = ("person", "persona", "email")
"""The tag keys by which policies tell people apart: on a role they would replace its own, or make it someone's."""

MOST_TAGS = 40
"""AWS allows 50 a resource; ours and those that SageMaker adds take the rest."""

# https://docs.aws.amazon.com/IAM/latest/UserGuide/id_tags.html: letters, digits, spaces of any script, and these
_SIGNS = "_.:/=+-@"


def _fits(text: str) -> bool:
    return text.strip() == text and all(c in _SIGNS or unicodedata.category(c)[0] in "LNZ" for c in text)


def _check_key(key: str) -> str:
    # IAM compares keys without regard to capitals, so `Team` would take the place of `team`.
    if key.lower() in POLICY_TAGS:
        raise fault("PLT-207", f"Policies tell people apart by the tag {shown(key)}.", "Choose another key.")
    if key.lower() in OUR_TAGS:
        raise fault("PLT-207", f"The tag {shown(key)} is ours; it is set on every resource.", "Choose another key.")
    if key.lower().startswith("aws:"):
        raise fault("PLT-207", f"The tag {shown(key)} starts with 'aws:', which is AWS's own.", "Choose another key.")
    if not (1 <= len(key) <= 128 and _fits(key)):
        raise fault(
            "PLT-208",
            f"{shown(key)} is not a tag key that AWS accepts.",
            f"Write 1 to 128 letters, digits, spaces and {' '.join(_SIGNS)}, without a space at either end.",
        )
    return key


def _check_value(value: str) -> str:
    if not (1 <= len(value) <= 256 and _fits(value)):
        raise fault(
            "PLT-208",
            f"{shown(value)} is not a tag value that AWS accepts.",
            f"Write 1 to 256 letters, digits, spaces and {' '.join(_SIGNS)}, without a space at either end.",
        )
    return value


TagKey = Annotated[str, AfterValidator(_check_key), Field(json_schema_extra={"maxLength": 128})]
TagValue = Annotated[str, AfterValidator(_check_value), Field(json_schema_extra={"minLength": 1, "maxLength": 256})]
