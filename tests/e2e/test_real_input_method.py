"""Japanese typed with a real input method: Mozc through IBus, X key events, the real window, a user who is not root."""

from __future__ import annotations

import json
import os
import shutil
import signal
import subprocess
import sys
import tempfile
from collections.abc import Callable, Iterator
from contextlib import suppress
from pathlib import Path
from typing import Any

import pytest

from tests.e2e.screen import Screen, missing, until

ENGINE = "/usr/lib/ibus-mozc/ibus-engine-mozc"
USER = "nobody"
# As root Mozc does not compose; the other user must still read the interpreter, which may lie in root's own folder.
AS_USER = ("setpriv", "--reuid", USER, "--regid", "nogroup", "--clear-groups", "--inh-caps", "+dac_override",
           "--ambient-caps", "+dac_override") if os.name == "posix" and os.geteuid() == 0 else ()
MOZC = """engines {
  name : "mozc-jp"
  longname : "Mozc"
  layout : "default"
  rank : 80
}
active_on_launch: True
"""
State = dict[str, Any]
CAPTURE = "記録する文"


def why_not() -> str:
    """Why no input method can run here; empty when one can."""
    lacking = missing("ibus-daemon", "dbus-run-session", ENGINE, *AS_USER[:1])
    if lacking:
        return f"no input method here: {', '.join(lacking)} is missing"
    tried = subprocess.run([*AS_USER, sys.executable, "-c", ""], check=False, capture_output=True, cwd="/")
    return "" if tried.returncode == 0 else f"the tests run as root and may not become {USER}, and Mozc refuses root"


pytestmark = pytest.mark.skipif(bool(why_not()), reason=why_not() or "it can")


class Typist:
    """Types on a screen and waits for what the window then shows."""

    def __init__(self, screen: Screen, told: Path) -> None:
        self.screen, self._told = screen, told

    def now(self) -> State:
        """What the window showed last."""
        lines = self._told.read_text("utf-8").splitlines()
        state: State = json.loads(lines[-1]) if lines else {}
        return state

    def sees(self, true: Callable[[State], Any], told: str = "") -> State:
        """Wait until the window shows this."""
        def asked() -> State | None:
            state = self.now()
            return state if state and true(state) else None
        try:
            return until(asked)
        except AssertionError as error:
            raise AssertionError(f"{told or 'not seen'}; the window shows {self.now()}") from error

    def compose(self, romaji: str, kana: str) -> State:
        """Type romaji and wait for the kana being composed."""
        self.screen.type(romaji)
        return self.sees(lambda state: state["composing"] == kana, f"{romaji} is not composed as {kana}")

    def clear(self) -> None:
        """Empty the box that has the cursor."""
        self.screen.key("ctrl+a", "BackSpace")
        self.sees(lambda state: state["text"] == "" and state["composing"] == "")


@pytest.fixture(scope="module")
def typist() -> Iterator[Typist]:
    """The window on a new folder, in a session of its own."""
    folder = Path(tempfile.mkdtemp(prefix="kanto-ime-"))   # pytest's own folders may be root's alone
    home, told, errors = folder / "user", folder / "told", folder / "errors"
    (home / ".config" / "mozc").mkdir(parents=True)
    (home / ".config" / "mozc" / "ibus_config.textproto").write_text(MOZC, "utf-8")
    (folder / "run").mkdir(mode=0o700)
    told.touch()
    if AS_USER:
        for path in (folder, *folder.rglob("*")):
            shutil.chown(path, USER)
    with Screen() as screen:
        program = screen.start("-m", "tests.e2e.ime_child", str(home / "desk"), str(told), errors=errors,
                               before=(*AS_USER, "dbus-run-session", "--"), HOME=str(home),
                               XDG_RUNTIME_DIR=str(folder / "run"), XDG_CONFIG_HOME=str(home / ".config"),
                               QT_IM_MODULE="ibus", LANG="C.UTF-8")
        try:
            screen.wait_for_title("kanto-desk")
            yield Typist(screen, told)
            assert program.poll() is None, errors.read_text("utf-8")
        finally:
            told.unlink()
            with suppress(subprocess.TimeoutExpired):
                program.wait(20)
            end_session(home)
    assert "Traceback" not in errors.read_text("utf-8")
    shutil.rmtree(folder)


