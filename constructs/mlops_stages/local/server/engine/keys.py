"""KMS: keys of another account are found by ARN, their aliases known to policies, and S3 asks KMS before it reads.

Before it writes under a key, too; and for each version by the key that this version is under.
"""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Iterator, Mapping
from contextlib import nullcontext
from typing import Any
from urllib.parse import unquote

from mlops_stages.local.json_values import listed
from mlops_stages.local.server.engine import ministack, policies
from mlops_stages.local.server.engine.key_requests import know_key_requests
from mlops_stages.local.server.engine.ministack import Headers, Query, Response
from mlops_stages.local.server.engine.s3_requests import mend_s3_requests

_ALGORITHM = "x-amz-server-side-encryption"
_KEY_ID = "x-amz-server-side-encryption-aws-kms-key-id"
_MANAGED = "alias/aws/s3"


def mend_keys() -> None:
    """Put these into ministack, and what policies ask of writes to S3, once."""
    if getattr(ministack.kms, "mended_by_mlops_stages", False):
        return
    ministack.kms.mended_by_mlops_stages = True
    _find_keys_of_other_accounts()
    _know_aliases()
    know_key_requests()
    _let_s3_ask_kms()
    mend_s3_requests()


def _find_keys_of_other_accounts() -> None:
    policy_of: Callable[[str], tuple[str, str] | None] = ministack.kms.key_policy_for_arn
    handle: Callable[..., Awaitable[Response]] = ministack.kms.handle_request
    resource_of: Callable[..., str] = ministack.iam_actions.extract_resource_arn

    def key_policy(arn: str) -> tuple[str, str] | None:
        owner, where = _place(arn)
        with ministack.within(owner, where):
            return policy_of(arn)

    async def handle_where_the_key_is(
        method: str, path: str, headers: dict[str, str], body: bytes, query_params: dict[str, Any]
    ) -> Response:
        arn = resource_of("kms", method, path, headers, body, query_params, ministack.region(), ministack.account())
        owner, where = _place(_settled(arn))
        # The region is the client's: a key's ARN of another region is not found by AWS either.
        with ministack.within(owner, where) if where == ministack.region() else nullcontext():
            return await handle(method, path, headers, body, query_params)

    def resource_arn(service: str, *more: Any) -> str:  # noqa: ANN401  # as the wrapped one
        arn = resource_of(service, *more)
        return _settled(arn) if service == "kms" else arn

    ministack.kms.key_policy_for_arn = key_policy
    ministack.kms.handle_request = handle_where_the_key_is
    ministack.iam_actions.extract_resource_arn = resource_arn


def _know_aliases() -> None:
    """Tell policies the aliases of the key that a request is about, all of them, in the key's own account.

    https://docs.aws.amazon.com/kms/latest/developerguide/conditions-kms.html#conditions-kms-resource-aliases
    """
    evaluator = ministack.iam_evaluator
    resolve: Callable[[str, Any], Any] = evaluator._resolve_condition_key

    def resolve_key(key: str, context: Any) -> Any:  # noqa: ANN401  # as the wrapped one
        if key.lower() != "kms:resourcealiases":
            return resolve(key, context)
        arn = _settled(str(context.resource_arn))
        owner, where = _place(arn)
        aliases: Mapping[str, str] = dict(ministack.kms._aliases.items_scoped(owner, where))
        return sorted(f"alias/{name.partition('alias/')[2]}" for name, of in aliases.items() if arn.endswith(f"/{of}"))

    evaluator._resolve_condition_key = resolve_key


def _place(arn: str) -> tuple[str, str]:
    """Return the account and region of a KMS ARN, or the request's where it names none."""
    parts = arn.split(":")
    if len(parts) > 5 and parts[3] and parts[4]:
        return parts[4], parts[3]
    return ministack.account(), ministack.region()


def _settled(arn: str) -> str:
    """Return the ARN of the key itself for an alias, or for a key id that only another account has (a ciphertext's)."""
    owner, where = _place(arn)
    with ministack.within(owner, where):
        record: dict[str, Any] | None = ministack.kms._resolve_key(arn)
    if record is not None:
        return str(record["Arn"])
    key_id = arn.rpartition("key/")[2]
    known: Mapping[tuple[str, str, str], dict[str, Any]] = ministack.kms._keys.to_dict()
    return next((str(key["Arn"]) for (_, region, name), key in known.items() if (region, name) == (where, key_id)), arn)


