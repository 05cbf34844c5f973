"""Whose desk it is: name, reading, organization, and the base code of reference numbers."""

from __future__ import annotations

import re
import unicodedata
from dataclasses import dataclass

from kanto_desk.db.store import Store
from kanto_desk.errors import Refused
from kanto_desk.i18n import tr
from kanto_desk.japanese.text import clean_text

USUAL_CODE = "KD"
_CODE = re.compile(r"[A-Z0-9]{2,6}")


@dataclass(frozen=True, slots=True)
class Owner:
    """Who works at this desk. `base_code` is the first part of reference numbers (拠点)."""

    person: str
    kana: str
    organization: str
    base_code: str


def read(store: Store) -> Owner:
    """The owner as set up or changed since."""
    def text(name: str, usual: str = "") -> str:
        return str(store.setting(name, usual) or usual)

    return Owner(text("person"), text("kana"), text("organization"), text("base_code", USUAL_CODE))


def set_person(store: Store, name: str, kana: str) -> None:
    """Change name and reading; what was written before keeps the name it was written under.

    Raises Refused for an empty name.
    """
    name = clean_text(name).strip()
    if not name:
        raise Refused(tr("お名前を書きます。"), "person")
    store.set_setting("person", name)
    store.set_setting("kana", clean_text(kana).strip())
    store.person = name


def set_organization(store: Store, name: str) -> None:
    """Change the organization printed on sheets made from now on."""
    store.set_setting("organization", clean_text(name).strip())


def set_base_code(store: Store, code: str) -> None:
    """Change the base code; numbers already given stay. Raises Refused unless it is 2 to 6 letters or digits."""
    flat = written_code(code)
    if not flat:
        raise Refused(tr("拠点の略号は、英字と数字2〜6文字です（例：KD）"), "base_code")
    store.set_setting("base_code", flat)


def written_code(code: str) -> str:
    """A base code as reference numbers bear it; empty unless it is 2 to 6 letters or digits."""
    flat = unicodedata.normalize("NFKC", code).strip().upper()
    return flat if _CODE.fullmatch(flat) else ""
