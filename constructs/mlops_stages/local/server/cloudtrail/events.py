"""An API call as CloudTrail records it.

Source: https://docs.aws.amazon.com/awscloudtrail/latest/userguide/cloudtrail-event-reference-record-contents.html
"""

from __future__ import annotations

import datetime
import re
import uuid
from collections.abc import Mapping
from dataclasses import dataclass
from itertools import islice
from typing import Any, cast
from urllib.parse import unquote

from mlops_stages.local.json_values import leaves

Event = dict[str, Any]

_SECRET = re.compile(r"password|secret|token|credential|privatekey|plaintext|ciphertext", re.IGNORECASE)
_LONGEST = 4096
_LARGEST = 32_768
_MOST_LEAVES = 2_000
"""Characters and values of a call's parameters: CloudTrail's events have 256 KB at most, and thousands are kept."""
_READS = re.compile(r"(Get|List|Describe|Head|Lookup|Search|BatchGet|Select|Query|Scan|Filter|Simulate|Validate).*")

_BUCKET = {
    "acl": "BucketAcl",
    "cors": "BucketCors",
    "encryption": "BucketEncryption",
    "lifecycle": "BucketLifecycle",
    "location": "BucketLocation",
    "logging": "BucketLogging",
    "notification": "BucketNotification",
    "object-lock": "BucketObjectLockConfiguration",
    "ownershipControls": "BucketOwnershipControls",
    "policy": "BucketPolicy",
    "policyStatus": "BucketPolicyStatus",
    "publicAccessBlock": "BucketPublicAccessBlock",
    "replication": "BucketReplication",
    "tagging": "BucketTagging",
    "versioning": "BucketVersioning",
    "website": "BucketWebsite",
}
"""S3's query keys on a bucket, and what CloudTrail calls them."""

_OBJECT = {
    "acl": "ObjectAcl",
    "attributes": "ObjectAttributes",
    "legal-hold": "ObjectLegalHold",
    "retention": "ObjectRetention",
    "tagging": "ObjectTagging",
}
"""S3's query keys on an object, and what CloudTrail calls them."""

_VERBS = {"GET": "Get", "PUT": "Put", "DELETE": "Delete", "HEAD": "Head", "POST": "Post"}


@dataclass(frozen=True, kw_only=True)
class Request:
    """One signed request and how it was answered."""

    service: str  # the signing name
    operation: str
    parameters: Mapping[str, Any]
    principal: str  # the signer's ARN
    access_key: str
    source_identity: str  # of the signer's session; empty where it has none
    region: str
    agent: str
    status: int
    error: str
    data: bool  # an event of the data plane: an object, an invocation
    resource: str = ""  # the ARN of the object or function that a data event is on
    bucket: str = ""


def s3_operation(method: str, path: str, query: Mapping[str, Any], *, copies: bool) -> tuple[str, str, str]:
    """Return the name of an S3 call, its bucket and its key."""
    bucket, _, key = unquote(path).lstrip("/").partition("/")
    verb = _VERBS.get(method, method.title())
    if not bucket:
        return "ListBuckets", "", ""
    if key:
        return _object_operation(method, verb, query, copies=copies), bucket, key
    for name, called in _BUCKET.items():
        if name in query:
            return f"{verb}{called}", bucket, ""
    names = {"GET": "ListObjects", "HEAD": "HeadBucket", "PUT": "CreateBucket", "DELETE": "DeleteBucket"}
    if method == "POST":
        return "DeleteObjects", bucket, ""
    if method == "GET" and "versions" in query:
        return "ListObjectVersions", bucket, ""
    return names.get(method, verb), bucket, ""


def _object_operation(method: str, verb: str, query: Mapping[str, Any], *, copies: bool) -> str:
    for name, called in _OBJECT.items():
        if name in query:
            return f"{verb}{called}"
    if "uploadId" in query or "uploads" in query:
        names = {"POST": "CompleteMultipartUpload", "PUT": "UploadPart", "DELETE": "AbortMultipartUpload"}
        return "CreateMultipartUpload" if "uploads" in query else names.get(method, "ListParts")
    return "CopyObject" if copies else f"{verb}Object"


