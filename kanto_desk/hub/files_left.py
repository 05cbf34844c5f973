"""Photos and files that lie on one laptop alone, as laptops tell it when they carry files: how many, how large."""

from __future__ import annotations

from collections.abc import Iterable

from sqlalchemy import Connection

from kanto_desk.hub.opening import Hub, put_value, values_of
from kanto_desk.i18n import Language, tr
from kanto_desk.sync.wire import Garbled


def note(hub: Hub, dev: str, left: list[int]) -> None:
    """Keep what a laptop said. Raises Garbled for what are no two numbers."""
    if len(left) != 2 or min(left) < 0:
        raise Garbled("left")
    with hub.write() as conn:
        put_value(conn, f"files_left {dev}", left)


def of(conn: Connection, devs: Iterable[str]) -> dict[str, tuple[int, int]]:
    """Laptop → files and bytes, for those that said so."""
    found = values_of(conn, [f"files_left {dev}" for dev in devs])
    return {key.split(" ", 1)[1]: (int(n), int(size)) for key, (n, size) in found.items()}


def words(changes: int | None, files: tuple[int, int], ln: Language | None = None) -> str:
    """What a laptop has not sent, as it is shown: changes, and files where there are any; — where it never said so."""
    if not files[0]:
        return "—" if changes is None else f"{changes:,}"
    told = tr("写真とファイル {n}件・{mb} MB", ln, n=f"{files[0]:,}", mb=f"{-(-files[1] // (1 << 20)):,}")
    return tr("・", ln).join(filter(None, [f"{changes:,}" if changes else "", told]))
