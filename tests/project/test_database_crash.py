"""The database killed, cut short, blocked: started again with nothing lost, and nothing removed that is still held."""

from __future__ import annotations

import json
import os
import random
import signal
import socket
import subprocess
import sys
import textwrap
import threading
import time
from collections.abc import Callable, Iterator
from pathlib import Path

import psycopg
import pytest

from canbo.project.database import cluster as clusters
from canbo.project.database.binaries import kept_copy
from canbo.project.database.cluster import Cluster
from canbo.project.database.embedded import Embedded
from canbo.project.database.home import place_database
from canbo.project.database.problems import DatabaseProblem
from canbo.project.database.processes import PROC, HeldByServer, all_working_in, mark_of
from tests.project.clusters import ROOT, ask, fill, needs_root

needs_proc = pytest.mark.skipif(not PROC, reason="looks into /proc")


def cluster_of(database: Embedded) -> Cluster:
    found = database.cluster(place_database(database.home))
    assert found is not None
    return found


def pid_of(database: Embedded) -> int:
    pid = database.status().pid
    assert pid is not None
    return pid


def kill_postmaster(database: Embedded) -> None:
    os.kill(pid_of(database), signal.SIGKILL)


def kill_with_all_children(database: Embedded) -> None:
    for pid in all_working_in(cluster_of(database).data):
        os.kill(pid, signal.SIGKILL)


@needs_proc
@pytest.mark.parametrize("kill", [kill_postmaster, kill_with_all_children])
def test_killed_it_starts_again_at_once_on_the_same_port_with_all_that_was_committed(
    database: Embedded, kill: Callable[[Embedded], None]
) -> None:
    first = database.ensure_running()
    fill(first.owner, rows=500)
    for _time in range(3):
        ask(first.app, "INSERT INTO note SELECT max(id) + 1, 'more' FROM note")
        kill(database)
        assert database.ensure_running() == first
    assert ask(first.app, "SELECT count(*) FROM note") == 503


def test_whoever_is_killed_in_the_middle_of_a_long_statement_leaves_nothing_running(standing: Embedded) -> None:
    address = standing.ensure_running().app
    program = f"import psycopg; psycopg.connect({address!r}, application_name='to be killed').execute('SELECT pg_sleep(600)')"
    running = "SELECT count(*) FROM pg_stat_activity WHERE application_name = 'to be killed' AND state = 'active'"
    client = subprocess.Popen([sys.executable, "-c", program])

    def becomes(count: int) -> bool:
        until = time.monotonic() + 60
        while ask(address, running) != count and time.monotonic() < until:
            time.sleep(0.2)
        return ask(address, running) == count

    assert becomes(1)
    client.kill()
    client.wait()
    assert becomes(0)


@needs_proc
def test_nothing_acknowledged_is_lost_however_often_it_is_killed_while_writing(database: Embedded) -> None:
    found = database.ensure_running()
    ask(found.owner, "CREATE TABLE act (key int PRIMARY KEY)")
    acknowledged: list[int] = []
    done = threading.Event()

    def write() -> None:
        key = 0
        while not done.is_set():
            try:
                with psycopg.connect(found.app, autocommit=True, connect_timeout=5) as connection:
                    while not done.is_set():
                        key += 1
                        connection.execute("INSERT INTO act VALUES (%s)", [key])
                        acknowledged.append(key)
            except psycopg.OperationalError:
                done.wait(0.02)

    writer = threading.Thread(target=write)
    writer.start()
    dice = random.Random(20250701)
    for _kill in range(8):
        time.sleep(dice.uniform(0.05, 0.3))
        dice.choice([kill_postmaster, kill_with_all_children])(database)
        database.ensure_running()
    done.set()
    writer.join()
    with psycopg.connect(found.app) as connection:
        kept = {row[0] for row in connection.execute("SELECT key FROM act")}
    assert len(acknowledged) > 100
    assert set(acknowledged) <= kept


