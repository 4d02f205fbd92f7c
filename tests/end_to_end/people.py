"""Becoming someone: by one's own identity with a second factor, or as the AWS service that a role trusts."""

import time
from typing import Any, cast

from mlops_stages.local.client import inventory
from mlops_stages.local.endpoint import environment, holder
from mlops_stages.local.server.engine import totp
from tests.end_to_end.conftest import Caller, PlatformUp


def as_service(up: PlatformUp, role_arn: str, service: str = "sagemaker.amazonaws.com") -> Caller:
    """A role as a service gets it, if the role's trust policy lets it."""
    account = role_arn.split(":")[4]
    source = f"arn:aws:sagemaker:{up.platform.region}:{account}:training-job/any"
    request = {"role_arn": role_arn, "service": service, "source_arn": source}
    return _caller(up, cast("dict[str, str]", inventory.post(up.endpoint, "sessions", request)))


class Person:
    """An IAM user with an e-mail address and a one-time-code device, who may ask for any role."""

    def __init__(self, up: PlatformUp, name: str, email: str) -> None:
        iam = up.root().client("iam")
        iam.create_user(UserName=name, Tags=[{"Key": "email", "Value": email}])
        may_ask = '{"Version":"2012-10-17","Statement":[{"Effect":"Allow","Action":"sts:AssumeRole","Resource":"*"}]}'
        iam.put_user_policy(UserName=name, PolicyName="ask", PolicyDocument=may_ask)
        device = iam.create_virtual_mfa_device(VirtualMFADeviceName=name)["VirtualMFADevice"]
        self._seed, self._serial = device["Base32StringSeed"].decode(), device["SerialNumber"]
        codes = {"AuthenticationCode1": "000000", "AuthenticationCode2": "000000"}
        iam.enable_mfa_device(UserName=name, SerialNumber=self._serial, **codes)
        key = iam.create_access_key(UserName=name)["AccessKey"]
        self._up = up
        self._own = Caller(
            environment(up.endpoint, up.account, up.platform.region)
            | {"AWS_ACCESS_KEY_ID": key["AccessKeyId"], "AWS_SECRET_ACCESS_KEY": key["SecretAccessKey"]}
        )

    def assume(self, role_arn: str, *, second_factor: bool = True) -> Caller:
        """The role, as a person gets it."""
        factor: dict[str, Any] = {}
        if second_factor:
            factor = {"SerialNumber": self._serial, "TokenCode": totp.code(self._seed, time.time())}
        answer = self._own.client("sts").assume_role(RoleArn=role_arn, RoleSessionName="test", **factor)
        return _caller(self._up, answer["Credentials"])


def _caller(up: PlatformUp, credentials: dict[str, str]) -> Caller:
    return Caller(holder(up.endpoint.url, up.platform.region, credentials))
