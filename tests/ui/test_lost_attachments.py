"""The window tells that photos and issued PDFs are gone, and works on."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from pytestqt.qtbot import QtBot

from kanto_desk.services import consultations, finalizing, organizations, timeline
from tests.ui.window import Hands


@pytest.fixture
def hands(tmp_path: Path, qtbot: QtBot) -> Iterator[Hands]:
    made = Hands(tmp_path / "desk", qtbot)
    yield made
    made.close()


def test_a_lost_file_of_attachments_is_told_when_the_window_opens(hands: Hands) -> None:
    def fill(desk: Any) -> str:
        uid = consultations.create(desk.store, organizations.create(desk.store, {"name": "湖南精工"}))
        for kind in ("said", "advice"):
            timeline.add(desk.store, uid, kind, f"{kind} の行")
        finalizing.finalize(desk.store, desk.blobs, uid, finalizing.Signature("湖南 花子", "社長", "typed"))
        return uid
    hands.make_desk(fill)
    (hands.home / "attachments.db").unlink()
    _, frame = hands.unlocked()
    hands.until(frame.alarm.isVisible)
    told = frame.alarm.words.plain()
    assert "1件がこのパソコンにありません" in told and "記録そのものは無事です" in told
