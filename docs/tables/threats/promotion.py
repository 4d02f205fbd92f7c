"""Who wants a version in production that two others have not let there."""

from docs.tables.threats.threat import Actor, Threat

ACTOR = Actor(
    name="Who decides about a version in part: its author, an approver, a releaser",
    holds="one of the roles `approve` and `release` of a model, or its repository",
    threats=(
        Threat(
            tries="lets a version through that they wrote, trained or approved themselves",
            stopped_by="the promotion's function compares author, starter, first and second approver before it goes on",
            tests={
                "runtime/promotion/test_promotion.py": (
                    "test_who_wrote_the_commit_does_not_approve_it",
                    "test_who_started_the_run_does_not_release_it",
                    "test_who_approved_a_version_does_not_release_it",
                    "test_an_approval_in_another_role_does_not_count",
                ),
            },
            remains="At GitHub the starter is a login, which is compared with addresses as it is.",
        ),
        Threat(
            tries="puts other bytes in the place of what was approved, between an approval and the deployment",
            stopped_by="model, image, evaluation, golden records and staging's result are compared by their digests "
            "before staging and again before production",
            tests={
                "runtime/promotion/test_promotion.py": (
                    "test_other_bytes_than_those_approved_reach_no_environment",
                    "test_other_digests_than_those_approved_are_refused_even_if_everything_fits_them",
                    "test_another_result_of_staging_than_the_one_approved_is_refused",
                ),
            },
        ),
        Threat(
            tries="reaches production without the second person, by an event of their own, twice, late or early",
            stopped_by="no state but the wait for the second approval leads there, or the evidence of retraining where "
            "platform.yaml asks for one approval; the token is in one table alone, and what an event says is looked up "
            "in the registry",
            tests={
                "runtime/promotion/test_promotion.py": (
                    "test_without_a_second_approval_nothing_goes_to_production",
                    "test_a_release_before_the_tests_does_not_count_and_a_later_one_does",
                    "test_an_event_that_arrives_three_times_is_one_promotion",
                    "test_the_machine_is_told_that_it_may_go_on_and_the_token_is_nowhere_else",
                ),
                "reliable/promotion/test_states.py": (
                    "test_nothing_reaches_production_but_through_the_wait_for_a_second_person_or_as_a_way_back",
                    "test_where_one_approval_is_enough_only_two_states_are_more_and_all_others_stay_the_same",
                ),
            },
        ),
        Threat(
            tries="has a release change more than the model: a role, a key, the endpoint itself",
            stopped_by="the change set is looked at by types before it is executed, and deleted if it does more",
            tests={
                "runtime/promotion/test_change_sets.py": (
                    "test_one_that_changes_more_than_a_release_does_is_removed_not_executed",
                ),
            },
        ),
    ),
)
