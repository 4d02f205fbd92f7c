"""A key that signs, for one role alone."""

from collections.abc import Sequence

from aws_cdk import aws_kms as kms
from constructs import Construct

from mlops_stages.foundation import Perimeter, Statement, policy_document, retain
from mlops_stages.foundation.customer_managed_key import ADMINISTRATION, DELETION_WINDOW_DAYS
from mlops_stages.reliable.ledger.statements import READ_PUBLIC_KEY, deny_ending_the_key
from mlops_stages.repeatable.sharing import only, roots

_OF_SYMMETRIC_KEYS = ("kms:DisableKeyRotation", "kms:EnableKeyRotation", "kms:GetKeyRotationStatus")


class SigningKey(Construct):
    """An asymmetric key, ECDSA on P-256, whose private half never leaves KMS.

    One role signs; grants, by which another could, are refused. Whoever administers the account may replace the policy,
    and is told of (`telling`). The key is never rotated: what it signed is verified by the same public key for years.

    Source: https://docs.aws.amazon.com/kms/latest/developerguide/asymmetric-key-specs.html
    """

    def __init__(
        self,
        scope: Construct,
        id: str,
        *,
        perimeter: Perimeter,
        alias: str,
        signer_role_arn: str,
        reader_role_arns: Sequence[str],
        deployed_by: Sequence[str],
    ) -> None:
        """Create the key and its alias.

        Args:
            scope: the parent.
            id: the construct's id in it.
            perimeter: the key's account.
            alias: without the prefix `alias/`.
            signer_role_arn: of the only role that signs, in the same account.
            reader_role_arns: of roles of any account that fetch the public key.
            deployed_by: ARNs of the roles that may take the key back when its creation fails.
        """
        super().__init__(scope, id)
        statements = [
            Statement(
                sid="AdministratorsManageButDoNotSign",
                principals={"AWS": [perimeter.root]},
                actions=sorted({*ADMINISTRATION, *READ_PUBLIC_KEY} - {*_OF_SYMMETRIC_KEYS}),
                why="without it nobody could ever change the policy again",
            ),
            Statement(
                sid="TheSignerSigns",
                principals={"AWS": [perimeter.root]},
                actions=["kms:Sign"],
                conditions={"ArnEquals": {"aws:PrincipalArn": signer_role_arn}},
            ),
            Statement(
                sid="DenyOtherSigners",
                effect="Deny",
                principals="*",
                actions=["kms:Sign"],
                conditions={"ArnNotEquals": {"aws:PrincipalArn": signer_role_arn}},
            ),
            Statement(sid="DenyGrants", effect="Deny", principals="*", actions=["kms:CreateGrant"]),
            deny_ending_the_key(deployed_by),
        ]
        if reader_role_arns:
            statements.append(
                Statement(
                    sid="AuditorsFetchThePublicKey",
                    principals=roots(perimeter, [arn.split(":")[4] for arn in reader_role_arns]),
                    actions=READ_PUBLIC_KEY,
                    conditions=only(perimeter, reader_role_arns),
                )
            )
        key = kms.CfnKey(
            self,
            "Resource",
            description="Signs the heads of the ledger",
            key_spec="ECC_NIST_P256",
            key_usage="SIGN_VERIFY",
            pending_window_in_days=DELETION_WINDOW_DAYS,
            key_policy=policy_document(statements),
        )
        retain(key)
        self.key_arn: str = key.attr_arn
        kms.CfnAlias(self, "Alias", alias_name=f"alias/{alias}", target_key_id=key.ref)
