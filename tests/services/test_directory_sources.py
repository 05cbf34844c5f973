"""The lines that name the sources of the directory's data: with their dates, in both languages, in the box of settings."""

from __future__ import annotations

from pathlib import Path

import pypdfium2

from bench import corporations, gbizinfo
from kanto_desk.services import (
    company_directory,
    directory_check,
    directory_sources,
    organizations,
    plain_papers,
    taking_over,
)
from kanto_desk.services.desk import Desk
from kanto_desk.ui.pages.organizations import paper
from kanto_desk.ui.pages.organizations.words import Labels
from tests.services import listing


def take(desk: Desk, *files: Path) -> None:
    company_directory.import_files(desk, files, lambda _: True)


def test_every_source_is_named_with_the_date_of_its_data(desk: Desk, tmp_path: Path) -> None:
    assert directory_sources.lines(desk) == () and directory_sources.known(desk) == 0
    rows = list(corporations.full(60, 6))
    corporations.write(tmp_path / "full.csv", rows)
    take(desk, tmp_path / "full.csv")
    [line] = directory_sources.lines(desk)
    newest = company_directory.status(desk).newest
    assert line == f"出典：国税庁法人番号公表サイト（国税庁）のデータを加工して作成（公共データ利用規約 第1.0版）、{newest} までの更新"
    gbizinfo.write_json(tmp_path / "facts.json", [{"corporate_number": rows[0][1], "update_date": "2026-09-30",
                                                   "employee_number": 3}])
    take(desk, tmp_path / "facts.json")
    assert directory_sources.lines(desk) == (
        line, "出典：gBizINFO（経済産業省）のデータを加工して作成、2026-09-30 までの更新")
    assert directory_sources.known(desk) == 1
    english = directory_sources.lines(desk, "en")
    assert "National Tax Agency" in english[0] and newest in english[0] and "gBizINFO" in english[1]


def test_of_a_damaged_directory_the_source_is_named_still(desk: Desk, tmp_path: Path) -> None:
    corporations.write(tmp_path / "full.csv", corporations.full(60, 6))
    take(desk, tmp_path / "full.csv")
    current = company_directory.pointer(desk).current()
    assert current is not None
    current.path.write_bytes(bytes(current.path.stat().st_size))
    assert directory_sources.lines(desk) == (company_directory.source_line(),)
    [finding] = directory_check.check(desk).findings
    assert finding.file == "directory-1.db" and finding.problem


def test_a_paper_with_facts_of_the_directory_names_their_source(desk: Desk) -> None:
    listing.take(desk, listing.rows())
    found = next(one for one in listing.held(desk, listing.rows()) if one.kind == 301 and one.state == 0)
    labels = Labels(desk)
    taken = paper.make(desk.store, taking_over.take_over(desk, found.number), labels)
    assert taken.notes[-1] == directory_sources.agency("ja", found.updated) and found.updated in taken.notes[-1]
    printed = plain_papers.content(lambda: taken, "ja").pdf
    shown = "".join(page.get_textpage().get_text_range() for page in pypdfium2.PdfDocument(printed))
    assert "公共データ利用規約第1.0版" in shown.replace(" ", "").replace("\r\n", "").replace("\n", "")
    own = organizations.create(desk.store, {"name": "湖南精工", "address": "旭町1"})
    assert not [note for note in paper.make(desk.store, own, labels).notes if "出典" in note]
