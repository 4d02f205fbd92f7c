"""Every example in the pages does what its page says."""

import json
import os
import re
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest
from aws_cdk import aws_sagemaker as sagemaker

from mlops_stages.local.client import inventory, studio
from mlops_stages.platform import loads
from mlops_stages.platform.reference import SMALLEST
from tests.docs.pages import ROOT, blocks, commands_in
from tests.end_to_end.conftest import PlatformUp
from tests.end_to_end.people import as_service


def run_python(code: str, *arguments: str, variables: dict[str, str] | None = None) -> subprocess.CompletedProcess[str]:
    """Run Python as a reader would, in a process of its own."""
    kept = {name: value for name, value in os.environ.items() if not name.startswith("AWS_")}
    return subprocess.run(
        [sys.executable, "-c", code, *arguments],
        env={**kept, "PYTHONPATH": str(ROOT / "constructs"), **(variables or {})},
        capture_output=True,
        text=True,
        check=False,
    )


def fraud_bucket(up: PlatformUp) -> str:
    """The bucket of team fraud with its confidential data."""
    (bucket,) = (
        resource.physical_id
        for resource in inventory.live(up.endpoint)
        if resource.type == "AWS::S3::Bucket" and "fraudteamdataconfid" in resource.physical_id.replace("-", "")
    )
    return bucket


def test_the_readmes_construct_is_a_bucket_as_described(tmp_path: Path) -> None:
    (example,) = blocks("python", "README.md")
    done = run_python(example.text, variables={"CDK_OUTDIR": str(tmp_path)})
    assert done.returncode == 0, done.stderr
    template = json.loads((tmp_path / "scores.template.json").read_text("utf-8"))
    resources: list[dict[str, Any]] = list(template["Resources"].values())
    (policy,) = (r for r in resources if r["Type"] == "AWS::S3::BucketPolicy" and "RefuseStrangers" in json.dumps(r))
    sids = {statement["Sid"] for statement in policy["Properties"]["PolicyDocument"]["Statement"]}
    assert {"RefusePlainHttp", "RefuseOldTls", "RefuseStrangers", "RefuseAnotherKey"} <= sids
    (bucket,) = (r for r in resources if r["Type"] == "AWS::S3::Bucket" and "LoggingConfiguration" in r["Properties"])
    assert bucket["DeletionPolicy"] == "RetainExceptOnCreate"
    assert bucket["Properties"]["VersioningConfiguration"]["Status"] == "Enabled"


NOT_ALLOWED = "because no identity-based policy allows the sagemaker:CreateTrainingJob action"
DENIED = "with an explicit deny in an identity-based policy"


def test_a_new_teams_first_job_is_accepted_of_a_data_scientist(platform_up: PlatformUp) -> None:
    (example,) = blocks("python", "new-team.md")
    ann = studio.session(platform_up.endpoint, "fraud-ann-lee")
    done = run_python(example.text, fraud_bucket(platform_up), variables=ann)
    assert done.returncode == 0, done.stderr
    assert done.stdout == blocks("", "new-team.md")[0].text


@pytest.mark.parametrize(
    ("setting", "ending"),
    [
        ("    EnableNetworkIsolation=True,\n", NOT_ALLOWED),
        ("    EnableInterContainerTrafficEncryption=True,\n", NOT_ALLOWED),
        ('        "VolumeKmsKeyId": domain["KmsKeyId"],\n', DENIED),
        (', "KmsKeyId": output_key', DENIED),
        (f"{{TEAM}}-first-job", NOT_ALLOWED),  # noqa: F541 - as it stands in the example
    ],
)
def test_without_one_of_its_settings_the_job_is_refused(platform_up: PlatformUp, setting: str, ending: str) -> None:
    (example,) = blocks("python", "new-team.md")
    assert setting in example.text
    changed = example.text.replace(setting, "first-job" if "first" in setting else "")
    ann = studio.session(platform_up.endpoint, "fraud-ann-lee")
    done = run_python(changed, fraud_bucket(platform_up), variables=ann)
    shown = next(block.text for block in blocks("", "new-team.md") if "AccessDenied" in block.text)
    said = " ".join(shown.replace("fraud-first-job", "JOB").split()).replace(NOT_ALLOWED, ending)
    assert ending in " ".join((ROOT / "docs" / "new-team.md").read_text("utf-8").split())
    assert said in re.sub(r"training-job/[\w-]+", "training-job/JOB", done.stderr)


def test_the_new_teams_entry_fits_into_the_platform_file() -> None:
    entry = blocks("yaml", "new-team.md")[0].text
    platform = loads((ROOT / "platform.yaml").read_text("utf-8") + entry)
    told = (ROOT / "docs" / "new-team.md").read_text("utf-8")
    (sam,) = (m for m in platform.team("churn").members if m.persona == "data_scientist")
    assert f"role `{platform.name}-churn-{sam.name}` and a Studio profile `churn-{sam.name}`" in told


