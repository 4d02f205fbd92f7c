"""Jobs of the platform's own repository."""

from docs.tables.threats.threat import Actor, Threat

_ROLES = "reliable/delivery/test_platform_delivery.py"
_SIGN_IN = "delivery/test_signing_in.py"

ACTOR = Actor(
    name="A job of the platform's own repository, or whoever may write to it",
    holds="a token of GitHub for one branch and environment, and by it `PLATFORM-platform.review`, `.deliver-staging` "
    "or `.deliver-production`",
    threats=(
        Threat(
            tries="deploys from a fork, a pull request, another branch or repository",
            stopped_by="the roles' trust names subject, branch (`ref`) and the repository's number by equality",
            tests={
                _ROLES: ("test_each_trusts_one_kind_of_job_of_the_one_branch",),
                _SIGN_IN: ("test_a_job_that_is_not_of_the_step_is_refused",),
            },
        ),
        Threat(
            tries="deploys to production before somebody agreed",
            stopped_by="the role of production trusts jobs of the environment alone that asks the approvers; the "
            "workflow stops where GitHub does not ask them",
            tests={
                _SIGN_IN: ("test_a_job_that_is_not_of_the_step_is_refused",),
                "delivery/test_reviewers.py": ("test_what_is_missing_is_told",),
            },
            remains="Who reviews, GitHub alone enforces: an administrator of the repository may change its settings "
            "after the check. Where staging and production share an account, the role of staging reaches both.",
        ),
        Threat(
            tries="gives somebody more rights in a change that looks small, or in an account whose turn comes last",
            stopped_by="every stack of every account is compared with what is deployed before the first is; an "
            "account that does not say what is deployed ends the delivery",
            tests={
                "delivery/test_deployed.py": (
                    "test_a_change_of_one_stack_and_a_stack_that_is_new_are_both_told",
                    "test_an_account_that_does_not_say_is_never_taken_for_unchanged",
                ),
                "delivery/test_workflow.py": (
                    "test_staging_waits_for_the_gate_and_for_an_agreement_where_something_is_broader",
                ),
            },
            remains="A workflow on the branch without the gate: protect `.github/` by code owners.",
        ),
        Threat(
            tries="deploys something else than what was compared",
            stopped_by="the assembly passes from job to job; none is synthesized after the comparison",
            tests={"delivery/test_workflow.py": ("test_what_was_compared_is_what_is_deployed",)},
        ),
        Threat(
            tries="acts in an account beside CloudFormation, as an administrator",
            stopped_by="the roles may take on the bootstrap's roles for deploying, and nothing else",
            tests={
                _ROLES: ("test_production_is_deployed_by_the_bootstraps_roles_of_every_account",),
                _SIGN_IN: ("test_a_delivery_takes_on_the_bootstraps_roles_alone",),
            },
            remains="CloudFormation's role in each account makes what a template says, within the deploy policies.",
        ),
        Threat(
            tries="swaps an action of the workflow for another",
            stopped_by="each action is named by its commit",
            tests={"delivery/test_workflow.py": ("test_every_action_is_named_by_its_commit",)},
        ),
    ),
)
