"""The desk that every kill test starts from: one company, one visit begun, open when the program ended."""

from __future__ import annotations

from pathlib import Path

from kanto_desk.db.keys import Cost
from kanto_desk.services import consultations, organizations
from kanto_desk.services import desk as desks

CHEAP = Cost(passes=1, memory_kib=1024, lanes=1)
PASSPHRASE = "suwako no asa 7"


def make(home: Path) -> str:
    """Make the desk; gives the uid of the visit."""
    desk = desks.create(home, PASSPHRASE, person="高橋 直子", organization="関東産業支援センター", cost=CHEAP)
    try:
        company = organizations.create(desk.store, {"name": "株式会社髙﨑湖南精工", "kana": "タカサキコナンセイコウ"})
        uid = consultations.create(desk.store, company)
        consultations.start(desk.store, uid)
        desk.store.set_setting("open_record", uid)
    finally:
        desk.close()
    return uid
