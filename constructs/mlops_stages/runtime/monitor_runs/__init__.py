"""Runs of the monitors: once a day, is a served model still right by the labels of its decisions?

A run of a day is a function of the decisions and the labels that are listed when it runs: run again, it finds the same
figures, and after a crash the next run finishes what is missing. Where that is declared, drift is measured within the
day, too, without labels.

Runs inside AWS, in a Lambda function: the standard library, boto3, duckdb and, at the function's entry,
aws-lambda-powertools. Imports are relative, as a function's archive holds this folder and not the package around it.
"""
