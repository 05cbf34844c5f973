"""The two languages: every Japanese text of the source has its English, with the same {names}, and nothing is left over."""

from __future__ import annotations

import ast
import json
import string
from collections import defaultdict
from collections.abc import Iterator
from datetime import date
from functools import cache
from pathlib import Path

import jpholiday

ROOT = Path(__file__).resolve().parent.parent.parent
SOURCES = sorted((ROOT / "kanto_desk").rglob("*.py"))
CATALOGUES = sorted((ROOT / "resources" / "i18n").glob("en*.json"))


@cache
def tree(path: Path) -> ast.Module:
    """The parsed source of a module."""
    return ast.parse(path.read_text("utf-8"))


def choices(node: ast.expr) -> Iterator[ast.expr]:
    """The expressions that an argument may turn out to be."""
    if isinstance(node, ast.IfExp):
        yield from choices(node.body)
        yield from choices(node.orelse)
    else:
        yield node


def tr_arguments() -> Iterator[tuple[str, ast.expr]]:
    """(place, expression) of everything handed to tr(…)."""
    for path in SOURCES:
        for node in ast.walk(tree(path)):
            if isinstance(node, ast.Call) and node.args:
                called = node.func.attr if isinstance(node.func, ast.Attribute) else getattr(node.func, "id", "")
                if called == "tr":
                    for argument in choices(node.args[0]):
                        yield f"{path.relative_to(ROOT)}:{node.lineno}", argument


def english() -> dict[str, str]:
    """Japanese → English of all catalogues."""
    return {ja: en for path in CATALOGUES for ja, en in json.loads(path.read_text("utf-8")).items()}


def names(text: str) -> set[str]:
    """The {names} in a text."""
    return {name for _, name, _, _ in string.Formatter().parse(text) if name is not None}


def test_every_text_has_its_english() -> None:
    known = english()
    missing = [f"{place}: {argument.value}" for place, argument in tr_arguments()
               if isinstance(argument, ast.Constant) and argument.value not in known]
    assert missing == []


def test_texts_are_whole_literals() -> None:
    # A text put together before tr(…) can never be found in the catalogue.
    pieces = [place for place, argument in tr_arguments() if isinstance(argument, ast.JoinedStr | ast.BinOp)]
    assert pieces == []


def test_no_entry_is_empty_or_left_over() -> None:
    literals = {node.value for path in SOURCES for node in ast.walk(tree(path))
                if isinstance(node, ast.Constant) and isinstance(node.value, str)}
    holidays = {name for _, name in jpholiday.between(date(1949, 1, 1), date(2030, 12, 31))}
    entries = english()
    assert [ja for ja, en in entries.items() if not en.strip()] == []
    assert [ja for ja in entries if ja not in literals | holidays] == []


def test_both_languages_name_the_same_values() -> None:
    assert [ja for ja, en in english().items() if names(ja) != names(en)] == []


def test_no_text_has_two_translations() -> None:
    found: dict[str, set[str]] = defaultdict(set)
    for path in CATALOGUES:
        for ja, en in json.loads(path.read_text("utf-8")).items():
            found[ja].add(en)
    assert {ja: sorted(ways) for ja, ways in found.items() if len(ways) > 1} == {}
