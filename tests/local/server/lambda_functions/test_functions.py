"""Lambda functions run in containers: what a function sees, does and leaves, and what hostile ones get."""

from __future__ import annotations

import io
import json
import os
import secrets
import zipfile
from pathlib import Path
from typing import Any

import pytest

from mlops_stages import layers
from tests.local.archives import zipped
from tests.local.clients import LocalAws, allow, refusal
from tests.local.laboratory import until

TRUST = {"Effect": "Allow", "Principal": {"Service": "lambda.amazonaws.com"}, "Action": "sts:AssumeRole"}


class Functions:
    """Functions of one account."""

    def __init__(self, aws: LocalAws, account: str) -> None:
        self.aws = aws
        self.account = account
        self.client = aws.client("lambda", account)
        self.role = aws.role(account, allow("*"), trust=TRUST)

    def create(self, code: str, **more: Any) -> str:  # noqa: ANN401  # JSON-like
        """Create a function of the module `index` with a `handler`; its name."""
        name = f"function-{secrets.token_hex(4)}"
        given: dict[str, Any] = {
            "Runtime": "python3.12",
            "Role": self.role,
            "Handler": "index.handler",
            "Code": {"ZipFile": zipped({"index.py": code})},
            "Timeout": 30,
            **more,
        }
        self.client.create_function(FunctionName=name, **given)
        until(lambda: self.client.get_function(FunctionName=name)["Configuration"]["State"] == "Active")
        return name

    def invoke(self, name: str, event: Any = None) -> tuple[Any, str | None]:  # noqa: ANN401  # JSON-like
        """What it returns, and the kind of error if it is one."""
        answer = self.client.invoke(FunctionName=name, Payload=json.dumps(event))
        return json.loads(answer["Payload"].read()), answer.get("FunctionError")

    def run(self, body: str, event: Any = None, **more: Any) -> Any:  # noqa: ANN401  # JSON-like
        """What a function returns whose handler is `body`."""
        code = f"import json, os, socket, subprocess, sys, time\ndef handler(event, context):\n{body}"
        returned, error = self.invoke(self.create(code, **more), event)
        assert error is None, returned
        return returned


@pytest.fixture
def functions(local_aws: LocalAws, account: str) -> Functions:
    """Functions of an account of its own."""
    return Functions(local_aws, account)


def folders(aws: LocalAws) -> list[str]:
    """The folders of functions that the server keeps."""
    pid = aws.ask("GET", "/_mlops-stages/process")[1]["pid"]
    return sorted(path.name for path in Path(f"/proc/{pid}/cwd/functions").iterdir())


def test_a_function_gets_its_event_its_variables_and_its_role(functions: Functions) -> None:
    body = """
    import boto3
    return [event, os.environ["TABLE"], os.getcwd(), boto3.client("sts").get_caller_identity()["Arn"],
            context.function_name, context.memory_limit_in_mb]
"""
    event, table, where, arn, name, memory = functions.run(
        body, {"a": 1}, Environment={"Variables": {"TABLE": "t"}}, MemorySize=256
    )
    assert (event, table, where, memory) == ({"a": 1}, "t", "/var/task", "256")
    assert arn.endswith(f":assumed-role/{functions.role.rsplit('/', 1)[1]}/{name}")


def test_a_function_sees_nothing_of_the_machine_or_of_the_server(functions: Functions, tmp_path: Path) -> None:
    secret = tmp_path / "secret"
    secret.write_text("the user's")
    secret.chmod(0o600)
    body = f"""
    def tried(what):
        try: return what()
        except OSError as error: return type(error).__name__
    return dict(
        secret=tried(lambda: open({str(secret)!r}).read()),
        home=tried(lambda: os.listdir({str(Path.home() / ".aws")!r})),
        code=tried(lambda: open("/var/task/index.py", "a")),
        library=tried(lambda: open({os.__file__!r}, "a")),
        processes=[int(n) for n in os.listdir("/proc") if n.isdigit()],
        variables=sorted(os.environ),
        who=os.getuid(),
        rights=[l.split()[1] for l in open("/proc/self/status") if l.startswith("CapEff")],
    )
"""
    seen = functions.run(body)
    assert (seen["secret"], seen["home"]) == ("FileNotFoundError", "FileNotFoundError")
    assert {seen["code"], seen["library"]} <= {"OSError", "PermissionError"}
    assert max(seen["processes"]) < 10
    assert (seen["who"], seen["rights"]) == (1000, ["0000000000000000"])
    assert {name for name in seen["variables"] if not name.startswith(("AWS_", "_", "LAMBDA_"))} <= {
        *("HOME", "LANG", "LC_CTYPE", "NODE_PATH", "PATH", "PWD", "PYTHONUNBUFFERED", "TMPDIR")
    }


