"""An open visit at a company of a real encrypted desk, in a window with real threads."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import date
from pathlib import Path

import pytest

from kanto_desk.services import consultations, organizations
from kanto_desk.services import desk as desks
from kanto_desk.services.desk import Desk
from tests.db.parts import SetClock
from tests.services.conftest import CHEAP, PASSPHRASE
from tests.ui.host import Host


@pytest.fixture
def clock() -> SetClock:
    return SetClock()


@pytest.fixture
def desk(tmp_path: Path, clock: SetClock) -> Iterator[Desk]:
    made = desks.create(tmp_path / "home", PASSPHRASE, person="高橋 直子", organization="関東産業支援センター", clock=clock,
                        cost=CHEAP)
    yield made
    made.close()


@pytest.fixture
def company(desk: Desk) -> str:
    return organizations.create(desk.store, {
        "name": "株式会社 湖南精工", "kana": "コナンセイコウ", "short_name": "湖南精工", "city": "諏訪市",
        "strengths": "細径パイプの切断・曲げ。φ0.8〜6.0、SUS・Ti・Ni-Ti。", "equipment": "NCパイプベンダー 6台、レーザー切断 2台"})


@pytest.fixture
def visit(desk: Desk, company: str, clock: SetClock) -> str:
    """The third visit; the one before it left two promises."""
    before = consultations.create(desk.store, company, {
        "held_on": date(2026, 10, 8), "theme": "見積もりと認証", "direction": "先方は認証の担当を決める。", "nth": 2})
    consultations.save_part(desk.store, before, "promise", None, {
        "text": "試作の見積もりを送る", "who": "高橋", "due_on": date(2026, 10, 15), "state": "open"})
    return consultations.create(desk.store, company, {
        "place": "諏訪市 本社工場", "planned_minutes": 90, "expert": "高橋 直子", "nth": 3, "previous": before})


@pytest.fixture
def host(desk: Desk, qapp: object) -> Iterator[Host]:
    made = Host(desk)
    yield made
    made.end()
