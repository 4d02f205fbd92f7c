"""A customer-managed key whose policy names who administers it and what may use it."""

from collections.abc import Sequence
from functools import cached_property

from aws_cdk import aws_iam as iam
from aws_cdk import aws_kms as kms
from constructs import Construct

from mlops_stages.foundation.grant import grant
from mlops_stages.foundation.perimeter import Perimeter
from mlops_stages.foundation.retain import retain
from mlops_stages.foundation.statement import Statement, policy_document

# Written out: a key policy that says `kms:*` lets every administrator of the account decrypt.
ADMINISTRATION = (
    "kms:CancelKeyDeletion",
    "kms:CreateAlias",
    "kms:DeleteAlias",
    "kms:DescribeKey",
    "kms:DisableKey",
    "kms:DisableKeyRotation",
    "kms:EnableKey",
    "kms:EnableKeyRotation",
    "kms:GetKeyPolicy",
    "kms:GetKeyRotationStatus",
    "kms:ListAliases",
    "kms:ListGrants",
    "kms:ListKeyPolicies",
    "kms:ListResourceTags",
    "kms:ListRetirableGrants",
    "kms:PutKeyPolicy",
    "kms:RevokeGrant",
    "kms:ScheduleKeyDeletion",
    "kms:TagResource",
    "kms:UntagResource",
    "kms:UpdateAlias",
    "kms:UpdateKeyDescription",
)
DECRYPT = ("kms:Decrypt", "kms:DescribeKey")
ENCRYPT_AND_DECRYPT = (*DECRYPT, "kms:Encrypt", "kms:GenerateDataKey", "kms:GenerateDataKeyWithoutPlaintext")
DELETION_WINDOW_DAYS = 30


class CustomerManagedKey(Construct):
    """A symmetric KMS key, rotated every year and retained, with a policy of explicit statements.

    The account's administrators may administer it and not decrypt with it. Principals of the account use it only
    through the services in `via`, and only where an identity policy allows it too. `grant_*` adds single principals.

    Source: https://docs.aws.amazon.com/kms/latest/developerguide/key-policies.html
    """

    def __init__(
        self,
        scope: Construct,
        id: str,
        *,
        perimeter: Perimeter,
        alias: str,
        description: str,
        via: Sequence[str] = (),
        statements: Sequence[Statement] = (),
    ) -> None:
        """Create the key and its alias.

        Args:
            scope: the parent.
            id: the construct's id in it.
            perimeter: the account whose principals may use it.
            alias: without the prefix `alias/`.
            description: what the key protects, for whoever meets it in the console.
            via: services, such as `s3`, through which this account's principals may use the key.
            statements: who else may use it, such as an AWS service under its encryption context.
        """
        super().__init__(scope, id)
        self._statements = [
            Statement(
                sid="AdministratorsManageButDoNotDecrypt",
                principals={"AWS": [perimeter.root]},
                actions=ADMINISTRATION,
                why="without it nobody could ever change the policy again",
            )
        ]
        if via:
            services = [f"{service}.{perimeter.region}.amazonaws.com" for service in via]
            through = {"kms:ViaService": services, "kms:CallerAccount": perimeter.account}
            self._statements += [
                Statement(
                    sid="PrincipalsOfThisAccountUseItThroughServices",
                    principals={"AWS": [perimeter.root]},
                    actions=ENCRYPT_AND_DECRYPT,
                    conditions={"StringEquals": through},
                ),
                Statement(
                    sid="ServicesHoldGrantsForWhatTheyEncrypt",
                    principals={"AWS": [perimeter.root]},
                    actions=["kms:CreateGrant"],
                    conditions={"StringEquals": through, "Bool": {"kms:GrantIsForAWSResource": "true"}},
                ),
            ]
        self._statements += statements
        self._resource = kms.CfnKey(
            self,
            "Resource",
            description=description,
            enable_key_rotation=True,
            pending_window_in_days=DELETION_WINDOW_DAYS,
            key_policy=policy_document(self._statements),
        )
        retain(self._resource)
        self.key_arn: str = self._resource.attr_arn
        """The key's ARN."""
        self.alias = kms.CfnAlias(self, "Alias", alias_name=f"alias/{alias}", target_key_id=self._resource.ref)
        """The key's name, a resource of its own."""

    @cached_property
    def key(self) -> kms.IKey:
        """The key as an `IKey`; grant by this construct, which widens the key's policy too."""
        return kms.Key.from_key_arn(self, "Imported", self.key_arn)

    def grant_decrypt(self, grantee: iam.IGrantable) -> iam.Grant:
        """Let a principal decrypt, by its own policy and by the key's."""
        return self._grant(grantee, DECRYPT)

    def grant_encrypt_decrypt(self, grantee: iam.IGrantable) -> iam.Grant:
        """Let a principal encrypt and decrypt, by its own policy and by the key's."""
        return self._grant(grantee, ENCRYPT_AND_DECRYPT)

    def _grant(self, grantee: iam.IGrantable, actions: Sequence[str]) -> iam.Grant:
        given = grant(grantee, actions=actions, resources=[self.key_arn])
        principals = grantee.grant_principal.policy_fragment.principal_json
        number = len(self._statements)
        self._statements.append(Statement(sid=f"Granted{number}", principals=principals, actions=actions))
        self._resource.key_policy = policy_document(self._statements)
        return given
