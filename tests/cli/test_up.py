"""`up` and `down` around a stand-in for the CDK CLI; with the real one they are tested in tests/end_to_end."""

import json
import os
import resource
import signal
import socket
import subprocess
import threading
from pathlib import Path

import pytest
from typer.testing import CliRunner

from mlops_stages.cli import status
from mlops_stages.cli.main import app
from mlops_stages.local.client import process
from mlops_stages.local.endpoint import environment
from tests.callers import Caller
from tests.cli.conftest import SYNTHESIZED, Project, python_environment

DATA = Path(__file__).parents[1] / "local" / "client" / "data"
FAILED = {"output": (DATA / "deploy-role-missing.txt").read_text(encoding="utf-8"), "exit": 1}


def test_every_stack_is_deployed_by_one_run_that_asks_nothing_and_calls_nobody(project: Project) -> None:
    assert project.run("up").code == 0
    (deploy,) = project.calls("deploy")
    arguments, environment = deploy["arguments"], deploy["environment"]
    assert "--all" in arguments
    assert arguments[arguments.index("--require-approval") + 1] == "never"
    assert {"--no-notices", "--no-version-reporting"} <= set(arguments)
    assert environment["CDK_DISABLE_CLI_TELEMETRY"] == "true"
    assert environment["CDK_DISABLE_VERSION_CHECK"] == "true"
    assert environment["AWS_ENDPOINT_URL"].startswith("http://127.0.0.1:")


def test_the_cdk_keeps_its_caches_inside_the_project(project: Project) -> None:
    project.run("up")
    for command in ("synth", "bootstrap", "deploy"):
        (call,) = project.calls(command)
        assert Path(call["environment"]["CDK_HOME"]).is_relative_to(project.directory)


def test_credentials_of_the_machine_are_not_handed_on(project: Project) -> None:
    project.run("up", AWS_PROFILE="work", AWS_SESSION_TOKEN="token", AWS_ENDPOINT_URL_S3="http://elsewhere.example")
    for command in ("synth", "bootstrap", "deploy"):
        environment = project.calls(command)[0]["environment"]
        assert not {"AWS_PROFILE", "AWS_SESSION_TOKEN", "AWS_ENDPOINT_URL_S3"} & set(environment)


def test_a_proxy_of_the_machine_is_not_asked_for_the_local_aws(project: Project) -> None:
    nowhere = "http://127.0.0.1:9"
    done = project.run("up", HTTP_PROXY=nowhere, http_proxy=nowhere, HTTPS_PROXY=nowhere)
    assert done.code == 0, done.err
    environment = project.calls("deploy")[0]["environment"]
    assert not {"HTTP_PROXY", "http_proxy", "HTTPS_PROXY"} & set(environment)


def test_settings_of_the_cdk_in_the_users_home_do_not_reach_the_local_run(project: Project) -> None:
    project.run("up", CDK_CONTEXT_JSON="{}", CDK_DEFAULT_ACCOUNT="999999999999")
    for command in ("synth", "bootstrap", "deploy"):
        variables = project.calls(command)[0]["environment"]
        assert Path(variables["HOME"]).is_relative_to(project.directory)
        assert not {"CDK_CONTEXT_JSON", "CDK_DEFAULT_ACCOUNT"} & set(variables)
        assert variables["AWS_CONFIG_FILE"] == variables["AWS_SHARED_CREDENTIALS_FILE"] == "/dev/null"


def test_the_bootstrap_has_the_qualifier_that_the_stacks_ask_for(project: Project) -> None:
    context = {"context": {"@aws-cdk/core:bootstrapQualifier": "corpqual"}}
    (project.directory / "cdk.json").write_text(json.dumps(context), encoding="utf-8")
    project.run("up")
    arguments = project.calls("bootstrap")[0]["arguments"]
    assert arguments[arguments.index("--qualifier") + 1] == "corpqual"
    assert arguments[arguments.index("--toolkit-stack-name") + 1] == "CDKToolkit-corpqual"


def test_two_qualifiers_that_differ_start_nothing(project: Project) -> None:
    context = {"context": {"@aws-cdk/core:bootstrapQualifier": "corpqual"}}
    (project.directory / "cdk.json").write_text(json.dumps(context), encoding="utf-8")
    with (project.directory / "platform.yaml").open("a", encoding="utf-8") as file:
        file.write("bootstrap_qualifier: other\n")
    for command in ("up", "validate"):
        done = project.run(command)
        assert (done.code, done.err.split()[0]) == (2, "PLT-340")
    assert not (project.directory / "calls.jsonl").exists()


def test_an_account_with_several_purposes_is_bootstrapped_once(project: Project) -> None:
    project.run("up")
    (bootstrap,) = project.calls("bootstrap")
    environments = [argument for argument in bootstrap["arguments"] if argument.startswith("aws://")]
    assert environments == ["aws://111111111111/eu-west-1", "aws://222222222222/eu-west-1"]


