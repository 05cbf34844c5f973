"""The frame worked by keys: places, palette, footer, undo, tabs, zoom, language, a full disk, and the way back."""

from __future__ import annotations

import errno
import json
import subprocess
import threading
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from PySide6.QtCore import Qt
from PySide6.QtWidgets import QApplication, QLineEdit, QWidget
from pytestqt.qtbot import QtBot
from sqlalchemy import text

from kanto_desk.errors import Trouble
from kanto_desk.i18n import catalogue
from kanto_desk.services import consultations, home, organizations, samples, timeline
from kanto_desk.ui import actions
from kanto_desk.ui.dialogs.settings import SettingsBox
from kanto_desk.ui.frame import Frame
from kanto_desk.ui.pages.consultation.page import ConsultationPage
from kanto_desk.ui.pages.consultation.summary_tab import SummaryTab
from kanto_desk.ui.theme import controller
from tests.ui.conftest import Compose
from tests.ui.window import ALT, CTRL, PASSPHRASE, SHIFT, Hands, press, too_small, unnamed

PLACE_KEYS = (Qt.Key.Key_1, Qt.Key.Key_2, Qt.Key.Key_3, Qt.Key.Key_4, Qt.Key.Key_5, Qt.Key.Key_6)
PLACES = ("today", "visits", "companies", "match", "figures", "sync")


@pytest.fixture
def hands(tmp_path: Path, qtbot: QtBot) -> Iterator[Hands]:
    made = Hands(tmp_path / "desk", qtbot)
    yield made
    made.close()


def two_visits(desk: object) -> list[str]:
    """Two planned visits with two companies."""
    store = desk.store  # type: ignore[attr-defined]
    return [consultations.create(store, row.uid) for row in organizations.listing(store, limit=2)]


def visit(hands: Hands, frame: Frame, uid: str) -> None:
    """Open a visit and wait for its capture box."""
    frame.begin_visit(uid)
    hands.until(lambda: frame.places.here == ("consultation", uid))
    hands.until(lambda: hands.focus().accessibleName() == "記録する文")


def lines(frame: Frame, uid: str) -> list[str]:
    return [line.text for line in timeline.lines(frame.desk.store, uid)]


def test_alt_numbers_show_the_six_places(hands: Hands) -> None:
    hands.make_desk()
    _, frame = hands.unlocked()
    for key, place in reversed(tuple(zip(PLACE_KEYS, PLACES, strict=True))):
        hands.key(key, ALT)
        assert frame.places.here == ("place", place)
        assert [p for p, button in frame.rail.places.items() if button.isChecked()] == [place]


def test_pages_are_built_when_first_opened(hands: Hands) -> None:
    hands.make_desk()
    _, frame = hands.unlocked()
    assert len(frame.places.pages()) == 1
    hands.key(Qt.Key.Key_4, ALT)
    assert len(frame.places.pages()) == 2


def test_palette_finds_while_composing_and_opens(hands: Hands, compose: Compose) -> None:
    hands.make_desk(samples.load)
    _, frame = hands.unlocked()
    hands.key(Qt.Key.Key_K, CTRL)
    assert frame.palette_.box.hasFocus()
    compose(frame.palette_.box, preedit="こなんせい")
    hands.until(lambda: any("湖南精工" in row for row in frame.palette_.rows()))
    compose(frame.palette_.box, commit="湖南精工")
    hands.until(lambda: any("湖南精工" in row for row in frame.palette_.rows()))
    hands.key(Qt.Key.Key_Return)
    hands.until(lambda: bool(frame.places.here and frame.places.here[0] == "organization"))
    hands.key(Qt.Key.Key_Escape)
    hands.until(lambda: frame.places.here == ("place", "today"))


def test_palette_carries_out_commands(hands: Hands) -> None:
    hands.make_desk()
    _, frame = hands.unlocked()
    hands.key(Qt.Key.Key_K, CTRL)
    frame.palette_.box.setText("同期")
    hands.until(lambda: frame.palette_.rows() == ["同期", "いま同期する"])   # what is called so comes first
    hands.key(Qt.Key.Key_Return)
    assert frame.places.here == ("place", "sync")