def test_a_function_reaches_the_local_aws_and_no_other_service(functions: Functions) -> None:
    import socket

    with socket.create_server(("127.0.0.1", 0)) as other:
        body = """
    def tried(port):
        try: return socket.create_connection(("127.0.0.1", port), 5) and "reached"
        except OSError as error: return type(error).__name__
    return [tried(port) for port in event]
"""
        aws = int(functions.aws.endpoint.url.rpartition(":")[2])
        assert functions.run(body, [aws, other.getsockname()[1]]) == ["reached", "ConnectionRefusedError"]


def test_a_worker_is_used_again_and_ends_with_its_function(functions: Functions) -> None:
    name = functions.create("import os, time\nborn = time.time()\ndef handler(event, context): return born")
    before = folders(functions.aws)
    assert functions.invoke(name) == functions.invoke(name)
    assert len(folders(functions.aws)) == len(before) + 1
    functions.client.delete_function(FunctionName=name)
    until(lambda: folders(functions.aws) == before)
    assert not list(Path("/tmp").glob(f"ministack-lambda-{name}*"))


def test_layers_are_on_the_path(functions: Functions) -> None:
    layer = functions.client.publish_layer_version(
        LayerName="words", Content={"ZipFile": zipped({"python/words.py": "SAID = 'layer'"})}
    )
    assert functions.run("    import words\n    return words.SAID", Layers=[layer["LayerVersionArn"]]) == "layer"


def test_a_function_ends_when_its_time_is_over(functions: Functions) -> None:
    code = (
        "import subprocess, signal, time\ndef handler(event, context):\n"
        "    signal.signal(signal.SIGTERM, signal.SIG_IGN)\n"
        "    subprocess.Popen(['sleep', '1000'], start_new_session=True)\n    time.sleep(1000)"
    )
    answer, error = functions.invoke(functions.create(code, Timeout=1))
    assert (error, answer["errorType"]) == ("Unhandled", "Sandbox.Timedout")
    assert answer["errorMessage"].endswith("Error: Task timed out after 1.00 seconds")


def test_an_error_is_named_by_its_class_and_the_worker_lives_on(functions: Functions) -> None:
    code = (
        "import os\nclass OutOfStock(Exception): pass\nruns = []\n"
        "def handler(event, context):\n"
        "    runs.append(1)\n"
        "    if event == 'value': raise ValueError('no such flight')\n"
        "    if event == 'own': raise OutOfStock('none left')\n"
        "    if event == 'result': return {1, 2}\n"
        "    if event == 'end': os._exit(3)\n"
        "    return len(runs)"
    )
    name = functions.create(code)
    answer, error = functions.invoke(name, "value")
    assert (error, answer["errorType"], answer["errorMessage"]) == ("Unhandled", "ValueError", "no such flight")
    assert ["no such flight" in line for line in answer["stackTrace"]] == [True]
    assert "line 6, in handler" in answer["stackTrace"][0]
    assert functions.invoke(name, "own")[0]["errorType"] == "OutOfStock"
    assert functions.invoke(name, "result")[0]["errorType"] == "Runtime.MarshalError"
    assert functions.invoke(name) == (4, None)
    assert functions.invoke(name, "end")[0]["errorType"] == "Runtime.ExitError"
    assert functions.invoke(name) == (1, None)
    log = functions.aws.client("logs", functions.account).filter_log_events(logGroupName=f"/aws/lambda/{name}")
    assert [event["message"] for event in log["events"] if "[ERROR]" in event["message"]][:2] == [
        "[ERROR] ValueError: no such flight",
        "[ERROR] OutOfStock: none left",
    ]