@pytest.mark.parametrize(
    "block",
    [*blocks("yaml", "getting-started.md"), *blocks("yaml", "network-and-costs.md")],
    ids=lambda block: block.text.split(":")[0],
)
def test_a_piece_of_a_platform_file_fits_into_one(block: Any) -> None:  # noqa: ANN401 - a Block, by pytest's parameters
    # The account and the data scientist that the pages name.
    loads(SMALLEST.replace("111111111111", "151515151515").replace("ann@", "ann.lee@") + block.text)


def test_the_keys_of_the_repeatable_stage_fit_into_a_platform_file() -> None:
    stage, exemptions = blocks("yaml", "several-accounts.md")
    head = re.split(r"accounts:\n  experimentation: .*\n", SMALLEST)[0]
    rest = SMALLEST.partition("people:\n  platform_engineers")[2]
    text = head.replace("stage: initial\n", "") + stage.text + "people:\n  platform_engineers" + rest
    guardrails = loads(text).guardrails
    assert guardrails is not None
    assert guardrails.exempt_roles == ()
    exempting = loads(text.replace("guardrails:\n", exemptions.text)).guardrails
    assert exempting is not None
    assert exempting.exempt_roles == ("AWSControlTowerExecution", "stacksets-exec-*")


@pytest.mark.parametrize(
    ("line", "action"),
    [
        (line, action)
        for block in blocks("sh", "several-accounts.md")
        for line in block.text.splitlines()
        for purpose, action in (
            ("tooling", "ecr:PutImage"),
            ("data", "glue:CreateTable"),
            ("development", "sagemaker:StartPipelineExecution"),
        )
        if f".{purpose}_account" in line
    ],
)
def test_what_a_given_boundary_must_allow_in_each_account_is_printed(line: str, action: str) -> None:
    code = re.search(r'python -c "(.+)"', line)
    assert code is not None
    assert action in run_python(code[1]).stdout.splitlines()


def test_the_list_of_what_a_given_boundary_must_allow_is_printed() -> None:
    page = (ROOT / "docs" / "getting-started.md").read_text("utf-8")
    code = re.search(r'`python -c "(from .+)"`', page)
    assert code is not None
    done = run_python(code[1])
    assert done.returncode == 0, done.stderr
    assert "sagemaker:CreateTrainingJob" in done.stdout.splitlines()


def test_pointing_a_client_at_the_local_aws_shows_the_domain(platform_up: PlatformUp) -> None:
    shell = next(b for b in blocks("sh", "local-aws.md") if "mlops-stages env" in b.text)
    shown = next(b for b in blocks("", "local-aws.md") if "acme-experimentation" in b.text)
    code = re.search(r'python -c "(.+)"', shell.text)
    assert code is not None
    done = run_python(code[1], variables=json.loads(platform_up.run("env", "--json").stdout)["variables"])
    assert done.stdout == shown.text, done.stderr


def test_the_readme_shows_the_command_that_points_a_shell_at_it(platform_up: PlatformUp) -> None:
    shown = next(b.text for b in blocks("", "README.md") if "mlops-stages env" in b.text)
    assert '\n  eval "$(mlops-stages env)"\n' in shown
    told = json.loads(platform_up.run("env", "--json").stdout)
    assert told["variables"]["AWS_ENDPOINT_URL"] == platform_up.endpoint.url


def test_what_getting_started_says_is_refused_is_refused_in_those_words(platform_up: PlatformUp) -> None:
    line = next(
        line for b in blocks("sh", "getting-started.md") for line in b.text.splitlines() if "create_user" in line
    )
    code = re.search(r'python -c "(.+)"', line)
    assert code is not None
    refused = run_python(code[1], variables=studio.session(platform_up.endpoint, "fraud-ann-lee")).stderr
    shown = next(b.text for b in blocks("", "getting-started.md") if "AccessDenied" in b.text)
    assert " ".join(shown.split()).split("ClientError: ")[1] in " ".join(refused.split())


def shown_after(page: str, words: str) -> tuple[list[str], str]:
    """The command of a page that has these words, and the output shown after it."""
    text = (ROOT / "docs" / page).read_text("utf-8")
    found = re.search(rf"```sh\n((?:(?!```).)*{words}(?:(?!```).)*)```\n+```\n(.*?)```", text, re.DOTALL)
    assert found is not None
    (command,) = commands_in(found[1])
    return command[1:], found[2]


def test_a_data_engineer_finds_what_the_page_shows(platform_up: PlatformUp) -> None:
    command, shown = shown_after("first-model.md", "--duty curate ")
    assert set(shown.splitlines()) <= set(platform_up.run(*command).stdout.splitlines())


def test_who_trains_sees_the_steps_that_the_page_shows(platform_up: PlatformUp) -> None:
    command, shown = shown_after("first-model.md", "--duty train ")
    (told,) = platform_up.told["models"]
    run = str(told["package"]["evaluation"]).split("/")[-2]
    execution = f"{platform_up.platform.addresses.pipeline('arrivals', 'late-arrival')}/execution/{run}"
    # Not the latest, which may be another test's.
    code, count = re.subn(r"sagemaker\.list_pipeline_executions\(.+", repr(execution), command[-1], count=1)
    assert count == 1
    assert platform_up.run(*command[:-1], code).stdout == shown