def test_typing_into_the_search_box_opens_the_palette_with_the_first_key(hands: Hands) -> None:
    hands.make_desk()
    _, frame = hands.unlocked()
    frame.top.search.setFocus()
    hands.type("s")
    assert frame.palette_.isVisible() and frame.palette_.box.text() == "s"
    assert frame.top.search.text() == ""


def test_new_visit_with_a_company_chosen_in_the_palette(hands: Hands) -> None:
    hands.make_desk(samples.load)
    _, frame = hands.unlocked()
    hands.key(Qt.Key.Key_N, CTRL)
    frame.palette_.box.setText("湖南精工")
    hands.until(lambda: frame.palette_.rows() != [] and "湖南精工" in frame.palette_.rows()[0])
    hands.key(Qt.Key.Key_Return)
    hands.until(lambda: bool(frame.places.here and frame.places.here[0] == "consultation"))
    hands.until(lambda: hands.focus().accessibleName() == "記録する文")


def test_footer_says_saved_only_after_the_disk_has_it(hands: Hands) -> None:
    uid = hands.make_desk(two_visits)[0]
    _, frame = hands.unlocked()
    visit(hands, frame, uid)
    hands.until(lambda: frame.saving.waiting == 0)
    heard: list[tuple[str, list[str]]] = []
    frame.footer.shown_changed.connect(lambda words: heard.append((words, lines(frame, uid))))
    hands.clock.on(minutes=5)
    hands.type("anzen")
    hands.key(Qt.Key.Key_Return)
    all_saved = "すべてこのパソコンに保存済み　09:17:30"
    hands.until(lambda: any(words == all_saved for words, _ in heard))
    assert [stored for words, stored in heard if words == all_saved] == [["anzen"]]
    hands.key(Qt.Key.Key_S, CTRL)
    assert frame.footer.said.full() == "すでに保存されています 09:17"


def test_undo_and_redo_work_on_the_open_record_and_say_what_they_did(hands: Hands) -> None:
    uid = hands.make_desk(two_visits)[0]
    _, frame = hands.unlocked()
    visit(hands, frame, uid)
    hands.type("ichi")
    hands.key(Qt.Key.Key_Return)
    hands.until(lambda: lines(frame, uid) == ["ichi"])
    hands.key(Qt.Key.Key_Z, CTRL)          # nothing to undo in the box: the record is meant
    hands.until(lambda: lines(frame, uid) == [])
    hands.until(lambda: frame.footer.said.full().startswith("元に戻しました"))
    hands.key(Qt.Key.Key_Y, CTRL)
    hands.until(lambda: lines(frame, uid) == ["ichi"])
    hands.type("ni")
    hands.key(Qt.Key.Key_Z, CTRL)          # the box first
    assert lines(frame, uid) == ["ichi"]


def test_a_finished_action_offers_undo_and_goes_after_its_time(hands: Hands) -> None:
    hands.make_desk()
    _, frame = hands.unlocked()
    done: list[bool] = []
    frame.say("消しました", lambda: done.append(True))
    assert frame.footer.undo.isVisible()
    press(frame.footer.undo)
    assert done == [True] and not frame.footer.said.isVisible()


def test_unsent_counts_records_after_they_are_saved(hands: Hands) -> None:
    uid = hands.make_desk(two_visits)[0]
    _, frame = hands.unlocked()
    hands.until(lambda: frame.top.unsent.text() == f"未送信 {home.unsent(frame.desk.store)}")
    before = home.unsent(frame.desk.store)
    visit(hands, frame, uid)
    hands.type("a")
    hands.key(Qt.Key.Key_Return)
    hands.until(lambda: frame.top.unsent.text() == f"未送信 {before + 1}")


