"""Runs commands of mlops-stages as processes that are forked from one which has already imported what they import.

`python command_server.py SOCKET` says `ready`, and ends with its standard input. tests/commands.py asks it.
"""

import contextlib
import gc
import json
import os
import runpy
import select
import socket
import sys
from importlib import import_module

COMMAND_LINE = "mlops_stages.cli.main"
IMPORTED = ("mlops_stages.cli.status", "mlops_stages.cli.up", "rich.console", "typer.main", "typer.rich_utils")
"""With what these import: all that most commands take. The command line itself is run anew by each."""


def serve(address: str) -> None:
    """Answer until standard input ends; return in the process of a command, with its arguments in place."""
    for name in IMPORTED:
        import_module(name)
    assert COMMAND_LINE not in sys.modules
    gc.freeze()
    with socket.socket(socket.AF_UNIX) as listening:
        listening.bind(address)
        listening.listen()
        print("ready", flush=True)  # noqa: T201 - to whoever started this
        while listening in select.select([listening, sys.stdin], [], [])[0]:
            connection = listening.accept()[0]
            with contextlib.suppress(ChildProcessError):
                while os.waitpid(-1, os.WNOHANG) != (0, 0):
                    pass
            if os.fork() == 0:
                break
            connection.close()
        else:
            sys.exit()
    with connection, connection.makefile() as asked:
        request = json.loads(asked.readline())
        command = os.fork()
        if command:
            _, status = os.waitpid(command, 0)
            connection.sendall(f"{os.waitstatus_to_exitcode(status)}\n".encode())
            os._exit(0)
    os.chdir(request["directory"])
    os.environ.clear()
    os.environ.update(request["environment"])
    for descriptor, path in enumerate((os.devnull, request["output"], request["errors"])):
        opened = os.open(path, os.O_RDWR | os.O_APPEND)
        os.dup2(opened, descriptor)
        os.close(opened)
    sys.argv[1:] = request["arguments"]
    sys.path[0] = request["directory"]  # as `python -m` has it


if __name__ == "__main__":
    serve(sys.argv[1])
    runpy.run_module(COMMAND_LINE, run_name="__main__", alter_sys=True)
