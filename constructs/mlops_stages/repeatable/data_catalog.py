"""The account's catalog, under a key of its own."""

from aws_cdk import aws_glue as glue
from constructs import Construct

from mlops_stages.foundation import CustomerManagedKey, Perimeter, Statement
from mlops_stages.foundation.customer_managed_key import ENCRYPT_AND_DECRYPT
from mlops_stages.foundation.retain import retain
from mlops_stages.repeatable.data_statements import catalog_alias


class DataCatalog(Construct):
    """What is said about data is encrypted too: all databases and tables of the account, passwords of connections.

    The setting belongs to the account and the region as a whole: make it once, and not where the account has one to
    keep. It outlives its stack, so that nothing is unencrypted afterwards. The teams' databases are `DataZone`'s.

    Source: https://docs.aws.amazon.com/glue/latest/dg/encrypt-glue-data-catalog.html
    """

    def __init__(self, scope: Construct, id: str, *, platform: str, perimeter: Perimeter) -> None:
        """Create the key and the setting.

        Args:
            scope: the parent.
            id: the construct's id in it.
            platform: the organization's name.
            perimeter: the account whose catalog it is.
        """
        super().__init__(scope, id)
        self.key = CustomerManagedKey(
            self,
            "Key",
            perimeter=perimeter,
            alias=catalog_alias(platform).removeprefix("alias/"),
            description="The catalog of data: databases, tables, partitions",
            via=["glue"],
            statements=[
                Statement(
                    sid="AllowGlueUsersOfThisAccount",
                    principals="*",
                    actions=ENCRYPT_AND_DECRYPT,
                    conditions={
                        "StringEquals": {
                            "kms:CallerAccount": perimeter.account,
                            "kms:ViaService": f"glue.{perimeter.region}.amazonaws.com",
                        }
                    },
                    why="as AWS's own key for Glue: the setting is the account's, and others who use Glue or Athena "
                    "there have no permission of KMS's",
                )
            ],
        )
        settings = glue.CfnDataCatalogEncryptionSettings(
            self,
            "Encryption",
            catalog_id=perimeter.account,
            data_catalog_encryption_settings=glue.CfnDataCatalogEncryptionSettings.DataCatalogEncryptionSettingsProperty(
                encryption_at_rest=glue.CfnDataCatalogEncryptionSettings.EncryptionAtRestProperty(
                    catalog_encryption_mode="SSE-KMS", sse_aws_kms_key_id=self.key.key_arn
                ),
                connection_password_encryption=glue.CfnDataCatalogEncryptionSettings.ConnectionPasswordEncryptionProperty(
                    return_connection_password_encrypted=True, kms_key_id=self.key.key_arn
                ),
            ),
        )
        retain(settings)