def test_tabs_step_close_and_come_back(hands: Hands) -> None:
    one, two = hands.make_desk(two_visits)
    _, frame = hands.unlocked()
    frame.open_consultation(one)
    assert not frame.places.bar.isVisible()
    frame.open_consultation(two)
    hands.until(frame.places.bar.isVisible)
    assert frame.places.bar.count() == 2
    frame.actions_.do("next_tab")
    assert frame.places.here == ("consultation", one)
    hands.key(Qt.Key.Key_W, CTRL)
    assert frame.places.here == ("consultation", two)
    hands.key(Qt.Key.Key_1, ALT)
    hands.key(Qt.Key.Key_2, ALT)                        # 相談 first shows the record open last
    assert frame.places.here == ("consultation", two)
    hands.key(Qt.Key.Key_2, ALT)
    assert frame.places.here == ("place", "visits")


def test_the_record_being_written_is_open_again_after_a_restart(hands: Hands) -> None:
    uid = hands.make_desk(two_visits)[0]
    window, frame = hands.unlocked()
    visit(hands, frame, uid)
    hands.type("tochu")
    window.close()
    _, frame = hands.unlocked()
    assert frame.places.here == ("consultation", uid)
    hands.until(lambda: hands.focus().accessibleName() == "記録する文")
    assert getattr(hands.focus(), "toPlainText", str)() == "tochu"
    frame.go("today")
    frame.places.show_record("consultation", uid)
    frame.places.close_record()
    hands.windows[-1].close()
    _, frame = hands.unlocked()
    assert frame.places.here == ("place", "today")      # closed by the user: not opened again


def test_a_full_disk_keeps_the_text_and_the_window_open(hands: Hands, tmp_path: Path) -> None:
    uid = hands.make_desk(two_visits)[0]
    window, frame = hands.unlocked()
    visit(hands, frame, uid)
    hands.until(lambda: frame.saving.waiting == 0)
    full = [True]

    def save() -> None:
        if full[0]:
            raise OSError(28, "No space left on device")
    frame.write(save)
    hands.until(frame.alarm.isVisible)
    assert "ディスクの空きがなく" in frame.alarm.words.plain()
    assert frame.footer.state.text() == "まだ保存できていません"
    hands.type("kieru na")
    window.close()
    assert window.isVisible() and frame.alarm.close_anyway.isVisible()
    hands.files.answer = tmp_path / "rescued.txt"
    press(frame.alarm.other)
    assert "kieru na" in hands.files.answer.read_text("utf-8")
    full[0] = False
    press(frame.alarm.retry)
    hands.until(lambda: not frame.alarm.isVisible() and frame.saving.waiting == 0)
    hands.until(lambda: frame.footer.state.text().startswith("すべてこのパソコンに保存済み"))
    window.close()
    hands.until(lambda: not window.isVisible())   # a last backup may take its moment


def test_other_troubles_are_told_and_can_be_put_away(hands: Hands) -> None:
    hands.make_desk()
    _, frame = hands.unlocked()

    def bad() -> None:
        raise Trouble("写真を読めません。", "記録は無事です。", "別の写真を選びます。")
    frame.write(bad)
    hands.until(frame.alarm.isVisible)
    assert not frame.alarm.retry.isVisible() and frame.saving.waiting == 0
    press(frame.alarm.shut)
    assert not frame.alarm.isVisible()


def test_zoom_and_theme_are_kept(hands: Hands) -> None:
    hands.make_desk()
    window, _ = hands.unlocked()
    hands.key(Qt.Key.Key_Plus, CTRL)
    hands.key(Qt.Key.Key_Plus, CTRL)
    hands.key(Qt.Key.Key_Minus, CTRL)
    assert controller().zoom == 110
    window.set_scheme("dark")
    window.close()
    kept = json.loads((hands.home / "window.json").read_text("utf-8"))
    assert (kept["zoom"], kept["scheme"]) == (110, "dark")
    hands.start()
    assert (controller().zoom, controller().scheme) == (110, "dark")
    hands.key(Qt.Key.Key_0, CTRL)


