"""The AWS accounts of a platform, by purpose."""

from enum import StrEnum

from pydantic import Field

from mlops_stages.platform.section import Section
from mlops_stages.platform.stage import Stage
from mlops_stages.platform.text import AccountId


class Purpose(StrEnum):
    """What an AWS account is for; several purposes may share one account."""

    EXPERIMENTATION = "experimentation"
    DEVELOPMENT = "development"
    TOOLING = "tooling"
    DATA = "data"
    STAGING = "staging"
    PRODUCTION = "production"
    GOVERNANCE = "governance"

    @property
    def stage(self) -> Stage:
        """The stage from which a platform needs this account."""
        return _NEEDED_FROM[self]


_NEEDED_FROM = {
    Purpose.EXPERIMENTATION: Stage.INITIAL,
    Purpose.DEVELOPMENT: Stage.REPEATABLE,
    Purpose.TOOLING: Stage.REPEATABLE,
    Purpose.DATA: Stage.REPEATABLE,
    Purpose.STAGING: Stage.RELIABLE,
    Purpose.PRODUCTION: Stage.RELIABLE,
    Purpose.GOVERNANCE: Stage.SCALABLE,
}


class Accounts(Section):
    """AWS account ids by purpose, in quotes; several purposes may share one id."""

    experimentation: AccountId | None = Field(
        default=None,
        description="Where data scientists explore. Needed from stage initial.",
        examples=["111111111111"],
    )
    development: AccountId | None = Field(
        default=None,
        description="Where pipelines train. Needed from stage repeatable.",
        examples=["222222222222"],
    )
    tooling: AccountId | None = Field(
        default=None,
        description="Repositories, package and image registries, the model registry. Needed from stage repeatable.",
        examples=["333333333333"],
    )
    data: AccountId | None = Field(
        default=None,
        description="The versioned data, shared read-only. Needed from stage repeatable.",
        examples=["444444444444"],
    )
    staging: AccountId | None = Field(
        default=None,
        description="Where a release is tried before production. Needed from stage reliable.",
        examples=["555555555555"],
    )
    production: AccountId | None = Field(
        default=None,
        description="Where models serve. Needed from stage reliable.",
        examples=["666666666666"],
    )
    governance: AccountId | None = Field(
        default=None,
        description="The catalog, dashboards and audit across teams. Needed from stage scalable.",
        examples=["777777777777"],
    )

    def of(self, purpose: Purpose) -> str | None:
        """The account id of a purpose, if it is named."""
        return {
            Purpose.EXPERIMENTATION: self.experimentation,
            Purpose.DEVELOPMENT: self.development,
            Purpose.TOOLING: self.tooling,
            Purpose.DATA: self.data,
            Purpose.STAGING: self.staging,
            Purpose.PRODUCTION: self.production,
            Purpose.GOVERNANCE: self.governance,
        }[purpose]
