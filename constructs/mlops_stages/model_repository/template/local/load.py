"""Load: call the model of the last `make train` as many at once, and say how long its answers take.

The rows are the golden records of its evaluation, so that an answer that is wrong counts as an error. What is measured
is this machine: compare two versions on it, not it with an endpoint.
"""

import argparse
import http.client
import itertools
import json
import socket
import subprocess
import sys
import tempfile
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager, nullcontext
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

import serve
import yaml

ROOT = Path(__file__).resolve().parents[1]
START_SECONDS = 120


class Load:
    """Callers that share a count of seconds, and what became of their calls."""

    def __init__(self, address: str, golden: list[dict[str, Any]], rows: int, tolerance: float) -> None:
        self._address = address
        self._batches = [
            [golden[(first + index) % len(golden)] for index in range(rows)] for first in range(len(golden))
        ]
        self._tolerance = tolerance
        self.seconds: list[float] = []
        self.errors: dict[str, int] = {}

    def run(self, clients: int, seconds: float) -> float:
        """Let the clients call until the time is over; return how long it was."""
        began = time.monotonic()
        threads = [threading.Thread(target=self._call_until, args=(began + seconds, start)) for start in range(clients)]
        for thread in threads:
            thread.start()
        for thread in threads:
            thread.join()
        return time.monotonic() - began

    def _call_until(self, end: float, start: int) -> None:
        connection = http.client.HTTPConnection(self._address, timeout=60)
        for batch in itertools.islice(itertools.cycle(self._batches), start, None):
            if time.monotonic() >= end:
                break
            body = "".join(json.dumps(each["record"]) + "\n" for each in batch)
            began = time.perf_counter()
            try:
                connection.request("POST", "/invocations", body, {"Content-Type": "application/jsonlines"})
                answer = connection.getresponse()
                error = self._wrong(answer.status, answer.read(), batch)
            except (OSError, http.client.HTTPException) as failed:
                error = type(failed).__name__
                connection.close()
            self.seconds.append(time.perf_counter() - began)
            if error:
                self.errors[error] = self.errors.get(error, 0) + 1
        connection.close()

    def _wrong(self, status: int, body: bytes, batch: list[dict[str, Any]]) -> str:
        if status != http.client.OK:
            return f"status {status}"
        answers = [json.loads(line) for line in body.splitlines()]
        if [each["decision_id"] for each in answers] != [each["record"]["decision_id"] for each in batch]:
            return "other decision ids"
        near = all(
            abs(answer["score"] - each["score"]) <= self._tolerance for answer, each in zip(answers, batch, strict=True)
        )
        return "" if near else "other scores than registered"


def report(load: Load, took: float, sla: dict[str, float]) -> Iterator[str]:
    """What was measured, beside what the owner promises."""
    ordered, count = sorted(load.seconds), len(load.seconds)
    p50, p99 = (1000 * ordered[min(count - 1, int(count * share))] for share in (0.5, 0.99))
    wrong = 100 * sum(load.errors.values()) / count
    yield f"{count} requests in {took:.1f} s: {count / took:.1f} a second"
    yield f"p50 {p50:.1f} ms"
    promised = sla.get("p99_latency_ms")
    yield f"p99 {p99:.1f} ms" + (f", promised {promised:g} ms: {_kept(p99 <= promised)}" if promised else "")
    available = sla.get("availability_percent")
    allowed = f", allowed {100 - available:.4g} %: {_kept(wrong <= 100 - available)}" if available else ""
    yield f"errors {wrong:.4g} %{allowed}"
    for error, times in sorted(load.errors.items()):
        yield f"  {times} times {error}"


def _kept(kept: bool) -> str:
    return "kept" if kept else "missed"


@contextmanager
def served() -> Iterator[str]:
    """The address of a server of the last model, which ends with this."""
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        port = free.getsockname()[1]
    with tempfile.TemporaryDirectory() as base:
        words, environment = serve.command(Path(base), "--port", str(port))
        started = subprocess.Popen(words, env=environment, stdout=subprocess.DEVNULL)
        try:
            _wait(started, f"127.0.0.1:{port}")
            yield f"127.0.0.1:{port}"
        finally:
            started.terminate()
            started.wait()


def _wait(started: subprocess.Popen[bytes], address: str) -> None:
    end = time.monotonic() + START_SECONDS
    while started.poll() is None and time.monotonic() < end:
        connection = http.client.HTTPConnection(address, timeout=2)
        try:
            connection.request("GET", "/ping")
            if connection.getresponse().status == http.client.OK:
                return
        except OSError:
            time.sleep(0.05)
        finally:
            connection.close()
    raise SystemExit("MDL-109 the model of out/ does not answer\n  fix: make serve, and see what it says")


def main() -> int:
    """Load the model, say how it did; return 1 if any answer was an error."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--clients", type=int, default=4, help="callers at once")
    parser.add_argument("--rows", type=int, default=1, help="rows of a request")
    parser.add_argument("--seconds", type=float, default=10)
    parser.add_argument("--url", help="a server that runs already, as http://127.0.0.1:8080")
    given = parser.parse_args()
    files = [ROOT / "out" / name for name in ("golden.jsonl", "evaluation.json")]
    if not all(file.exists() for file in files):
        raise SystemExit("MDL-109 out/golden.jsonl: there is no evaluation here\n  fix: make train")
    golden = [json.loads(line) for line in files[0].read_text("utf-8").splitlines()]
    tolerance = json.loads(files[1].read_text("utf-8"))["golden"]["tolerance"]
    sla = yaml.safe_load((ROOT / "model.yaml").read_text("utf-8")).get("sla") or {}
    with nullcontext(urlsplit(given.url).netloc) if given.url else served() as address:
        load = Load(address, golden, given.rows, tolerance)
        took = load.run(given.clients, given.seconds)
    print(f"{given.clients} clients, {given.rows} rows a request")
    print("\n".join(report(load, took, sla)))
    return 1 if load.errors else 0


if __name__ == "__main__":
    sys.exit(main())
