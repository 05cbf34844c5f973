"""Processes that die: a child ends itself by SIGKILL at its n-th statement, commit or file event, or finds its disk full.

Each situation is made once, as files; for each place it is copied, a child process goes on with it and dies there, and
what lies on the disk is opened again and gone on with. The end must be that of the child that lived: equal records,
equal files, nothing half-done and no temporary file. Laptop and hub are both in the child, so either may be under way.
Most places leave the same bytes as the one before; `python -m tests.sync.kills` tries the last of each such run,
`--each` every place, `--every N` each N-th of them, `--full` with disks that fill up instead.
"""

from __future__ import annotations

import argparse
import os
import shutil
import signal
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable, Iterator, Mapping
from contextlib import ExitStack, contextmanager, suppress
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from sqlalchemy import Engine, event
from sqlalchemy.pool import Pool

from tests.hub import own_postgresql
from tests.sync import dying, dying_desks, dying_postgresql, scenes
from tests.sync.lying import Lying
from tests.sync.scenes import Scene

WRITING = os.O_WRONLY | os.O_RDWR | os.O_CREAT | os.O_TRUNC | os.O_APPEND
CHANGES = ("os.rename", "os.remove", "os.mkdir", "os.rmdir", "os.truncate", "os.link", "shutil.copyfile", "shutil.move")
ROOM = 96 << 20
FAST = "/dev/shm" if os.path.isdir("/dev/shm") else None
SITUATIONS = dying.SITUATIONS | dying_desks.SITUATIONS


class Places:
    """Counts places, from the moment it is armed, and does something at one of them."""

    def __init__(self, at: int, do: Callable[[], None]) -> None:
        self.at, self.do, self.passed, self.armed = at, do, 0, False

    def place(self, *_: Any) -> None:
        """One place."""
        if self.armed:
            self.passed += 1
            if self.passed - 1 == self.at:
                self.do()

    def file_event(self, name: str, arguments: tuple[Any, ...]) -> None:
        """What the interpreter says of files before it touches them."""
        if not self.armed:
            return
        if name in CHANGES or (name == "open" and isinstance(arguments[2], int) and arguments[2] & WRITING):
            self.place()

    def listen(self) -> None:
        """Hear of every statement, commit and file event from here on; only in a process that will end."""
        event.listen(Engine, "before_cursor_execute", self.place)
        event.listen(Engine, "after_cursor_execute", self.place)
        event.listen(Engine, "commit", self.place)
        event.listen(Pool, "reset", self.place)   # after a commit, when the connection goes back
        sys.addaudithook(self.file_event)


class Watched(Places):
    """Notes the last of all places that leave the same on the disk; on a server nothing changes but by a commit."""

    def __init__(self, folder: Path) -> None:
        super().__init__(-1, lambda: None)
        self.lying, self.commits, self.seen = Lying(folder), 0, (b"", -1)
        self.last: list[int] = []

    def place(self, *_: Any) -> None:
        if self.armed:
            self.armed = False   # looking is no place
            now = (self.lying.digest(), self.commits)
            self.armed = True
            if self.passed and now != self.seen:
                self.last.append(self.passed - 1)
            self.seen = now
        super().place()

    def listen(self) -> None:
        super().listen()
        event.listen(Engine, "commit", self._committed)

    def _committed(self, *_: Any) -> None:
        self.commits += 1


@dataclass(frozen=True, slots=True)
class Ended:
    """How a child ended: by its own, or killed; and how many places it passed (-1: nobody could say)."""

    killed: bool
    places: int


@dataclass(frozen=True, slots=True)
class Tried:
    """How many places were tried, how many there are, and how many states they leave."""

    tried: int
    places: int
    states: int


def watched(scene: Scene) -> tuple[int, list[int]]:
    """How many places a child passes that lives, and those after which another thing lies on the disk."""
    said = _in_child(scene, Watched(scene.folder), full=False)[1].split()
    return int(said[0]), [int(at) for at in said[1:]]


def in_child(scene: Scene, at: int, *, full: bool = False) -> Ended:
    """Go on with a situation in a child that dies at place `at` (never below 0), or finds its disk full from there on."""
    do = (lambda: fill(scene.folder)) if full else (lambda: os.kill(os.getpid(), signal.SIGKILL))
    killed, text = _in_child(scene, Places(at, do), full=full)
    return Ended(killed, int(text.split()[0]) if text else -1)


def _in_child(scene: Scene, places: Places, *, full: bool) -> tuple[bool, str]:
    said, says = os.pipe()
    child = os.fork()
    if child == 0:
        _child(scene, places, full, says)
    os.close(says)
    with os.fdopen(said, "rb") as pipe:
        text = pipe.read().decode()
    _, status = os.waitpid(child, 0)
    killed = os.WIFSIGNALED(status) and os.WTERMSIG(status) == signal.SIGKILL
    assert killed or (os.WIFEXITED(status) and os.WEXITSTATUS(status) == 0), f"the child ended oddly: {text}"
    return killed, text