@pytest.mark.skipif(sys.platform != "linux", reason="needs a parent that adopts orphans")
def test_a_zombie_is_dead_also_where_nobody_ever_reaps_it(database: Embedded) -> None:
    """As in a container whose first process never waits for its children."""
    database.ensure_running()
    database.stop()
    script = """
        import ctypes, os, sys
        from pathlib import Path
        from canbo.project.database.embedded import Embedded
        ctypes.CDLL(None).prctl(36, 1, 0, 0, 0)  # PR_SET_CHILD_SUBREAPER, and then never wait
        database = Embedded(Path(sys.argv[1]))
        seen = set()
        for _time in range(3):
            database.ensure_running()
            pid = database.status().pid
            assert pid not in seen
            seen.add(pid)
            os.kill(pid, 9)
            database.ensure_running()
            state = Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()[0]
            assert state == "Z", state
            assert database.stop() is True
            zombie = Path(f"/proc/{max(seen)}/stat").read_text()
            assert database.stop() is False
        print("well")
    """
    command = [sys.executable, "-c", textwrap.dedent(script), str(database.home)]
    done = subprocess.run(command, capture_output=True, text=True, check=False, timeout=300)
    assert (done.stdout, done.stderr) == ("well\n", "")


@needs_proc
def test_a_number_that_another_process_got_is_not_the_server(database: Embedded) -> None:
    found = database.ensure_running()
    fill(found.owner, rows=3)
    cluster = cluster_of(database)
    kill_with_all_children(database)
    other = subprocess.Popen(["sleep", "600"], **cluster.account.as_child())
    try:
        lines = (cluster.data / "postmaster.pid").read_text().splitlines()
        (cluster.data / "postmaster.pid").write_text("\n".join([str(other.pid), *lines[1:]]) + "\n")
        record = json.loads((database.home / "server.json").read_text())
        (database.home / "server.json").write_text(json.dumps({**record, "pid": other.pid}))
        assert database.status().state == "stopped"
        assert database.stop() is False
        assert ask(database.ensure_running().app, "SELECT count(*) FROM note") == 3
        assert other.poll() is None
    finally:
        other.kill()
        other.wait()


@pytest.fixture
def orphan(database: Embedded, monkeypatch: pytest.MonkeyPatch) -> Iterator[int]:
    """A process of the server that goes on working after its postmaster was killed."""
    monkeypatch.setattr(clusters, "PATIENCE", 0.5)
    found = database.ensure_running()
    fill(found.owner, rows=3)
    busy = psycopg.connect(found.app)
    pid = busy.info.backend_pid
    busy.pgconn.send_query(b"DO $$ BEGIN LOOP END LOOP; END $$")  # it never looks up from this
    while ask(found.app, f"SELECT state FROM pg_stat_activity WHERE pid = {pid}") != "active":
        time.sleep(0.01)
    kill_postmaster(database)
    yield pid
    busy.pgconn.finish()


@needs_proc
def test_nothing_is_removed_while_an_orphan_holds_the_memory(database: Embedded, orphan: int) -> None:
    cluster = cluster_of(database)
    os.kill(orphan, signal.SIGSTOP)  # deaf to every polite request
    before = (cluster.data / "postmaster.pid").read_bytes()
    with pytest.raises(DatabaseProblem, match=f"Processes .* still hold {cluster.data} .*{orphan}.*: end them"):
        database.ensure_running()
    assert (cluster.data / "postmaster.pid").read_bytes() == before
    held = HeldByServer(cluster.held)
    assert not held.take()
    held.close()
    os.kill(orphan, signal.SIGKILL)
    assert ask(database.ensure_running().app, "SELECT count(*) FROM note") == 3


@needs_proc
def test_an_orphan_that_listens_is_asked_to_go_and_then_the_server_starts(database: Embedded, orphan: int) -> None:
    assert ask(database.ensure_running().app, "SELECT count(*) FROM note") == 3
    assert mark_of(orphan) is None


def test_several_starters_at_once_start_one_server(home: Path, database: Embedded) -> None:
    script = (
        "import sys; from pathlib import Path; from canbo.project.database.embedded import Embedded\n"
        "made = Embedded(Path(sys.argv[1])); print(made.ensure_running().app, made.status().pid)"
    )
    command = [sys.executable, "-c", script, str(home)]
    starters = [subprocess.Popen(command, stdout=subprocess.PIPE, text=True) for _starter in range(3)]
    said = [starter.communicate(timeout=300)[0] for starter in starters]
    assert len(set(said)) == 1 and said[0]
    assert len(list((place_database(home).place / "clusters").iterdir())) == 1
    assert [s for s in said if str(pid_of(database)) in s] == said


