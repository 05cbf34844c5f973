"""Blocks on the page: where they may be cut, and what is repeated."""

from __future__ import annotations

import pytest

from kanto_desk.report.blocks import BODY, CELL, LABEL_CENTER, Paragraph
from kanto_desk.report.paragraph import compose
from kanto_desk.report.table import Cell, Table, label

WIDTH = 400.0
TEXT = "部品の供給のみの場合、製造業の登録は原則として不要であることを確認し、次の工程へ進むことで合意した。" * 6


def count_lines(block: object) -> int:
    assert isinstance(block, Paragraph)
    return len(block.lines(WIDTH))


@pytest.mark.parametrize("room_in_lines", [0.5, 1, 1.9, 2, 3, 4.5, 5, 6, 7, 8])
def test_a_paragraph_keeps_two_lines_on_either_side(room_in_lines: float) -> None:
    paragraph = Paragraph(TEXT, BODY)
    total = count_lines(paragraph)
    assert total >= 6
    parts = paragraph.split(WIDTH, room_in_lines * BODY.leading)
    if room_in_lines < 2:
        assert parts is None
    else:
        assert parts is not None
        upper, lower = (count_lines(part) for part in parts)
        assert upper >= 2 and lower >= 2 and upper + lower == total and upper <= room_in_lines


def test_three_lines_are_not_parted() -> None:
    paragraph = Paragraph("漢" * 100, BODY)
    assert count_lines(paragraph) == 3
    assert paragraph.split(WIDTH, 2 * BODY.leading) is None
    assert paragraph.least(WIDTH) == paragraph.height(WIDTH)


def test_a_table_is_cut_between_rows_and_repeats_its_heading() -> None:
    rows = [[label("番号", LABEL_CENTER, "Column"), label("内容", LABEL_CENTER, "Column")]]
    rows += [[Cell(str(number)), Cell("短い行")] for number in range(10)]
    table = Table((1, 5), rows, heading_rows=1)
    full, row = table.height(WIDTH), table.height(WIDTH) / 11
    parts = table.split(WIDTH, row * 5.5)
    assert parts is not None
    assert parts[0].height(WIDTH) == pytest.approx(row * 5)
    assert parts[1].height(WIDTH) == pytest.approx(full - row * 5 + row)
    assert table.split(WIDTH, row * 1.5) is None, "a heading row never stands alone"


def test_a_short_row_is_never_cut() -> None:
    rows = [[Cell("一"), Cell("短い行")], [Cell("二"), Cell(TEXT[:60])]]
    table = Table((1, 5), rows)
    first = table.height(WIDTH) - (len(compose(TEXT[:60], (WIDTH * 5 / 6 - 10) / CELL.size, CELL.shape)) * CELL.leading + 5.6)
    parts = table.split(WIDTH, first + CELL.leading + 6)
    assert parts is not None and parts[0].height(WIDTH) == pytest.approx(first)
