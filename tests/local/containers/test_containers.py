"""What hostile code in a container tries, and what it gets."""

from __future__ import annotations

import contextlib
import os
import resource
import secrets
import socket
import subprocess
import sys
import threading
from collections.abc import Iterator
from pathlib import Path

import pytest

from mlops_stages.local.containers import call_filter, kinds
from mlops_stages.local.containers.container import ContainerError
from mlops_stages.readiness import readable
from tests.local.containers.conftest import LIMITS, Inside
from tests.local.laboratory import until

SECRET = "0600, of the user who started the local AWS"
FOREVER = f"1000.{secrets.randbelow(10**9)}"
"""Seconds that nobody else sleeps."""

ROOT = Path(__file__).resolve().parents[3]
NONE = "0000000000000000"


def test_nothing_of_the_machine_is_there_but_what_was_given(inside: Inside, tmp_path: Path) -> None:
    """The home, a 0600 secret, another job's folder, the state of the local AWS, the repository, accounts' secrets."""
    secret, other = tmp_path / "secret", tmp_path / "other" / "ml"
    secret.write_text(SECRET)
    secret.chmod(0o600)
    other.mkdir(parents=True)
    (other / "data").write_text("another job's")
    seen = inside.ask(
        {
            "secret": f"open({str(secret)!r}).read()",
            "home": f"os.listdir({str(Path.home() / '.ssh')!r})",
            "shadow": "open('/etc/shadow').read()",
            "other": f"os.listdir({str(other)!r})",
            "through a process": f"open('/proc/1/root{secret}').read()",
            "above": f"os.listdir({str(tmp_path)!r})",
            "library": f"os.listdir({str(ROOT / 'constructs')!r})",
            "sysfs": "os.listdir('/sys')",
            "etc": "sorted(os.listdir('/etc'))",
            "mine": "os.listdir('/opt/ml')",
        }
    )
    gone = {name for name, value in seen.items() if value == "ENOENT"}
    assert gone >= {"secret", "home", "shadow", "other", "library", "sysfs"}
    assert seen["through a process"] in ("ENOENT", "EACCES", "EPERM")
    assert seen["above"] in ("ENOENT", [])
    assert (
        {"passwd", "hosts"}
        <= set(seen["etc"])
        <= {
            *("alternatives", "group", "hosts", "ld.so.cache", "ld.so.conf", "ld.so.conf.d", "localtime"),
            *("nsswitch.conf", "passwd", "pki", "ssl"),
        }
    )
    assert seen["mine"] == []


def test_nothing_can_be_written_but_what_was_given(inside: Inside) -> None:
    site = next(path for path in (Path(os.__file__).parent / "os.py",) if path.exists())
    seen = inside.ask(
        {
            "library": f"open({str(site)!r}, 'a')",
            "usr": "open('/usr/bin/planted', 'w')",
            "root": "open('/planted', 'w')",
            "etc": "open('/etc/passwd', 'a')",
            "kernel": "open('/proc/sys/kernel/core_pattern', 'w')",
            "host name": "open('/proc/sys/kernel/hostname', 'w')",
            "trigger": "open('/proc/sysrq-trigger', 'w')",
            "device": "os.mknod('/tmp/disk', 0o60666, os.makedev(254, 0))",
            "mine": "open('/opt/ml/x', 'w').write('x')",
            "temporary": "open('/tmp/x', 'w').write('x')",
            "home": "open(os.environ['HOME'] + '/x', 'w').write('x')",
        }
    )
    allowed = {name for name, value in seen.items() if value == 1}
    assert allowed == {"mine", "temporary", "home"}
    refused = {value for name, value in seen.items() if name not in allowed}
    assert refused <= {"EROFS", "EACCES", "EPERM", "ENOENT"}
    assert (inside.directory / "x").read_text() == "x"


def test_there_are_no_rights_and_no_way_to_more(inside: Inside) -> None:
    seen = inside.ask(
        {
            "descriptors": "sorted(set(os.listdir('/proc/self/fd')) - {'0', '1', '2'})[1:]",
            "status": "dict(line.split(':\\t', 1) for line in open('/proc/self/status').read().splitlines())",
            "who": "[os.getuid(), os.geteuid(), os.getgid(), os.getgroups()]",
            "root": "os.setuid(0)",
            "unmount": "call('umount2', b'/proc', 2)",
            "mount": "call('mount', b'tmpfs', b'/tmp', b'tmpfs', 0, 0)",
            "user namespace": "call('unshare', 0x10000000)",
            "mount namespace": "call('unshare', 0x00020000)",
            "enter": "call('setns', os.open('/proc/self/ns/net', 0), 0)",
            "chroot": "os.chroot('/tmp')",
            "input": "os.read(0, 1) == b''",
            "session": "os.getsid(0) == os.getpid()",
        }
    )
    status = seen["status"]
    assert {status[name] for name in ("CapInh", "CapPrm", "CapEff", "CapAmb", "CapBnd")} == {NONE}
    assert status["NoNewPrivs"] == "1"
    assert status["Seccomp"] == ("2" if call_filter.available() else "0")
    assert seen["who"][:3] == [1000, 1000, 1000]
    refused = ("root", "unmount", "mount", "user namespace", "mount namespace", "enter", "chroot")
    assert {name: seen[name] for name in refused if seen[name] not in ("EPERM", "ENOSPC", "EINVAL")} == {}
    assert (seen["descriptors"], seen["input"], seen["session"]) == ([], True, True)


