"""Nothing is kept in the clear, nothing is open to the world."""

from mlops_stages.repeatable.guardrails.denial import Denial, Guarded


def encrypted_storage() -> tuple[Denial, ...]:
    """No object under another key than KMS's, no volume and no file system in the clear."""
    return (
        Denial(
            sid="ObjectsOnlyUnderKeysOfKms",
            actions=["s3:PutObject"],
            conditions={
                "Null": {"s3:x-amz-server-side-encryption": "false"},
                "StringNotEquals": {"s3:x-amz-server-side-encryption": ["aws:kms", "aws:kms:dsse"]},
            },
            why="an upload that names no encryption gets the bucket's own, which is a key's in every bucket of ours",
        ),
        Denial(
            sid="NoKeysOfTheCallersOwn",
            actions=["s3:PutObject"],
            conditions={"Null": {"s3:x-amz-server-side-encryption-customer-algorithm": "false"}},
            why="an object under a key that only its writer has is lost to everybody else, ransom included",
        ),
        Denial(
            sid="NoVolumesInTheClear",
            actions=["ec2:CreateVolume", "ec2:RunInstances"],
            conditions={"Bool": {"ec2:Encrypted": "false"}},
            why="any volume; other resources of these requests have no such key",
        ),
        Denial(
            sid="NoFileSystemsInTheClear",
            actions=["elasticfilesystem:CreateFileSystem"],
            conditions={"Bool": {"elasticfilesystem:Encrypted": "false"}},
            why="any file system",
        ),
        Denial(
            sid="VolumesStayEncryptedByDefault",
            actions=["ec2:DisableEbsEncryptionByDefault"],
            why="a setting of the account",
        ),
    )


def nothing_public(guarded: Guarded) -> tuple[Denial, ...]:
    """No bucket or object is opened to everyone, by a list or by taking off what forbids it."""
    return (
        Denial(
            sid="PublicAccessStaysBlocked",
            actions=[
                "s3:PutAccountPublicAccessBlock",
                "s3:PutBucketOwnershipControls",
                "s3:PutBucketPublicAccessBlock",
            ],
            conditions=guarded.unless_deployed,
            why="any bucket; new ones block public access and ignore access lists by themselves",
        ),
        Denial(
            sid="NoPublicAccessLists",
            actions=[
                "s3:CreateBucket",
                "s3:PutBucketAcl",
                "s3:PutObject",
                "s3:PutObjectAcl",
                "s3:PutObjectVersionAcl",
            ],
            conditions={"StringEquals": {"s3:x-amz-acl": ["authenticated-read", "public-read", "public-read-write"]}},
            why="any bucket; `authenticated-read` means everyone who has an AWS account, anyone's",
        ),
        Denial(
            sid="NoPublicSnapshots",
            actions=["ec2:ModifySnapshotAttribute"],
            conditions={"StringEquals": {"ec2:Add/group": "all"}},
            why="any snapshot of a volume",
        ),
    )
