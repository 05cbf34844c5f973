"""English counts: one row, two rows; and no catalogue writes "row(s)" or a form without its other."""

from __future__ import annotations

import re
from string import Formatter

import pytest

from kanto_desk import i18n
from kanto_desk.i18n import one_or_other, tr

BRACKETED = re.compile(r"[a-z]\((?:e?s|ies)\)")
ONE_FORM = re.compile(r"(?<!has )(?<!at most )(?<!may have )\{(?:n|m|count|rows|pages|total|all)\} "
                      r"(?:(?!of |was |is )[a-z]+ )?(?!(?:was|is|has|answers)\b)(?:[a-z]+s|people)\b")
"""A count before a noun of several, e.g. "{n} photos"; what is a limit or a length of more than one is let pass."""


@pytest.mark.parametrize(("count", "word"), [(0, "rows"), (1, "row"), (2, "rows"), (-1, "rows"), ("1", "row"),
                                             ("1,001", "rows"), (1.0, "rows"), (21, "rows")])
def test_one_and_any_other_number(count: object, word: str) -> None:
    assert one_or_other(count, "row|rows") == word


def test_a_count_chooses_its_word() -> None:
    text = "取り込みました：記録 {n}件（ここで変わったもの {changed}件）・添付 {m}件"
    assert tr(text, "en", n=1, changed=1, m=2) == "Imported: 1 record (1 changed here), 2 attachments"
    assert tr(text, "en", n="1,234", changed=0, m=1) == "Imported: 1,234 records (0 changed here), 1 attachment"
    assert tr(text, n=1, changed=1, m=2) == "取り込みました：記録 1件（ここで変わったもの 1件）・添付 2件"


def test_every_choice_in_the_catalogue_has_two_words() -> None:
    choices = [(ja, spec) for ja, en in i18n.catalogue().items() for _, _, spec, _ in Formatter().parse(en)
               if spec and "|" in spec]
    assert choices, "the catalogue has counted texts"
    assert [(ja, spec) for ja, spec in choices if [bool(word.strip()) for word in spec.split("|")] != [True, True]] == []


def test_no_count_stands_before_a_word_of_one_number_alone() -> None:
    assert [ja for ja, en in i18n.catalogue().items() if ONE_FORM.search(en)] == []
    assert ONE_FORM.search("{n} photos added") and ONE_FORM.search("{count} new rows") and not ONE_FORM.search("{n} more")


def test_no_text_writes_both_forms_in_brackets() -> None:
    assert [ja for ja, en in i18n.catalogue().items() if BRACKETED.search(en)] == []