@pytest.mark.skipif(os.geteuid() != 0, reason="only root could be root inside")
def test_root_is_nobody_in_a_container(inside: Inside, tmp_path: Path) -> None:
    """A file of root's that is bound in by mistake stays root's; what is written inside is of an id without a name."""
    folder = tmp_path / "given"
    folder.mkdir(mode=0o755)
    (folder / "private").write_text(SECRET)
    (folder / "private").chmod(0o600)
    seen = inside.ask(
        {"private": "open('/given/private').read()", "written": "open('/opt/ml/x', 'w').write('x')"},
        readable={"/given": folder},
    )
    assert seen == {"private": "EACCES", "written": 1}
    assert (inside.directory / "x").stat().st_uid >= 65534


@pytest.mark.skipif(not call_filter.available(), reason="libseccomp is missing")
def test_dangerous_system_calls_are_refused(inside: Inside) -> None:
    seen = inside.ask(
        {
            "ptrace": "call('ptrace', 16, os.getppid(), 0, 0)",
            "memory of others": "call('process_vm_readv', os.getppid(), 0, 0, 0, 0, 0)",
            "keys": "call('syscall', 250, 0, -3, 0)" if os.uname().machine == "x86_64" else "'EPERM'",
            "ring": "call('syscall', 425, 1, 0)",
            "bpf": "call('syscall', 321, 0, 0, 0)" if os.uname().machine == "x86_64" else "'EPERM'",
            "hypervisor": "socket.socket(40, socket.SOCK_STREAM)",
            "packets": "socket.socket(socket.AF_PACKET, socket.SOCK_RAW)",
            "cloned namespace": "call('syscall', 56, 0x10000011, 0, 0, 0, 0)"
            if os.uname().machine == "x86_64"
            else "'EPERM'",
            "negative family": "call('socket', -1, 1, 0)",
            "forged input": "__import__('fcntl').ioctl(0, 0x5412, b'x')",
            "threads": "[__import__('threading').Thread(target=int).start(), 'run'][1]",
            "processes": "subprocess.run(['true']).returncode",
        }
    )
    assert (seen.pop("threads"), seen.pop("processes")) == ("run", 0)
    assert (seen.pop("hypervisor"), seen.pop("negative family")) == ("EAFNOSUPPORT", "EAFNOSUPPORT")
    assert {name: value for name, value in seen.items() if value not in ("EPERM", "EAFNOSUPPORT")} == {}


def test_processes_of_others_are_not_there(inside: Inside) -> None:
    seen = inside.ask(
        {
            "all": "sorted(int(name) for name in os.listdir('/proc') if name.isdigit())",
            "names": "[open(f'/proc/{n}/cmdline').read() for n in os.listdir('/proc') if n.isdigit()]",
            "first's memory": "os.open('/proc/1/mem', os.O_RDWR)",
            "first's files": "os.listdir('/proc/1/fd')",
            "first's end": "[os.kill(1, 9), os.kill(1, 0)][1]",
        }
    )
    assert max(seen["all"]) < 10
    assert not any(str(inside.directory) in name for name in seen["names"])
    assert (seen["first's memory"], seen["first's files"]) == ("EACCES", "EACCES")


