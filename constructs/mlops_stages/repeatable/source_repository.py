"""Where a team's code is, and what a token of its CI says about it."""

import re
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Literal

from mlops_stages.platform.text import BRANCH, ENVIRONMENT, REPOSITORY_PART
from mlops_stages.platform.token_subject import ISSUERS, github_job, gitlab_subject

Provider = Literal["github", "gitlab"]

HOSTS: dict[Provider, str] = {"github": ISSUERS["github"], "gitlab": ISSUERS["gitlab"]}
"""The issuer of each provider's tokens, as IAM names it."""

AUDIENCE = "sts.amazonaws.com"
"""What a token must be made for: a workflow's token for another service opens nothing here."""

_SEGMENT = re.compile(REPOSITORY_PART)
_REF = re.compile(BRANCH)
_ENVIRONMENT = re.compile(ENVIRONMENT)
_NUMBER = re.compile(r"[1-9][0-9]{0,19}")
_NAMES = "letters, digits and . _ - only: no *, ?, :, space or slash, and no .git at the end"


@dataclass(frozen=True, kw_only=True)
class SourceRepository:
    """A repository at GitHub or GitLab, and the branch or environment whose jobs may act for the team.

    `owner` is GitHub's organization or user, or GitLab's group with its parents ("acme/risk"). `environment` takes the
    place of the branch, for GitHub only. `owner_id` and `repository_id` are GitHub's numbers
    (`gh api repos/OWNER/NAME --jq '.owner.id, .id'`): repositories made or renamed since 15 July 2026 have them in the
    subject of their tokens and are refused without, and only they tell a repository from a later one of its name.

    Sources: https://docs.github.com/en/actions/reference/security/oidc,
    https://docs.gitlab.com/ci/secrets/id_token_authentication/
    """

    provider: Provider
    owner: str
    name: str
    branch: str = "main"
    environment: str | None = None
    owner_id: str | None = None
    repository_id: str | None = None

    @property
    def host(self) -> str:
        """The issuer of its tokens."""
        return HOSTS[self.provider]

    @property
    def subjects(self) -> tuple[str, ...]:
        """What a token of the one branch or environment may name as its subject, in full."""
        path = f"{self.owner}/{self.name}"
        if self.provider == "gitlab":
            return (gitlab_subject(path, self.branch),)
        job = github_job(self.branch, self.environment)
        if self.owner_id is None:
            return (f"repo:{path}:{job}",)
        # A repository changes from one form to the other when it is renamed, and its id is asked for besides.
        return (f"repo:{path}:{job}", f"repo:{self.owner}@{self.owner_id}/{self.name}@{self.repository_id}:{job}")

    @property
    def claims(self) -> dict[str, str | list[str]]:
        """The condition keys of a trust in this repository alone, each with all that it may equal.

        Source: https://docs.aws.amazon.com/IAM/latest/UserGuide/reference_policies_iam-condition-keys.html
        """
        subjects = self.subjects
        claims: dict[str, str | list[str]] = {
            f"{self.host}:aud": AUDIENCE,
            f"{self.host}:sub": subjects[0] if len(subjects) == 1 else list(subjects),
        }
        return claims if self.repository_id is None else {**claims, f"{self.host}:repository_id": self.repository_id}

    def check(self, where: str, allowed_owners: Sequence[str] | None = None) -> None:
        """Refuse what would let another repository in.

        Raises:
            ValueError: `REP-030` for a part that is empty or holds more than a name; `REP-031` for an owner who is not
                among the allowed; `REP-032` for ids that are not all there, or for an environment or ids at GitLab.
        """
        segments = self.owner.split("/") if self.provider == "gitlab" else [self.owner]
        parts = [("owner", segment) for segment in segments] + [("name", self.name)]
        for part, value in parts:
            if not _SEGMENT.fullmatch(value) or (part == "name" and value.lower().endswith(".git")):
                message = f"REP-030: {where}: {value!r} is not the {part} of one repository; give {_NAMES}"
                raise ValueError(message)
        if not _REF.fullmatch(self.branch):
            message = (
                f"REP-030: {where}: {self.branch!r} is not the name of one branch; give it in full, without wildcard"
            )
            raise ValueError(message)
        if self.environment is not None and not _ENVIRONMENT.fullmatch(self.environment):
            message = (
                f"REP-030: {where}: {self.environment!r} is not the name of one environment; give it in full, without "
                "*, ?, $, % or quotes"
            )
            raise ValueError(message)
        if allowed_owners is not None and self.owner not in allowed_owners:
            message = (
                f"REP-031: {where}: {self.owner} is not among the owners whose repositories may act here "
                f"({', '.join(allowed_owners)}); move the repository, or allow its owner"
            )
            raise ValueError(message)
        self._check_provider(where)

    def _check_provider(self, where: str) -> None:
        ids = (self.owner_id, self.repository_id)
        if self.provider == "gitlab" and (self.environment is not None or ids != (None, None)):
            message = f"REP-032: {where}: at GitLab path and branch tell a repository; leave environment and ids out"
            raise ValueError(message)
        if ids != (None, None) and not all(number is not None and _NUMBER.fullmatch(number) for number in ids):
            message = f"REP-032: {where}: give both owner_id and repository_id, as GitHub's numbers, or neither"
            raise ValueError(message)