def _child(scene: Scene, places: Places, full: bool, says: int) -> None:
    """Never returns."""
    code = 1
    try:
        places.listen()
        opened = scene.open()
        places.armed = True
        try:
            scene.act(opened)
        except Exception as error:
            if not full:
                raise
            assert scenes.is_told(error), repr(error)
        places.armed = False
        last = [*places.last, places.passed - 1] if isinstance(places, Watched) else []
        os.write(says, " ".join(map(str, [places.passed, *last])).encode())
        code = 0
    except BaseException as error:   # noqa: BLE001 - the parent shows it
        import traceback
        os.write(says, "".join(traceback.format_exception(error))[-3000:].encode())
    finally:
        os._exit(code)


def fill(folder: Path) -> None:
    """Leave no room on the disk of a folder."""
    room = os.statvfs(folder)
    with open(folder.parent / "filler", "wb") as file, suppress(OSError):
        if room.f_bavail:
            os.posix_fallocate(file.fileno(), 0, room.f_bavail * room.f_frsize)


@contextmanager
def small_disk(folder: Path) -> Iterator[Path]:
    """A disk of its own. Raises PermissionError where none may be mounted."""
    place = Path(tempfile.mkdtemp(dir=folder))
    done = subprocess.run(["mount", "-t", "tmpfs", "-o", f"size={ROOM}", "tmpfs", str(place)], check=False,
                          capture_output=True, encoding="utf-8")
    if done.returncode:
        raise PermissionError(done.stderr.strip())
    try:
        yield place
    finally:
        subprocess.run(["umount", str(place)], check=True)


def try_places(name: str, folder: Path, every: int = 1, first: int = 0, *, full: bool = False,
               faults: int = 1, each: bool = False, most: int | None = None,
               situations: Mapping[str, Callable[[Path], Scene]] | None = None) -> Tried:
    """End a child at each N-th state of a situation: at the last place that leaves it; with `each` at each N-th place.

    With `most` only so many, the first of them turning round with `first`.
    Raises AssertionError with the places whose ends differ, after so many of them.
    """
    made = folder / "made"
    scene = (situations or SITUATIONS)[name](made)
    sound = scene.copied(folder / "run")
    places, last = watched(sound)
    wanted = sound.end()
    sound.gone()
    chosen = list(range(places)) if each else last
    tried = chosen[first % every::every]
    if most:
        tried = [chosen[(first + n * (len(chosen) // most)) % len(chosen)] for n in range(most)]
    found: list[str] = []
    for at in tried:
        run = scene.copied(folder / "run")
        try:
            _try_place(run, at, wanted, full=full)
        except AssertionError as error:
            found.append(f"{name}, place {at} of {places}: {error}")
            if len(found) >= faults:
                break
        run.gone()
    assert not found, "\n".join(found)
    scene.gone()
    return Tried(len(tried), places, len(last))


def _try_place(run: Scene, at: int, wanted: dict[str, Any], *, full: bool) -> None:
    ended = in_child(run, at, full=full)
    (run.folder.parent / "filler").unlink(missing_ok=True)
    assert full or ended.killed, "the child lived"
    try:
        found = run.end()
    except Exception as error:
        raise AssertionError(repr(error)) from error
    assert found == wanted, f"the end differs\n{scenes.difference(found, wanted)}"


def main() -> int:
    """Try the places that are asked for; 1 if one ended otherwise."""
    options = argparse.ArgumentParser(prog="kills")
    options.add_argument("--every", type=int, default=1)
    options.add_argument("--first", type=int, default=0)
    options.add_argument("--each", action="store_true", help="each place, also where the one before left the same")
    options.add_argument("--full", action="store_true", help="a full disk instead of a death; needs root")
    options.add_argument("--faults", type=int, default=5, help="leave a situation after so many faults")
    options.add_argument("situations", nargs="*", default=[*SITUATIONS, *dying_postgresql.NAMES])
    chosen = options.parse_args()
    with ExitStack() as stack:
        situations = dict(SITUATIONS)
        if set(chosen.situations) - set(situations):
            server = stack.enter_context(own_postgresql.running(*dying_postgresql.SETTINGS, folder=FAST))
            situations |= dying_postgresql.situations(server)
        return _try_all(situations, chosen)


def _try_all(situations: Mapping[str, Callable[[Path], Scene]], chosen: argparse.Namespace) -> int:
    root = Path(tempfile.mkdtemp(dir=FAST))
    failed = 0
    try:
        for name in chosen.situations:
            began = time.monotonic()
            with small_disk(root) if chosen.full else _plain(root) as folder:
                try:
                    done = try_places(name, folder, chosen.every, chosen.first, full=chosen.full,
                                      faults=chosen.faults, each=chosen.each, situations=situations)
                except AssertionError as error:
                    failed += 1
                    print(error, flush=True)
                    continue
            print(f"{name}: {done.tried} tried of {done.places} places that leave {done.states} states, the end always the "
                  f"same, {time.monotonic() - began:.0f} s", flush=True)
    finally:
        shutil.rmtree(root, ignore_errors=True)
    return 1 if failed else 0


@contextmanager
def _plain(root: Path) -> Iterator[Path]:
    yield Path(tempfile.mkdtemp(dir=root))


if __name__ == "__main__":
    raise SystemExit(main())
