"""The honesty report: every declared property in exactly one class, and none of them by mistake."""

from __future__ import annotations

from collections.abc import Callable
from threading import Event
from typing import Any

import pytest

from mlops_stages.local import refusals
from mlops_stages.local.client import honesty
from mlops_stages.local.client.honesty import Report
from mlops_stages.local.client.readers import BEHAVIOURS, READERS, compare
from mlops_stages.local.client.readers.api import Resource
from mlops_stages.local.endpoint import Endpoint
from tests.local.stacks import Value

Answers = dict[str, Callable[..., Any]]
NOBODY = Endpoint("http://127.0.0.1:9", "s3cret")


class Fake:
    """Clients whose operations are functions of the test's."""

    def __init__(self, answers: Answers) -> None:
        self._answers = answers

    def client(self, service: str, account: str, region: str) -> Value:
        del service, account, region
        return type("Client", (), {name: staticmethod(answer) for name, answer in self._answers.items()})()


def topic(name: str = "Topic", **properties: Value) -> Resource:
    return live("AWS::SNS::Topic", name, f"arn:aws:sns:eu-west-1:111111111111:{name}", **properties)


def live(type: str, logical_id: str, physical_id: str, **properties: Value) -> Resource:
    return Resource(
        account="111111111111",
        region="eu-west-1",
        stack="acme",
        logical_id=logical_id,
        type=type,
        physical_id=physical_id,
        properties=properties,
    )


def report(resources: list[Resource], **answers: Callable[..., Any]) -> Report:
    clients: Any = Fake(answers)
    return honesty.Comparison(NOBODY, clients).compare(resources)


def attributes(**found: str) -> Callable[..., Any]:
    return giving({"Attributes": found})


def giving(answer: Value) -> Callable[..., Any]:
    def give(**_: object) -> Value:
        return answer

    return give


def raising(code: str, status: int = 400) -> Callable[..., Any]:
    def answer(**_: object) -> Value:
        error: Any = refusals.ClientError
        raise error({"Error": {"Code": code}, "ResponseMetadata": {"HTTPStatusCode": status}}, "Operation")

    return answer


def test_a_property_that_is_held_is_not_named() -> None:
    found = report([topic(DisplayName="owners")], get_topic_attributes=attributes(DisplayName="owners"))
    assert (found.held, found.accepted, found.unchecked) == ({"AWS::SNS::Topic": 1}, (), ())


def test_a_property_that_is_not_described_is_named() -> None:
    found = report([topic(KmsMasterKeyId="key-1")], get_topic_attributes=attributes())
    (item,) = found.accepted
    assert (item.type, item.property, item.resources) == ("AWS::SNS::Topic", "KmsMasterKeyId", 1)
    assert item.reason == compare.NOT_DESCRIBED
    assert "acme/Topic" in item.example


def test_a_property_that_differs_is_named_with_what_the_api_says() -> None:
    found = report([topic(DisplayName="owners")], get_topic_attributes=attributes(DisplayName="nobody"))
    (item,) = found.accepted
    assert (item.property, item.reason) == ("DisplayName", compare.DIFFERS)
    assert "nobody" in item.example


def test_the_same_fault_of_several_resources_is_one_line() -> None:
    found = report([topic("A", DisplayName="a"), topic("B", DisplayName="b")], get_topic_attributes=attributes())
    (item,) = found.accepted
    assert item.resources == 2


def test_a_type_without_a_reader_is_unchecked_property_by_property() -> None:
    found = report([live("AWS::Nobody::Reads", "X", "x", One=1, Two={"Deep": 2})])
    assert [(item.property, item.reason) for item in found.unchecked] == [
        ("One", "no reader for this type"),
        ("Two", "no reader for this type"),
    ]


def test_a_property_without_a_reader_is_unchecked() -> None:
    found = report([topic(Colour="red")])
    assert [(item.property, item.reason) for item in found.unchecked] == [("Colour", "no reader for this property")]


def test_what_aws_shows_nowhere_is_unchecked_with_the_reason() -> None:
    found = report([live("AWS::KMS::Key", "Key", "key-1", PendingWindowInDays=7)])
    assert found.unchecked[0].reason == READERS["AWS::KMS::Key"].hidden["PendingWindowInDays"]


def test_a_resource_that_the_api_does_not_know_holds_nothing() -> None:
    found = report([topic(DisplayName="owners")], get_topic_attributes=raising("NotFound", 404))
    assert (found.held, found.accepted[0].reason) == ({"AWS::SNS::Topic": 0}, compare.NOT_DESCRIBED)


