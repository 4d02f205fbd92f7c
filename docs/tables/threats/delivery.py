"""Jobs of the platform's own repository."""

from docs.tables.threats.threat import Actor, Threat

_ROLES = "reliable/delivery/test_platform_delivery.py"
_SIGN_IN = "delivery/test_signing_in.py"

ACTOR = Actor(
    name="A job of the platform's own repository, or whoever may write to it",
    holds="a token of GitHub or GitLab for one branch and environment, and by it `PLATFORM-platform.review`, "
    "`.deliver-staging` or `.deliver-production`",
    threats=(
        Threat(
            tries="deploys from a fork, a pull request, another branch or repository",
            stopped_by="the roles' trust names subject, branch and the repository's number by equality; at GitLab also "
            "that the branch is protected",
            tests={
                _ROLES: (
                    "test_each_trusts_one_kind_of_job_of_the_one_branch",
                    "test_at_gitlab_each_trusts_one_kind_of_environment_of_the_protected_branch_of_one_project",
                ),
                _SIGN_IN: (
                    "test_a_job_that_is_not_of_the_step_is_refused",
                    "test_a_job_at_gitlab_that_is_not_of_the_step_is_refused",
                ),
            },
        ),
        Threat(
            tries="deploys to production before somebody agreed",
            stopped_by="the role of production trusts jobs of the environment alone that asks the approvers, at GitLab "
            "of what is protected; the workflow at GitHub stops where they are not asked, a person looks at GitLab's",
            tests={
                _SIGN_IN: (
                    "test_a_job_that_is_not_of_the_step_is_refused",
                    "test_a_job_at_gitlab_becomes_the_role_of_its_environment_and_no_other",
                ),
                "delivery/test_reviewers.py": ("test_what_is_missing_is_told",),
                "delivery/test_gitlab_settings.py": (
                    "test_a_setting_of_the_project_that_lets_more_through_is_told",
                    "test_an_environment_that_does_not_ask_the_group_is_told",
                ),
            },
            remains="Who reviews, the host alone enforces: an administrator of the repository may change its settings "
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
                "delivery/test_github.py": (
                    "test_staging_waits_for_the_gate_and_for_an_agreement_where_something_is_broader",
                ),
                "delivery/test_gitlab.py": (
                    "test_only_a_comparison_that_found_nothing_goes_without_being_asked",
                    "test_where_nobody_may_it_is_compared_again_before_staging",
                ),
            },
            remains="A workflow on the branch without the gate: protect it by code owners.",
        ),
        Threat(
            tries="deploys something else than what was compared",
            stopped_by="the assembly passes from job to job; none is synthesized after the comparison",
            tests={
                "delivery/test_github.py": ("test_what_was_compared_is_what_is_deployed",),
                "delivery/test_gitlab.py": ("test_what_was_compared_is_what_is_deployed",),
            },
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
            tries="swaps an action or image of the workflow for another",
            stopped_by="each action is named by its commit, the image of GitLab's jobs by its digest",
            tests={
                "delivery/test_github.py": ("test_every_action_is_named_by_its_commit",),
                "delivery/test_gitlab.py": ("test_jobs_run_in_the_image_of_the_digest_alone",),
            },
        ),
    ),
)
