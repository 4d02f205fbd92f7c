"""What a request to a model holds: the contract between its callers, its versions and whoever reads its decisions."""

from typing import Literal

from pydantic import Field

from mlops_stages.platform.section import Section
from mlops_stages.platform.text import InputName

MOST_INPUTS = 100
MOST_LETTERS = 2000
"""Of all names of a model's inputs together: a function that reads its decisions is told them in Lambda's 4 KB."""


class Input(Section):
    """One field of a row, as serving/input_schema.py of the model's repository declares it."""

    name: InputName = Field(
        description="Its name: a letter of a-z, then a-z, 0-9 and underscores, at most 63.", examples=["departure_hour"]
    )
    type: Literal["number", "integer", "category"] = Field(
        description="The kind of its values; a category is one of some texts.", examples=["number"]
    )
