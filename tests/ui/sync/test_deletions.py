"""A sync that would delete many records waits with a question on the page 同期, whoever started it."""

from __future__ import annotations

from sqlalchemy import text

from kanto_desk.services import mass_deletions, receipts
from kanto_desk.ui.pages.sync.page import SyncPage
from tests.ui.host import Host
from tests.ui.synced import Two


def living(two: Two) -> int:
    with two.one.store.read() as conn:
        return int(conn.execute(text("SELECT count(*) FROM organization WHERE deleted_at IS NULL")).scalar_one())


def page_of(host: Host) -> SyncPage:
    host.frame.go("sync")
    host.settle()
    page = host.frame.places.current
    assert isinstance(page, SyncPage)
    return page


def asked(two: Two, host: Host) -> SyncPage:
    """The page with the question that a sync by itself has come to."""
    two.delete_many()
    host.frame.syncing.begin(automatic=True)
    host.settle()
    page = page_of(host)
    host.settle()
    return page


def test_a_sync_by_itself_decides_nothing_and_the_page_asks(two: Two, host: Host) -> None:
    before = living(two)
    page = asked(two, host)
    assert living(two) == before + 40
    assert host.frame.top.confirm.text() == "確認 1"
    card = page.overview.deletions
    assert not card.isHidden()
    assert "企業・団体 40件" in card.words.plain() and "試作会社00" in card.words.plain()
    assert "佐々木 亮：40件" in card.who.plain()
    assert receipts.kept(two.one.store)[0].deletions == 40
    host.frame.do("contested")
    host.settle()
    assert page.stack.currentWidget() is page._area, "what the mark at the top counts is asked on this page"
    host.frame.syncing.begin(automatic=True)
    host.settle()
    assert living(two) == before + 40 and not card.isHidden(), "another sync asks no less"
    card.delete.click()
    host.settle()
    host.settle()
    assert living(two) == before and card.isHidden()
    assert host.frame.top.confirm.isHidden()


def test_kept_records_go_back_to_the_others(two: Two, host: Host) -> None:
    before = living(two)
    page = asked(two, host)
    page.overview.deletions.keep.click()
    host.settle()
    host.settle()
    assert living(two) == before + 40 and page.overview.deletions.isHidden()
    two.sync()
    with two.two.store.read() as conn:
        assert conn.execute(text("SELECT count(*) FROM organization WHERE deleted_at IS NOT NULL")).scalar_one() == 0
    assert mass_deletions.question(two.two.store) is None
