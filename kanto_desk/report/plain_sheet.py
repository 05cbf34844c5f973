"""The plain paper: what a list, a profile or a day shows, on A4 upright or across. Reads no record and no clock."""

from __future__ import annotations

from dataclasses import replace

from kanto_desk.i18n import Language, tr
from kanto_desk.report import wording
from kanto_desk.report.blocks import CELL, CELL_RAGGED, LABEL, SMALL, Block, Heading, Paragraph, Style, ragged
from kanto_desk.report.canvas import A4, A4_ACROSS, Canvas
from kanto_desk.report.consultation_values import Printed
from kanto_desk.report.frame import Frame, Running
from kanto_desk.report.masthead import Masthead, Notice
from kanto_desk.report.plain_values import Part, PlainPaper
from kanto_desk.report.table import Cell, Table, label
from kanto_desk.report.tagging import Facts

_ABOUT = (26, 144)
_NUMBER = replace(ragged(CELL), align="right")


def render(paper: PlainPaper, *, language: Language = "ja") -> Printed:
    """The paper as a PDF. The same paper gives the same bytes. Raises Stopped when nobody waits for it any more."""
    canvas = Canvas(A4_ACROSS if paper.across else A4)
    canvas.root.placed = True
    issued = wording.day(paper.issued, language)
    with canvas.within(canvas.root):
        frame = Frame(canvas, Running(header=(wording.beside(paper.title, paper.name, language), issued),
                                      footer=(paper.agency, "", f"kanto-desk  {issued}")))
        frame.place(_blocks(paper, language))
        frame.finish()
    facts = Facts(wording.beside(paper.title, paper.name, language), paper.agency, paper.title,
                  "ja-JP" if language == "ja" else "en-GB", paper.issued)
    return Printed(canvas.finish(facts), len(canvas.pages), canvas.missing)


def _blocks(paper: PlainPaper, language: Language) -> list[Block]:
    blocks: list[Block] = [Masthead(
        lines=(), agency=paper.agency, title=paper.title, subtitle=paper.name, approvals=(), approvals_title="",
        tracking=0.1 if language == "ja" else 0.01)]
    if paper.warning:
        blocks.append(Notice(paper.warning, ()))
    if paper.about:
        blocks.append(_about(paper, _style(CELL, language)))
    for part in paper.parts:
        if part.heading:
            blocks.append(Heading(wording.beside(part.heading, part.note, language)))
        if part.rows:
            blocks.append(_table(part, language))
        else:
            blocks.append(Paragraph(part.empty or tr("ありません。", language), _style(CELL, language), after=4.0))
    blocks += [Paragraph(note, ragged(SMALL), before=4.0) for note in paper.notes]
    return blocks


def _about(paper: PlainPaper, style: Style) -> Table:
    """The facts below the title: one a row, two where the sheet lies across."""
    cells = [[label(name), Cell(words, style)] for name, words in paper.about]
    if not paper.across:
        return Table(_ABOUT, cells, after=8.0)
    if len(cells) % 2:
        cells.append([Cell(""), Cell("")])
    return Table((26, 102, 26, 102), [[*cells[at], *cells[at + 1]] for at in range(0, len(cells), 2)], after=8.0)


def _table(part: Part, language: Language) -> Table:
    plain = _style(CELL_RAGGED, language)
    if not part.columns:
        return Table(_ABOUT, [[label(name), Cell(words, plain)] for name, words in part.rows], after=6.0)
    rows = [[label(one.words, replace(LABEL, align="right") if one.number else LABEL, "Column")
             for one in part.columns]]
    rows += [[Cell(words, _NUMBER if one.number else plain)
              for words, one in zip(row, part.columns, strict=True)] for row in part.rows]
    return Table([one.share for one in part.columns], rows, heading_rows=1, after=6.0)


def _style(style: Style, language: Language) -> Style:
    return ragged(style) if language == "en" else style
