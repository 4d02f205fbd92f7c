"""A layer of Lambda functions: a compiled package that their own archive cannot hold."""

import os
import shutil
from pathlib import Path

from aws_cdk import FileAssetPackaging, Stack
from aws_cdk import aws_lambda as lambda_
from constructs import Construct

from mlops_stages import layers
from mlops_stages.foundation.function_code import asset_folder
from mlops_stages.foundation.lambda_function import ARCHITECTURE, RUNTIME


class FunctionLayer(Construct):
    """A package that was fetched for Lambda's machine, for the functions of one stack.

    The archive is named by its own hash, which is pinned, and brought to the cloud assembly as a link.

    Source: https://docs.aws.amazon.com/lambda/latest/dg/python-layers.html
    """

    def __init__(self, scope: Construct, id: str, *, name: str, layer: layers.Layer = layers.DUCKDB) -> None:
        """Create the layer.

        Args:
            scope: the parent.
            id: the construct's id in it.
            name: of the layer, which its versions share.
            layer: the package.

        Raises:
            ValueError: `FND-094` where `scope` is in no app; `FND-097` where the package was not fetched.
        """
        folder = asset_folder(scope)
        if not layer.path.exists():
            message = f"FND-097: {layer.name} {layer.version} is not here for Lambda; run `{layers.COMMAND}`"
            raise ValueError(message)
        super().__init__(scope, id)
        file_name = f"asset.{layer.digest}.zip"
        _bring(layer.path, folder / file_name)
        asset = Stack.of(self).synthesizer.add_file_asset(
            source_hash=layer.digest, file_name=file_name, packaging=FileAssetPackaging.FILE
        )
        self.resource = lambda_.CfnLayerVersion(
            self,
            "Resource",
            layer_name=name,
            description=f"{layer.name} {layer.version}, {layer.sha256[:16]}",
            compatible_architectures=[ARCHITECTURE],
            compatible_runtimes=[RUNTIME],
            content=lambda_.CfnLayerVersion.ContentProperty(s3_bucket=asset.bucket_name, s3_key=asset.object_key),
        )
        self.layer_arn: str = self.resource.ref


def _bring(archive: Path, place: Path) -> None:
    """Have an archive of some 60 MB in the cloud assembly, without writing it again where that can be."""
    if place.exists():
        return
    try:
        os.link(archive, place)
    except OSError:  # another file system, or one that has no links
        shutil.copyfile(archive, place)
