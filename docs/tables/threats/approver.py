"""Who approves models."""

from docs.tables.threats.threat import Actor, Threat

ACTOR = Actor(
    name="Who approves a model: its owner, or a lead data scientist",
    holds="the role `PLATFORM-MODEL.approve` in the tooling account, by a second factor",
    threats=(
        Threat(
            tries="approves another model, of another team or of their own",
            stopped_by="the role is that of one model, names its package group alone, and trusts its owner and the "
            "team's leads",
            denied=(
                ("goes on duty to approve", "another team's models"),
                ("approves or rejects a version", "of another team"),
                ("approves or rejects a version", "of another model of the team"),
            ),
            tests={
                "local/test_registry_stacks.py": (
                    "test_an_owner_decides_about_their_own_model_and_no_other_of_the_team",
                ),
            },
        ),
        Threat(
            tries="puts another image, model or settings into a version, before or after its approval",
            stopped_by="IAM has no key for these fields: whoever reads the version compares it with the digests "
            "that were "
            "registered and refuses it (`REG-002`, `REG-003`, `REG-006`), and the owners of model and platform "
            "are told",
            tests={
                "runtime/test_registered_model.py": (
                    "test_whatever_was_changed_is_refused",
                    "test_an_image_that_the_commit_does_not_name_is_refused",
                ),
                "end_to_end/test_repeatable_registry.py": (
                    "test_an_approver_who_swaps_what_was_registered_is_not_refused_by_iam_and_the_version_is_by_its_readers",
                    "test_the_owner_is_told_who_changed_a_version_and_what_the_request_was",
                ),
            },
            remains="Whoever reads a version without comparing, by the API alone, takes what the approver put "
            "there; a model "
            "card and metadata beside the registered keys are not compared.",
        ),
        Threat(
            tries="changes or removes a digest, the commit or the data of a version",
            stopped_by="the role's `Null` conditions and the group's policy, for each key by itself",
            tests={
                "repeatable/test_model_package_group.py": ("test_the_origin_is_never_changed_nor_forgotten",),
                "end_to_end/test_repeatable_registry.py": ("test_an_update_that_is_refused_is_told_too",),
            },
            denied=(
                ("approves or rejects a version", "and changes the model's digest"),
                ("approves or rejects a version", "and changes the image's digest"),
            ),
        ),
        Threat(
            tries="moves a version along a life cycle, past the approval",
            stopped_by="`Null` on both spellings of the key, in the role and in the group's policy",
            tests={
                "end_to_end/test_repeatable_registry.py": (
                    "test_nobody_moves_a_version_along_a_life_cycle_or_registers_it_so",
                ),
            },
            denied=(("approves or rejects a version", "and moves it along a life cycle"),),
        ),
    ),
)
