"""S3: what CloudFormation makes of buckets."""
