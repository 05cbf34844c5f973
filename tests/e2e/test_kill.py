"""The window is killed while somebody types: nothing called saved is gone, at most a second of typing, no file damaged."""

from __future__ import annotations

import random
from dataclasses import replace
from pathlib import Path

import pytest

from tests.e2e.kill import driver, judge, template, typed
from tests.e2e.kill.judge import Told
from tests.e2e.kill.typed import Step, Written

KILLS = 20


def test_killed_while_typing_the_window_keeps_what_it_promised(tmp_path: Path) -> None:
    figures = driver.run(tmp_path, KILLS, seed=20261124)
    assert figures.faults == []
    assert (figures.acknowledged_lost, figures.damaged) == (0, 0)
    assert figures.most_lost_ms <= judge.LOST_AT_MOST_MS
    assert figures.near_key >= 0.6, "the kills must fall into the typing"
    assert any(verdict.lost_ms for verdict in figures.verdicts), "a kill that never interrupts anything proves nothing"


@pytest.mark.parametrize(("fault", "broken"), [
    ("speaks_first", "the footer had called"), ("saves_late", "of typing lost"),
    ("overlooks_new_keys", "the footer had called"), ("calls_it_whole", "the next start says")])
def test_a_window_that_breaks_its_promise_is_found_out(tmp_path: Path, fault: str, broken: str) -> None:
    figures = driver.run(tmp_path, 8, seed=5, fault=fault)
    assert [text for text in figures.faults if broken in text]


def typed_so(*steps: Step) -> tuple[tuple[Step, ...], list[Written]]:
    return steps, typed.states(Written(field="前から"), steps)


LINE = (Step("key", "a"), Step("compose", "め"), Step("compose", "面"), Step("commit", "面"), Step("enter"), Step("key", "b"))


def test_what_is_written_follows_the_keys() -> None:
    _, states = typed_so(*LINE, Step("field"), Step("compose", "こう"), Step("commit", "工"), Step("capture"), Step("kind", "2"))
    assert [state.box for state in states[:7]] == ["", "a", "aめ", "a面", "a面", "", "b"]
    assert states[5].lines == (("said", "a面"),)
    assert states[8].field == "前からこう"
    assert states[-1] == Written((("said", "a面"),), "issue", "b", "前から工")


@pytest.mark.parametrize(("found", "killed_after", "acknowledged", "lost_ms", "faults"), [
    (6, 0.1, (), 0, []),                                                    # everything is there
    (5, 0.9, (), 900, []),                                                  # the last key, not a second old
    (5, 1.1, (), 1100, ["1100 ms of typing lost"]),                         # the last key, too old
    (4, 0.3, ((5.0, 5),), 1300, ["capture: step 5 of 6 is gone, the footer had called 5 saved", "1300 ms of typing lost"]),
    (5, 0.9, ((6.1, 6),), 900, ["capture: step 6 of 6 is gone, the footer had called 6 saved"]),   # a key just typed
])
def test_the_judge_counts_what_is_gone(found, killed_after, acknowledged, lost_ms, faults) -> None:
    _, states = typed_so(*LINE)
    said = Told((1.0, 2.0, 3.0, 4.0, 5.0, 6.0), acknowledged)
    verdict = judge.judge(states, states[found], said, 6.0 + killed_after)
    assert (round(verdict.lost_ms), verdict.faults) == (lost_ms, faults)


def test_the_footer_read_from_outside_covers_every_key_before_it() -> None:
    said = judge.told([
        {"at": 1.0, "clock": "14:15:00", "step": 1}, {"at": 1.1, "clock": "14:15:00", "footer": "14:15:00 まで保存済み", "done": 1},
        {"at": 2.0, "clock": "14:15:01", "step": 2}, {"at": 2.2, "clock": "14:15:01", "footer": "14:15:01 まで保存済み", "done": 2},
        {"at": 2.5, "clock": "14:15:01", "footer": "すべてこのパソコンに保存済み　14:15:01", "done": 2},
        {"at": 3.0, "clock": "14:15:02", "step": 3}, {"at": 3.1, "clock": "14:15:02", "footer": "まだ保存できていません", "done": 3}])
    assert said == Told((1.0, 2.0, 3.0), ((1.1, 0), (2.2, 1), (2.5, 2)))


def test_the_judge_refuses_what_nobody_wrote() -> None:
    _, states = typed_so(*LINE)
    said = Told((1.0, 2.0, 3.0, 4.0, 5.0, 6.0), ())
    assert judge.judge(states, replace(states[6], box="c"), said, 6.1).acknowledged_lost == 1


def test_a_flipped_bit_in_the_folder_is_found(tmp_path: Path) -> None:
    uid = template.make(tmp_path / "home")
    assert judge.read(tmp_path / "home", uid)[1] == []
    file = tmp_path / "home" / "attachments.db"
    harmed = bytearray(file.read_bytes())
    harmed[random.Random(1).randrange(4096, 16384)] ^= 1
    file.write_bytes(harmed)
    assert judge.read(tmp_path / "home", uid)[1] != []
