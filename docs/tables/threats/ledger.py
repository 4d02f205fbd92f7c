"""Somebody who wants the record to say something else."""

from docs.tables.threats.threat import Actor, Threat

_LEDGER, _HEADS, _QUEUE = (f"reliable/ledger/test_{name}.py" for name in ("ledger", "ledger_heads", "model_ledger"))
_LOCAL, _CHECK = "local/test_ledger_accounts.py", "runtime/ledger/test_checking.py"

ACTOR = Actor(
    name="Somebody who wants the ledger to say something else",
    holds="every IAM permission in the ledger's account, or a promotion that they took over",
    threats=(
        Threat(
            tries="replaces, hides or deletes a record",
            stopped_by="Object Lock in compliance mode; `DenyChangingObjects` and `DenyWritingOverWhatIsThere` in the "
            "bucket's policy",
            tests={
                _LEDGER: (
                    "test_records_are_locked_in_compliance_mode_for_years_that_are_never_short",
                    "test_nobody_hides_replaces_or_frees_a_record",
                    "test_the_writer_adds_records_and_writes_over_none",
                ),
                _LOCAL: ("test_root_of_the_ledgers_account_writes_and_deletes_nothing",),
            },
        ),
        Threat(
            tries="takes the bucket's policy away as root, and adds versions, markers and records",
            stopped_by="nothing prevents it: `mlops-stages ledger verify` finds it, a notice tells of the policy, and "
            "the signer signs no more",
            tests={
                _LEDGER: ("test_a_change_of_the_bucket_or_the_key_is_told",),
                _LOCAL: ("test_an_administrator_who_takes_the_policy_away_is_found_out",),
                _CHECK: (
                    "test_a_forged_version_is_found_and_the_original_is_told",
                    "test_a_delete_marker_is_found",
                    "test_a_record_that_is_gone_is_found",
                    "test_records_in_another_order_are_found",
                    "test_a_time_that_s3_does_not_confirm_is_found",
                ),
            },
            remains="A record that root adds at the end, well-formed and at its true time, is no different from the "
            "writer's; the notice of the changed policy is what tells.",
        ),
        Threat(
            tries="writes the whole ledger anew",
            stopped_by="signed heads in another account, whose key signs for one role alone and has no grants",
            tests={
                _CHECK: (
                    "test_a_ledger_that_was_written_anew_is_found_by_its_signed_head",
                    "test_a_whole_ledger_that_was_signed_is_missed",
                    "test_the_signer_signs_nothing_that_does_not_continue_its_last_head",
                ),
                _HEADS: ("test_the_signer_alone_signs",),
                _LOCAL: ("test_a_head_that_somebody_else_wrote_is_found_out", "test_only_the_signer_signs"),
            },
            remains="Where one account holds records and heads, its administrators can forge both.",
        ),
        Threat(
            tries="ends a key, so that records cannot be read or heads not be signed",
            stopped_by="`DenyEndingTheKey` in the policy of each key",
            tests={
                _LEDGER: ("test_nobody_ends_the_key_but_a_create_that_fails",),
                _HEADS: ("test_nobody_ends_the_signing_key_but_a_create_that_fails",),
            },
            remains="Administrators may replace a key's policy, since somebody must: a notice tells.",
        ),
        Threat(
            tries="records something for another model, or as somebody else's promotion",
            stopped_by="the policy of each model's queue names that model's promotion; whose record it is follows from "
            "the queue",
            tests={
                _QUEUE: ("test_the_promotion_of_this_model_sends_and_nobody_else_does",),
                "runtime/ledger/test_writer.py": ("test_a_message_of_another_queue_or_group_is_refused",),
                _LOCAL: ("test_a_promotion_sends_to_no_other_models_queue",),
            },
            remains="A promotion that was taken over can record what it likes of its own model.",
        ),
        Threat(
            tries="takes messages off a queue, or empties it, so that something is never recorded",
            stopped_by="`DenyOtherReaders` and `DenyChangingTheQueue` in the policy of each queue",
            tests={_QUEUE: ("test_the_writer_alone_takes_messages_and_a_deploy_alone_changes_a_queue",)},
        ),
        Threat(
            tries="sends a message that stops the writer",
            stopped_by="a message that fails five times is put aside alone, and the next has its turn; its size, depth "
            "and text are bounded",
            tests={
                _LOCAL: ("test_what_is_no_record_is_put_aside_and_the_next_has_its_turn",),
                _QUEUE: ("test_a_record_that_is_put_aside_or_waits_is_told",),
            },
        ),
    ),
    remains=("Whoever closes the ledger's account ends it: AWS deletes a closed account's data after 90 days.",),
)
