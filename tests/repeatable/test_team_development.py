"""TeamDevelopment: pipelines from reviewed definitions, a bucket between their steps, and two duties."""

import json
from dataclasses import replace
from typing import Any

import pytest

from mlops_stages.foundation import IamSignIn
from mlops_stages.pipeline_definition import PipelineDefinition, QualityBound, room
from mlops_stages.platform import DataClassification
from mlops_stages.repeatable import TrainedModel
from tests.foundation.built import Built, Json, built, refused, resolved
from tests.repeatable.development import ADDRESSES, ALONE, DEFINITION, DEVELOPMENT, LATE_ARRIVAL, ONE_ACCOUNT, a_team

KEY = "arn:aws:kms:eu-west-1:222222222222:key/pipelines"


@pytest.fixture(scope="module")
def found() -> Built:
    return built(a_team)


def deployed(found: Built) -> Json:
    """The pipeline's definition as CloudFormation resolves it."""
    (key,) = found.resources("AWS::KMS::Key")
    body = found.one("AWS::SageMaker::Pipeline")["PipelineDefinition"]["PipelineDefinitionBody"]
    return json.loads(resolved(body, {f"{key}.Arn": KEY}))


def changed(**arguments: Any) -> PipelineDefinition:  # noqa: ANN401 - any JSON
    """The reference definition with other arguments of its training step."""
    document = json.loads(DEFINITION.text)
    next(step for step in document["Steps"] if step["Name"] == "Train")["Arguments"] |= arguments
    return PipelineDefinition.parse(json.dumps(document), "pipelines/late-arrival.json")


def test_the_packs_find_nothing(found: Built) -> None:
    assert found.findings == ()


def test_a_model_gets_a_pipeline_of_the_name_that_ci_starts(found: Built) -> None:
    pipeline = found.one("AWS::SageMaker::Pipeline")
    assert pipeline["PipelineName"] == "arrivals-late-arrival"
    assert pipeline["PipelineDescription"] == f"Compiled definition: sha256 {DEFINITION.sha256}"


def test_the_pipeline_waits_for_its_role_and_the_role_for_its_policies(found: Built) -> None:
    role, _ = found.one("AWS::SageMaker::Pipeline")["RoleArn"]["Fn::GetAtt"]
    policies = found.resources("AWS::IAM::Role")[role]["Properties"]["ManagedPolicyArns"]
    assert len(policies) == 4
    assert all("Ref" in policy for policy in policies)


def test_each_job_is_under_the_key_that_is_made_here(found: Built) -> None:
    train = next(step for step in deployed(found)["Steps"] if step["Name"] == "Train")["Arguments"]
    assert train["ResourceConfig"]["VolumeKmsKeyId"] == KEY
    assert train["VpcConfig"]["Subnets"] == ["subnet-aaaaaaaaaaaaaaaaa", "subnet-bbbbbbbbbbbbbbbbb"]


def test_each_job_carries_the_tags_of_its_model(found: Built) -> None:
    train = next(step for step in deployed(found)["Steps"] if step["Name"] == "Train")["Arguments"]
    assert {tag["Key"]: tag["Value"] for tag in train["Tags"]} == {
        "team": "arrivals",
        "model": "late-arrival",
        "stage": "repeatable",
        "cost-center": "4713",
        "data-classification": "internal",
        "business-unit": "lending-and-travel",
    }


def test_the_pipeline_carries_them_too(found: Built) -> None:
    tags = {tag["Key"]: tag["Value"] for tag in found.one("AWS::SageMaker::Pipeline")["Tags"]}
    assert (tags["model"], tags["data-classification"]) == ("late-arrival", "internal")


def test_a_gate_below_what_the_owner_promises_is_refused() -> None:
    stricter = replace(LATE_ARRIVAL, quality=QualityBound(0.7, at_least=True))
    message, _ = refused(lambda stack: a_team(stack, models=[stricter]))
    assert "PIP-056" in message
    assert "promises at least 0.7" in message


def test_the_bucket_has_the_name_that_definitions_name_and_stays(found: Built) -> None:
    (bucket,) = found.resources("AWS::S3::Bucket").values()
    assert bucket["Properties"]["BucketName"] == ADDRESSES.pipelines_bucket("arrivals")
    assert bucket["DeletionPolicy"] == "RetainExceptOnCreate"


def test_without_a_definition_a_model_has_no_pipeline_and_no_role() -> None:
    types = built(lambda stack: a_team(stack, models=[replace(LATE_ARRIVAL, definition=None)])).types
    assert "AWS::SageMaker::Pipeline" not in types
    assert types["AWS::IAM::Role"] == 2