@pytest.mark.parametrize(
    ("code", "kind", "said"),
    [
        ("import nowhere", "Runtime.ImportModuleError", "Unable to import module 'index': No module named 'nowhere'"),
        ("def handler(:", "Runtime.UserCodeSyntaxError", "Syntax error in module 'index'"),
        ("other = 1", "Runtime.HandlerNotFound", "Handler 'handler' missing on module 'index'"),
        ("{}['key']", "KeyError", "'key'"),
    ],
)
def test_a_module_that_cannot_be_loaded_says_why(functions: Functions, code: str, kind: str, said: str) -> None:
    answer, error = functions.invoke(functions.create(code))
    assert (error, answer["errorType"], said in answer["errorMessage"]) == ("Unhandled", kind, True)


def test_packages_beside_the_function_come_before_the_toolkits(functions: Functions) -> None:
    files = {
        "index.py": "import boto3, team.words\ndef handler(event, context): return [team.words.SAID, boto3.MINE]",
        "team/words.py": "SAID = 'namespace'",  # without __init__.py, as namespace packages are
        "boto3/__init__.py": "MINE = 'own'",
    }
    assert functions.invoke(functions.create("", Code={"ZipFile": zipped(files)})) == (["namespace", "own"], None)


def test_a_function_that_takes_too_much_memory_ends(functions: Functions) -> None:
    code = "def handler(event, context): x = bytearray(b'x') * (2 << 30)"
    answer, error = functions.invoke(functions.create(code))
    assert error == "Unhandled"
    assert answer["errorType"]


def test_a_function_whose_module_never_loads_ends(functions: Functions) -> None:
    answer, error = functions.invoke(functions.create("import time\ntime.sleep(1000)", Timeout=1))
    assert error == "Unhandled"
    assert "took too long while it was loaded" in answer["errorMessage"]


def test_a_function_whose_role_lambda_may_not_assume_does_not_run(functions: Functions) -> None:
    role = functions.aws.role(functions.account, allow("*"))
    answer, error = functions.invoke(functions.create("def handler(event, context): pass", Role=role))
    assert (error, "cannot be assumed by Lambda" in answer["errorMessage"]) == ("Unhandled", True)


def test_a_functions_secret_cannot_be_computed_from_its_names(functions: Functions) -> None:
    import hashlib

    name = functions.create("import os\ndef handler(event, context): return os.environ['AWS_SECRET_ACCESS_KEY']")
    secret, _error = functions.invoke(name)
    arn = functions.client.get_function(FunctionName=name)["Configuration"]["FunctionArn"]
    digest = hashlib.sha256(f"{arn}:{functions.role}".encode()).hexdigest()
    assert secret != hashlib.sha256(f"secret:{digest}".encode()).hexdigest()


def test_what_a_function_prints_is_bounded(functions: Functions) -> None:
    code = "def handler(event, context):\n    for n in range(200000): print('line', n)\n    return 'done'"
    name = functions.create(code)
    assert functions.invoke(name) == ("done", None)
    logs = functions.aws.client("logs", functions.account)
    stream = logs.describe_log_streams(logGroupName=f"/aws/lambda/{name}")["logStreams"][0]["logStreamName"]
    events = logs.get_log_events(logGroupName=f"/aws/lambda/{name}", logStreamName=stream, limit=10000)["events"]
    assert sum(len(event["message"]) for event in events) < 2_000_000


def test_an_archive_that_climbs_out_stays_in_its_folder(functions: Functions) -> None:
    climbing = zipped({"index.py": "def handler(event, context): return 'in'", "../../escaped": "x"})
    assert functions.invoke(functions.create("", Code={"ZipFile": climbing})) == ("in", None)
    pid = functions.aws.ask("GET", "/_mlops-stages/process")[1]["pid"]
    assert {path.parent.name for path in Path(f"/proc/{pid}/cwd/functions").rglob("escaped")} == {"code"}


def test_a_compiled_layer_of_lambdas_machine_is_what_is_installed_here(functions: Functions) -> None:
    s3, bucket = functions.aws.client("s3", functions.account), f"layers-{secrets.token_hex(4)}"
    s3.create_bucket(Bucket=bucket, CreateBucketConfiguration={"LocationConstraint": "eu-west-1"})
    s3.put_object(Bucket=bucket, Key="duckdb.zip", Body=layers.fetch(layers.DUCKDB).read_bytes())
    layer = functions.client.publish_layer_version(
        LayerName="duckdb", Content={"S3Bucket": bucket, "S3Key": "duckdb.zip"}
    )
    body = "    import duckdb\n    return [duckdb.__version__, duckdb.sql('select 42').fetchall(), duckdb.__file__]"
    version, rows, place = functions.run(body, Layers=[layer["LayerVersionArn"]], MemorySize=512)
    assert (version, rows) == (layers.DUCKDB.version, [[42]])
    assert not place.startswith("/opt")


