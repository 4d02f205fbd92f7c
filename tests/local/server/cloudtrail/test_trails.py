"""What a trail records: who called what, which trail wants it, and which log events a filter counts."""

from __future__ import annotations

import datetime
import gzip
import json
from collections.abc import Mapping

import pytest

from mlops_stages.local.server.cloudtrail import events
from mlops_stages.local.server.cloudtrail.trails import Trails, selected
from mlops_stages.local.server.logs.filter_patterns import PatternError, compiled
from tests.local.stacks import Value

ACCOUNT = "111111111111"
ANN = f"arn:aws:sts::{ACCOUNT}:assumed-role/fraud-scientist/ann"
NOON = datetime.datetime(2026, 11, 23, 12, 0, tzinfo=datetime.UTC)


def request(operation: str = "CreateKey", /, **more: Value) -> events.Request:
    given: dict[str, Value] = {
        "service": "kms",
        "operation": operation,
        "parameters": {},
        "principal": ANN,
        "access_key": "ASIA1",
        "source_identity": "",
        "region": "eu-west-1",
        "agent": "test",
        "status": 200,
        "error": "",
        "data": False,
        **more,
    }
    return events.Request(**given)


def event(operation: str = "CreateKey", /, when: datetime.datetime = NOON, **more: Value) -> dict[str, Value]:
    return events.event(request(operation, **more), when)


def object_event(method: str = "PUT", bucket: str = "data", key: str = "a/b.csv") -> dict[str, Value]:
    name, _, _ = events.s3_operation(method, f"/{bucket}/{key}", {}, copies=False)
    arn = f"arn:aws:s3:::{bucket}/{key}"
    return event(name, service="s3", data=True, bucket=bucket, resource=arn)


def test_a_session_is_recorded_with_the_role_behind_it() -> None:
    who = event()["userIdentity"]
    assert (who["type"], who["principalId"], who["arn"]) == ("AssumedRole", "fraud-scientist:ann", ANN)
    assert who["sessionContext"]["sessionIssuer"]["arn"] == f"arn:aws:iam::{ACCOUNT}:role/fraud-scientist"
    assert "sourceIdentity" not in who["sessionContext"]
    assert event(source_identity="ann@acme.example")["userIdentity"]["sessionContext"]["sourceIdentity"] == (
        "ann@acme.example"
    )


@pytest.mark.parametrize(("principal", "kind"), [("root", "Root"), ("user/people/bob", "IAMUser")])
def test_root_and_users_are_recorded_as_such(principal: str, kind: str) -> None:
    assert event(principal=f"arn:aws:iam::{ACCOUNT}:{principal}")["userIdentity"]["type"] == kind


def test_secrets_are_not_recorded() -> None:
    said = event(parameters={"Name": "x", "SecretString": "hush", "Login": {"Password": "hush", "User": "bob"}})
    assert "hush" not in json.dumps(said)
    assert said["requestParameters"]["login"]["user"] == "bob"


def test_a_refused_call_is_recorded_with_its_error() -> None:
    assert event(error="AccessDenied", status=403)["errorCode"] == "AccessDenied"
    assert "errorCode" not in event()


@pytest.mark.parametrize(
    ("method", "path", "query", "name"),
    [
        ("GET", "/", {}, "ListBuckets"),
        ("PUT", "/data", {}, "CreateBucket"),
        ("PUT", "/data", {"policy": [""]}, "PutBucketPolicy"),
        ("GET", "/data", {"encryption": [""]}, "GetBucketEncryption"),
        ("GET", "/data", {"list-type": ["2"]}, "ListObjects"),
        ("GET", "/data", {"versions": [""]}, "ListObjectVersions"),
        ("POST", "/data", {"delete": [""]}, "DeleteObjects"),
        ("GET", "/data/a%20b/c.csv", {}, "GetObject"),
        ("PUT", "/data/a", {"retention": [""]}, "PutObjectRetention"),
        ("POST", "/data/a", {"uploads": [""]}, "CreateMultipartUpload"),
        ("PUT", "/data/a", {"uploadId": ["1"], "partNumber": ["1"]}, "UploadPart"),
        ("HEAD", "/data/a", {}, "HeadObject"),
    ],
)
def test_an_s3_call_has_the_name_that_cloudtrail_gives_it(
    method: str, path: str, query: Mapping[str, Value], name: str
) -> None:
    assert events.s3_operation(method, path, query, copies=False)[0] == name


def test_a_copy_is_a_copy() -> None:
    assert events.s3_operation("PUT", "/data/a", {}, copies=True) == ("CopyObject", "data", "a")


MANAGEMENT: dict[str, Value] = {
    "EventSelectors": [{"ReadWriteType": "All", "IncludeManagementEvents": True, "DataResources": []}]
}


def objects(*values: str) -> dict[str, Value]:
    resources = [{"Type": "AWS::S3::Object", "Values": list(values)}]
    return {"EventSelectors": [{"ReadWriteType": "WriteOnly", "DataResources": resources}]}