def test_language_changes_at_once_at_the_same_place(hands: Hands) -> None:
    hands.make_desk(samples.load)
    window, frame = hands.unlocked()
    hands.key(Qt.Key.Key_5, ALT)
    window.set_language("en")
    frame = hands.frame(window)
    assert frame.places.here == ("place", "figures")
    hands.until(frame.isVisible)
    assert frame.rail.places["today"].text() == "Today"
    assert frame.footer.state.text().startswith("Saved on this computer")
    window.close()
    page = hands.start().gate
    assert page is not None and page.accessibleName() == "Passphrase"


def test_a_hundred_steps_are_undone_after_a_restart_and_done_again(hands: Hands) -> None:
    first, _second = hands.make_desk(two_visits)

    def write(desk: Any) -> None:
        consultations.start(desk.store, first)
        uid = timeline.add(desk.store, first, "said", "0")
        for n in range(1, 111):
            timeline.edit(desk.store, first, uid, text=f"{n}")
    hands.change(write)
    _window, frame = hands.unlocked()
    visit(hands, frame, first)
    for _ in range(105):
        hands.key(Qt.Key.Key_Z, CTRL)
        hands.until(lambda: frame.keeping.busy() == 0)
    assert lines(frame, first) == ["5"]
    for _ in range(105):
        hands.key(Qt.Key.Key_Z, CTRL, SHIFT)
        hands.until(lambda: frame.keeping.busy() == 0)
    assert lines(frame, first) == ["110"]


def test_a_change_of_language_keeps_the_open_records_and_the_settings(hands: Hands) -> None:
    first, second = hands.make_desk(two_visits)
    window, frame = hands.unlocked()
    visit(hands, frame, second)
    visit(hands, frame, first)
    hands.type("typed before")
    frame.do("settings")
    box = hands.box()
    assert isinstance(box, SettingsBox)
    box.move(box.x() + 30, box.y() + 20)
    place = box.geometry()
    press(box.languages["en"])
    hands.until(lambda: isinstance(QApplication.activeWindow(), SettingsBox)
                and QApplication.activeWindow().windowTitle() == "Settings")
    again, frame = hands.box(), hands.frame(window)
    assert isinstance(again, SettingsBox) and again.geometry() == place
    assert again.languages["en"].isChecked() and again.languages["en"].hasFocus()
    again.accept()
    assert frame.places.open_records() == (("consultation", second), ("consultation", first))
    assert frame.places.here == ("consultation", first) and frame.places.bar.currentIndex() == 1
    page = frame.places.current
    assert isinstance(page, ConsultationPage)
    assert page.record.capture.text.toPlainText() == "typed before"


def test_the_western_year_first_is_shown_at_once_and_kept(hands: Hands) -> None:
    first, _second = hands.make_desk(two_visits)
    window, frame = hands.unlocked()
    visit(hands, frame, first)

    def shown(frame: Frame) -> str:
        page = frame.places.current
        assert isinstance(page, ConsultationPage)
        tab = page.go_to("summary")
        assert isinstance(tab, SummaryTab)
        box = tab.forms["visit"].editor("held_on")
        assert isinstance(box, QLineEdit)
        return box.text()
    assert shown(frame) == "令和8年11月24日（火）"
    frame.do("settings")
    box = hands.box()
    assert isinstance(box, SettingsBox)
    press(box.years["western"])
    hands.until(lambda: window.frame is not frame)
    again = hands.box()
    assert isinstance(again, SettingsBox) and again.years["western"].isChecked() and again.years["western"].hasFocus()
    again.accept()
    assert shown(hands.frame(window)) == "2026年11月24日（火）"
    window.close()
    _window, frame = hands.unlocked()
    assert shown(frame) == "2026年11月24日（火）"
    assert consultations.get(frame.desk.store, first).record.held_on.isoformat() == "2026-11-24"