def test_a_layer_that_swells_is_refused(functions: Functions) -> None:
    swelling = io.BytesIO()
    with zipfile.ZipFile(swelling, "w", zipfile.ZIP_DEFLATED, compresslevel=1) as archive:
        for number in range(3):
            archive.writestr(f"zeros-{number}", bytes(90 << 20))
    layers: list[str] = []
    try:
        published = functions.client.publish_layer_version(LayerName="z", Content={"ZipFile": swelling.getvalue()})
        layers.append(published["LayerVersionArn"])
        answer, _error = functions.invoke(functions.create("def handler(event, context): pass", Layers=layers))
        said = answer["errorMessage"]
    except functions.client.exceptions.InvalidParameterValueException as refused:
        said = str(refused)
    assert "Unzipped size must be smaller" in said


@pytest.mark.parametrize("runtime", ["provided.al2023", "java21"])
def test_other_runtimes_are_refused(functions: Functions, runtime: str) -> None:
    code = {"ZipFile": zipped({"bootstrap": "#!/bin/sh\ntouch /tmp/ran"})}
    answer, error = functions.invoke(functions.create("", Runtime=runtime, Code=code))
    assert (error, "in Python and Node.js alone" in answer["errorMessage"]) == ("Unhandled", True)


def test_a_glue_job_does_not_run_on_the_machine(functions: Functions, tmp_path: Path) -> None:
    glue, s3 = functions.aws.client("glue", functions.account), functions.aws.client("s3", functions.account)
    bucket = f"scripts-{secrets.token_hex(4)}"
    s3.create_bucket(Bucket=bucket, CreateBucketConfiguration={"LocationConstraint": s3.meta.region_name})
    s3.put_object(Bucket=bucket, Key="main.py", Body=f"open({str(tmp_path / 'ran')!r}, 'w')".encode())
    command = {"Name": "pythonshell", "ScriptLocation": f"s3://{bucket}/main.py"}
    glue.create_job(Name="job", Role=functions.role, Command=command)
    run = glue.start_job_run(JobName="job")["JobRunId"]

    def ended() -> dict[str, Any] | None:
        found = glue.get_job_run(JobName="job", RunId=run)["JobRun"]
        return found if found["JobRunState"] in ("FAILED", "SUCCEEDED") else None

    assert until(ended)["JobRunState"] == "FAILED"
    assert not (tmp_path / "ran").exists()


def test_an_event_from_a_topic_that_fails_is_kept_by_the_functions_own_role(functions: Functions) -> None:
    aws, account = functions.aws, functions.account
    sns, sqs = aws.client("sns", account), aws.client("sqs", account)
    url = sqs.create_queue(QueueName="lost")["QueueUrl"]
    queue = f"arn:aws:sqs:{sqs.meta.region_name}:{account}:lost"
    topic = sns.create_topic(Name="owners")["TopicArn"]
    code = "def handler(event, context): raise ValueError(event['Records'][0]['Sns']['Message'])"
    role = aws.role(account, allow("sqs:SendMessage", on=queue), trust=TRUST)
    name = functions.create(code, Role=role, DeadLetterConfig={"TargetArn": queue})
    functions.client.put_function_event_invoke_config(FunctionName=name, MaximumRetryAttempts=0)
    arn = functions.client.get_function(FunctionName=name)["Configuration"]["FunctionArn"]
    sns.subscribe(TopicArn=topic, Protocol="lambda", Endpoint=arn)
    sns.publish(TopicArn=topic, Message="not let in")
    functions.client.add_permission(
        FunctionName=name,
        StatementId="topic",
        Action="lambda:InvokeFunction",
        Principal="sns.amazonaws.com",
        SourceArn=topic,
    )
    sns.publish(TopicArn=topic, Message="let in")

    def received() -> list[dict[str, Any]]:
        asked = {"QueueUrl": url, "MessageAttributeNames": ["All"], "WaitTimeSeconds": 1, "MaxNumberOfMessages": 10}
        return list(sqs.receive_message(**asked).get("Messages", []))

    [letter] = until(received)
    assert json.loads(letter["Body"])["Records"][0]["EventSource"] == "aws:sns"
    assert letter["MessageAttributes"]["ErrorMessage"]["StringValue"] == "let in"