@pytest.mark.parametrize(
    ("selectors", "found", "wanted"),
    [
        (MANAGEMENT, event(), True),
        (MANAGEMENT, object_event(), False),
        (objects("arn:aws:s3"), object_event(), True),
        (objects("arn:aws:s3"), object_event("GET"), False),
        (objects("arn:aws:s3:::other/"), object_event(), False),
        (objects("arn:aws:s3:::data/a"), object_event(), True),
        ({"EventSelectors": [{"ReadWriteType": "All", "IncludeManagementEvents": False}]}, event(), False),
        (
            {"EventSelectors": [{"ReadWriteType": "All", "ExcludeManagementEventSources": ["kms.amazonaws.com"]}]},
            event(),
            False,
        ),
    ],
)
def test_a_trail_gets_what_its_selectors_want(
    selectors: dict[str, Value], found: dict[str, Value], wanted: bool
) -> None:
    assert selected(selectors, found) is wanted


def advanced(*fields: dict[str, Value]) -> dict[str, Value]:
    return {"AdvancedEventSelectors": [{"Name": "x", "FieldSelectors": list(fields)}]}


DATA = {"Field": "eventCategory", "Equals": ["Data"]}
NOT_OWN = {"Field": "resources.ARN", "NotStartsWith": ["arn:aws:s3:::trail/", "arn:aws:s3:::logs/"]}


@pytest.mark.parametrize(
    ("selectors", "found", "wanted"),
    [
        (advanced({"Field": "eventCategory", "Equals": ["Management"]}), event(), True),
        (advanced(DATA, {"Field": "resources.type", "Equals": ["AWS::S3::Object"]}), object_event(), True),
        (advanced(DATA, NOT_OWN), object_event(), True),
        (advanced(DATA, NOT_OWN), object_event(bucket="trail"), False),
        (advanced(DATA, {"Field": "readOnly", "Equals": ["true"]}), object_event(), False),
        (advanced({"Field": "eventName", "NotEquals": ["CreateKey"]}), event(), False),
        (advanced({"Field": "eventName", "EndsWith": ["Key"]}), event(), True),
    ],
)
def test_a_trail_gets_what_its_advanced_selectors_want(
    selectors: dict[str, Value], found: dict[str, Value], wanted: bool
) -> None:
    assert selected(selectors, found) is wanted


class Cloud:
    """Answers the calls of a delivery, and remembers them."""

    def __init__(self, **trail: Value) -> None:
        self.trail = {"Name": "t", "HomeRegion": "eu-west-1", "S3BucketName": "trail", **trail}
        self.logging = True
        self.made: list[tuple[str, dict[str, Value]]] = []

    def __call__(self, account: str, region: str, service: str, operation: str, **given: Value) -> dict[str, Value]:
        assert (account, region) == (ACCOUNT, "eu-west-1")
        self.made.append((f"{service}.{operation}", given))
        pattern = {"filterName": "f", "filterPattern": '{ $.eventName = "CreateKey" }'}
        answers: dict[str, dict[str, Value]] = {
            "describe_trails": {"trailList": [self.trail]},
            "get_trail_status": {"IsLogging": self.logging},
            "get_event_selectors": MANAGEMENT,
            "describe_metric_filters": {
                "metricFilters": [
                    {
                        **pattern,
                        "metricTransformations": [{"metricName": "m", "metricNamespace": "n", "metricValue": "1"}],
                    }
                ]
            },
        }
        return answers.get(operation, {})

    def put(self, account: str, region: str, where: str, body: bytes, headers: Mapping[str, str]) -> None:
        assert (account, region) == (ACCOUNT, "eu-west-1")
        self.made.append(("put", {"where": where, "body": body, **headers}))

    def tell(self, account: str, region: str, event: dict[str, Value]) -> None:
        assert (account, region) == (ACCOUNT, "eu-west-1")
        self.made.append(("tell", event))

    def given(self, name: str) -> list[dict[str, Value]]:
        return [given for made, given in self.made if made == name]


def test_a_delivery_is_a_file_in_the_trails_bucket_under_its_key() -> None:
    cloud = Cloud(KmsKeyId="arn:aws:kms:eu-west-1:111111111111:key/k", S3KeyPrefix="audit")
    trails = Trails(cloud, cloud.put, cloud.tell)
    trails.record(event())
    trails.record(object_event())
    trails.deliver()
    (file,) = cloud.given("put")
    assert file["where"].startswith(f"trail/audit/AWSLogs/{ACCOUNT}/CloudTrail/eu-west-1/20")
    assert file["x-amz-server-side-encryption-aws-kms-key-id"] == cloud.trail["KmsKeyId"]
    records = json.loads(gzip.decompress(file["body"]))["Records"]
    assert [record["eventName"] for record in records] == ["CreateKey"]
    trails.deliver()
    assert len(cloud.given("put")) == 1
    assert not trails.waiting()


def test_eventbridge_hears_each_call_that_a_trail_records_once_and_none_that_reads() -> None:
    cloud = Cloud()
    trails = Trails(cloud, cloud.put, cloud.tell)
    for name in ("CreateKey", "ListKeys", "GetKeyPolicy"):
        trails.record(event(name))
    trails.record(object_event())
    trails.deliver()
    assert [told["eventName"] for told in cloud.given("tell")] == ["CreateKey"]
    cloud.logging = False
    trails.record(event())
    trails.deliver()
    assert len(cloud.given("tell")) == 1


