"""A screen of its own (Xvfb), a keyboard on it (xdotool), and the real program in front: seen and typed at from outside.

There is no window manager: the window that is typed into is given the keys by name.
"""

from __future__ import annotations

import os
import shutil
import signal
import subprocess
import sys
import time
from collections import deque
from collections.abc import Callable, Iterable, Mapping
from pathlib import Path
from typing import TypeVar

from tests.e2e.program import ROOT

NEEDED = ("Xvfb", "xdotool")
LONG_SECONDS = 60.0
KEY_MS = 12   # between two keys, as a quick typist's
REST_SECONDS, LOOK_SECONDS = 1.0, 0.05   # how long the programs have to be quiet, seen that often
AWAKE = 3         # looks at which a thread may be awake all the same: the cursor blinks
T = TypeVar("T")


def missing(*more: str) -> list[str]:
    """The programs that are not there; empty when a screen can be had."""
    return [name for name in (*NEEDED, *more) if shutil.which(name) is None]


class Screen:
    """An X display of its own. Raises AssertionError when what is waited for does not come."""

    def __init__(self, width: int = 1366, height: int = 768) -> None:
        command = ["Xvfb", "-displayfd", "1", "-screen", "0", f"{width}x{height}x24", "-nolisten", "tcp", "-noreset"]
        self._server = subprocess.Popen(command, stdout=subprocess.PIPE, stderr=subprocess.DEVNULL, encoding="ascii")
        assert self._server.stdout is not None
        self.display = f":{self._server.stdout.readline().strip()}"
        self._programs: list[subprocess.Popen[bytes]] = []

    def __enter__(self) -> Screen:
        return self

    def __exit__(self, *_what: object) -> None:
        for program in self._programs:
            if program.poll() is None:
                program.kill()
            program.wait()
        self._server.terminate()
        self._server.wait()
        assert self._server.stdout is not None
        self._server.stdout.close()

    def start(self, *arguments: str, errors: Path, before: tuple[str, ...] = (),
              **environment: str) -> subprocess.Popen[bytes]:
        """Start Python with these arguments on this screen; what it says goes to `errors`."""
        kept = {k: v for k, v in os.environ.items() if not k.startswith(("KANTO_DESK", "QT_", "WAYLAND"))}
        with errors.open("wb") as stderr:
            program = subprocess.Popen([*before, sys.executable, *arguments], stdin=subprocess.DEVNULL, stdout=stderr,
                                       stderr=stderr, cwd="/",
                                       env={**kept, "DISPLAY": self.display, "QT_QPA_PLATFORM": "xcb",
                                            "PYTHONPATH": str(ROOT), "PYTHONUTF8": "1", **environment})
        self._programs.append(program)
        return program

    def titles(self) -> Mapping[str, str]:
        """Window number → title of every window shown that has one."""
        found = self._do("search", "--onlyvisible", "--name", ".").split()
        return {window: self._do("getwindowname", window).strip() for window in found}

    def wait_for_title(self, part: str) -> str:
        """Wait for a window whose title holds these words and give it the keys; gives its title."""
        def there() -> str | None:
            return next((window for window, title in self.titles().items() if part in title), None)
        window = until(there, f"no window is called {part!r}: {list(self.titles().values())}")
        self._do("windowfocus", "--sync", window)
        return self.titles()[window]

    def key(self, *keys: str) -> None:
        """Press keys one after the other: Return, ctrl+2, Tab …"""
        self._do("key", "--delay", str(KEY_MS), *keys)

    def rest(self) -> None:
        """Wait until the programs have done what the keys asked for, as a person does who looks before pressing on.

        Not a time but their quiet: on a cold or busy machine the same work takes ten times as long.
        """
        wanted = round(REST_SECONDS / LOOK_SECONDS)
        seen: deque[bool] = deque(maxlen=wanted)

        def quiet() -> bool:
            seen.append(_awake(program.pid for program in self._programs if program.poll() is None))
            return len(seen) == wanted and sum(seen) <= AWAKE
        until(quiet, "the programs did not come to rest")

    def type(self, text: str) -> None:
        """Type plain characters."""
        self._do("type", "--delay", str(KEY_MS), text)

    def click(self, x: int, y: int) -> None:
        """Press the left button at a place of the screen."""
        self._do("mousemove", "--sync", str(x), str(y), "click", "1")

    def _do(self, *command: str) -> str:
        done = subprocess.run(["xdotool", *command], env={**os.environ, "DISPLAY": self.display}, check=False,
                              capture_output=True, encoding="utf-8")
        return done.stdout


def _awake(programs: Iterable[int]) -> bool:
    """Whether a thread of these processes, or of those they started, runs, wants to run or waits for the disk."""
    parents = {int(process.name): int(fields[1]) for process in Path("/proc").glob("[0-9]*")
               if (fields := _fields(process / "stat"))}

    def ours(process: int) -> bool:
        return process in wanted or (process in parents and ours(parents[process]))
    wanted = set(programs)
    return any(fields[0] in "RD" for process in parents if ours(process)
               for task in Path(f"/proc/{process}/task").glob("*") if (fields := _fields(task / "stat")))


def _fields(stat: Path) -> list[str]:
    """What /proc tells of a process or thread, from its state on; nothing when it has ended."""
    try:
        return stat.read_text("utf-8", "replace").rpartition(")")[2].split()
    except OSError:
        return []


def until(asked: Callable[[], T | None], told: str = "it did not come", seconds: float = LONG_SECONDS) -> T:
    """Ask until there is an answer that is something; gives it."""
    last = time.monotonic() + seconds
    while time.monotonic() < last:
        if answer := asked():
            return answer
        time.sleep(0.05)
    raise AssertionError(told)


def end(program: subprocess.Popen[bytes]) -> int:
    """End a program as a session that is left does; gives its exit code."""
    program.send_signal(signal.SIGTERM)
    return program.wait(LONG_SECONDS)
