"""A whole visit without the mouse on the real program: its own process, screen, home and folder, worked by X key events.

From first run to the PDF that was handed over; then the folder and the PDF are read.
"""

from __future__ import annotations

from datetime import date
from pathlib import Path

import pytest

from kanto_desk.clock import system_clock, today
from kanto_desk.rules import consultation_state as states
from kanto_desk.services import consultations, finalizing, owner, promises, timeline
from kanto_desk.services import desk as desks
from kanto_desk.services.desk import Desk
from tests.e2e.screen import Screen, end, missing, until
from tests.ui.consultation.test_visit_by_keys import pdf_text

pytestmark = pytest.mark.skipif(bool(missing()), reason=f"no screen of its own here: {', '.join(missing())} is missing")
PASSPHRASE = "mizuumi jitensha"
SAID, MEMO = "Orders fall by a fifth next year.", "The owner avoids the loan."
ISSUE, ADVICE = "No way to measure roughness.", "Use the prefecture centre."


def first_run(screen: Screen) -> None:
    """Name and organization; the sample data is chosen already, so that no passphrase is asked for yet."""
    screen.wait_for_title("kanto-desk")
    screen.type("Takahashi Naoko")
    screen.key("Tab", "Tab")
    screen.type("Kanto Centre")
    screen.key("ctrl+Return")
    screen.wait_for_title("きょう")


def begin_a_visit(screen: Screen) -> None:
    """At a company found by its name; the first record of one's own asks for a passphrase."""
    screen.key("ctrl+k")
    screen.type("SUWA")
    screen.key("Return")
    screen.wait_for_title("SUWAブランド推進委員会")
    screen.key("ctrl+Return")
    screen.wait_for_title("合言葉を決める")
    screen.type(PASSPHRASE)
    screen.key("Return")
    screen.wait_for_title("第1回")


def write_the_record(screen: Screen) -> None:
    """One line of each kind; the promise gets who and by when through its chips."""
    for key, text in (("ctrl+1", SAID), ("ctrl+2", ISSUE), ("ctrl+3", ADVICE), ("ctrl+6", MEMO),
                      ("ctrl+4", "Send the estimate")):
        screen.key(key)
        screen.type(text)
        screen.key("Return")
    screen.rest()   # until the promise is kept
    screen.key("F4")
    screen.type("Miyasaka")
    screen.key("Tab")
    screen.type("12/4")
    screen.key("Return")
    screen.rest()   # until the cursor is back in the box


def sign_and_hand_over(screen: Screen, target: Path) -> None:
    """まとめ, 署名・印刷, the typed name, and the page to a folder as to a USB stick."""
    screen.key("ctrl+l", "shift+Tab", "shift+Tab", "Right", "Tab", "Tab", "ctrl+End")   # 記録 → まとめ → 相談の内容
    screen.type(" Written afterwards.")
    screen.key("ctrl+Return")
    screen.type("Miyasaka Mari")
    screen.key("Tab", "Tab", "Right", "ctrl+Return")   # 役職, the ways to confirm: 氏名の入力だけ
    screen.rest()   # until the signature is kept, as anybody would
    screen.key("Tab", "Tab", "Tab", "space")           # あとで送る, 印刷, USBへ保存
    screen.wait_for_title("PDF の保存先")
    screen.key("ctrl+a")
    screen.type(str(target))
    screen.key("Return")
    until(lambda: target.is_file() and target.stat().st_size, "the page was not written")


def test_a_whole_visit_without_the_mouse(tmp_path: Path) -> None:
    home, target, errors = tmp_path / "home", tmp_path / "page.pdf", tmp_path / "errors"
    with Screen() as screen:
        program = screen.start("-m", "kanto_desk", errors=errors, KANTO_DESK_HOME=str(home), HOME=str(tmp_path),
                               XDG_RUNTIME_DIR=str(tmp_path))
        first_run(screen)
        begin_a_visit(screen)
        write_the_record(screen)
        sign_and_hand_over(screen, target)
        assert program.poll() is None
        end(program)
    assert errors.read_text("utf-8") == ""
    desk = desks.unlock(home, PASSPHRASE)
    try:
        check(desk, target.read_bytes())
    finally:
        desk.close()


def check(desk: Desk, page: bytes) -> None:
    """What the folder and the page hold is what was typed."""
    assert owner.read(desk.store).person == "Takahashi Naoko"
    visit = next(v for v in consultations.listing(desk.store) if v.held_on == today(system_clock) and v.state == states.FINAL)
    assert [(line.kind, line.text) for line in timeline.lines(desk.store, visit.uid)] == [
        ("said", SAID), ("issue", ISSUE), ("advice", ADVICE), ("memo", MEMO), ("promise", "Send the estimate")]
    agreed = promises.of_consultation(desk.store, visit.uid)
    assert [(one.text, one.who) for one in agreed] == [("Send the estimate", "Miyasaka")]
    due = agreed[0].due_on
    assert isinstance(due, date) and (due.month, due.day) == (12, 4)
    version = finalizing.versions(desk.store, visit.uid)[-1]
    assert desk.blobs.get(version.pdf or "") == page
    text = pdf_text(page)
    for words in (SAID, ISSUE, ADVICE, "Written afterwards.", "Send the estimate", "Miyasaka Mari"):
        assert words.replace(" ", "") in text, words
    assert MEMO.replace(" ", "") not in text
