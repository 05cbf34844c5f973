"""The palette over the desk's own records and the directory: one key takes a corporation over and goes on."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest
from PySide6.QtCore import Qt
from PySide6.QtWidgets import QListWidgetItem
from pytestqt.qtbot import QtBot

from bench.corporations import Fields
from kanto_desk.services import company_directory, consultations, organizations, samples, taking_over
from kanto_desk.ui.frame import Frame
from tests.services import listing
from tests.ui.conftest import Compose
from tests.ui.window import CTRL, Hands

ROWS = listing.rows(60)
HEADING = "すべての法人（Enter で企業に追加）"


def _named(name: str, row: Fields, kana: str = "") -> Fields:
    found = list(row)
    found[6], found[28], found[2], found[18], found[19], found[20], found[29] = name, kana, "01", "", "", "", "0"
    return found


NEW = _named("湖南精工販売株式会社", ROWS[3], "コナンセイコウハンバイ")
CLOSED = _named("株式会社湖南精工旧社", ROWS[4])
CLOSED[2], CLOSED[18], CLOSED[19] = "21", "2026-03-31", "01"
GIVEN = [*ROWS[:3], NEW, CLOSED, *ROWS[5:]]


@pytest.fixture
def hands(tmp_path: Path, qtbot: QtBot) -> Iterator[Hands]:
    made = Hands(tmp_path / "desk", qtbot)
    yield made
    made.close()


def begin(hands: Hands) -> Frame:
    """A desk with samples and a directory, its window shown."""
    def fill(desk: object) -> None:
        samples.load(desk)  # type: ignore[arg-type]
        listing.take(desk, GIVEN)  # type: ignore[arg-type]
    hands.make_desk(fill)
    return hands.unlocked()[1]


def shown(frame: Frame) -> list[str]:
    """Headings and results in the order of the screen."""
    box = frame.palette_.list

    def words(item: QListWidgetItem) -> str:
        told = item.data(Qt.ItemDataRole.AccessibleTextRole)
        return str(told) if told else box.itemWidget(item).text()  # type: ignore[attr-defined]  # a heading
    return [words(box.item(at)) for at in range(box.count())]


def test_own_ones_come_first_then_the_directory_with_its_addresses(hands: Hands, compose: Compose) -> None:
    frame = begin(hands)
    hands.key(Qt.Key.Key_K, CTRL)
    compose(frame.palette_.box, preedit="湖南精工")   # not yet taken from the input method
    hands.until(lambda: HEADING in shown(frame))
    found = shown(frame)
    own = next(at for at, words in enumerate(found) if words.startswith("株式会社 湖南精工"))
    assert own < found.index(HEADING)
    offered = found[found.index(HEADING) + 1:]
    assert len(offered) == 2 and all("県" in words or "都" in words for words in offered)
    assert any("閉鎖" in words for words in offered)


def test_enter_takes_one_over_and_opens_it(hands: Hands) -> None:
    frame = begin(hands)
    hands.key(Qt.Key.Key_K, CTRL)
    frame.palette_.box.setText("湖南精工販売")
    hands.until(lambda: frame.palette_.rows()[:1] == ["湖南精工販売株式会社"])
    hands.key(Qt.Key.Key_Return)
    uid = taking_over.uid_of(NEW[1])
    hands.until(lambda: frame.places.here == ("organization", uid))
    assert organizations.get(frame.desk.store, uid).corporate_number == NEW[1]
    hands.key(Qt.Key.Key_K, CTRL)
    frame.palette_.box.setText("湖南精工販売")
    hands.until(lambda: shown(frame)[:1] == ["企業"])
    assert frame.palette_.rows() == ["湖南精工販売株式会社"] and HEADING not in shown(frame), "an own one now, once"


def test_a_visit_begins_with_a_corporation_of_the_directory(hands: Hands) -> None:
    frame = begin(hands)
    hands.key(Qt.Key.Key_N, CTRL)
    frame.palette_.box.setText("こなんせいこうはんばい")
    hands.until(lambda: frame.palette_.rows()[:1] == ["湖南精工販売株式会社"])
    hands.key(Qt.Key.Key_Return)
    hands.until(lambda: bool(frame.places.here and frame.places.here[0] == "consultation"))
    visit = consultations.listing(frame.desk.store, organization=taking_over.uid_of(NEW[1]))
    assert [one.uid for one in visit] == [frame.places.here[1]]   # type: ignore[index]


def test_a_closed_palette_lets_the_file_go_and_an_import_is_seen(hands: Hands) -> None:
    frame = begin(hands)
    hands.key(Qt.Key.Key_K, CTRL)
    frame.palette_.box.setText("湖南精工")
    hands.until(lambda: HEADING in shown(frame))
    hands.key(Qt.Key.Key_Escape)
    hands.until(lambda: frame.searching._beside._directory is None)
    first = company_directory.pointer(frame.desk).current()
    listing.take(frame.desk, [_named(f"湖南精工第{n}株式会社", row) for n, row in enumerate(listing.rows(80, 9)[:70])],
                 "more.csv")
    second = company_directory.pointer(frame.desk).current()
    assert first is not None and second is not None and first.path != second.path and not first.path.exists()
    hands.key(Qt.Key.Key_K, CTRL)
    frame.palette_.box.setText("湖南精工第")
    hands.until(lambda: "湖南精工第1株式会社" in frame.palette_.rows())


def test_a_directory_that_cannot_be_read_leaves_the_own_records(hands: Hands) -> None:
    frame = begin(hands)
    current = company_directory.pointer(frame.desk).current()
    assert current is not None
    content = bytearray(current.path.read_bytes())
    content[100:20_000] = bytes(19_900)
    current.path.write_bytes(content)
    hands.key(Qt.Key.Key_K, CTRL)
    frame.palette_.box.setText("湖南精工")
    hands.until(lambda: any("湖南精工" in words for words in frame.palette_.rows()))
    hands.until(lambda: "企業ディレクトリを読めません" in frame.alarm.accessibleName() or frame.alarm.isVisible())
