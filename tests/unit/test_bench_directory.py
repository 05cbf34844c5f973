"""The benchmark of the company directory runs on a few hundred corporations and gives the figures of its table."""

from __future__ import annotations

from pathlib import Path
from random import Random

import pytest

from bench import corporations, directory, directory_queries
from kanto_desk.clock import system_clock
from kanto_desk.directory import importing
from kanto_desk.directory.pointer import Pointer


def test_it_gives_its_figures(capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delenv(directory.PEERS, raising=False)
    found = directory.run(Path(), 300)
    wanted = {key for line in directory.LINES for key in (line.key, line.floor) if key}
    assert {key for key in wanted - found.keys() if not key.startswith(("duckdb", "tantivy"))} == set()
    assert "DuckDB and tantivy: not measured" in capsys.readouterr().err


def test_questions_are_the_seed_s_alone(tmp_path: Path) -> None:
    corporations.write(tmp_path / "a.csv", corporations.full(200, 3))
    pointer = Pointer(tmp_path, directory.SEALING)
    importing.run(pointer, [tmp_path / "a.csv"], system_clock, lambda _: True, importing.Sizes(1))
    current = pointer.current()
    assert current is not None
    known = directory._sample(current.path, current.key, 50, Random(1))
    assert directory_queries.questions(known, 60, Random(2)) == directory_queries.questions(known, 60, Random(2))
    assert directory_queries.questions(known, 60, Random(2)) != directory_queries.questions(known, 60, Random(3))
    assert all(len(pair) == 2 for pair in directory_queries.two_signs(known, 60, Random(2)))
