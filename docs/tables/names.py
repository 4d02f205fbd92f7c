"""Words for the names of the reference organization: a table tells of any platform, not of this one."""

import re
from collections.abc import Mapping
from dataclasses import dataclass

from docs.tables.statements import Shorter, short
from mlops_stages.platform import Platform, Purpose

_CLASSIFICATION = re.compile(r"(?<![a-z])(public|internal|confidential|restricted)(?![a-z])", re.IGNORECASE)


@dataclass(frozen=True)
class Names:
    """How platform, teams, models and accounts of the reference organization are called in tables."""

    platform: Platform

    @property
    def accounts(self) -> Mapping[str, str]:
        """The purpose of each account."""
        named = {purpose: self.platform.accounts.of(purpose) for purpose in Purpose}
        return {account: purpose.value for purpose, account in named.items() if account is not None}

    @property
    def shorter(self) -> Shorter:
        """What is written in place of each name, in order."""
        found = [(model.name, "MODEL") for team in self.platform.teams for model in team.models]
        found += [(team.name, "TEAM") for team in self.platform.teams]
        found += [(str(self.platform.organization_id), "ORGANIZATION"), (self.platform.region, "REGION")]
        found += [(account, purpose.upper()) for account, purpose in self.accounts.items()]
        return [*found, ("arn:aws:", ""), (self.platform.name, "PLATFORM")]

    def general(self, text: str) -> str:
        """The text with these words, and one for each classification of data."""
        return _CLASSIFICATION.sub("CLASSIFICATION", short(text, self.shorter))