def test_a_change_of_language_keeps_the_inner_tab_of_every_open_record(hands: Hands) -> None:
    first, second = hands.make_desk(two_visits)
    window, frame = hands.unlocked()
    for uid, tab in ((second, "sign"), (first, "summary")):
        visit(hands, frame, uid)
        page = frame.places.current
        assert isinstance(page, ConsultationPage)
        page.go_to(tab)
    for language in ("en", "ja"):
        window.set_language(language)
        frame = hands.frame(window)
        hands.until(frame.isVisible)
        assert frame.places.open_records() == (("consultation", second), ("consultation", first))
        page = frame.places.current
        assert isinstance(page, ConsultationPage)
        assert page.uid == first and page.tab == "summary" and page.stack.currentWidget() is page.go_to("summary")
        focus = QApplication.focusWidget()
        assert focus is not None and page.stack.currentWidget().isAncestorOf(focus)
    hands.key(Qt.Key.Key_Tab, CTRL)
    other = frame.places.current
    assert isinstance(other, ConsultationPage) and other.uid == second and other.tab == "sign"


def test_open_records_come_back_after_a_restart_with_the_cursor_where_it_was(hands: Hands) -> None:
    first, second = hands.make_desk(two_visits)
    window, frame = hands.unlocked()
    visit(hands, frame, first)
    visit(hands, frame, second)
    page = frame.places.current
    assert isinstance(page, ConsultationPage)
    tab = page.go_to("summary")
    assert isinstance(tab, SummaryTab)
    theme = tab.forms["top"].editor("theme")
    theme.setFocus()
    hands.type("abcdef")
    assert isinstance(theme, QLineEdit)
    theme.setCursorPosition(3)
    window.close()
    _window, frame = hands.unlocked()
    assert frame.places.open_records() == (("consultation", first), ("consultation", second))
    assert frame.places.bar.isVisible() and frame.places.bar.count() == 2
    page = frame.places.current
    assert isinstance(page, ConsultationPage) and page.uid == second and page.tab == "summary"
    focus = QApplication.focusWidget()
    tab = page.stack.currentWidget()
    assert isinstance(tab, SummaryTab) and focus is tab.forms["top"].editor("theme")
    assert isinstance(focus, QLineEdit) and focus.cursorPosition() == 3
    hands.type("X")
    assert focus.text() == "abcXdef"
    hands.key(Qt.Key.Key_Tab, CTRL)   # the other record is built only now
    other = frame.places.current
    assert isinstance(other, ConsultationPage) and other.uid == first


def test_a_kept_record_that_is_not_there_any_more_says_so_and_goes(hands: Hands) -> None:
    first, second = hands.make_desk(two_visits)
    window, frame = hands.unlocked()
    visit(hands, frame, first)
    visit(hands, frame, second)
    window.close()

    def lose(desk: Any) -> None:   # as a scope taken away would: the row is gone, not deleted
        with desk.store.write() as conn:
            conn.execute(text("DELETE FROM consultation WHERE uid = :uid"), {"uid": first})
    hands.change(lose)
    _window, frame = hands.unlocked()
    assert frame.places.open_records() == (("consultation", first), ("consultation", second))
    hands.key(Qt.Key.Key_Tab, CTRL)
    assert frame.places.open_records() == (("consultation", second),)
    assert frame.places.here == ("consultation", second) and "この" in frame.footer.said.full()


def test_f1_lists_every_key_once_and_every_row_has_english(hands: Hands) -> None:
    hands.make_desk()
    hands.unlocked()
    hands.key(Qt.Key.Key_F1)
    box = hands.box()
    spoken = [w.accessibleName() for w in box.findChildren(QWidget)]
    for row in actions.TABLE:
        if row.key_text:
            assert spoken.count(f"{row.words} {row.key_text}") == 1
    box.accept()
    assert [row.ja for row in actions.TABLE if row.ja not in catalogue()] == []


