"""The lines of the CDK CLI, as it really printed them (data/)."""

from pathlib import Path

from mlops_stages.local.client.output import DeployOutput, Failure, StackEvent

DATA = Path(__file__).with_name("data")


def read(name: str) -> DeployOutput:
    output = DeployOutput()
    for line in (DATA / name).read_text(encoding="utf-8").splitlines(keepends=True):
        output.read(line)
    return output


def test_two_stacks_deployed_at_once_each_end_with_all_their_resources() -> None:
    output = read("deploy-two-stacks.txt")
    assert output.stacks == {
        "Tool": StackEvent(stack="Tool", state="deployed", done=31, total=31),
        "Exp": StackEvent(stack="Exp", state="deployed", done=31, total=31),
    }
    assert output.failures == []


def test_the_count_of_a_stack_never_falls() -> None:
    output, counts = DeployOutput(), list[int]()
    for line in (DATA / "deploy-two-stacks.txt").read_text(encoding="utf-8").splitlines():
        event = output.read(line)
        if event is not None and event.stack == "Exp":
            counts.append(event.done)
    assert counts == sorted(counts)


def test_a_failed_resource_is_told_once_with_its_reason() -> None:
    output = read("deploy-role-missing.txt")
    assert dict.fromkeys(output.failures) == {
        Failure(
            stack="acme-team-b",
            resource="Broken",
            type="AWS::IAM::Policy",
            reason="The role with name nope cannot be found.",
        ): None
    }
    assert output.stacks["acme-team-b"].state == "failed"
    assert output.stacks["acme-experimentation"].state == "deployed"


def test_a_stack_without_changes_is_unchanged() -> None:
    event = DeployOutput().read(" ✅  acme-experimentation (no changes)\n")
    assert event == StackEvent(stack="acme-experimentation", state="unchanged")


def test_colours_do_not_hide_what_a_line_says() -> None:
    event = DeployOutput().read("\x1b[32m ✅  acme-experimentation\x1b[39m\n")
    assert event == StackEvent(stack="acme-experimentation", state="deployed")


def test_a_path_and_a_logical_id_are_told_from_the_reason() -> None:
    output = DeployOutput()
    output.read(
        "acme-x |  3/84 | 10:14:30 | UPDATE_FAILED | AWS::S3::Bucket | Data/Bucket (DataBucketE3889A50) It (x) is taken"
    )
    assert output.failures == [
        Failure(stack="acme-x", resource="Data/Bucket", type="AWS::S3::Bucket", reason="It (x) is taken")
    ]


def test_a_resource_cancelled_because_of_another_is_no_failure() -> None:
    output = DeployOutput()
    output.read("acme-x |  3/84 | 10:14:30 | CREATE_FAILED | AWS::S3::Bucket | Data Resource creation cancelled")
    assert output.failures == []


def test_other_lines_say_nothing_of_a_stack() -> None:
    output = DeployOutput()
    assert [output.read(line) for line in ("\n", "acme-x\n", "Outputs:\n", "✨  Total time: 0.83s\n")] == [None] * 4