def test_a_refused_reading_is_unchecked_not_held() -> None:
    found = report([topic(DisplayName="owners")], get_topic_attributes=raising("AccessDenied", 403))
    assert "AccessDenied" in found.unchecked[0].reason
    assert found.held == {"AWS::SNS::Topic": 0}


def test_every_declared_property_is_counted_once() -> None:
    resources = [
        topic("A", DisplayName="owners", KmsMasterKeyId="key-1", Colour="red"),
        live("AWS::Nobody::Reads", "X", "x", One=1),
        live("AWS::KMS::Key", "Key", "key-1", PendingWindowInDays=7),
    ]
    found = report(resources, get_topic_attributes=attributes(DisplayName="owners"))
    assert found.declared == sum(len(resource.properties) for resource in resources) == 5
    assert sum(found.held.values()) == 1


def test_a_list_of_structures_counts_each_path_once() -> None:
    rules = [{"Id": "a", "Status": "Enabled"}, {"Id": "b", "Status": "Enabled"}]
    described = {"Rules": [{"ID": "b", "Status": "Enabled"}, {"ID": "a", "Status": "Disabled"}]}
    bucket = live("AWS::S3::Bucket", "Data", "data", LifecycleConfiguration={"Rules": rules})
    found = report([bucket], get_bucket_lifecycle_configuration=giving(described))
    assert found.held == {"AWS::S3::Bucket": 1}
    assert [item.property for item in found.accepted] == ["LifecycleConfiguration.Rules[].Status"]


def test_a_nested_security_property_is_named_by_its_path() -> None:
    declared = {"BlockPublicAcls": True, "BlockPublicPolicy": True}
    bucket = live("AWS::S3::Bucket", "Data", "data", PublicAccessBlockConfiguration=declared)
    described = {"PublicAccessBlockConfiguration": {"BlockPublicAcls": True, "BlockPublicPolicy": False}}
    found = report([bucket], get_public_access_block=giving(described))
    assert [item.property for item in found.accepted] == ["PublicAccessBlockConfiguration.BlockPublicPolicy"]


def test_what_is_kept_but_not_enacted_is_said_with_the_count_of_resources() -> None:
    found = report([live("AWS::EC2::FlowLog", "A", "fl-1"), live("AWS::EC2::FlowLog", "B", "fl-2")])
    (item,) = found.behaviours
    assert (item.type, item.resources, item.note) == ("AWS::EC2::FlowLog", 2, BEHAVIOURS["AWS::EC2::FlowLog"][0])


def test_the_report_is_data_and_lines() -> None:
    found = report([topic(DisplayName="owners", Colour="red")], get_topic_attributes=attributes(DisplayName="x"))
    data = found.to_json()
    assert data["declared"] == 2
    assert data["accepted"][0]["property"] == "DisplayName"
    lines = "\n".join(found.lines())
    assert "1 resources, 2 declared properties: 0 held" in lines
    assert "Colour" in lines


def test_an_endpoint_that_does_not_answer_is_an_error_that_says_so() -> None:
    with pytest.raises(honesty.HonestyError, match="does not answer"):
        honesty.Comparison(NOBODY).report()


class Topics:
    """Topics of a local AWS, and by how many calls they were asked about."""

    def __init__(self, monkeypatch: pytest.MonkeyPatch, *names: str) -> None:
        self.live = [topic(name, DisplayName=name) for name in names]
        self.asked: list[str] = []
        self.is_asked = Event()
        clients: Any = Fake({"get_topic_attributes": self._attributes})
        self.comparison = honesty.Comparison(NOBODY, clients)

        def declared(_: Endpoint) -> list[Resource]:
            return list(self.live)

        monkeypatch.setattr(honesty, "declared", declared)

    def _attributes(self, TopicArn: str) -> Value:  # noqa: N803  # as boto3 has it
        name = TopicArn.rpartition(":")[2]
        self.asked.append(name)
        self.is_asked.set()
        return {"Attributes": {"DisplayName": name}}


def test_what_has_not_changed_is_asked_about_once(monkeypatch: pytest.MonkeyPatch) -> None:
    topics = Topics(monkeypatch, "one", "two")
    comparison = topics.comparison
    assert comparison.report().held == {"AWS::SNS::Topic": 2}
    topics.live = [topics.live[0], topic("two", DisplayName="changed"), topic("three", DisplayName="three")]
    again = comparison.report()
    assert (again.held, [item.property for item in again.accepted]) == ({"AWS::SNS::Topic": 2}, ["DisplayName"])
    assert sorted(topics.asked) == ["one", "three", "two", "two"]
    topics.live = topics.live[:1]
    assert comparison.report().resources == 1