def test_its_environment_is_what_it_was_given(inside: Inside, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("AWS_SECRET_ACCESS_KEY", "the user's")
    seen = inside.ask({"all": "dict(os.environ)"}, environment={"GIVEN": "yes"})["all"]
    assert seen.pop("GIVEN") == "yes"
    assert set(seen) <= {"HOME", "LANG", "PATH", "PYTHONUNBUFFERED", "TMPDIR", "PWD", "LC_CTYPE"}


def test_without_a_port_there_is_no_network(inside: Inside) -> None:
    with socket.create_server(("127.0.0.1", 0)) as service:
        port = service.getsockname()[1]
        seen = inside.ask(
            {
                "service": f"socket.create_connection(('127.0.0.1', {port}), 5)",
                "outside": "socket.create_connection(('192.0.2.1', 80), 5)",
                "names": "[one.split(':')[0].strip() for one in open('/proc/net/dev').read().splitlines()[2:]]",
                "abstract sockets": "open('/proc/net/unix').read().count('@')",
            }
        )
    assert seen["service"] == "ECONNREFUSED"
    assert seen["outside"] in ("ENETUNREACH", "EHOSTUNREACH")
    assert "lo" in seen["names"]
    assert not {name for name in seen["names"] if name.startswith(("eth", "en", "wl", "docker", "veth"))}
    assert seen["abstract sockets"] == 0


def test_with_a_port_there_is_the_local_aws_and_no_other_service(inside: Inside) -> None:
    with socket.create_server(("127.0.0.1", 0)) as local_aws, socket.create_server(("127.0.0.1", 0)) as other:
        port, elsewhere = local_aws.getsockname()[1], other.getsockname()[1]

        def answer() -> None:
            for _ in range(2):
                connection, _address = local_aws.accept()
                with connection:
                    connection.sendall(connection.recv(100).upper())

        threading.Thread(target=answer, daemon=True).start()
        talk = f"(lambda s: [s.sendall(b'hi'), s.recv(9).decode()][1])(socket.create_connection(('127.0.0.1', {port})))"
        seen = inside.ask(
            {
                "aws": talk,
                "again": talk,
                "other": f"socket.create_connection(('127.0.0.1', {elsewhere}), 5)",
                "taken": f"socket.create_server(('127.0.0.1', {port}))",
            },
            port=port,
        )
    assert (seen["aws"], seen["again"], seen["other"]) == ("HI", "HI", "ECONNREFUSED")
    assert seen["taken"] == "EADDRINUSE"


def test_a_daemon_ends_with_its_container_and_cannot_hold_its_pipe(inside: Inside) -> None:
    code = f"import subprocess\nsubprocess.Popen(['sleep', '{FOREVER}'], start_new_session=True)\nprint('left')"
    assert inside.run(code) == ("exited", 0, ["left"])
    assert not _sleeping()


def test_what_ignores_its_end_is_ended_when_its_time_is_over(inside: Inside) -> None:
    code = (
        "import os, signal, subprocess, sys, time\n"
        "signal.signal(signal.SIGTERM, signal.SIG_IGN)\n"
        f"subprocess.Popen(['sh', '-c', 'trap \"\" TERM; sleep {FOREVER}'], start_new_session=True)\n"
        "os.kill(os.getppid(), signal.SIGSTOP)\n"  # its first process, where that is no init
        "print('begun', flush=True)\n"
        "time.sleep(1000)"
    )
    ending, _code, lines = inside.run(code, seconds=1)
    assert (ending, lines) == ("timeout", ["begun"])
    assert not _sleeping()


def test_a_step_is_asked_before_it_is_ended(inside: Inside) -> None:
    code = (
        "import signal, sys, time\n"
        "def end(*_): print('saved'); sys.exit(3)\n"
        "signal.signal(signal.SIGTERM, end)\nprint('begun', flush=True)\ntime.sleep(1000)"
    )
    assert inside.run(code, seconds=1) == ("timeout", 3, ["begun", "saved"])


def _sleeping() -> list[str]:
    found: list[str] = []
    for path in Path("/proc").glob("[0-9]*/cmdline"):
        try:
            if f"sleep\0{FOREVER}".encode() in path.read_bytes():
                found.append(path.parent.name)
        except OSError:
            continue
    return found


def test_a_fork_bomb_is_bounded(inside: Inside) -> None:
    code = (
        "import os, time\n"
        "made = 0\n"
        "try:\n"
        "    while made < 500:\n"
        "        if os.fork() == 0: time.sleep(1000)\n"
        "        made += 1\n"
        "except BlockingIOError: pass\n"
        "print(made)"
    )
    ending, _code, lines = inside.run(code)
    assert ending == "exited"
    assert int(lines[0]) < LIMITS.processes


def test_memory_is_bounded(inside: Inside) -> None:
    _ending, code, lines = inside.run("x = bytearray(8 << 30)")
    assert (code, lines[-1]) == (1, "MemoryError")


def test_memory_of_many_processes_is_bounded_together(inside: Inside) -> None:
    code = (
        "import os, time\n"
        "for _ in range(8):\n"
        "    if os.fork() == 0:\n"
        "        x = bytearray(b'x') * (64 << 20)\n"
        "        time.sleep(1000)\n"
        "time.sleep(1000)"
    )
    few = type(LIMITS)(memory=256 << 20, disk=LIMITS.disk)
    ending, code_of_exit, _lines = inside.run(code, limits=few)
    assert (ending, code_of_exit) == ("more than 256 MiB of memory", 137)


def test_disk_and_temporary_files_are_bounded(inside: Inside) -> None:
    full = "(lambda f: [f.write(b'x' * (1 << 20)) and f.flush() for _ in range(200)] and 'written')(open({!r}, 'wb'))"
    seen = inside.ask(
        {
            "one file": "[signal.signal(signal.SIGXFSZ, signal.SIG_IGN), " + full.format("/opt/ml/one") + "][1]",
            "temporary": full.format("/tmp/one"),
            "shared": "resource.getrlimit(resource.RLIMIT_CORE)[1]",
            "files": "[os.open('/dev/null', 0) for _ in range(500)]",
        }
    )
    assert seen == {"one file": "EFBIG", "temporary": "ENOSPC", "shared": 0, "files": "EMFILE"}


def test_a_disk_filled_by_many_files_ends_the_step(inside: Inside) -> None:
    code = (
        "import os, time\nfor n in range(100): open(f'/opt/ml/{n}', 'wb').write(os.urandom(1 << 20))\ntime.sleep(1000)"
    )
    ending, code_of_exit, _lines = inside.run(code)
    assert (ending, code_of_exit) == ("more than 64 MiB of disk", 137)


def test_a_tree_too_deep_to_look_into_ends_the_step(inside: Inside) -> None:
    code = "import os, time\nfor _ in range(3000): os.mkdir('d'); os.chdir('d')\ntime.sleep(1000)"
    ending, code_of_exit, _lines = inside.run(code, directory="/opt/ml")
    assert (ending, code_of_exit) == ("a tree whose directories are nested more than 100 deep", 137)


def test_lines_are_cut_and_many_of_them_take_no_memory(inside: Inside) -> None:
    code = "import sys\nsys.stdout.write('x' * 300000)\nsys.stdout.write('\\n' + 'y\\n' * 3)"
    _ending, _code, lines = inside.run(code)
    assert "".join(lines) == "x" * 300000 + "yyy"
    assert max(map(len, lines)) <= 128 * 1024


def test_a_command_that_is_not_there_says_so(inside: Inside) -> None:
    lines: list[bytes] = []
    started = inside.container().start(["no-such-program"], stdout=-1, stderr=-2, kind=inside.kind)
    assert started.stdout is not None
    lines += started.stdout.readlines()
    assert (started.wait(), lines) == (127, [b"no-such-program: No such file or directory\n"])


def test_a_container_that_cannot_be_made_runs_nothing(inside: Inside, tmp_path: Path) -> None:
    container = inside.container(readable={"/given": tmp_path / "absent"})
    with pytest.raises(ContainerError):
        container.start(["touch", "/opt/ml/ran"], stdout=-3, stderr=-3, kind=inside.kind)
    assert list(inside.directory.iterdir()) == []


@pytest.fixture
def many_files() -> Iterator[None]:
    """A process that has more than a thousand files open, as a server to which many have connected."""
    soft, hard = resource.getrlimit(resource.RLIMIT_NOFILE)
    resource.setrlimit(resource.RLIMIT_NOFILE, (min(4096, hard) if hard > 0 else 4096, hard))
    with contextlib.ExitStack() as opened:
        for _ in range(1100):
            opened.callback(os.close, os.open(os.devnull, os.O_RDONLY))
        yield
    resource.setrlimit(resource.RLIMIT_NOFILE, (soft, hard))


@pytest.mark.usefixtures("many_files")
def test_a_container_runs_whatever_number_of_files_the_server_has_open(inside: Inside) -> None:
    assert inside.run("print('here')") == ("exited", 0, ["here"])


def test_everything_ends_when_the_server_dies_without_a_word(inside: Inside, tmp_path: Path) -> None:
    """The server is a process of its own here, and is killed."""
    code = (
        "import sys, time\nfrom pathlib import Path\n"
        "from mlops_stages.local.containers.container import Container\n"
        f"command = ['sh', '-c', 'echo ready; exec sleep {FOREVER}']\n"
        f"Container(python=Path(sys.executable)).start(command, stdout=1, stderr=2, kind={inside.kind!r})\n"
        "time.sleep(1000)"
    )
    with subprocess.Popen([sys.executable, "-c", code], stdout=subprocess.PIPE, cwd=tmp_path) as server:
        assert server.stdout is not None
        assert server.stdout.readline() == b"ready\n"
        running = [os.pidfd_open(int(pid)) for pid in until(_sleeping)]
        server.kill()
    assert len(running) == 1
    assert readable(running[0], 10)
    os.close(running[0])


def test_the_kind_is_the_users_choice(monkeypatch: pytest.MonkeyPatch) -> None:
    for wanted in ("off", "namespaces"):
        monkeypatch.setenv(kinds.SETTING, wanted)
        kinds.kind.cache_clear()
        assert kinds.kind() in (wanted, "none")
    monkeypatch.delenv(kinds.SETTING)
    kinds.kind.cache_clear()
    assert kinds.kind() != "off"
