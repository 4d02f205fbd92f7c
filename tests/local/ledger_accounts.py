"""The ledger in two accounts of the local AWS, with promotions in a third, as its tests take them."""

from __future__ import annotations

import json
import secrets
from collections.abc import Callable
from dataclasses import dataclass, replace
from functools import cached_property
from typing import Any

from aws_cdk import Stack as CdkStack

from mlops_stages.foundation import IamSignIn, Perimeter
from mlops_stages.platform import Addresses
from mlops_stages.reliable.ledger import Ledger, LedgerHeads, ModelLedger, send_to_ledger
from mlops_stages.reliable.ledger.ledger import CODE
from tests.foundation.built import built
from tests.local.clients import REGION, Credentials, LocalAws
from tests.local.stacks import Stack
from tests.reliable.ledger.built_ledger import ADDRESSES

AUDITOR = "audit@acme.example"
MODELS = (("arrivals", "late-arrival"), ("fraud", "card-fraud"))


@dataclass(frozen=True)
class LedgerAccounts:
    """A deployed ledger: governance has it, tooling has its heads and the promotions of two models."""

    aws: LocalAws
    addresses: Addresses

    def client(self, service: str, account: str | None = None) -> Any:  # noqa: ANN401  # boto3 has no types
        """A client of an account's root; without one, of the ledger's."""
        return self.aws.client(service, account or self.addresses.ledger_account)

    @cached_property
    def promotions(self) -> dict[str, Credentials]:
        """The credentials of each model's promotion, by the model's name."""
        found: dict[str, Credentials] = {}
        account = self.addresses.tooling
        for team, model in MODELS:
            iam = self.aws.client("iam", account)
            trust = {
                "Effect": "Allow",
                "Principal": {"AWS": f"arn:aws:iam::{account}:root"},
                "Action": "sts:AssumeRole",
            }
            name = self.addresses.model_role_name(model, "promote")
            document = json.dumps({"Version": "2012-10-17", "Statement": [trust]})
            arn = iam.create_role(RoleName=name, Path=f"/acme/{team}/", AssumeRolePolicyDocument=document)["Role"][
                "Arn"
            ]
            statements = [each.to_json() for each in send_to_ledger(self.addresses, team, model)]
            policy = json.dumps({"Version": "2012-10-17", "Statement": statements})
            iam.put_role_policy(RoleName=name, PolicyName="send", PolicyDocument=policy)
            found[model] = self.aws.assume(str(arn))
        return found

    def queue(self, model: str, *, failed: bool = False) -> str:
        """The URL of a model's queue, or of the one for what could not be written."""
        team = {name: team for team, name in MODELS}[model]
        names = self.addresses
        name = (names.ledger_failed_queue_name if failed else names.ledger_queue_name)(team, model)
        return str(self.client("sqs").get_queue_url(QueueName=name)["QueueUrl"])

    def send(self, model: str, *bodies: str, group: str | None = None) -> None:
        """Send messages as the model's promotion does, each under an id of its own: SQS leaves none out."""
        sqs, url = self.aws.client("sqs", self.promotions[model]), self.queue(model)
        for body in bodies:
            given = {"MessageGroupId": group or model, "MessageDeduplicationId": secrets.token_hex(8)}
            sqs.send_message(QueueUrl=url, MessageBody=body, **given)

    def records(self, model: str) -> list[str]:
        """The keys of a model's records, as a plain listing shows them."""
        team = {name: team for team, name in MODELS}[model]
        listed = self.client("s3").list_objects_v2(
            Bucket=self.addresses.ledger_bucket, Prefix=f"ledger/{team}/{model}/"
        )
        return [each["Key"] for each in listed.get("Contents", [])]


def deployed(local_aws: LocalAws) -> LedgerAccounts:
    """Deploy ledger, heads and two models' queues; all accounts are of one organization."""
    account, tooling = (str(100_000_000_000 + secrets.randbelow(800_000_000_000)) for _ in range(2))
    organization = f"o-{secrets.token_hex(5)}"
    addresses = replace(ADDRESSES, governance=account, tooling=tooling, organization_id=organization)
    members = {"id": organization, "accounts": [account, tooling]}
    assert local_aws.ask("POST", "/_mlops-stages/organization", members)[0] == 200

    def perimeter(of: str) -> Perimeter:
        return Perimeter(partition="aws", account=of, region=REGION, organization_id=organization)

    def ledger(stack: CdkStack) -> None:
        Ledger(
            stack,
            "Ledger",
            owner="olga@acme.example",
            perimeter=perimeter(account),
            addresses=addresses,
            auditors=[AUDITOR],
            sign_in=IamSignIn(account=account, mfa=False),
            deployed_by=[f"arn:aws:iam::{account}:root"],
        )

    def heads(stack: CdkStack) -> None:
        LedgerHeads(
            stack,
            "Heads",
            owner="olga@acme.example",
            perimeter=perimeter(tooling),
            addresses=addresses,
            auditors=True,
            deployed_by=[f"arn:aws:iam::{tooling}:root"],
            with_audit_trail=True,
        )

    def models(stack: CdkStack) -> None:
        for team, model in MODELS:
            ModelLedger(
                stack,
                model,
                team=team,
                model=model,
                perimeter=perimeter(account),
                addresses=addresses,
                topic_arn=f"arn:aws:sns:{REGION}:{account}:owner",
                deployed_by=[f"arn:aws:iam::{account}:root"],
            )

    for where, make in ((account, ledger), (account, models), (tooling, heads)):
        _create(local_aws, where, make)
    return LedgerAccounts(local_aws, addresses)


def _create(local_aws: LocalAws, account: str, make: Callable[[CdkStack], None]) -> None:
    """Make a stack of constructs; what it has of assets lies in the bootstrap's bucket before."""
    s3, bucket = local_aws.client("s3", account), f"cdk-hnb659fds-assets-{account}-{REGION}"
    if bucket not in [each["Name"] for each in s3.list_buckets()["Buckets"]]:
        s3.create_bucket(Bucket=bucket, CreateBucketConfiguration={"LocationConstraint": REGION})
        s3.put_object(Bucket=bucket, Key=f"{CODE.sha256}.zip", Body=CODE.content)
    Stack(local_aws, account).create(built(make).body["Resources"])