def test_the_logs_of_a_step_are_told_as_the_page_shows(platform_up: PlatformUp) -> None:
    command, shown = shown_after("first-model.md", "mlops-stages logs ")

    def alike(text: str) -> list[str]:
        names = re.sub(r"\b[a-z0-9]{12}\b(-Evaluate-\w{10})?", "ID", text)
        return re.sub(r"log-group/.*|\d+[.:][\d:]+", "*", names).splitlines()

    assert set(alike(shown)) <= set(alike(platform_up.run(*command).stdout))


def test_an_owner_approves_as_the_page_shows(platform_up: PlatformUp) -> None:
    command, shown = shown_after("first-model.md", "mlops-stages approve ")
    number = another_version(platform_up).rpartition("/")[2]

    def alike(text: str) -> set[str]:
        return set(re.sub(r"(version |late-arrival/)\d+", r"\1N", text).splitlines())

    done = platform_up.run(*command, "--version", number)
    assert alike(shown) - {"  ..."} <= alike(done.stdout), done.stderr


def another_version(up: PlatformUp) -> str:
    """Register a version of the reference model, as its pipeline does; return its ARN."""
    (told,) = up.told["models"]
    addresses = up.platform.addresses
    found = (
        up.root(addresses.tooling).client("sagemaker").describe_model_package(ModelPackageName=told["package"]["arn"])
    )
    pipeline = as_service(up, addresses.pipeline_role("arrivals", "late-arrival")).client("sagemaker")
    made = pipeline.create_model_package(
        ModelPackageGroupName=addresses.package_group("arrivals", "late-arrival"),
        ModelApprovalStatus="PendingManualApproval",
        **{name: found[name] for name in ("InferenceSpecification", "ModelMetrics", "CustomerMetadataProperties")},
    )
    return made["ModelPackageArn"]


def test_a_trainer_is_refused_in_the_words_that_the_page_shows(platform_up: PlatformUp) -> None:
    command, shown = shown_after("first-model.md", "update_pipeline")
    assert " ".join(shown.split()) in platform_up.run(*command).stderr


def test_the_error_shown_is_the_one_that_is_told(platform_up: PlatformUp) -> None:
    (shown,) = blocks("", "errors.md")
    done = platform_up.run("act-as", "fraud/nobody")
    assert done.returncode == 2
    said, fix = shown.text.rsplit("  fix:", 1)
    assert done.stderr.startswith(said)
    assert fix.split(":")[0] in done.stderr


def test_mlflow_apps_still_have_no_key_of_ours() -> None:
    """When this fails, give the app its key and take the exception out of docs/security.md."""
    assert not [name for name in dir(sagemaker.CfnMlflowAppProps) if "kms" in name.lower() or "encrypt" in name.lower()]


def test_the_example_of_an_endpoint_is_what_its_page_says(tmp_path: Path) -> None:
    (example,) = blocks("python", "endpoints.md")
    done = run_python(example.text, variables={"CDK_OUTDIR": str(tmp_path)})
    assert done.returncode == 0, done.stderr
    template = json.loads((tmp_path / "card-fraud.template.json").read_text("utf-8"))
    page = (ROOT / "docs" / "endpoints.md").read_text("utf-8")
    rows = re.findall(r"^\| `(\w+)` \| ", page.partition("## A release")[2].partition("##")[0], re.MULTILINE)
    assert {*template["Parameters"]} - {"BootstrapVersion"} == {*rows} - {"ShadowPackageArn"}
    release = " ".join(next(b.text for b in blocks("sh", "endpoints.md") if "create-change-set" in b.text).split())
    given = dict(re.findall(r"ParameterKey=(\w+),ParameterValue=(\S+)", release))
    assert given.keys() == {"ModelPackageArn", "ConfigName", "TrafficShift"}
    for name, value in given.items():
        assert re.fullmatch(template["Parameters"][name].get("AllowedPattern", ".*"), value)
    (endpoint,) = (r for r in template["Resources"].values() if r["Type"] == "AWS::SageMaker::Endpoint")
    assert f"--endpoint-name {endpoint['Properties']['EndpointName']} " in page
    assert endpoint["Condition"] == "Serving"


def test_the_example_of_a_transform_is_what_its_page_says(tmp_path: Path) -> None:
    (example,) = blocks("python", "transforms.md")
    done = run_python(example.text, variables={"CDK_OUTDIR": str(tmp_path)})
    assert done.returncode == 0, done.stderr
    resources = json.loads((tmp_path / "card-fraud-nightly.template.json").read_text("utf-8"))["Resources"].values()
    (schedule,) = (r for r in resources if r["Type"] == "AWS::Scheduler::Schedule")
    target = schedule["Properties"]["Target"]
    assert "s3://acme-requests/card-fraud/today/" in json.dumps(target["Input"])
    page = (ROOT / "docs" / "transforms.md").read_text("utf-8")
    assert target["RetryPolicy"] == {"MaximumEventAgeInSeconds": 3600, "MaximumRetryAttempts": 5}
    assert "after five more attempts in an hour" in page
