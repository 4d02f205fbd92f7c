"""Curate: make a version of the dataset `flights` from landed files, and its manifest.

Runs here (`make data`) and as a processing job in the data account, with s3:// places and outside network isolation:
there it reads and writes S3 itself, because only that tells the version of every object.
"""

import argparse
import io
import json
import sys
from pathlib import Path

ROOT = Path(__file__).parents[1]
sys.path[:0] = [str(ROOT / folder) for folder in ("steps", "serving")]  # in a job all of it is one folder

import dataset_manifest
import flights
import pandas as pd
from folders import Folder, folder

DATASET = "flights"
RAW = ("flights.csv", "weather.csv", "planes.csv")
LATE_MINUTES = 15
WEATHER = ["temp", "dewp", "humid", "wind_dir", "wind_speed", "wind_gust", "precip", "pressure", "visib"]


def curated(raw: dict[str, pd.DataFrame], first: str, last: str) -> pd.DataFrame:
    """One row for each flight that arrived, from month `first` to month `last` (YYYY-MM), both included."""
    rows = raw["flights.csv"].assign(**{flights.DAY: _days})
    rows = rows[rows[flights.DAY].str[:7].between(first, last) & rows["arr_delay"].notna()]
    # The weather one hour before the scheduled hour: what is known before departure.
    weather = raw["weather.csv"].drop_duplicates(["origin", "time_hour"])
    weather = weather.assign(time_hour=pd.to_datetime(weather["time_hour"], utc=True) + pd.Timedelta(hours=1))
    rows = rows.assign(time_hour=pd.to_datetime(rows["time_hour"], utc=True))
    rows = rows.merge(weather[["origin", "time_hour", *WEATHER]], on=["origin", "time_hour"], how="left")
    planes = raw["planes.csv"][["tailnum", "year", "seats"]].rename(columns={"year": "built"})
    rows = rows.merge(planes, on="tailnum", how="left")
    rows["plane_age"] = rows["year"] - rows["built"]
    rows["day_of_week"] = pd.to_datetime(rows[flights.DAY]).dt.day_of_week
    rows[flights.LABEL] = (rows["arr_delay"] > LATE_MINUTES).astype(int)
    return rows[[flights.DAY, *flights.FEATURES, flights.LABEL]]


def _days(rows: pd.DataFrame) -> pd.Series:
    return pd.to_datetime(rows[["year", "month", "day"]]).dt.strftime("%Y-%m-%d")


def publish(
    rows: pd.DataFrame, curated_in: Folder, manifests: Folder, sources: list[dataset_manifest.DataObject], **about: str
) -> tuple[dataset_manifest.DatasetManifest, dataset_manifest.DataObject]:
    """Write a version and then its manifest; a version that is there already is kept, and its manifest returned."""
    months = rows[flights.DAY].str[:7]
    contents = {
        f"{DATASET}-{month}.csv": rows[months == month].to_csv(index=False, lineterminator="\n").encode()
        for month in sorted(months.unique())
    }
    version = dataset_manifest.version_of({n: dataset_manifest.checksum(c) for n, c in contents.items()})
    name = f"{DATASET}/{version}.json"
    if manifests.exists(name):
        content, where = manifests.read(name)
        return dataset_manifest.loads(content.decode(), where.uri), where
    objects = [curated_in.write(f"{DATASET}/{version}/{n}", content, n) for n, content in contents.items()]
    manifest = dataset_manifest.make(dataset=DATASET, sources=sources, objects=objects, **about)
    return manifest, manifests.write(name, manifest.to_json().encode())


def main() -> None:
    """Read what landed, publish a version, print the parameters by which a pipeline reads it."""
    parser = argparse.ArgumentParser(description=__doc__)
    for name in ("landing", "curated", "manifests"):
        parser.add_argument(f"--{name}", required=True, help="a folder, or an s3:// URI")
    for name in ("first", "last"):
        parser.add_argument(f"--{name}", required=True, help="a month, as 2013-01")
    for name in ("team", "classification", "commit", "created-by"):
        parser.add_argument(f"--{name}", required=True)
    parser.add_argument("--write", type=Path, help="write the parameters to this file, too")
    given = parser.parse_args()

    landing = folder(given.landing)
    read = {name: landing.read(name) for name in RAW}
    raw = {name: pd.read_csv(io.BytesIO(content), low_memory=False) for name, (content, _) in read.items()}
    rows = curated(raw, given.first, given.last)
    if rows.empty:
        raise SystemExit(f"no flight from {given.first} to {given.last} has landed")
    manifest, written = publish(
        rows,
        folder(given.curated),
        folder(given.manifests),
        [source for _, source in read.values()],
        team=given.team,
        classification=given.classification,
        commit=given.commit,
        created_by=given.created_by,
    )
    parameters = {
        "DatasetUri": f"{given.curated.rstrip('/')}/{DATASET}/{manifest.version}/",
        "DatasetManifestUri": written.uri,
        "DatasetManifestSha256": written.sha256,
    }
    text = json.dumps(parameters, indent=2) + "\n"
    if given.write:
        given.write.parent.mkdir(parents=True, exist_ok=True)
        given.write.write_text(text, encoding="utf-8")
    print(f"{DATASET} {manifest.version}: {len(rows)} rows in {len(manifest.objects)} files\n{text}", end="")


if __name__ == "__main__":
    main()
