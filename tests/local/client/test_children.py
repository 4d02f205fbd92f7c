import _thread
import os
import signal
import sys
import threading
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import pytest

from mlops_stages.local.client.children import Children, settled

FAMILY = """
import subprocess, sys, time
child = subprocess.Popen([sys.executable, "-c", "import time; time.sleep(600)"])
print(child.pid, flush=True)
time.sleep(600)
"""


def run(code: str, log: Path, children: Children | None = None) -> int:
    command = [sys.executable, "-c", code]
    return (children or Children()).run(command, cwd=log.parent, environment=dict(os.environ), log=log)


def test_output_and_errors_are_in_the_log(tmp_path: Path) -> None:
    code = "import sys; print('out', flush=True); print('err', file=sys.stderr); sys.exit(3)"
    assert run(code, tmp_path / "x.log") == 3
    assert (tmp_path / "x.log").read_text(encoding="utf-8") == "out\nerr\n"


def test_bytes_that_are_no_text_do_not_stop_it(tmp_path: Path) -> None:
    assert run(r"import sys; sys.stdout.buffer.write(b'\xff\n')", tmp_path / "x.log") == 0


def test_a_command_cannot_wait_for_an_answer_from_the_terminal(tmp_path: Path) -> None:
    assert run("import sys; sys.exit(len(sys.stdin.read()))", tmp_path / "x.log") == 0


def test_stopping_ends_the_command_and_its_own_children(tmp_path: Path) -> None:
    children, pids, started = Children(), list[int](), threading.Event()
    codes = list[int]()

    def saw(line: str) -> None:
        pids.append(int(line))
        started.set()

    def work() -> None:
        command = [sys.executable, "-c", FAMILY]
        codes.append(
            children.run(command, cwd=tmp_path, environment=dict(os.environ), log=tmp_path / "x.log", on_line=saw)
        )

    worker = threading.Thread(target=work)
    worker.start()
    assert started.wait(30)
    children.stop()
    worker.join(30)  # it reads to the end of the output, which the grandchild holds open while it lives
    assert not worker.is_alive()
    assert codes[0] < 0


def test_after_a_stop_nothing_new_is_started(tmp_path: Path) -> None:
    children = Children()
    children.stop()
    with pytest.raises(KeyboardInterrupt):
        run("open('made', 'w')", tmp_path / "x.log", children)
    assert not (tmp_path / "made").exists()


def test_an_interrupt_that_wakes_nobody_is_seen_all_the_same() -> None:
    """`interrupt_main` leaves the signal to be found, as one does that comes just before a thread falls asleep."""
    begin, gate = threading.Event(), threading.Event()

    def work() -> bool:
        begin.wait(30)
        _thread.interrupt_main()
        return gate.wait(30)

    before = signal.signal(signal.SIGINT, signal.default_int_handler)
    with ThreadPoolExecutor(max_workers=1) as pool:
        try:
            future = pool.submit(work)
            with pytest.raises(KeyboardInterrupt):  # noqa: PT012 - it may come at either
                begin.set()
                settled(future)
            assert not future.done()
        finally:
            gate.set()
            signal.signal(signal.SIGINT, before)


def test_one_failure_is_told_without_waiting_for_the_rest() -> None:
    gate = threading.Event()

    def fail() -> None:
        raise LookupError("nothing there")

    with ThreadPoolExecutor(max_workers=2) as pool:
        try:
            with pytest.raises(LookupError, match="nothing there"):
                settled(pool.submit(gate.wait, 30), pool.submit(fail))
        finally:
            gate.set()
