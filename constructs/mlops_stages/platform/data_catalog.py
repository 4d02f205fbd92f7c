"""Who encrypts the Glue catalog of the data account."""

from typing import Literal

from pydantic import Field

from mlops_stages.platform.section import Section
from mlops_stages.platform.text import KeyArn


class DataCatalog(Section):
    """The encryption of the data account's Glue catalog, one setting for all of the account and its region."""

    encryption: Literal["platform", "account"] = Field(
        default="platform",
        description="`platform`: under a key of the platform's, which everybody whom IAM lets use Glue in that account "
        "can use through it; it takes the place of a setting that the account has. `account`: the account's own "
        "setting stays, encrypted or not.",
        examples=["account"],
    )
    key_arn: KeyArn | None = Field(
        default=None,
        description="With `account`: the customer-managed key of the account's own setting, in the platform's region; "
        "its policy must let the account's principals use it through Glue. Left out: AWS's own key, or none.",
        examples=["arn:aws:kms:eu-west-1:444444444444:key/01234567-89ab-cdef-0123-456789abcdef"],
    )
