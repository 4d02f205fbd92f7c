"""How fast captured requests become rows: an hour as busy as the reference's eight months of flights."""

from __future__ import annotations

import logging
import time

from tests.runtime.decisions.given import World, requested

FILES, REQUESTS, ROWS = 80, 59, 47
"""Of the hour, of a file, of a request: 221,840 rows, as many as the reference has flights from May to December."""


def rows_per_second() -> float:
    """Rows of an hour, read from memory, by the seconds of processor time that they take."""
    world = World()
    for file in range(FILES):
        first = file * REQUESTS
        world.capture(*(requested(first + each, ROWS) for each in range(REQUESTS)), name=f"{file:02}")
    logging.disable(logging.INFO)  # what the function says of it stands among no figures
    began = time.process_time()
    try:
        world.settle()
    finally:
        logging.disable(logging.NOTSET)
    taken = time.process_time() - began
    rows = world.found()["rows"]
    if rows != FILES * REQUESTS * ROWS:
        message = f"{rows} rows were read of {FILES * REQUESTS * ROWS}"
        raise RuntimeError(message)
    return rows / taken
