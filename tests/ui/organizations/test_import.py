"""取り込み: a trial first, then every row told with line and reason, and all of it taken back."""

from __future__ import annotations

from pathlib import Path

import pytest
from pytestqt.qtbot import QtBot

from kanto_desk.services import organization_search
from kanto_desk.services.desk import Desk
from kanto_desk.services.importing import CREATED, DUPLICATE, REJECTED
from kanto_desk.services.organization_search import Wanted
from kanto_desk.ui.pages.organizations.import_panel import ImportPanel
from tests.ui.host import Host

ROWS = """会社名,ふりがな,都道府県,市区町村,法人番号
有限会社 青木製作所,あおきせいさくしょ,長野県,岡谷市,
株式会社 片倉ばね,かたくらばね,長野県,諏訪市,1234567890123
,なまえなし,長野県,茅野市,
株式会社 上田プレス,うえだぷれす,群馬県,太田市,
"""


@pytest.fixture
def panel(host: Host, tmp_path: Path, qtbot: QtBot) -> ImportPanel:
    """The panel after the trial of a file in the encoding of offices."""
    file = tmp_path / "名簿.csv"
    file.write_bytes(ROWS.replace("\n", "\r\n").encode("cp932"))
    host.answers.files = [file]
    page = host.list()
    page.import_button.click()
    assert page.importing is not None
    wait(qtbot, host, page.importing)
    return page.importing


def wait(qtbot: QtBot, host: Host, panel: ImportPanel) -> None:
    """Wait until the job has reported."""
    qtbot.waitUntil(lambda: not panel.busy, timeout=60_000)
    host.settle()


def test_the_trial_changes_nothing_and_tells_every_row(host: Host, desk: Desk, panel: ImportPanel) -> None:
    assert [(o.line, o.what) for o in panel.outcomes()] == [
        (4, REJECTED), (5, DUPLICATE), (2, CREATED), (3, CREATED)]
    reasons = [panel.table.rows.row(n).cells[3].words for n in range(4)]  # type: ignore[union-attr]
    assert reasons[0] == "名称がありません"
    assert reasons[3].startswith("法人番号を確かめます：1234567890123") and "検査数字" in reasons[3]
    assert panel.state.plain() == "4行のうち 2行を取り込めます。まだ何も変えていません。　確かめることのある行：1"
    assert organization_search.total(desk.store) == 94 and panel.take.isEnabled()


def test_the_reasons_of_the_row_chosen_are_shown_whole(panel: ImportPanel) -> None:
    assert panel.reasons.isHidden()
    panel.table.selectRow(3)
    assert panel.reasons.isVisible() and panel.reasons.plain() == "\n".join(panel.outcomes()[3].remarks)
    panel.table.selectRow(2)
    assert panel.reasons.isHidden()   # nothing to say of it


def test_a_damaged_file_is_refused_with_the_line_to_mend(host: Host, desk: Desk, panel: ImportPanel, tmp_path: Path,
                                                         qtbot: QtBot) -> None:
    file = tmp_path / "壊れた.csv"
    file.write_text('会社名,備考\n甲,a\n乙,"開いたまま\n丙,a\n', "utf-8")
    panel.begin(file)
    wait(qtbot, host, panel)
    assert panel.notice.message.plain().startswith("3行目で始まる引用符") and not panel.take.isEnabled()
    assert panel.state.plain() == "" and not panel.table.isVisible() and panel.reasons.isHidden()


def test_rows_are_taken_in_and_all_taken_back(host: Host, desk: Desk, panel: ImportPanel, qtbot: QtBot) -> None:
    panel.take.click()
    wait(qtbot, host, panel)
    assert panel.state.plain() == "4行のうち 2行を取り込みました。　確かめることのある行：1"
    assert len(organization_search.find(desk.store, Wanted("あおきせいさくしょ"))) == 1
    assert panel.undo.isVisible() and not panel.take.isVisible()
    panel.undo.click()
    wait(qtbot, host, panel)
    assert panel.state.plain() == "取り込みを戻しました（2件をごみ箱へ）" and panel.notice.isHidden()
    assert organization_search.find(desk.store, Wanted("あおきせいさくしょ")) == ()
    assert organization_search.total(desk.store) == 94


def test_rows_are_filtered_by_what_became_of_them(panel: ImportPanel) -> None:
    chip = next(c for c in panel._chips.values() if c.words == "取り込めない 1")
    chip.click()
    assert [o.line for o in panel.outcomes()] == [4]


def test_a_file_that_is_none_is_refused_in_its_place(host: Host, panel: ImportPanel, tmp_path: Path,
                                                     qtbot: QtBot) -> None:
    file = tmp_path / "写真.png"
    file.write_bytes(b"\x89PNG")
    panel.begin(file)
    wait(qtbot, host, panel)
    assert panel.notice.isVisible() and "写真.png" in panel.notice.message.plain() and not panel.take.isEnabled()


def test_an_import_is_stopped_and_taken_back(host: Host, desk: Desk, panel: ImportPanel, tmp_path: Path,
                                             qtbot: QtBot) -> None:
    file = tmp_path / "長い.csv"
    file.write_text("会社名\n" + "".join(f"試験{n}\n" for n in range(2000)), "utf-8")
    panel.begin(file)
    wait(qtbot, host, panel)
    panel.take.click()
    panel.cancel()
    wait(qtbot, host, panel)
    left = organization_search.total(desk.store) - 94
    assert "中止" in panel.state.plain() and 0 <= left < 2000
    if panel.undo.isVisible():
        panel.undo.click()
        wait(qtbot, host, panel)
    assert organization_search.total(desk.store) == 94
