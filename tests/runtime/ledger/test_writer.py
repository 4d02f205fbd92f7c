"""The writer behind its queues: order held, what fails is told, and no queue writes for another model."""

from collections.abc import Mapping, Sequence
from typing import Any

import pytest

from mlops_stages.runtime.ledger.writer import handle, queue_name, retraining_session
from tests.reliable.ledger.built_ledger import ADDRESSES
from tests.runtime.ledger.given import MODEL, REJECTED, TEAM, WHO, MemoryS3, entry, error, released_by_rule

QUEUE = f"arn:aws:sqs:eu-west-1:333333333333:{queue_name('acme', TEAM, MODEL)}"
OTHER = f"arn:aws:sqs:eu-west-1:333333333333:{queue_name('acme', TEAM, 'other')}"


def message(name: str, body: str, *, queue: str = QUEUE, group: str = MODEL, sender: str = "") -> dict[str, Any]:
    attributes = {"MessageGroupId": group, "SenderId": f"AROAEXAMPLE0123456789:{sender}"}
    return {"messageId": name, "body": body, "eventSourceARN": queue, "attributes": attributes}


def handled(s3: MemoryS3, *messages: dict[str, Any], by_class: Mapping[str, Sequence[str]] | None = None) -> list[str]:
    """The messages that were not recorded."""
    answer = handle({"Records": list(messages)}, "acme-ledger", s3, {}, by_class)
    return [each["itemIdentifier"] for each in answer["batchItemFailures"]]


def test_a_batch_is_recorded_in_its_order() -> None:
    s3 = MemoryS3()
    assert handled(s3, *(message(str(n), entry(n).to_message()) for n in range(1, 4))) == []
    assert len(s3.records()) == 3


def test_after_a_failure_the_rest_of_the_group_waits_and_other_models_go_on() -> None:
    s3 = MemoryS3()
    left = handled(
        s3,
        message("1", entry(1).to_message()),
        message("poison", "{"),
        message("2", entry(2).to_message()),
        message("other", entry(1).to_message(), queue=OTHER, group="other"),
    )
    assert left == ["poison", "2"]
    assert len(s3.records()) == 1
    assert ("acme-ledger", f"ledger/{TEAM}/other/000000000001.json") in s3.held


def test_what_was_put_aside_is_recorded_when_it_is_read_again_and_keeps_none_of_the_others() -> None:
    s3 = MemoryS3()
    aside = QUEUE.replace("acme_ledger_", "acme_ledger-failed_")
    left = handled(
        s3,
        message("poison", "{", queue=aside),
        message("1", entry(1).to_message(), queue=aside),
        message("elsewhere", entry(2).to_message(), queue=aside, group="other"),
        message("2", entry(2).to_message(), queue=aside),
    )
    assert left == ["poison", "elsewhere"]
    assert len(s3.records()) == 2


@pytest.mark.parametrize("code", ["SlowDown", "AccessDenied", "InternalError"])
def test_what_aws_refuses_is_tried_again(code: str, caplog: pytest.LogCaptureFixture) -> None:
    s3 = MemoryS3()

    def fail(call: str, _given: Any) -> None:  # noqa: ANN401
        if call == "put_object":
            raise error(code)

    s3.before = fail
    messages = [message(str(n), entry(n).to_message()) for n in (1, 2)]
    assert handled(s3, *messages) == ["1", "2"]
    assert "tried again" in caplog.text
    s3.before = lambda _call, _given: None
    assert handled(s3, *messages) == []


@pytest.mark.parametrize(
    ("queue", "group"),
    [
        (QUEUE, "other"),
        (QUEUE, f"{TEAM}/{MODEL}"),
        ("arn:aws:sqs:eu-west-1:333333333333:acme-other.fifo", MODEL),
        (QUEUE.replace("arrivals", "arri_vals"), MODEL),
        (QUEUE.replace("arrivals", "..%2f"), MODEL),
    ],
)
def test_a_message_of_another_queue_or_group_is_refused(
    queue: str, group: str, caplog: pytest.LogCaptureFixture
) -> None:
    s3 = MemoryS3()
    assert handled(s3, message("1", entry().to_message(), queue=queue, group=group)) == ["1"]
    assert "LED-009" in caplog.text
    assert s3.held == {}


def test_a_queues_name_fits_the_longest_names() -> None:
    assert len(queue_name("a" * 12, "b" * 20, "c" * 24)) <= 80


def test_retraining_records_rejections_and_nothing_else(caplog: pytest.LogCaptureFixture) -> None:
    s3, retraining = MemoryS3(), ADDRESSES.retraining_name(MODEL)
    assert handled(s3, message("1", entry().to_message(), sender=retraining)) == []
    digests = {"model_sha256": "0" * 64, "image_digest": f"sha256:{'0' * 64}", "evaluation_sha256": "0" * 64}
    body = {"package_arn": REJECTED["package_arn"], "for": "staging", "digests": digests, "who": WHO}
    approved = entry(2, kind="approved", body=body).to_message()
    assert handled(s3, message("2", approved, sender=retraining)) == ["2"]
    assert "LED-010" in caplog.text
    assert handled(s3, message("2", approved, sender="acme-late-arrival-request")) == []
    assert len(s3.records()) == 2


@pytest.mark.parametrize(
    "by_class",
    [None, {}, {"low": ["arrivals/other"]}, {"medium": [f"{TEAM}/{MODEL}"]}, {"low": [f"{TEAM}/{MODEL}-2"]}],
)
def test_of_a_model_whose_class_takes_two_approvals_no_release_without_the_second_is_recorded(
    by_class: Mapping[str, Sequence[str]] | None, caplog: pytest.LogCaptureFixture
) -> None:
    s3 = MemoryS3()
    assert handled(s3, message("1", released_by_rule().to_message()), by_class=by_class) == ["1"]
    assert "LED-011" in caplog.text
    assert s3.records() == []


def test_of_a_model_whose_class_takes_one_approval_its_release_is_recorded() -> None:
    s3, by_class = MemoryS3(), {"low": [f"{TEAM}/{MODEL}"], "medium": []}
    assert handled(s3, message("1", released_by_rule().to_message()), by_class=by_class) == []
    assert len(s3.records()) == 1


def test_retraining_itself_releases_nothing() -> None:
    s3, by_class = MemoryS3(), {"low": [f"{TEAM}/{MODEL}"]}
    sent = message("1", released_by_rule().to_message(), sender=ADDRESSES.retraining_name(MODEL))
    assert handled(s3, sent, by_class=by_class) == ["1"]


def test_the_session_of_retraining_is_the_name_of_its_function() -> None:
    assert retraining_session(ADDRESSES.platform, "late-arrival") == ADDRESSES.retraining_name("late-arrival")