def test_a_starter_that_was_killed_leaves_a_server_that_the_next_one_finds(database: Embedded) -> None:
    first = database.ensure_running()
    pid = pid_of(database)
    (database.home / "server.json").unlink()  # as if it had died just before writing this
    assert database.ensure_running() == first
    assert pid_of(database) == pid


def test_a_port_in_use_is_left_to_its_user(database: Embedded) -> None:
    database.ensure_running()
    port = database.status().port
    database.stop()
    with socket.create_server(("127.0.0.1", port)):
        found = database.ensure_running()
        assert database.status().port != port
        assert ask(found.app, "SELECT 1") == 1


def test_a_setting_that_the_server_refuses_is_quoted(database: Embedded) -> None:
    database.ensure_running()
    database.stop()
    own = place_database(database.home).place / "local.conf"
    own.write_text("shared_buffers = lots\n")
    with pytest.raises(DatabaseProblem, match="shared_buffers"):
        database.ensure_running()
    own.unlink()
    database.ensure_running()


# --- a full disk ------------------------------------------------------------------------------------------------


@pytest.fixture
def small_disk(open_folder: Path) -> Iterator[Path]:
    """A disk of 120 MB."""
    if not ROOT:
        pytest.skip("only root can mount a small disk")
    disk = open_folder / "disk"
    disk.mkdir()
    mounted = subprocess.run(["mount", "-t", "tmpfs", "-o", "size=120m,mode=755", "none", disk], check=False, capture_output=True)
    if mounted.returncode != 0:
        pytest.skip("this machine does not let us mount a small disk")
    yield disk
    subprocess.run(["umount", "-l", disk], check=True)


@needs_root
def test_a_disk_too_small_for_a_database_is_named_and_left_clean(small_disk: Path) -> None:
    (small_disk / "ballast").write_bytes(bytes(100 * 2**20))
    made = Embedded(small_disk / "state")
    with pytest.raises(DatabaseProblem, match="needs 40 MB of room"):  # not even the programs fit
        made.ensure_running()
    binaries = kept_copy(small_disk.parent / "programs")
    made = Embedded(small_disk / "state", binaries=binaries)
    with pytest.raises(DatabaseProblem, match="disk of the database is full"):
        made.ensure_running()
    assert list((small_disk / "state" / "postgres" / "clusters").iterdir()) == []
    (small_disk / "ballast").unlink()
    made.ensure_running()
    made.remove()


@needs_root
def test_a_full_disk_loses_nothing_that_was_acknowledged(small_disk: Path) -> None:
    made = Embedded(small_disk / "state", binaries=kept_copy(small_disk.parent / "programs"))
    found = made.ensure_running()
    ask(found.owner, "CREATE TABLE act (key int, filling text)")
    acknowledged = 0
    with pytest.raises(psycopg.Error), psycopg.connect(found.app, autocommit=True) as connection:
        while True:
            connection.execute(
                "INSERT INTO act SELECT %s, repeat(md5(n::text), 30) FROM generate_series(1, 400) n", [acknowledged]
            )
            acknowledged += 1
    ballast = small_disk / "ballast"
    with ballast.open("wb", buffering=0) as file, pytest.raises(OSError):
        while True:
            file.write(bytes(2**16))
    kill_with_all_children(made)
    with pytest.raises(DatabaseProblem, match="disk of the database is full"):
        made.ensure_running()
    subprocess.run(["mount", "-o", "remount,size=400m", small_disk], check=True)
    found = made.ensure_running()
    assert acknowledged > 0
    assert ask(found.app, "SELECT count(DISTINCT key) FROM act") >= acknowledged
    assert ask(found.app, "SELECT count(*) FROM act WHERE key < %s", acknowledged) == 400 * acknowledged
    made.remove()
