"""Who releases models."""

from docs.tables.threats.threat import Actor, Threat

ACTOR = Actor(
    name="Who releases a model: one of its approvers",
    holds="the role `PLATFORM-MODEL.release` in the tooling account, by a second factor",
    threats=(
        Threat(
            tries="approves a version first and releases it then, alone",
            stopped_by="two roles: this one sets the life cycle and never the approval status, `approve` the status "
            "and never the life cycle; a session of either bears the person's address, by which the two are compared",
            tests={
                "reliable/test_releaser_role.py": (
                    "test_they_approve_nothing_and_register_nothing",
                    "test_the_session_bears_the_address_of_whoever_takes_it_on",
                ),
                "repeatable/test_approver_role.py": ("test_an_approver_moves_no_version_along_a_life_cycle",),
                "local/test_release_stacks.py": (
                    "test_a_session_under_another_name_is_refused",
                    "test_who_is_in_both_duties_is_let_into_both_roles_under_one_name",
                ),
                "cli/test_approve.py": ("test_who_approved_a_version_for_staging_does_not_release_it",),
            },
            remains="Who may take on both roles is allowed both updates by IAM: what releases a version compares the "
            "two persons.",
        ),
        Threat(
            tries="keeps deployments going, so that nobody is told what callers miss",
            stopped_by="an alarm is held back for half an hour at most, and recorded; one that was told before is told "
            "on",
            tests={
                "runtime/notices/test_held_back.py": (
                    "test_it_is_told_after_half_an_hour_however_long_the_deployment_takes",
                    "test_it_is_recorded_with_the_version_and_looked_at_five_minutes_later",
                    "test_one_that_was_told_before_the_deployment_began_is_told_on_during_it",
                ),
            },
        ),
        Threat(
            tries="moves a version to a stage of their own invention, or changes it on the way",
            stopped_by="an Allow for each stage with its statuses, in both spellings of the keys, `Null` for the "
            "approval status and each registered key, and a Deny of what gives no stage or no status",
            tests={
                "reliable/test_releaser_role.py": (
                    "test_no_other_stage_or_status_is",
                    "test_nothing_else_is_changed_in_the_same_request",
                ),
            },
            remains="As for an approver, IAM has no key for the image or the settings of a version: whoever reads it "
            "compares it with its digests.",
        ),
        Threat(
            tries="releases another model",
            stopped_by="the role is that of one model, and the group's policy denies the move to everybody else",
            tests={
                "reliable/test_releaser_role.py": ("test_they_release_one_model",),
                "repeatable/test_model_package_group.py": (
                    "test_a_released_models_life_cycle_is_moved_by_its_releaser_alone",
                ),
                "local/test_release_stacks.py": (
                    "test_nobody_else_moves_a_version_the_approver_and_an_administrator_neither",
                ),
            },
        ),
    ),
)