def test_no_key_is_bound_twice_and_none_belongs_to_the_input_method() -> None:
    bound = [key for row in actions.TABLE if row.bound for key in row.keys]
    assert len(bound) == len(set(bound))
    assert not {"F6", "F7", "F8", "F9", "F10", "Ctrl+Space", "Shift+Space"} & set(bound)


def test_every_row_of_the_table_is_served_by_the_window_or_a_page(hands: Hands) -> None:
    uid = hands.make_desk(two_visits)[0]
    _, frame = hands.unlocked()
    served: set[str] = set()
    for place in PLACES:
        frame.places.show_place(place)  # type: ignore[arg-type]  # the six places
        served |= {row.id for row in actions.TABLE if frame.actions_.served(row.id)}
    frame.open_organization(organizations.listing(frame.desk.store, limit=1)[0].uid)
    served |= {row.id for row in actions.TABLE if frame.actions_.served(row.id)}
    visit(hands, frame, uid)
    served |= {row.id for row in actions.TABLE if frame.actions_.served(row.id)}
    frame.open_organization(consultations.get(frame.desk.store, uid).record.organization)
    served |= {row.id for row in actions.TABLE if frame.actions_.served(row.id)}
    assert [row.id for row in actions.TABLE if row.bound and row.id not in served] == []


def test_settings_save_by_themselves_and_refuse_beside_the_field(hands: Hands) -> None:
    hands.make_desk()
    _, frame = hands.unlocked()
    frame.do("settings")
    box = hands.box()
    person, code = box.person, box.base_code                 # type: ignore[attr-defined]
    person.setFocus()
    person.setText("佐々木 望")
    code.setFocus()
    hands.until(lambda: frame.desk.store.setting("person") == "佐々木 望")
    hands.until(lambda: frame.top.user.text() == "佐々木")
    code.setText("?")
    person.setFocus()
    hands.until(lambda: "英字と数字" in code.accessibleDescription())
    assert frame.desk.store.setting("base_code", "KD") == "KD"
    assert unnamed(box) == [] and too_small(box) == []
    press(box.photos.originals)                              # type: ignore[attr-defined]
    hands.until(lambda: frame.desk.store.setting("photo_keep_original") is True)
    assert frame.desk.store.setting("photo_keep_place", False) is False
    press(box.backup_now)                                    # type: ignore[attr-defined]
    hands.until(lambda: "令和8年11月24日" in box.backup_line.plain())   # type: ignore[attr-defined]
    press(box.keychain)                                      # type: ignore[attr-defined]
    hands.until(lambda: bool(hands.keychain.kept))
    box.accept()


def test_history_shows_what_was_typed(hands: Hands) -> None:
    uid = hands.make_desk(two_visits)[0]
    _, frame = hands.unlocked()
    visit(hands, frame, uid)
    hands.type("rekishi")
    hands.key(Qt.Key.Key_Return)
    hands.until(lambda: lines(frame, uid) == ["rekishi"])
    frame.do("history")
    box = hands.box()
    assert any("rekishi" in w.accessibleName() for w in box.findChildren(QWidget))
    box.accept()


def test_sample_data_goes_at_once(hands: Hands) -> None:
    hands.make_desk(samples.load)
    _, frame = hands.unlocked()
    hands.until(frame.top.remove.isVisible)
    press(frame.top.remove)
    hands.until(lambda: not samples.present(frame.desk.store))
    hands.until(lambda: not frame.top.remove.isVisible())


@pytest.mark.parametrize(("width", "height"), [(1366, 768), (1280, 680), (960, 600)])
def test_every_control_is_named_and_large_enough(hands: Hands, width: int, height: int) -> None:
    uid = hands.make_desk(two_visits)[0]
    window, frame = hands.unlocked(width, height)
    for place in PLACES:
        frame.places.show_place(place)  # type: ignore[arg-type]  # the six places
        hands.until(lambda: frame.places.current is not None and frame.places.current.isVisible())
        assert (place, unnamed(window)) == (place, [])
        assert (place, too_small(window)) == (place, [])
    visit(hands, frame, uid)
    assert unnamed(window) == [] and too_small(window) == []
    assert window.width() == width                     # nothing on a page forces the window wider


