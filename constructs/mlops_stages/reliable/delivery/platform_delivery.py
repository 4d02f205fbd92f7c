"""The roles of the platform's own repository, and who is told when a delivery fails."""

from collections.abc import Sequence

from constructs import Construct

from mlops_stages.foundation import (
    AlarmTopic,
    CustomerManagedKey,
    DutyRole,
    Perimeter,
    Statement,
    alarms_may_encrypt,
    title_case,
)
from mlops_stages.platform import Addresses
from mlops_stages.reliable.delivery.statements import (
    PRODUCTION,
    REVIEW,
    STAGING,
    Bootstrap,
    DeliveringRepository,
    may_deploy,
    may_review,
    trust_in_job,
)

_TEAM = "platform"


class PlatformDelivery(Construct):
    """Three roles for the jobs that deliver the infrastructure, each for one step and no more.

    `review` sees what is deployed in every account and changes nothing there; `deliver-staging` deploys to staging's
    account; `deliver-production` to all accounts, for jobs of the environment that asks somebody first. Each is a way
    to roles of the bootstrap and no more: CloudFormation's own role in each account does the work.

    Sources: https://docs.github.com/en/actions/reference/security/oidc,
    https://docs.gitlab.com/ci/secrets/id_token_authentication/
    """

    def __init__(
        self,
        scope: Construct,
        id: str,
        *,
        perimeter: Perimeter,
        addresses: Addresses,
        repository: DeliveringRepository,
        bootstrap: Bootstrap,
        accounts: Sequence[str],
        owner: str,
        permissions_boundary_arn: str,
    ) -> None:
        """Create the roles, and the topic with its key.

        Args:
            scope: the parent.
            id: the construct's id in it.
            perimeter: the tooling account and its organization.
            addresses: the platform's names.
            repository: where the jobs run.
            bootstrap: the roles that deploy; they must trust the tooling account.
            accounts: where stacks are deployed to, each once.
            owner: e-mail address of who is told of a delivery that failed.
            permissions_boundary_arn: the most that the roles may ever do; it must have `delivery_actions`.

        Raises:
            ValueError: `REP-030` or `REP-032` for a repository that would let others in; `REL-049` for one
                at GitLab without its numbers.
        """
        repository.check(id)
        super().__init__(scope, id)
        key = CustomerManagedKey(
            self,
            "Key",
            perimeter=perimeter,
            alias=f"{addresses.platform}/delivery",
            description="What the platform's owner is told of deliveries",
            via=["sns"],
            statements=[alarms_may_encrypt(perimeter)],
        )
        self.topic = AlarmTopic(
            self,
            "Topic",
            perimeter=perimeter,
            key_arn=key.key_arn,
            owners=[owner],
            name=addresses.delivery_topic_name,
        )
        review = may_review(bootstrap, accounts, self.topic.topic_arn, key.key_arn)
        given: dict[str, tuple[str | None, Sequence[Statement], str]] = {
            REVIEW: (None, review, "Sees what is deployed, and tells the platform's owner"),
            STAGING: (
                "staging",
                may_deploy(bootstrap, [addresses.account_of("staging")]),
                "Deploys the platform's stacks to staging",
            ),
            PRODUCTION: (
                "production",
                may_deploy(bootstrap, accounts),
                "Deploys the platform's stacks to all accounts",
            ),
        }
        for step, (environment, statements, description) in given.items():
            DutyRole(
                self,
                title_case(step),
                platform=addresses.platform,
                team=_TEAM,
                name=addresses.delivery_role_name(step),
                description=description,
                trust=[trust_in_job(repository, environment, perimeter)],
                statements=statements,
                permissions_boundary_arn=permissions_boundary_arn,
            )
