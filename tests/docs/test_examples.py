"""Every example in the pages does what its page says."""

import json
import os
import re
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from aws_cdk import aws_sagemaker as sagemaker

from mlops_stages.local import inventory, studio
from mlops_stages.platform import loads
from mlops_stages.platform.reference import SMALLEST
from tests.conftest import Assembly
from tests.docs.pages import ROOT, blocks
from tests.end_to_end.conftest import PlatformUp


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
    assert bucket["DeletionPolicy"] == "Retain"
    assert bucket["Properties"]["VersioningConfiguration"]["Status"] == "Enabled"


def test_a_new_teams_first_job_runs_as_a_data_scientist(platform_up: PlatformUp) -> None:
    (example,) = blocks("python", "new-team.md")
    ann = studio.session(platform_up.endpoint, "fraud-ann-lee")
    done = run_python(example.text, fraud_bucket(platform_up), variables=ann)
    assert done.returncode == 0, done.stderr
    assert done.stdout == "Completed\n"


@pytest.mark.parametrize(
    "setting",
    [
        "    EnableNetworkIsolation=True,\n",
        "    EnableInterContainerTrafficEncryption=True,\n",
        '        "VolumeKmsKeyId": domain["KmsKeyId"],\n',
        ', "KmsKeyId": output_key',
        f"{{TEAM}}-first-job",  # noqa: F541 - as it stands in the example
    ],
)
def test_without_one_of_its_settings_the_job_is_refused(platform_up: PlatformUp, setting: str) -> None:
    (example,) = blocks("python", "new-team.md")
    assert setting in example.text
    changed = example.text.replace(setting, "first-job" if "first" in setting else "")
    ann = studio.session(platform_up.endpoint, "fraud-ann-lee")
    done = run_python(changed, fraud_bucket(platform_up), variables=ann)
    shown = next(block.text for block in blocks("", "new-team.md") if "AccessDenied" in block.text)
    said = " ".join(shown.replace("fraud-first-job", "JOB").split())
    assert said in re.sub(r"training-job/[\w-]+", "training-job/JOB", done.stderr)


def test_the_new_teams_entry_fits_into_the_platform_file() -> None:
    entry = blocks("yaml", "new-team.md")[0].text
    platform = loads((ROOT / "platform.yaml").read_text("utf-8") + entry)
    told = (ROOT / "docs" / "new-team.md").read_text("utf-8")
    (sam,) = (m for m in platform.team("churn").members if m.persona == "data_scientist")
    assert f"role `{platform.name}-churn-{sam.name}` and a Studio profile `churn-{sam.name}`" in told


@pytest.mark.parametrize("block", blocks("yaml", "getting-started.md"), ids=lambda block: block.text.split(":")[0])
def test_a_piece_of_a_platform_file_fits_into_one(block: Any) -> None:  # noqa: ANN401 - a Block, by pytest's parameters
    loads(SMALLEST.replace("111111111111", "151515151515") + block.text)


def test_the_list_of_what_a_given_boundary_must_allow_is_printed() -> None:
    page = (ROOT / "docs" / "getting-started.md").read_text("utf-8")
    code = re.search(r'`python -c "(from .+)"`', page)
    assert code is not None
    done = run_python(code[1])
    assert done.returncode == 0, done.stderr
    assert "sagemaker:CreateTrainingJob" in done.stdout.splitlines()


def test_pointing_a_client_at_the_local_aws_shows_the_domain(platform_up: PlatformUp) -> None:
    (shell,) = blocks("sh", "local-aws.md")
    (shown,) = blocks("", "local-aws.md")
    exports = dict(re.findall(r"(AWS_\w+)=(\S+)", shell.text))
    code = re.search(r'python -c "(.+)"', shell.text)
    assert code is not None
    done = run_python(code[1], variables=exports | {"AWS_ENDPOINT_URL": platform_up.endpoint})
    assert done.stdout == shown.text, done.stderr


def test_the_readme_exports_what_up_says_to_export(platform_up: PlatformUp) -> None:
    shown = next(b.text for b in blocks("", "README.md") if "AWS_ENDPOINT_URL" in b.text)
    told: dict[str, str] = platform_up.told["environment"]
    exports = dict(re.findall(r"(AWS_\w+)=(\S+)", shown))
    assert exports | {"AWS_ENDPOINT_URL": platform_up.endpoint} == {name: told[name] for name in exports}


def test_what_getting_started_says_is_refused_is_refused_in_those_words(platform_up: PlatformUp) -> None:
    line = next(
        line for b in blocks("sh", "getting-started.md") for line in b.text.splitlines() if "create_user" in line
    )
    code = re.search(r'python -c "(.+)"', line)
    assert code is not None
    refused = run_python(code[1], variables=studio.session(platform_up.endpoint, "fraud-ann-lee")).stderr
    shown = next(b.text for b in blocks("", "getting-started.md") if "AccessDenied" in b.text)
    assert " ".join(shown.split()).split("ClientError: ")[1] in " ".join(refused.split())


def test_the_error_shown_is_the_one_that_is_told(platform_up: PlatformUp) -> None:
    (shown,) = blocks("", "errors.md")
    done = platform_up.run("act-as", "fraud/nobody")
    assert done.returncode == 2
    said, fix = shown.text.rsplit("  fix:", 1)
    assert done.stderr.startswith(said)
    assert fix.split(":")[0] in done.stderr


def test_the_deploy_policy_covers_every_service_and_role_of_the_templates(
    assembly: Callable[[str], Assembly],
) -> None:
    text = (ROOT / "docs" / "deploy-policy.json").read_text("utf-8")
    statements: list[dict[str, Any]] = json.loads(text)["Statement"]
    services = {action.split(":")[0] for statement in statements for action in statement["Action"]}
    prefixes = {"cloudtrail", "cloudwatch", "ec2", "kms", "logs", "s3", "sagemaker", "sns", "iam", "budgets", "ce"}
    built = assembly("reference")
    for template in built.templates.values():
        for resource in template["Resources"].values():
            service = resource["Type"].split("::")[1].lower()
            assert service in prefixes & services, resource["Type"]
            for statement in resource.get("Properties", {}).get("AssumeRolePolicyDocument", {}).get("Statement", []):
                for principal in [statement["Principal"].get("Service", [])]:
                    assert all(name in text for name in principal), principal
    assert '"iam:PermissionsBoundary": "arn:aws:iam::ACCOUNT:policy/PLATFORM-boundary"' in text


def test_mlflow_apps_still_have_no_key_of_ours() -> None:
    """When this fails, give the app its key and take the exception out of docs/security.md."""
    assert not [name for name in dir(sagemaker.CfnMlflowAppProps) if "kms" in name.lower() or "encrypt" in name.lower()]
