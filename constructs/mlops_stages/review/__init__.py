"""What a reviewer asks of templates, ours or anybody's: without credentials, and without the CDK."""