def test_an_event_that_waited_finds_the_function_as_it_is_by_then(functions: Functions) -> None:
    aws, account = functions.aws, functions.account
    sqs = aws.client("sqs", account)
    url = sqs.create_queue(QueueName="done")["QueueUrl"]
    queue = f"arn:aws:sqs:{sqs.meta.region_name}:{account}:done"
    name = functions.create("import os\ndef handler(event, context): return os.environ['MODE']")
    functions.client.put_function_event_invoke_config(
        FunctionName=name, DestinationConfig={"OnSuccess": {"Destination": queue}}
    )
    functions.client.put_function_concurrency(FunctionName=name, ReservedConcurrentExecutions=0)
    functions.client.invoke(FunctionName=name, InvocationType="Event", Payload=b"{}")
    aws.ask("POST", "/_mlops-stages/clock", {"advance_seconds": 0.1})
    functions.client.update_function_configuration(FunctionName=name, Environment={"Variables": {"MODE": "new"}})
    functions.client.delete_function_concurrency(FunctionName=name)
    aws.ask("POST", "/_mlops-stages/clock", {"advance_seconds": 2})
    [message] = until(lambda: sqs.receive_message(QueueUrl=url, WaitTimeSeconds=1).get("Messages"))
    assert json.loads(message["Body"])["responsePayload"] == "new"


def test_an_event_that_waited_for_a_deleted_function_is_gone_with_it(functions: Functions) -> None:
    aws, account = functions.aws, functions.account
    sqs = aws.client("sqs", account)
    url = sqs.create_queue(QueueName="lost")["QueueUrl"]
    queue = f"arn:aws:sqs:{sqs.meta.region_name}:{account}:lost"
    name = functions.create("def handler(event, context): pass", DeadLetterConfig={"TargetArn": queue})
    functions.client.put_function_event_invoke_config(FunctionName=name, MaximumEventAgeInSeconds=60)
    functions.client.put_function_concurrency(FunctionName=name, ReservedConcurrentExecutions=0)
    functions.client.invoke(FunctionName=name, InvocationType="Event", Payload=b"{}")
    aws.ask("POST", "/_mlops-stages/clock", {"advance_seconds": 0.1})
    functions.client.delete_function(FunctionName=name)
    aws.ask("POST", "/_mlops-stages/clock", {"advance_seconds": 300})
    assert "Messages" not in sqs.receive_message(QueueUrl=url)


def test_a_function_of_another_account_is_invoked_by_its_policy_and_the_callers(functions: Functions) -> None:
    aws, other = functions.aws, str(int(functions.account) + 1)
    name = functions.create("def handler(event, context): return context.invoked_function_arn")
    arn = functions.client.get_function(FunctionName=name)["Configuration"]["FunctionArn"]
    may = aws.client("lambda", aws.as_role(other, allow("lambda:InvokeFunction", on=arn)))
    may_not = aws.client("lambda", aws.as_role(other))
    refusal(lambda: may.invoke(FunctionName=arn))
    refusal(lambda: aws.client("lambda", other).invoke(FunctionName=arn))
    functions.client.add_permission(
        FunctionName=name, StatementId="other", Action="lambda:InvokeFunction", Principal=other
    )
    assert json.loads(may.invoke(FunctionName=arn)["Payload"].read()) == arn
    refusal(lambda: may_not.invoke(FunctionName=arn))
    refusal(lambda: may.get_function(FunctionName=arn))


def test_a_function_acts_in_a_role_of_another_account_that_it_assumes(functions: Functions) -> None:
    other = str(int(functions.account) + 1)
    trust = {"Effect": "Allow", "Principal": {"AWS": functions.role}, "Action": "sts:AssumeRole"}
    lets, not_this = functions.aws.role(other, trust=trust), functions.aws.role(other)
    body = """
    import boto3
    given = boto3.client("sts").assume_role(RoleArn=event, RoleSessionName="promote")["Credentials"]
    keys = dict(zip(("aws_access_key_id", "aws_secret_access_key", "aws_session_token"), given.values()))
    return boto3.client("sts", **keys).get_caller_identity()["Account"]
"""
    name = functions.create(f"def handler(event, context):{body}")
    assert functions.invoke(name, lets) == (other, None)
    assert functions.invoke(name, not_this)[0]["errorType"] == "ClientError"
