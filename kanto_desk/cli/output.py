"""The two streams: results on stdout as text or as one JSON document, progress and remarks on stderr."""

from __future__ import annotations

import json
import sys
from collections.abc import Callable, Iterable, Sequence
from typing import Any

from kanto_desk.cli.columns import pad, width
from kanto_desk.i18n import tr

WIDEST_CELL = 40   # columns of a terminal: a longer value is cut in lists, never in JSON


class Output:
    """Where a command puts what it has to say."""

    def __init__(self, as_json: bool) -> None:
        self.as_json = as_json

    def result(self, document: object, text: Iterable[str]) -> None:
        """The outcome: the document with --json, else the lines."""
        if self.as_json:
            self.json_line(document)
        else:
            for line in text:
                print(line)

    def json_line(self, document: object) -> None:
        """One JSON document on one line, whatever was asked for."""
        print(json.dumps(document, ensure_ascii=False))

    def note(self, text: str) -> None:
        """A remark beside the result."""
        print(text, file=sys.stderr, flush=True)

    def progress(self) -> Callable[[int], None]:
        """Call with the number of rows done: a counter on a terminal, nothing in a script's log."""
        if not sys.stderr.isatty():
            return _silent
        return lambda done: print("\r" + tr("{n}行", n=done), end="", file=sys.stderr, flush=True)

    def progress_ends(self) -> None:
        """Leave the counter's line."""
        if sys.stderr.isatty():
            print(file=sys.stderr)


def _silent(_: int) -> None:
    """Progress in a script's log."""


def table(headings: Sequence[str], rows: Sequence[Sequence[Any]], *, whole_last: bool = False) -> list[str]:
    """Aligned lines; full-width characters take two columns. `whole_last`: the last column is never cut (a path)."""
    cells = [[_cell(value, whole=whole_last and place == len(headings)) for place, value in enumerate(row, 1)]
             for row in rows]
    widths = [max(width(text) for text in column) for column in zip(headings, *cells, strict=True)]
    return [" ".join(pad(text, wide) for text, wide in zip(line, widths, strict=True)).rstrip()
            for line in [list(headings), *cells]]


def _cell(value: Any, *, whole: bool) -> str:
    if whole:
        return str(value)
    text = "" if value is None else " ".join(str(value).split())
    if width(text) <= WIDEST_CELL:
        return text
    while width(text) > WIDEST_CELL - 2:
        text = text[:-1]
    return text + "…"