def _let_s3_ask_kms() -> None:
    handle: Callable[..., Awaitable[Response]] = ministack.s3.handle_request

    async def handle_with_kms(
        method: str,
        path: str,
        headers: dict[str, str],
        body: bytes,
        query_params: dict[str, Any],
        **more: Any,  # noqa: ANN401
    ) -> Response:
        if not more.get("internal"):
            headers = _with_managed_key(headers)
            for action, bucket, key, arn in _uses_of_keys(method, path, headers, query_params):
                denial = _ask(action, arn, bucket, key, headers, query_params)
                if denial is not None:
                    return policies.denied_response("s3", denial, headers, "")
        return await handle(method, path, headers, body, query_params, **more)

    ministack.s3.handle_request = handle_with_kms


def _with_managed_key(headers: dict[str, str]) -> dict[str, str]:
    """Name the key that AWS manages for S3 where a request asks for KMS without a key: ministack refuses that."""
    if headers.get(_ALGORITHM) != "aws:kms" or headers.get(_KEY_ID):
        return headers
    return {**headers, _KEY_ID: f"arn:aws:kms:{ministack.region()}:{ministack.account()}:{_MANAGED}"}


def _uses_of_keys(method: str, path: str, headers: Headers, query: Query) -> Iterator[tuple[str, str, str, str]]:
    """Yield (KMS action, bucket, object key, key ARN) for what the request does with objects under KMS keys.

    https://docs.aws.amazon.com/AmazonS3/latest/userguide/UsingKMSEncryption.html
    """
    bucket, _, key = path.lstrip("/").partition("/")
    if not key:
        return
    source, _, version = headers.get("x-amz-copy-source", "").partition("?versionId=")
    source_bucket, _, source_key = unquote(source).lstrip("/").partition("/")
    if source_key:
        arn = _object_key(source_bucket, source_key, version)
        if arn is not None:
            yield "kms:Decrypt", source_bucket, source_key, arn
    subresources = {"tagging", "acl", "retention", "legal-hold", "annotation", "restore"} & query.keys()
    if method == "GET" and not subresources and "uploadId" not in query:
        arn = _object_key(bucket, key, str(next(iter(listed(query.get("versionId"))), "")))
        if arn is not None:
            yield "kms:Decrypt", bucket, key, arn
    elif (method == "PUT" and not subresources) or (method == "POST" and {"uploads", "uploadId"} & query.keys()):
        arn = _asked_key(bucket, headers)
        if arn is not None:
            yield "kms:GenerateDataKey", bucket, key, arn
            if "uploadId" in query:  # parts are decrypted when they are put together
                yield "kms:Decrypt", bucket, key, arn


def _object_key(bucket: str, key: str, version: str) -> str | None:
    """Return the key that an object is under, or one version of it: an older one may be under another key."""
    owner: str | None = ministack.s3._bucket_owner_account(bucket)
    record: dict[str, Any] | None = ministack.s3._buckets.get_scoped(owner, None, bucket) if owner else None
    if record is None:
        return None
    stored: dict[str, Any] | None = record["objects"].get(key)
    if version:
        versions: list[dict[str, Any]] = ministack.s3._object_versions.get_scoped(owner, None, (bucket, key)) or []
        stored = next((each for each in versions if each["version_id"] == version), stored)
    if stored is None:
        return None
    return _arn_of(ministack.s3._stored_sse_headers(stored), str(owner))


def _asked_key(bucket: str, headers: Headers) -> str | None:
    owner: str | None = ministack.s3._bucket_owner_account(bucket)
    if owner is None:
        return None
    if headers.get(_ALGORITHM):
        return _arn_of(headers, ministack.account())
    with ministack.within(owner, ministack.region()):
        default: Mapping[str, str] = ministack.s3._bucket_default_sse_headers(bucket)
    return _arn_of(default, owner)


def _arn_of(encryption: Mapping[str, str], owner: str) -> str | None:
    name = encryption.get(_KEY_ID, "")
    if not encryption.get(_ALGORITHM, "").startswith("aws:kms") or not name or name.endswith(_MANAGED):
        return None  # its own account may always use the key that AWS manages
    if not name.startswith("arn:"):
        kind = "" if name.startswith("alias/") else "key/"
        name = f"arn:aws:kms:{ministack.region()}:{owner}:{kind}{name}"
    return _settled(name)


def _ask(action: str, arn: str, bucket: str, key: str, headers: Headers, query: Query) -> policies.Denial | None:
    object_arn = f"arn:aws:s3:::{bucket}/{key}"
    context = {
        "kms:ViaService": f"s3.{ministack.region()}.amazonaws.com",
        "kms:EncryptionContext:aws:s3:arn": object_arn,
        "kms:EncryptionContextKeys": ["aws:s3:arn"],
    }
    return policies.authorize(action, "kms", arn, context, headers, query)
