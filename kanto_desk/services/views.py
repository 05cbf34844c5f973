"""名前をつけた条件: the conditions of a list, kept under a name. What a list's conditions are, that list knows.

A view may come from an older or newer program or another laptop: whoever reads its conditions takes what it
understands and leaves the rest.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from sqlalchemy import func, select

from kanto_desk.db.operation import Operation
from kanto_desk.db.records.own import SavedView
from kanto_desk.db.store import Store, read_all, read_one
from kanto_desk.errors import Refused
from kanto_desk.i18n import tr
from kanto_desk.rules.ordering import between

TYPE = "saved_view"
LONGEST = 40
"""Characters of a name at most."""
_LAST = "last_conditions_"


@dataclass(frozen=True, slots=True)
class View:
    """A named view: the list it belongs to ("companies" or "visits") and the conditions as they were kept."""

    uid: str
    page: str
    name: str
    conditions: Mapping[str, Any]


def listing(store: Store, page: str | None = None) -> list[View]:
    """The views of a list, or of all lists, in the order of their making. Those without a name are left out."""
    v = SavedView
    where = () if page is None else (v.page == page,)
    with store.read() as conn:
        found = read_all(conn, v, *where, order_by=(v.page, v.place, v.uid))
    return [_view(one) for one in found if one.name]


def get(store: Store, uid: str) -> View | None:
    """One view; None when it is gone."""
    found = store.get(SavedView, uid)
    return _view(found) if found is not None and found.deleted_at is None else None


def keep(store: Store, page: str, name: str, conditions: Mapping[str, Any]) -> str:
    """Keep conditions under a name; a view of that name takes the new ones. Gives its uid. Raises Refused."""
    name = _named(name)
    with store.operation(tr("条件を残す")) as op:
        v = SavedView
        same = _called(op, page, name)
        if same is not None:
            op.put(TYPE, same.uid, {"conditions": dict(conditions)})
            uid = same.uid
        else:
            last = op.conn.execute(select(func.max(v.place)).where(v.page == page)).scalar()
            uid = op.add(TYPE, {"name": name, "page": page, "conditions": dict(conditions),
                                "place": between(last, None)})
        op.root = (TYPE, uid)
    return uid


def rename(store: Store, uid: str, name: str) -> None:
    """Give a view another name. Raises Refused for none, or for one that another view of the list has."""
    name = _named(name)
    with store.operation(tr("条件の名前を変える"), (TYPE, uid)) as op:
        view = read_one(op.conn, SavedView, uid)
        if view is None or view.deleted_at is not None:
            raise Refused(tr("この条件は消されています。"))
        same = _called(op, view.page or "", name)
        if same is not None and same.uid != uid:
            raise Refused(tr("「{name}」はもう使われています。", name=name), "name")
        op.put(TYPE, uid, {"name": name})


def delete(store: Store, uid: str) -> None:
    """Move a view to the bin; `history.undo` of it, or the bin, brings it back."""
    with store.operation(tr("条件を消す"), (TYPE, uid)) as op:
        op.delete(TYPE, uid)


def last(store: Store, page: str) -> Mapping[str, Any]:
    """The conditions a list had last on this laptop; none where none were kept."""
    kept = store.setting(_LAST + page)
    return kept if isinstance(kept, dict) else {}


def keep_last(store: Store, page: str, conditions: Mapping[str, Any]) -> None:
    """Keep the conditions a list has now. They belong to this laptop: no history, nothing to send."""
    store.set_setting(_LAST + page, dict(conditions))


def _called(op: Operation, page: str, name: str) -> SavedView | None:
    found = read_all(op.conn, SavedView, SavedView.page == page, SavedView.name == name, limit=1)
    return found[0] if found else None


def _named(name: str) -> str:
    name = " ".join(name.split())
    if not name:
        raise Refused(tr("条件の名前を書きます。"), "name")
    if len(name) > LONGEST:
        raise Refused(tr("条件の名前は{n}字までです。", n=LONGEST), "name")
    return name


def _view(found: SavedView) -> View:
    conditions = found.conditions
    return View(found.uid, found.page or "", found.name or "", conditions if isinstance(conditions, dict) else {})
