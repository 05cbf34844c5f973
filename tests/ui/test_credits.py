"""The box of settings names the sources of the company directory with the dates of the data in use."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest
from pytestqt.qtbot import QtBot

from bench import corporations, gbizinfo
from kanto_desk.services import company_directory, directory_sources
from kanto_desk.services.desk import Desk
from kanto_desk.ui.dialogs.settings import SettingsBox
from kanto_desk.ui.text import Wrapped
from tests.ui.window import Hands


@pytest.fixture
def hands(tmp_path: Path, qtbot: QtBot) -> Iterator[Hands]:
    made = Hands(tmp_path / "desk", qtbot)
    yield made
    made.close()


def shown(hands: Hands) -> list[str]:
    """What the box says, opened by its action."""
    _, frame = hands.unlocked()
    frame.do("settings")
    box = hands.box()
    assert isinstance(box, SettingsBox)
    texts = [label.plain() for label in box.findChildren(Wrapped)]
    box.accept()
    return texts


def test_the_settings_name_every_source_with_its_date(hands: Hands, tmp_path: Path) -> None:
    rows = list(corporations.full(40, 6))
    corporations.write(tmp_path / "full.csv", rows)
    gbizinfo.write_json(tmp_path / "facts.json", gbizinfo.entries(rows, 1, known=1.0))

    def take(desk: Desk) -> tuple[str, ...]:
        company_directory.import_files(desk, [tmp_path / "full.csv", tmp_path / "facts.json"], lambda _: True)
        return directory_sources.lines(desk)

    lines = hands.make_desk(take)
    assert len(lines) == 2 and all("までの更新" in line for line in lines)
    texts = shown(hands)
    assert [line for line in texts if line.startswith("出典")] == list(lines)


def test_without_a_directory_they_name_none(hands: Hands) -> None:
    hands.make_desk()
    assert not [line for line in shown(hands) if "出典" in line]
