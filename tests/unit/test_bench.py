"""Every benchmark runs on a tiny desk and gives the figures that its table names. Times themselves are not judged."""

from __future__ import annotations

import os
import shutil
from collections.abc import Iterator
from pathlib import Path

import pytest

from bench import full_desk, generating, measuring, notes, opening, saving
from bench.__main__ import row, section, with_sections
from bench.measuring import Line


@pytest.fixture(scope="module")
def home(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Path]:
    made = tmp_path_factory.mktemp("bench") / "desk"
    full_desk.build(made, 30, 40, 5)
    yield made
    shutil.rmtree(made)


def named(lines: tuple[Line, ...]) -> set[str]:
    return {key for line in lines for key in (line.key, line.floor) if key}


def test_saving_gives_its_figures_and_leaves_no_floor_behind(home: Path) -> None:
    assert named(saving.LINES) <= saving.run(home, 3).keys()
    assert list(home.glob("floor.db*")) == []


def test_opening_gives_its_figures(home: Path, qapp: object) -> None:
    assert named(opening.LINES) <= opening.run(home, 2, 5).keys()


def test_notes_gives_its_figures(home: Path) -> None:
    assert named(notes.LINES) <= notes.run(home, 5).keys()


def test_generating_gives_its_figures(home: Path) -> None:
    assert named(generating.LINES) <= generating.run(home, 20).keys()


def test_spread_takes_the_percentile_not_the_worst() -> None:
    found = measuring.spread([float(n) for n in range(1, 101)], "x")
    assert (found["x p95 ms"], found["x p99 ms"], found["x worst ms"], found["x best ms"]) == (95, 99, 100, 1)


def test_a_missed_goal_is_told() -> None:
    line = Line("Paint", "a ms", "ms", "floor ms", "empty", 1.5, True)
    assert row(line, {"a ms": 20.0, "floor ms": 10.0}).endswith("| 2.00 × | ≤ 1.5 × | **no** |")
    assert row(line, {"a ms": 10.0, "floor ms": 10.0}).endswith("| 1.00 × | ≤ 1.5 × | yes |")
    assert "Paint" not in section("Start", (line,), {})


def test_what_is_measured_in_a_copy_does_not_reach_the_desk(home: Path) -> None:
    before = sorted(os.listdir(home))
    with measuring.scratch_copy(home) as copy:
        (copy / "new").touch()
    assert sorted(os.listdir(home)) == before


def test_a_run_of_one_benchmark_writes_its_section_alone() -> None:
    text = "# Benchmarks\n\nFacts.\n\n## Start-up\n\n| a |\n\n## Sync\n\n| old |\n"
    new = with_sections(text, [section("Sync", (Line("One trip", "t", ""),), {"t": 1.0}), "## Typing\n\n| b |\n"])
    assert "Facts." in new and "| a |" in new and "| old |" not in new and "| One trip | 1.00" in new
    assert [line for line in new.splitlines() if line.startswith("## ")] == ["## Start-up", "## Sync", "## Typing"]
    assert with_sections(text, ["## Sync\n\nNot measured: no room\n"]) == text