def test_without_anybody_to_train_there_is_no_such_role() -> None:
    found = built(lambda stack: a_team(stack, trainers=[]))
    assert {role["RoleName"] for role in found.all("AWS::IAM::Role")} == {
        "acme-arrivals.deliver",
        "acme-late-arrival.pipeline",
    }


def test_one_account_for_all_purposes_is_an_organization_too() -> None:
    text = DEFINITION.text.replace("333333333333", DEVELOPMENT)
    model = replace(LATE_ARRIVAL, definition=PipelineDefinition.parse(text, "one-account.json"))
    here = {"addresses": ONE_ACCOUNT, "perimeter": ALONE, "sign_in": IamSignIn(account=DEVELOPMENT)}
    found = built(lambda stack: a_team(stack, models=[model], **here))
    assert found.findings == ()


def test_a_definition_that_decides_for_itself_fails_before_anything_is_made() -> None:
    stated = changed(RoleArn="arn:aws:iam::222222222222:role/admin", EnableNetworkIsolation=False)
    message, created = refused(lambda stack: a_team(stack, models=[replace(LATE_ARRIVAL, definition=stated)]))
    assert message.startswith("PIP-040: pipelines/late-arrival.json: step Train: Arguments.RoleArn\n")
    assert "PIP-042: pipelines/late-arrival.json: step Train: Arguments.EnableNetworkIsolation\n" in message
    assert created == ["Alone/AccessLogs"]


def test_a_definition_compiled_for_another_model_fails() -> None:
    other = replace(LATE_ARRIVAL, name="crew-demand")
    message, _ = refused(lambda stack: a_team(stack, models=[other]))
    assert {"PIP-044", "PIP-052"} <= {line[:7] for line in message.splitlines()}


def test_two_models_of_one_name_are_refused() -> None:
    message, created = refused(lambda stack: a_team(stack, models=[LATE_ARRIVAL, LATE_ARRIVAL]))
    assert message.startswith("REP-085: ")
    assert created == ["Alone/AccessLogs"]


def long_definition(model: str, bytes_taken: int) -> PipelineDefinition:
    """The definition of a model, full of quotes, so long that they take these bytes of a template; and of 45 jobs."""
    document = json.loads(DEFINITION.text.replace("late-arrival", model))
    train = next(step for step in document["Steps"] if step["Name"] == "Train")
    # Each quote is escaped as JSON text, and both characters again in the template: four bytes.
    quotes = bytes_taken // 4
    train["Arguments"]["HyperParameters"] = {
        f"h{n}": '"' * min(2500, quotes - n * 2500) for n in range(-(-quotes // 2500))
    }
    prepare = document["Steps"][0]
    document["Steps"] += [{**prepare, "Name": f"Prepare{n}"} for n in range(44)]
    return PipelineDefinition.parse(json.dumps(document), f"pipelines/{model}.json")


def two_models(bytes_taken: int) -> list[TrainedModel]:
    return [replace(LATE_ARRIVAL, name=n, definition=long_definition(n, bytes_taken)) for n in ("a-model", "b-model")]


def test_definitions_that_fit_leave_the_template_under_a_megabyte() -> None:
    found = built(lambda stack: a_team(stack, models=two_models(280_000)))
    bodies = [p["PipelineDefinition"]["PipelineDefinitionBody"] for p in found.all("AWS::SageMaker::Pipeline")]
    taken = sum(len(json.dumps(body, indent=1).encode()) for body in bodies)
    template = len(json.dumps(found.body, indent=1).encode())
    assert template < 1_000_000
    # What the rest takes is within what is kept free for it.
    assert template - taken < 1_000_000 - room(2)


def test_definitions_that_no_template_holds_are_refused() -> None:
    message, created = refused(lambda stack: a_team(stack, models=two_models(480_000)))
    assert message.startswith("REP-085: ")
    assert "bytes of the template, which has room for" in message
    assert created == ["Alone/AccessLogs"]


def test_ci_of_another_account_without_an_organization_is_refused() -> None:
    message, _ = refused(lambda stack: a_team(stack, perimeter=ALONE))
    assert message.startswith("REP-083: ")


def test_a_model_may_not_read_more_sensitive_data_than_its_own() -> None:
    public = replace(LATE_ARRIVAL, classification=DataClassification.PUBLIC)
    found = built(lambda stack: a_team(stack, models=[public]))
    text = json.dumps([p["PolicyDocument"] for p in found.all("AWS::IAM::ManagedPolicy")])
    assert "acme-arrivals-public-444444444444" in text
    assert "acme-arrivals-internal-444444444444" not in text
