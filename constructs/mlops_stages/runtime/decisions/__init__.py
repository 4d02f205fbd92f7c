"""Decisions: what an endpoint was asked and answered, as rows of a table, an hour at a time.

The decisions of an hour are a function of the capture files of that hour, as they are listed. `sweep` compares listings
with what was read, and `read` reads an hour anew: no notification of a file is depended on, so that none that is lost,
late, repeated or out of order loses a decision.

Runs inside AWS, in Lambda functions: the standard library, boto3, duckdb and, at the functions' entries,
aws-lambda-powertools. Imports are relative, as a function's archive holds this folder and not the package around it.
"""