def test_the_fold_lines_of_width(hands: Hands) -> None:
    hands.make_desk()
    window, frame = hands.unlocked()
    assert frame.rail.places["today"].width() > 50
    window.resize(1000, 600)
    hands.until(lambda: frame.rail.places["today"].width() <= 44)
    assert frame.rail.places["today"].accessibleName() == "きょう"
    assert frame.rail.places["today"].toolTip() == "きょう（Alt+1）"


def test_keys_of_places_work_with_shift_tab_and_a_passphrase_is_not_left_on_screen(hands: Hands) -> None:
    hands.make_desk()
    window, frame = hands.unlocked()
    assert window.gate is None
    assert all(PASSPHRASE not in w.accessibleName() for w in window.findChildren(QWidget))
    hands.key(Qt.Key.Key_Backtab, SHIFT)
    hands.key(Qt.Key.Key_6, ALT)
    assert frame.places.here == ("place", "sync")


def test_ctrl_s_speaks_only_when_everything_is_on_the_disk(hands: Hands) -> None:
    uid = hands.make_desk(two_visits)[0]
    _, frame = hands.unlocked()
    visit(hands, frame, uid)
    hands.until(lambda: frame.saving.waiting == 0)
    held = threading.Event()
    frame.write(lambda: held.wait(20))
    hands.type("abc")
    hands.key(Qt.Key.Key_Return)
    hands.key(Qt.Key.Key_S, CTRL)
    assert "すでに保存されています" not in frame.footer.said.full()
    held.set()
    hands.until(lambda: frame.footer.said.full().startswith("すでに保存されています"))
    assert lines(frame, uid) == ["abc"]


def test_the_language_does_not_change_while_the_disk_refuses(hands: Hands) -> None:
    uid = hands.make_desk(two_visits)[0]
    window, frame = hands.unlocked()
    visit(hands, frame, uid)
    refusing = threading.Event()
    refusing.set()

    def save() -> None:
        if refusing.is_set():
            raise OSError(errno.ENOSPC, "full")

    frame.write(save)
    hands.until(lambda: frame.saving.trouble is not None)
    hands.type("nokoru")
    hands.key(Qt.Key.Key_Return)
    window.set_language("en")
    assert window.frame is frame and frame.alarm.isVisible()
    refusing.clear()
    frame.saving.again()
    hands.until(lambda: lines(frame, uid) == ["nokoru"])


@pytest.fixture
def small_disk(tmp_path: Path) -> Iterator[Path]:
    """A real disk of 300 MB that can be filled."""
    disk = tmp_path / "disk"
    disk.mkdir()
    made = subprocess.run(["mount", "-t", "tmpfs", "-o", "size=300m", "none", str(disk)], capture_output=True, text=True,
                          check=False)
    if made.returncode:
        pytest.skip(f"this user may not mount a small disk: {made.stderr.strip()}")
    yield disk
    subprocess.run(["umount", "--lazy", str(disk)], check=True)


def test_a_disk_with_hardly_any_room_is_told_until_there_is_room_again(small_disk: Path, qtbot: QtBot) -> None:
    hands = Hands(small_disk / "desk", qtbot)
    hands.make_desk()
    _window, frame = hands.unlocked()
    hands.until(lambda: frame.keeping.busy() == 0)
    assert frame.alarm.isHidden()
    filler = small_disk / "filler"
    filler.write_bytes(b"x" * 230 * 2**20)
    frame.look_at_disk()
    hands.until(frame.alarm.isVisible)
    assert "MBしかありません" in frame.alarm.words.plain() and not frame.alarm.shut.isVisible()
    filler.unlink()
    frame.look_at_disk()
    hands.until(frame.alarm.isHidden)
    hands.close()