def event(request: Request, when: datetime.datetime) -> Event:
    """Return the record of a call."""
    account = request.principal.split(":")[4]
    said: Event = {
        "eventVersion": "1.11",
        "userIdentity": identity(request.principal, request.access_key, request.source_identity),
        "eventTime": when.strftime("%Y-%m-%dT%H:%M:%SZ"),
        "eventSource": f"{_SOURCES.get(request.service, request.service)}.amazonaws.com",
        "eventName": request.operation,
        "awsRegion": request.region,
        "sourceIPAddress": "127.0.0.1",
        "userAgent": request.agent,
        "requestParameters": _bounded(_parameters(request.parameters)),
        "responseElements": None,
        "requestID": str(uuid.uuid4()),
        "eventID": str(uuid.uuid4()),
        "readOnly": _READS.fullmatch(request.operation) is not None,
        "resources": _resources(request, account),
        "eventType": "AwsApiCall",
        "managementEvent": not request.data,
        "recipientAccountId": account,
        "eventCategory": "Data" if request.data else "Management",
    }
    if request.error:
        said["errorCode"] = request.error
    return said


_SOURCES = {"monitoring": "monitoring", "ses": "email", "execute-api": "apigateway", "sso": "sso"}
"""The event source of a signing name, where it is another."""


def identity(principal: str, access_key: str, source_identity: str = "") -> Event:
    """Return who called, from the ARN of a root, a user or a session of a role, which may have a source identity."""
    account, resource = principal.split(":")[4], principal.split(":", 5)[5]
    said: Event = {"arn": principal, "accountId": account, "accessKeyId": access_key}
    if resource == "root":
        return {"type": "Root", "principalId": account, **said}
    kind, _, name = resource.partition("/")
    if kind == "assumed-role":
        role, _, session = name.partition("/")
        issuer = {
            "type": "Role",
            "arn": f"arn:aws:iam::{account}:role/{role}",
            "accountId": account,
            "userName": role,
        }
        context: Event = {"sessionIssuer": issuer}
        if source_identity:
            context["sourceIdentity"] = source_identity
        return {"type": "AssumedRole", "principalId": f"{role}:{session}", **said, "sessionContext": context}
    return {"type": "IAMUser", "principalId": name, **said, "userName": name.rpartition("/")[2]}


def _parameters(parameters: Mapping[str, Any]) -> Event:
    """Return parameters as CloudTrail spells them, without what is secret or long."""
    said: Event = {}
    for name, value in parameters.items():
        spelled = name[:1].lower() + name[1:]
        if _SECRET.search(name):
            said[spelled] = "HIDDEN_DUE_TO_SECURITY_REASONS"
        elif isinstance(value, Mapping):
            said[spelled] = _parameters(cast("Mapping[str, Any]", value))
        elif isinstance(value, bytes | bytearray):
            said[spelled] = None
        else:
            said[spelled] = value[:_LONGEST] if isinstance(value, str) else value
    return said


def _bounded(parameters: Event) -> Event | None:
    """Return parameters that an event holds; a note where they are larger than CloudTrail's largest event."""
    if sum(len(text) + len(path) + 8 for path, text in islice(leaves(parameters), _MOST_LEAVES)) > _LARGEST:
        return {"omitted": "larger than an event may be"}
    if next(islice(leaves(parameters), _MOST_LEAVES, None), None) is not None:
        return {"omitted": "more values than an event may hold"}
    return parameters or None


def _resources(request: Request, account: str) -> list[Event]:
    if not request.bucket:
        return [{"ARN": request.resource, "accountId": account}] if request.resource else []
    bucket = {"type": "AWS::S3::Bucket", "ARN": f"arn:aws:s3:::{request.bucket}", "accountId": account}
    return [bucket] if not request.resource else [{"type": "AWS::S3::Object", "ARN": request.resource}, bucket]
