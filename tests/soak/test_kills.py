"""kill -9, again and again: of the server, of all its children, of one of them, of whoever acts.

Acknowledged acts are all there, once; none is there in part; the journal has an entry for each and verifies; who comes
back with the same key does nothing twice. The database is one of its own, in a folder of its own.
"""

from __future__ import annotations

import json
import os
import random
import signal
import statistics
import subprocess
import sys
import time
from collections import Counter
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import pytest

from canbo.project.database.embedded import Embedded
from canbo.project.database.home import place_database
from canbo.project.database.processes import PROC, all_working_in

pytestmark = pytest.mark.skipif(not PROC, reason="looks into /proc for the processes of the server")
ROOT = Path(__file__).resolve().parents[2]
VICTIMS = ("server", "actor", "server and all its children", "one child of the server")


@dataclass
class Scene:
    """A register that is being killed, those who act upon it, and one who looks."""

    home: Path
    actors: int
    database: Embedded = field(init=False)
    processes: dict[str, subprocess.Popen[str]] = field(default_factory=dict)
    kills: Counter[str] = field(default_factory=Counter)
    restarts: list[float] = field(default_factory=list)
    looks: list[float] = field(default_factory=list)

    def __post_init__(self) -> None:
        self.database = Embedded(self.home)
        self.diaries.mkdir(parents=True, exist_ok=True)
        self.home.chmod(0o755)

    @property
    def diaries(self) -> Path:
        return self.home / "diaries"

    def run(self, *arguments: str, **more: Any) -> subprocess.Popen[str]:
        environment = {**os.environ, "CANBO_HOME": str(self.home), "CANBO_DEBUG": "0", "PYTHONPATH": str(ROOT)}
        environment.pop("DATABASE_URL", None)
        return subprocess.Popen(
            [sys.executable, "-m", "tests.soak.worker", *arguments], cwd=ROOT, env=environment, text=True, **more
        )

    def start_actor(self, name: str) -> None:
        with (self.home / f"{name}.said").open("a") as said:
            self.processes[name] = self.run("act", str(self.diaries / f"{name}.diary"), "1", stdout=said, stderr=said)

    def start(self, *, communes: int, people: int) -> None:
        assert self.run("prepare", str(communes), str(people)).wait() == 0
        self.looker = self.run("look", str(self.diaries), stdin=subprocess.PIPE, stdout=subprocess.PIPE)
        for number in range(self.actors):
            self.start_actor(f"actor{number}")

    @contextmanager
    def held_still(self) -> Iterator[None]:
        """Who acts begins no new act while one looks; what was begun goes on.

        Otherwise more is done during a look the longer it takes, and the next look takes longer for it: no end to it.
        """
        (self.diaries / "hold").touch()
        try:
            yield
        finally:
            (self.diaries / "hold").unlink()

    def look(self, how: str = "look") -> dict[str, Any]:
        assert self.looker.stdin is not None and self.looker.stdout is not None
        began = time.monotonic()
        self.looker.stdin.write(how + "\n")
        self.looker.stdin.flush()
        line = self.looker.stdout.readline()
        assert line, "who looks has died"
        self.looks.append(time.monotonic() - began)
        return json.loads(line)

    def kill(self, whom: str, chance: random.Random) -> None:
        """Kill somebody and bring it back."""
        self.kills[whom] += 1
        if whom == "actor":
            name = chance.choice(sorted(self.processes))
            self.processes[name].kill()
            self.processes[name].wait()
            self.start_actor(name)
            return
        cluster = self.database.cluster(place_database(self.home))
        assert cluster is not None
        found = cluster.postmaster()
        if found is None:
            return
        children = [pid for pid in all_working_in(cluster.data) if pid != found.pid]
        victims = {"server": [found.pid], "one child of the server": chance.sample(children, 1)}.get(whom, [found.pid, *children])
        for pid in victims:
            with suppress(ProcessLookupError):
                os.kill(pid, signal.SIGKILL)
        began = time.monotonic()
        self.database.ensure_running()
        self.restarts.append(time.monotonic() - began)

    def finish(self) -> dict[str, Any]:
        """Let everybody end the act at hand, kill the server once more, and look for the last time."""
        (self.diaries / "stop").touch()
        for name, process in self.processes.items():
            assert process.wait(120) == 0, (self.home / f"{name}.said").read_text()[-3000:]
        for pid in all_working_in(self.database.cluster(place_database(self.home)).data):  # type: ignore[union-attr]
            os.kill(pid, signal.SIGKILL)
        self.database.ensure_running()
        return self.look("seal")

    def again(self) -> None:
        """Everybody comes back once more and does the last act of the diary with the same key."""
        (self.diaries / "stop").unlink()
        for path in self.diaries.glob("*.diary"):
            lines = [json.loads(line) for line in path.read_text().splitlines() if line.endswith("}")]
            last = [line for line in lines if "does" in line][-1]
            with path.open("a") as file:
                file.write(json.dumps(last) + "\n")
        for name in list(self.processes):
            self.start_actor(name)
        time.sleep(2)

    def end(self) -> None:
        for process in (*self.processes.values(), self.looker):
            process.kill()
            process.wait()
        self.database.stop(now=True)
        self.database.remove()


@pytest.fixture
def scene(tmp_path: Path) -> Iterator[Scene]:
    made = Scene(tmp_path / "home", actors=3)
    try:
        yield made
    finally:
        made.end()


def killed(scene: Scene, *, kills: int, communes: int, people: int, seed: int) -> None:
    chance, began = random.Random(seed), time.monotonic()
    scene.start(communes=communes, people=people)
    while scene.look()["recorded"] < 5:
        time.sleep(0.2)
    for number in range(kills):
        time.sleep(chance.uniform(0.05, 0.6))
        whom = VICTIMS[number % len(VICTIMS)]
        scene.kill(whom, chance)
        with scene.held_still():
            report = scene.look()
        assert report["wrong"] == {}, (number, whom, report)
        if number % 10 == 9:
            print(
                f"{number + 1} kills in {time.monotonic() - began:.0f} s, {report['recorded']} acts, last look {scene.looks[-1]:.1f} s"
            )
    before = scene.finish()
    assert before["wrong"] == {}
    scene.again()
    last = scene.finish()
    assert last["wrong"] == {}
    assert last["recorded"] == sum(last["done"].values())
    assert last["journal"]["unsealed"] == 0
    assert min(last["done"].values()) > 0, last
    print(
        f"\n{sum(scene.kills.values())} kills {dict(scene.kills)} in {time.monotonic() - began:.0f} s; acknowledged {last['done']}; "
        f"lost 0, doubled 0, partial 0; journal {last['journal']['entries']} entries, verified; "
        f"restart median {statistics.median(scene.restarts):.2f} s, most {max(scene.restarts):.2f} s; "
        f"look median {statistics.median(scene.looks):.2f} s, most {max(scene.looks):.2f} s"
    )


def test_ten_kills_lose_double_and_halve_nothing(scene: Scene) -> None:
    killed(scene, kills=10, communes=12, people=4, seed=3)


@pytest.mark.soak
def test_a_hundred_kills_lose_double_and_halve_nothing(scene: Scene) -> None:
    killed(scene, kills=100, communes=40, people=10, seed=1)