def test_the_tooling_account_may_deploy_to_the_others(project: Project) -> None:
    text = (project.directory / "platform.yaml").read_text(encoding="utf-8")
    with_tooling = text.replace('tooling: "222222222222"', 'tooling: "333333333333"')
    (project.directory / "platform.yaml").write_text(with_tooling, encoding="utf-8")
    project.run("up")
    arguments = project.calls("bootstrap")[0]["arguments"]
    assert arguments[arguments.index("--trust") + 1] == "333333333333"


def test_the_platform_file_that_was_checked_is_the_one_that_is_synthesized(project: Project) -> None:
    project.run("up", PLATFORM_FILE="/elsewhere/platform.yaml")
    assert project.calls("synth")[0]["environment"]["PLATFORM_FILE"] == "platform.yaml"


def test_up_tells_accounts_endpoint_and_what_to_try_on_one_screen(project: Project) -> None:
    done = project.run("up")
    running = process.status(project.directory)
    assert running is not None
    for expected in (
        f"acme runs in this machine, at {running.endpoint}",
        "222222222222  development, tooling, data",
        "0 accepted but not emulated",
        "All of it: .mlops-stages/up.txt",
        '  eval "$(mlops-stages env)"',
        "mlops-stages status",
    ):
        assert expected in done.out
    assert len(done.out.splitlines()) <= 30
    assert all(len(line) <= 80 for line in done.out.splitlines())


def test_all_of_it_is_printed_on_request_and_kept_in_a_file(project: Project) -> None:
    project.run("up")
    kept = (project.directory / ".mlops-stages" / "up.txt").read_text(encoding="utf-8")
    printed = project.run("up", "--details").out
    for expected in ("acme-team-b", "Resources by type", "Accepted, but not emulated: 0 properties of 0 types"):
        assert expected in kept
        assert expected in printed
    assert "acme-team-b" not in project.run("up").out.partition("Deployed:")[0]
    assert (
        json.loads((project.directory / ".mlops-stages" / "honesty.json").read_text(encoding="utf-8"))["declared"] == 0
    )


def test_status_tells_the_details_on_request(project: Project) -> None:
    project.run("up")
    assert "Accepted, but not emulated" not in project.run("status").out
    assert "Accepted, but not emulated: 0 properties" in project.run("status", "--details").out
    assert json.loads(project.run("status", "--details", "--json").out)["honesty"]["declared"] == 0


def test_progress_and_results_do_not_mix(project: Project) -> None:
    done = project.run("up", "--json")
    told = json.loads(done.out)
    assert told["changed"] is True
    assert told["accounts"] == {"111111111111": ["experimentation"], "222222222222": ["development", "tooling", "data"]}
    assert [stack["state"] for stack in told["stacks"]] == ["deployed", "deployed"]
    assert "acme-team-b: deployed" in done.err


def test_a_second_up_that_changes_nothing_says_so(project: Project) -> None:
    project.run("up")
    project.plan(deploy={"output": " ✅  acme-experimentation (no changes)\n ✅  acme-team-b (no changes)\n"})
    done = project.run("up")
    assert done.out.startswith("Nothing changed: acme runs in this machine, at http://127.0.0.1:")
    assert len(done.out.splitlines()) <= 24


def test_others_are_unchanged_only_where_there_are_others(project: Project) -> None:
    project.run("up")
    assert "Deployed: acme-experimentation, acme-team-b.\n" in project.run("up").out
    project.plan(deploy={"output": " ✅  acme-experimentation (no changes)\n ✅  acme-team-b\n"})
    assert "Deployed: acme-team-b; the others are unchanged.\n" in project.run("up").out


def test_a_stack_that_the_platform_does_not_have_is_named_and_kept(project: Project) -> None:
    project.run("up")
    running = process.status(project.directory)
    assert running is not None
    template = json.dumps({"Resources": {"Topic": {"Type": "AWS::SNS::Topic"}}})
    cloudformation = Caller(environment(running.endpoint, "111111111111", "eu-west-1")).client("cloudformation")
    cloudformation.create_stack(StackName="acme-old-team", TemplateBody=template)
    cloudformation.get_waiter("stack_create_complete").wait(StackName="acme-old-team")
    told = json.loads(project.run("up", "--json").out)
    assert told["left_over"] == [
        {"name": "acme-old-team", "account": "111111111111", "state": "unchanged", "resources": 1}
    ]
    assert "Not of platform.yaml, left as they are: acme-old-team\n" in project.run("up").out
    assert "not of platform.yaml" in project.run("up", "--details").out


