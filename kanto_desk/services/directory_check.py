"""Check the company directory of a desk: every page, the counts, the index against the rows, the pointer."""

from __future__ import annotations

from collections.abc import Callable

from kanto_desk.db.driver import Error
from kanto_desk.db.putting_back import Finding
from kanto_desk.db.trouble import explain
from kanto_desk.directory import checking
from kanto_desk.directory.checking import Checked
from kanto_desk.errors import Trouble
from kanto_desk.i18n import tr
from kanto_desk.services import company_directory
from kanto_desk.services.desk import Desk
from kanto_desk.services.failures import is_damage

__all__ = ["Checked", "check", "trouble"]


def check(desk: Desk, told: Callable[[int], None] = lambda _: None) -> Checked:
    """What is wrong with the directory in use; nothing where there is none. `told`: corporations compared so far.

    Raises Trouble where the disk refuses and nobody knows whether the file is sound.
    """
    pointer = company_directory.pointer(desk)
    try:
        return checking.check(pointer, told, immutable=desk.store.read_only is not None)
    except Error as error:
        explained = explain(error)
        if not is_damage(explained):
            raise explained from error
        current = pointer.current()
        name = current.path.name if current is not None else ""
        return Checked([Finding(name, explained.happened)], name)


def trouble() -> Trouble:
    """What to tell of a directory in which something is wrong."""
    return Trouble(tr("企業ディレクトリに壊れた所があります。"),
                   tr("記録は別のファイルにあり、無事です。企業ディレクトリは、いつでもつくり直せます。"),
                   tr("国税庁の全件ファイルと gBizINFO のファイルを、"
                      "はじめから（directory import --anew）取り込みます。"))
