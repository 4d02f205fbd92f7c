"""What is stored is encrypted, and nothing is public."""

from mlops_stages.repeatable.guardrails.denial import Denial, Guarded


def encrypted_storage(guarded: Guarded) -> tuple[Denial, ...]:
    """No object of ours without KMS, none anywhere under its writer's own key, no unencrypted volume or file system."""
    return (
        Denial(
            sid="DenyUploadsWithoutKms",
            actions=["s3:PutObject"],
            resources=guarded.our_objects,
            conditions={
                "Null": {"s3:x-amz-server-side-encryption": "false"},
                "StringNotEquals": {"s3:x-amz-server-side-encryption": ["aws:kms", "aws:kms:dsse"]},
            },
            why="an upload that names no encryption gets the bucket's own, which is a key's in every bucket of ours; "
            "other buckets of these accounts may be SSE-S3, as Terraform's state and AWS's own tools ask for",
        ),
        Denial(
            sid="DenyCustomerProvidedKeys",
            actions=["s3:PutObject"],
            conditions={"Null": {"s3:x-amz-server-side-encryption-customer-algorithm": "false"}},
            why="any bucket: an object under a key that only its writer has is lost to everybody else, ransom included",
        ),
        Denial(
            sid="DenyUnencryptedVolumes",
            actions=["ec2:CreateVolume", "ec2:RunInstances"],
            conditions={"Bool": {"ec2:Encrypted": "false"}},
            why="any volume; other resources of these requests have no such key",
        ),
        Denial(
            sid="DenyUnencryptedFileSystems",
            actions=["elasticfilesystem:CreateFileSystem"],
            conditions={"Bool": {"elasticfilesystem:Encrypted": "false"}},
            why="any file system",
        ),
        Denial(
            sid="DenyDisablingEbsEncryption",
            actions=["ec2:DisableEbsEncryptionByDefault"],
            why="a setting of the account",
        ),
    )


def nothing_public(guarded: Guarded) -> tuple[Denial, ...]:
    """No bucket or object is opened to everyone by a list, and what forbids it stays on ours and on the account."""
    return (
        Denial(
            sid="DenyUnblockingPublicAccess",
            actions=["s3:PutBucketOwnershipControls", "s3:PutBucketPublicAccessBlock"],
            resources=guarded.our_buckets,
            conditions=guarded.unless_deployed,
            why="ours alone: whoever creates another bucket, the console too, sets these, mostly to the safe value",
        ),
        Denial(
            sid="DenyUnblockingTheAccount",
            actions=["s3:PutAccountPublicAccessBlock"],
            conditions=guarded.unless_deployed,
            why="the account's setting, which no bucket can undo",
        ),
        Denial(
            sid="DenyPublicAcls",
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
            sid="DenyPublicSnapshots",
            actions=["ec2:ModifySnapshotAttribute"],
            conditions={"StringEquals": {"ec2:Add/group": "all"}},
            why="any snapshot of a volume",
        ),
    )
