"""An account that hosts models, for tests: small programs in place of real images, and endpoints of them."""

from __future__ import annotations

import datetime
import io
import secrets
import tarfile
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

from tests.local.clients import REGION, LocalAws, allow
from tests.local.laboratory import TRUST, until

SERVING_IMAGE = f"222222222222.dkr.ecr.{REGION}.amazonaws.com/models/serving:1"
"""The image that the fixture `serving_image` names: this very Python, with a program `serve`."""

SERVE = b"""#!/bin/sh
exec python3 -B -S -I /opt/ml/model/code/serve.py
"""

SERVER = """
import http.server, os
class Handler(http.server.BaseHTTPRequestHandler):
    protocol_version = 'HTTP/1.1'
    disable_nagle_algorithm = True
    def log_message(self, *_): pass
    def send(self, status, body, kind='text/csv; charset=utf-8', **headers):
        self.send_response(status)
        for name, value in {{'Content-Type': kind, 'Content-Length': str(len(body)), **headers}}.items():
            self.send_header(name, value)
        self.end_headers()
        self.wfile.write(body)
    def do_GET(self): self.send(200 if self.path == '/ping' else 404, b'')
    def do_POST(self):
        body = self.rfile.read(int(self.headers['Content-Length']))
        {answer}
http.server.ThreadingHTTPServer(('0.0.0.0', 8080), Handler).serve_forever()
"""
ECHO = "self.send(200, {name!r}.encode() + b':' + body)"
REFUSES = "self.send(400, b'wrong: ' + body)"

Json = dict[str, Any]


def server(answer: str) -> str:
    """A program that answers /ping, and each invocation by these statements."""
    return SERVER.format(answer=answer)


def named(name: str) -> str:
    """A program that answers with its name and what it was sent."""
    return server(ECHO.format(name=name))


def archive(files: Mapping[str, str | bytes]) -> bytes:
    """A model.tar.gz of those files."""
    packed = io.BytesIO()
    with tarfile.open(fileobj=packed, mode="w:gz") as tar:
        for name, content in files.items():
            text = content.encode() if isinstance(content, str) else content
            member = tarfile.TarInfo(name)
            member.size = len(text)
            tar.addfile(member, io.BytesIO(text))
    return packed.getvalue()


@dataclass
class Hosting:
    """One account's bucket and role, its models, configurations and endpoints."""

    aws: LocalAws
    account: str
    bucket: str = field(default_factory=lambda: f"hosting-{secrets.token_hex(6)}")

    def __post_init__(self) -> None:
        """Make both."""
        self.s3 = self.aws.client("s3", self.account)
        self.s3.create_bucket(Bucket=self.bucket, CreateBucketConfiguration={"LocationConstraint": REGION})
        self.role = self.aws.role(self.account, allow("*"), trust=TRUST)
        self.sagemaker = self.aws.client("sagemaker", self.account)
        self.runtime = self.aws.client("sagemaker-runtime", self.account)

    def data(self, program: str, **more: str | bytes) -> str:
        """A model.tar.gz in the bucket, whose code is the program; its address."""
        key = f"models/{secrets.token_hex(6)}/model.tar.gz"
        self.s3.put_object(Bucket=self.bucket, Key=key, Body=archive({"code/serve.py": program, **more}))
        return f"s3://{self.bucket}/{key}"

    def model(self, program: str, **more: Any) -> str:  # noqa: ANN401  # JSON-like
        """A model that runs the program; its name."""
        name = f"model-{secrets.token_hex(4)}"
        container = {"Image": SERVING_IMAGE, "ModelDataUrl": self.data(program), **more.pop("container", {})}
        given = {"ExecutionRoleArn": self.role, "EnableNetworkIsolation": True, **more}
        self.sagemaker.create_model(ModelName=name, PrimaryContainer=container, **given)
        return name

    def configuration(self, program: str, *, instances: int = 2, **more: Any) -> str:  # noqa: ANN401  # JSON-like
        """A configuration with one variant, `main`, that runs the program; its name."""
        name = f"config-{secrets.token_hex(4)}"
        variant = {"VariantName": "main", "ModelName": self.model(program), "InstanceType": "ml.m5.large"}
        variant |= {"InitialInstanceCount": instances, **more.pop("variant", {})}
        self.sagemaker.create_endpoint_config(EndpointConfigName=name, ProductionVariants=[variant], **more)
        return name

    def capture(self, **more: Any) -> Json:  # noqa: ANN401  # JSON-like
        """A data capture of everything, into the bucket."""
        return {
            "EnableCapture": True,
            "InitialSamplingPercentage": 100,
            "DestinationS3Uri": f"s3://{self.bucket}/capture",
            "CaptureOptions": [{"CaptureMode": "Input"}, {"CaptureMode": "Output"}],
            "CaptureContentTypeHeader": {
                "CsvContentTypes": ["text/csv"],
                "JsonContentTypes": ["application/json", "application/jsonlines"],
            },
            **more,
        }

    def endpoint(self, configuration: str, **more: Any) -> str:  # noqa: ANN401  # JSON-like
        """An endpoint that is being created; its name."""
        name = f"endpoint-{secrets.token_hex(4)}"
        self.sagemaker.create_endpoint(EndpointName=name, EndpointConfigName=configuration, **more)
        return name

    def settled(self, name: str) -> Json:
        """An endpoint's description once nothing is under way."""
        self.wait()

        def done() -> Json | None:
            found: Json = self.sagemaker.describe_endpoint(EndpointName=name)
            return None if found["EndpointStatus"] in ("Creating", "Updating") else found

        return until(done)

    def serving(self, configuration: str, **more: Any) -> str:  # noqa: ANN401  # JSON-like
        """An endpoint that is in service; its name."""
        name = self.endpoint(configuration, **more)
        found = self.settled(name)
        assert found["EndpointStatus"] == "InService", found.get("FailureReason")
        return name

    def invoke(self, name: str, body: str = "1,2", **more: Any) -> str:  # noqa: ANN401  # JSON-like
        """What an endpoint answers."""
        answer = self.runtime.invoke_endpoint(EndpointName=name, Body=body.encode(), ContentType="text/csv", **more)
        return str(answer["Body"].read().decode())

    def wait(self) -> None:
        """Wait until containers that come up are up: whoever moves the clock, however little, is answered then."""
        self.advance(0.001)

    def advance(self, seconds: float) -> None:
        """Move the server's clock."""
        status, told = self.aws.ask("POST", "/_mlops-stages/clock", {"advance_seconds": seconds})
        assert status == 200, told

    def now(self) -> float:
        """The server's time, in seconds since 1970."""
        told = self.aws.ask("GET", "/_mlops-stages/clock")[1]["now"]
        return datetime.datetime.fromisoformat(told).timestamp()

    def baking(self, name: str) -> Json:
        """An endpoint's description once its new fleet bakes."""
        self.wait()

        def done() -> Json | None:
            found: Json = self.sagemaker.describe_endpoint(EndpointName=name)
            variants = found.get("PendingDeploymentSummary", {}).get("ProductionVariants", [{}])
            status = variants[0].get("VariantStatus", [{}])[-1].get("Status")
            return found if status == "Baking" else None

        return until(done)

    def delete(self, name: str) -> None:
        """Delete an endpoint."""
        self.sagemaker.delete_endpoint(EndpointName=name)