def test_a_trail_that_is_stopped_gets_nothing() -> None:
    cloud = Cloud()
    cloud.logging = False
    trails = Trails(cloud, cloud.put, cloud.tell)
    trails.record(event())
    trails.deliver()
    assert cloud.given("put") == []


def test_a_trails_log_group_is_counted_by_its_metric_filters() -> None:
    cloud = Cloud(CloudWatchLogsLogGroupArn=f"arn:aws:logs:eu-west-1:{ACCOUNT}:log-group:trail:*")
    trails = Trails(cloud, cloud.put, cloud.tell)
    for name in ("CreateKey", "CreateKey", "ListKeys"):
        trails.record(event(name))
    trails.deliver()
    (put,) = cloud.given("logs.put_log_events")
    assert (put["logGroupName"], len(put["logEvents"])) == ("trail", 3)
    (metric,) = cloud.given("cloudwatch.put_metric_data")
    assert (metric["Namespace"], metric["MetricData"]) == ("n", [{"MetricName": "m", "Value": 2.0}])


def test_events_are_looked_up_newest_first_and_in_pages() -> None:
    trails = Trails(Cloud(), Cloud().put, Cloud().tell)
    for minute in range(5):
        trails.record(event(f"Create{minute}", when=NOON + datetime.timedelta(minutes=minute)))
    trails.record(object_event())
    first = trails.lookup(ACCOUNT, "eu-west-1", {"MaxResults": 3})
    rest = trails.lookup(ACCOUNT, "eu-west-1", {"MaxResults": 3, "NextToken": first["NextToken"]})
    names = [found["EventName"] for found in (*first["Events"], *rest["Events"])]
    assert names == ["Create4", "Create3", "Create2", "Create1", "Create0"]
    assert "NextToken" not in rest
    assert trails.lookup(ACCOUNT, "us-east-1", {})["Events"] == []
    since = (NOON + datetime.timedelta(minutes=3)).timestamp()
    assert len(trails.lookup(ACCOUNT, "eu-west-1", {"StartTime": since})["Events"]) == 2


@pytest.mark.parametrize(
    ("key", "value", "count"),
    [
        ("EventName", "CreateKey", 1),
        ("Username", "ann", 2),
        ("ReadOnly", "true", 1),
        ("ResourceName", "key-1", 1),
        ("EventSource", "kms.amazonaws.com", 2),
        ("AccessKeyId", "none", 0),
    ],
)
def test_events_are_looked_up_by_attribute(key: str, value: str, count: int) -> None:
    trails = Trails(Cloud(), Cloud().put, Cloud().tell)
    trails.record(event("CreateKey", parameters={"KeyId": "key-1"}))
    trails.record(event("ListKeys"))
    asked = {"LookupAttributes": [{"AttributeKey": key, "AttributeValue": value}]}
    assert len(trails.lookup(ACCOUNT, "eu-west-1", asked)["Events"]) == count


ROOT = {"userIdentity": {"type": "Root"}, "eventType": "AwsApiCall", "eventName": "StopLogging", "n": 5, "on": True}


@pytest.mark.parametrize(
    ("pattern", "wanted"),
    [
        ("", True),
        ('{ $.userIdentity.type = "Root" && $.userIdentity.invokedBy NOT EXISTS && $.eventType != "X" }', True),
        ('{ $.userIdentity.type = "Root" && $.userIdentity.type NOT EXISTS }', False),
        ('{ ($.eventName = "DeleteTrail") || ($.eventName = "StopLogging") }', True),
        ('{ $.eventName = "Stop*" }', True),
        ('{ $.eventName = "*Trail" }', False),
        ("{ $.eventName = StopLogging }", True),
        ("{ $.eventName = %^Stop% }", True),
        ("{ $.n > 4 && $.n <= 5 }", True),
        ("{ $.n = 5 }", True),
        ("{ $.on IS TRUE }", True),
        ("{ $.on IS FALSE }", False),
        ('{ $.missing != "x" }', False),
        ('{ ($.n = 5 || $.n = 6) && $.eventName = "x" }', False),
        ("StopLogging", True),
        ('StopLogging -"AwsApiCall"', False),
        ("?Nothing ?Root", True),
        ('"Root" StartLogging', False),
    ],
)
def test_a_filter_counts_what_its_pattern_says(pattern: str, wanted: bool) -> None:
    assert compiled(pattern)(json.dumps(ROOT)) is wanted


def test_text_is_no_match_for_a_json_pattern() -> None:
    assert compiled('{ $.a = "b" }')("no json") is False


@pytest.mark.parametrize(
    "pattern", ["[a, b]", "{ $.a = ", "{ $.a ~ 1 }", "{ ($.a = 1 }", "{ $.a > x }", "{ $.a IS MAYBE }"]
)
def test_a_pattern_that_cannot_be_read_says_so(pattern: str) -> None:
    with pytest.raises(PatternError):
        compiled(pattern)