def test_a_port_that_is_asked_for_and_taken_is_the_users_mistake(project: Project) -> None:
    with socket.create_server(("127.0.0.1", 0)) as taken:
        port = taken.getsockname()[1]
        done = project.run("up", "--port", str(port))
    assert (done.code, done.out) == (2, "")
    assert f"LOC-110 --port {port}" in done.err
    assert process.status(project.directory) is None


def test_a_misspelt_choice_of_condition_keys_starts_nothing(project: Project) -> None:
    done = project.run("up", MLOPS_STAGES_CONDITION_KEYS="old")
    assert (done.code, done.out) == (2, "")
    assert "LOC-114 MLOPS_STAGES_CONDITION_KEYS" in done.err
    assert process.status(project.directory) is None


def test_a_mistake_in_the_platform_file_starts_nothing(project: Project) -> None:
    (project.directory / "platform.yaml").write_text("name: 3\n", encoding="utf-8")
    done = project.run("up")
    assert done.code == 2
    assert "PLT-" in done.err
    assert not (project.directory / "calls.jsonl").exists()
    assert process.status(project.directory) is None


def test_a_synth_that_fails_is_told_and_leaves_nothing_running(project: Project) -> None:
    project.plan(synth={"output": "ValueError: FND-001 no\n\n[Error at /acme] bad\n", "exit": 1})
    done = project.run("up")
    assert done.code == 1
    assert "LOC-030" in done.err
    assert "ValueError: FND-001 no" in done.err
    assert str(project.directory / ".mlops-stages" / "logs" / "synth.log") in done.err
    assert process.status(project.directory) is None


def test_what_the_app_refuses_is_the_users_mistake(project: Project) -> None:
    project.plan(synth={"output": "PLT-401 platform.yaml\npython app.py: Subprocess exited with error 2\n", "exit": 1})
    done = project.run("up")
    assert done.code == 2
    assert "PLT-401" in done.err


def test_accounts_that_cannot_be_bootstrapped_are_told(project: Project) -> None:
    project.plan(
        bootstrap={"output": "❌  Environment aws://111111111111/eu-west-1 failed bootstrapping: no\n", "exit": 1}
    )
    done = project.run("up")
    assert done.code == 1
    assert "LOC-031" in done.err
    assert "failed bootstrapping: no" in done.err


def test_a_failed_deploy_names_the_resource_and_its_reason_once(project: Project) -> None:
    project.plan(deploy=FAILED)
    done = project.run("up")
    assert done.code == 1
    assert "LOC-032" in done.err
    assert done.err.count("acme-team-b: Broken (AWS::IAM::Policy): The role with name nope cannot be found.") == 1
    assert str(project.directory / ".mlops-stages" / "logs" / "deploy.log") in done.err
    assert "Traceback" not in done.err


def test_after_a_failed_deploy_the_local_aws_is_left_to_look_at(project: Project) -> None:
    project.plan(deploy=FAILED)
    assert "the local AWS is left running" in project.run("up").err
    assert process.status(project.directory) is not None


def test_a_failure_before_any_resource_is_told_in_the_words_of_cloudformation(project: Project) -> None:
    output = "acme-team-b\nTemplate format error: Unrecognized resource types: [AWS::No::Such]\n"
    project.plan(deploy={"output": output, "exit": 1})
    assert "Unrecognized resource types: [AWS::No::Such]" in project.run("up").err


def test_an_interrupted_deploy_leaves_nothing_running(project: Project) -> None:
    project.plan(deploy={"output": "acme-team-b: deploying... [1/2]\n", "hangs": True})
    done = interrupted(project, signal.SIGINT)
    assert done.returncode == 130
    assert process.status(project.directory) is None
    assert processes_of(project) == []


def test_a_terminated_deploy_ends_like_an_interrupted_one(project: Project) -> None:
    project.plan(deploy={"output": "acme-team-b: deploying... [1/2]\n", "hangs": True})
    interrupted(project, signal.SIGTERM)
    assert process.status(project.directory) is None
    assert processes_of(project) == []


def test_an_interrupted_preparation_leaves_nothing_running(project: Project) -> None:
    project.plan(synth={"hangs": True})
    assert interrupted(project, signal.SIGINT, "bootstrapping").returncode == 130
    assert process.status(project.directory) is None
    assert processes_of(project) == []


def test_an_interrupted_deploy_leaves_a_local_aws_that_ran_before(project: Project) -> None:
    project.run("up")
    project.plan(deploy={"output": "acme-team-b: deploying... [1/2]\n", "hangs": True})
    assert "was running before" in interrupted(project, signal.SIGINT).stdout
    assert process.status(project.directory) is not None


