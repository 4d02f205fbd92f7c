"""The tests of a version in staging: they call the endpoint, and say what it did."""
