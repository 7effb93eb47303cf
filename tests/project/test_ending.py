"""Programs that serve end with the one that started them, also when it was killed and could tell them nothing."""

from __future__ import annotations

import http.client
import os
import signal
import socket
import subprocess
import sys
import time
from collections.abc import Iterator
from contextlib import suppress
from pathlib import Path

import pytest

from canbo.project import ending

SERVING = """
import multiprocessing
import sys

from granian import Granian
from granian.constants import Interfaces

if __name__ == "__main__":
    multiprocessing.set_start_method("spawn")
    Granian("canbo.project.wsgi:application", address="127.0.0.1", port=int(sys.argv[1]), interface=Interfaces.WSGI, workers=2).serve()
"""


@pytest.fixture
def serving(tmp_path: Path) -> Iterator[subprocess.Popen[bytes]]:
    """A program whose two workers answer; whatever it started holds its output open as long as it runs."""
    program = tmp_path / "serving.py"
    program.write_text(SERVING)
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        port = free.getsockname()[1]
    environment = {**os.environ, "CANBO_NO_DATABASE": "1", "PYTHONPATH": str(Path(ending.__file__).parents[2])}
    started = subprocess.Popen(
        [sys.executable, str(program), str(port)], env=environment, stdin=subprocess.DEVNULL, stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT, start_new_session=True,
    )  # fmt: skip
    try:
        while not answers(port):
            assert started.poll() is None
            time.sleep(0.2)
        yield started
    finally:
        with suppress(ProcessLookupError):
            os.killpg(started.pid, signal.SIGKILL)
        started.wait()


def answers(port: int) -> bool:
    """Whether a worker says anything; the socket alone is open before there is one."""
    asked = http.client.HTTPConnection("127.0.0.1", port, timeout=30)
    try:
        asked.request("GET", "/")
        return bool(asked.getresponse().status)
    except (OSError, http.client.HTTPException):
        return False
    finally:
        asked.close()


@pytest.mark.parametrize("how", [signal.SIGKILL, signal.SIGTERM])
def test_workers_end_when_the_program_that_started_them_is_gone(serving: subprocess.Popen[bytes], how: signal.Signals) -> None:
    os.kill(serving.pid, how)
    serving.communicate(timeout=60)  # ends only when the last of them has let go of the output
    assert serving.returncode == (-how if how == signal.SIGKILL else 0)


def test_a_program_that_nobody_started_so_is_not_watched() -> None:
    assert ending.with_parent() is None