def interrupted(project: Project, number: signal.Signals, text: str = "deploying") -> subprocess.CompletedProcess[str]:
    """Run `up` until it says `text`, then send it a signal; return how it ended, both outputs together."""
    command = project.command("up")
    with subprocess.Popen(
        command,
        cwd=project.directory,
        env=python_environment(),
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        text=True,
        # As on a terminal: what a shell runs in the background ignores interrupts, and so would what it starts.
        preexec_fn=lambda: signal.signal(signal.SIGINT, signal.SIG_DFL),
    ) as child:
        assert child.stdout is not None
        # A signal that got lost fails the test; it does not hang it.
        deadline = threading.Timer(60, child.kill)
        deadline.start()
        said = ""
        for line in child.stdout:
            said += line
            if text in line:
                child.send_signal(number)
        deadline.cancel()
        return subprocess.CompletedProcess(command, child.wait(), said)


@pytest.mark.parametrize("room", [0, 8])
def test_a_disk_that_is_full_is_told_and_leaves_nothing_running(project: Project, room: int) -> None:
    """A limit on the size of files stands for the disk: at 0 bytes no record can be kept, at 8 no log."""
    done = subprocess.run(
        project.command("up"),
        cwd=project.directory,
        env=python_environment(),
        capture_output=True,
        text=True,
        check=False,
        preexec_fn=lambda: resource.setrlimit(resource.RLIMIT_FSIZE, (room, room)),
    )
    assert (done.returncode, done.stdout) == (1, "")
    assert "CLI-032" in done.stderr
    assert "Traceback" not in done.stderr
    assert processes_of(project) == []
    assert project.run("down").out == "No local AWS runs here: nothing to stop.\n"


def processes_of(project: Project) -> list[str]:
    listed = subprocess.run(["ps", "-eo", "args"], capture_output=True, text=True, check=True).stdout
    return [line for line in listed.splitlines() if str(project.directory) in line]


def test_down_says_that_the_state_is_gone(project: Project) -> None:
    project.run("up")
    done = project.run("down")
    assert done.code == 0
    assert "in memory and is gone" in done.out
    assert process.status(project.directory) is None


def test_down_where_nothing_runs_is_no_error(project: Project) -> None:
    done = project.run("down")
    assert (done.code, done.out) == (0, "No local AWS runs here: nothing to stop.\n")
    assert json.loads(project.run("down", "--json").out) == {"stopped": False}


def test_status_says_where_it_runs(project: Project) -> None:
    project.run("up")
    running = process.status(project.directory)
    assert running is not None
    assert f"The local AWS runs at {running.endpoint} (process {running.pid})." in project.run("status").out
    told = json.loads(project.run("status", "--json").out)
    assert told.pop("jobs_run_in") in ("bubblewrap", "namespaces")
    assert told == {
        "running": True,
        "answers": True,
        "endpoint": running.endpoint.url,
        "pid": running.pid,
        "stacks": [],
    }


def test_a_local_aws_that_does_not_answer_is_said_to_and_stopped_by_down(
    reference: Project, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    running = process.start(reference.directory, 0)
    os.kill(running.pid, signal.SIGSTOP)
    told = reference.run("status")
    assert (told.code, told.out) == (1, "")
    for part in ("LOC-115", f"process {running.pid}", "does not answer", "mlops-stages down"):
        assert part in " ".join(told.err.split())
    monkeypatch.setattr(process, "PROBE_S", 0.2)
    monkeypatch.setattr(process, "GRACE_S", 0.2)
    monkeypatch.chdir(reference.directory)
    with pytest.raises(process.SilentError):
        status.show(reference.directory, as_json=True)
    assert json.loads(capsys.readouterr().out) == {"running": True, "answers": False, "pid": running.pid}
    for command in (["up"], ["train", "arrivals/late-arrival", "."], ["env"], ["logs", "arrivals/late-arrival"]):
        ended = CliRunner().invoke(app, command)
        assert isinstance(ended.exception, process.SilentError), (command, ended.exception, ended.output)
    status.stop(reference.directory, as_json=False)
    assert "Stopped." in capsys.readouterr().out
    assert process.status(reference.directory) is None


def test_status_where_nothing_runs_is_no_error(project: Project) -> None:
    assert project.run("status").code == 0
    assert json.loads(project.run("status", "--json").out) == {"running": False}


def test_a_platform_without_an_organization_is_deployed_too(project: Project) -> None:
    file = project.directory / "platform.yaml"
    several = file.read_text(encoding="utf-8")
    file.write_text(
        several.replace("organization_id: o-a1b2c3d4e5\n", "").replace("222222222222", "111111111111"), encoding="utf-8"
    )
    assert project.run("up").code == 0


def test_stacks_that_the_synth_left_are_what_is_deployed(project: Project) -> None:
    project.plan(synth=SYNTHESIZED)
    project.run("up")
    arguments = project.calls("deploy")[0]["arguments"]
    assert arguments[arguments.index("--app") + 1] == str(project.directory / "cdk.out")
