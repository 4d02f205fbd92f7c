"""The ledger of a model: numbered records in S3, each with the hash of the one before it.

Runs inside AWS: the standard library and what Lambda's runtime has (boto3), nothing else. Imports are relative, since a
function's archive holds this folder and not the package around it.
"""
