"""Measurements of this checkout, by turns on one machine: `make bench`."""