def test_what_was_asked_about_ahead_is_not_asked_about_again(monkeypatch: pytest.MonkeyPatch) -> None:
    topics = Topics(monkeypatch, "one")
    comparison = topics.comparison
    with comparison.ahead():
        assert topics.is_asked.wait(30)
    assert comparison.report().held == {"AWS::SNS::Topic": 1}
    assert topics.asked == ["one"]


def test_looking_ahead_says_nothing_of_an_endpoint_that_does_not_answer() -> None:
    comparison = honesty.Comparison(NOBODY)
    with comparison.ahead():
        pass
    with pytest.raises(honesty.HonestyError):
        comparison.report()


def statement(**more: Value) -> dict[str, Any]:
    return {"Version": "2012-10-17", "Statement": [{"Effect": "Allow", "Action": "s3:*", "Resource": "*", **more}]}


@pytest.mark.parametrize(
    ("one", "other"),
    [
        (statement(Action=["s3:Get*", "s3:Put*"]), statement(Action=["s3:Put*", "s3:Get*"])),
        (statement(Action="s3:Get*"), statement(Action=["s3:Get*"])),
        (statement(Principal="*"), statement(Principal={"AWS": "*"})),
        (statement(Principal={"AWS": ["a", "b"]}), statement(Principal={"AWS": ["b", "a"]})),
        (statement(), '{"Version":"2012-10-17","Statement":{"Effect":"Allow","Action":"s3:*","Resource":"*"}}'),
        (
            statement(Condition={"Bool": {"aws:SecureTransport": "false"}}),
            statement(Condition={"Bool": {"aws:securetransport": [False]}}),
        ),
    ],
)
def test_policies_that_say_the_same_are_the_same(one: Value, other: Value) -> None:
    assert compare.policy(one) == compare.policy(other)


@pytest.mark.parametrize(
    "other",
    [
        statement(Effect="Deny"),
        statement(Action="s3:Get*"),
        statement(Resource="arn:aws:s3:::x"),
        statement(Condition={"Bool": {"aws:SecureTransport": "false"}}),
        {**statement(), "Version": "2008-10-17"},
        {"Version": "2012-10-17", "Statement": []},
    ],
)
def test_policies_that_say_something_else_are_not_the_same(other: Value) -> None:
    assert compare.policy(statement()) != compare.policy(other)


@pytest.mark.parametrize(
    ("one", "other"),
    [("60", 60), ("2000", 2000.0), ("0.50", 0.5), (True, "true"), (["b", "a"], ["a", "b"]), ({"a": "1"}, {"a": 1})],
)
def test_spellings_of_one_value_are_one(one: Value, other: Value) -> None:
    assert compare.plain(one) == compare.plain(other)


@pytest.mark.parametrize(
    ("one", "other"),
    [("007", 7), ("1e3", 1000), ("111111111111", 111111111112), (1, True), (["a"], ["a", "b"]), ("a", "A"), ("", None)],
)
def test_different_values_stay_different(one: Value, other: Value) -> None:
    assert compare.plain(one) != compare.plain(other)


def test_tags_may_have_company_but_not_be_missing() -> None:
    canonical = {"Tags": compare.tags}

    def held(declared: Value, found: Value) -> bool:
        return all(reason is None for _, reason, _ in compare.verdicts(declared, found, canonical, "Tags"))

    team, stack = {"Key": "team", "Value": "fraud"}, {"Key": "aws:cloudformation:stack-name", "Value": "acme"}
    assert held([team], [stack, team])
    assert held([], None)
    assert not held([team], [stack])
    assert not held([team], None)
    assert not held([team], [{"Key": "team", "Value": "credit"}])


@pytest.mark.parametrize(
    "spelled",
    ["key-1", "arn:aws:kms:eu-west-1:111111111111:key/key-1"],
)
def test_a_key_is_the_same_by_id_and_by_arn(spelled: str) -> None:
    assert compare.key(spelled) == "key-1"


def test_an_alias_is_not_the_key_behind_it() -> None:
    assert compare.key("alias/data") == compare.key("arn:aws:kms:eu-west-1:1:alias/data") == "alias/data"


@pytest.mark.parametrize("reader", READERS.values(), ids=lambda reader: reader.type)
def test_a_readers_properties_are_named_once_and_its_forms_are_of_them(reader: Value) -> None:
    named = [name for part in reader.parts for name in part.properties]
    assert len(named) == len(set(named))
    assert not set(named) & set(reader.hidden)
    assert {path.partition(".")[0].removesuffix("[]") for path in reader.canonical} <= set(named)