def end_session(home: Path) -> None:
    """End what the session left running: Mozc's server outlives its session."""
    for entry in Path("/proc").iterdir():
        with suppress(OSError):
            if entry.name.isdigit() and f"HOME={home}".encode() in (entry / "environ").read_bytes().split(b"\0"):
                os.kill(int(entry.name), signal.SIGKILL)


def test_the_reading_fills_from_the_composition(typist: Typist) -> None:
    typist.sees(lambda state: state["focus"] == "お名前")
    typist.compose("takahashi", "たかはし")
    typist.screen.key("space")
    typist.sees(lambda state: state["composing"] not in ("", "たかはし"), "Space does not convert")
    typist.screen.key("Return")
    state = typist.sees(lambda state: state["name"] and not state["composing"])
    assert state["name"] == "高橋" and state["kana"] == "タカハシ" and not state["doubt"]
    assert state["focus"] == "お名前", "Enter belonged to the input method"
    typist.screen.key("Return")
    typist.sees(lambda state: state["focus"] == "ふりがな")


def test_enter_commits_and_only_the_second_enter_adds_the_line(typist: Typist) -> None:
    before = begin_visit(typist)["lines"]
    typist.compose("mitsumori", "みつもり")
    typist.screen.key("space")
    typist.sees(lambda state: state["composing"] == "見積もり")
    typist.screen.key("Return")
    state = typist.sees(lambda state: state["text"] == "見積もり" and state["composing"] == "")
    assert state["lines"] == before
    typist.screen.key("Return")
    state = typist.sees(lambda state: state["lines"] != before)
    assert state["lines"] == [*before, "見積もり"] and state["text"] == "" and state["focus"] == CAPTURE


def test_escape_while_composing_is_the_input_methods(typist: Typist) -> None:
    begin_visit(typist)
    typist.compose("nouki", "のうき")
    typist.screen.key("Escape")
    state = typist.sees(lambda state: state["composing"] == "")
    assert state["focus"] == CAPTURE and "第" in state["title"], "the record is still open"


def test_tab_while_composing_stays_and_leaves_afterwards(typist: Typist) -> None:
    begin_visit(typist)
    typist.clear()
    typist.compose("nouki", "のうき")
    typist.screen.key("Tab")
    typist.screen.key("Return")
    state = typist.sees(lambda state: state["text"] and state["composing"] == "")
    assert state["focus"] == CAPTURE, "Tab belonged to the input method"
    typist.screen.key("Tab")
    typist.sees(lambda state: state["focus"] not in (CAPTURE, ""), "Tab does not leave the box")
    typist.screen.key("ctrl+l")
    typist.sees(lambda state: state["focus"] == CAPTURE)
    typist.clear()


def test_a_page_switched_while_composing_keeps_the_text_once(typist: Typist) -> None:
    begin_visit(typist)
    typist.clear()
    typist.compose("shisaku", "しさく")
    typist.screen.click(41, 89)   # きょう in the rail
    typist.sees(lambda state: "きょう" in state["title"])
    typist.screen.key("alt+2")
    state = typist.sees(lambda state: state.get("capture"))
    assert state["capture"] == "しさく" and state["composing"] == ""
    typist.screen.key("Return")
    assert typist.sees(lambda state: state["lines"][-1:] == ["しさく"])["text"] == ""


def begin_visit(typist: Typist) -> State:
    """From wherever the window stands to the capture box of the open visit; gives what is seen then."""
    if "name" in typist.now():   # はじめに
        typist.screen.key("ctrl+Return")
        typist.screen.wait_for_title("きょう")
        typist.sees(lambda state: state["focus"] == "相談をはじめる")   # the title comes first; Enter wants the button
        typist.screen.key("Return")
    elif "第" not in typist.now()["title"]:
        typist.screen.key("alt+2")
    typist.sees(lambda state: "第" in state["title"])
    typist.screen.key("ctrl+l")
    return typist.sees(lambda state: state["focus"] == CAPTURE)
