"""あとで送る: signed pages that go to their companies when there is a network. A list of this laptop, never synced."""

from __future__ import annotations

from kanto_desk.db.store import Store
from kanto_desk.errors import Refused
from kanto_desk.i18n import tr
from kanto_desk.rules import consultation_state as states
from kanto_desk.services import consultations
from kanto_desk.services.consultations import Listed

_KEY = "to_send"


def put_off(store: Store, consultation: str) -> None:
    """Remember that this signed page is still to be sent. Raises Refused when it is not signed."""
    if consultations.get(store, consultation).state != states.FINAL:
        raise Refused(tr("署名済みの記録だけを、あとで送れます。"))
    _keep(store, [*(uid for uid in _kept(store) if uid != consultation), consultation])


def sent(store: Store, consultation: str) -> None:
    """It was sent, or is not to be sent any more."""
    _keep(store, [uid for uid in _kept(store) if uid != consultation])


def is_waiting(store: Store, consultation: str) -> bool:
    """Whether this page is still to be sent."""
    return consultation in _kept(store)


def waiting(store: Store) -> tuple[Listed, ...]:
    """The records whose page is still to be sent, the one put off first first; those that are gone are left out."""
    kept = _kept(store)
    if not kept:
        return ()
    with store.read() as conn:
        return tuple(row for row in consultations.rows_of(conn, kept) if row.state == states.FINAL)


def _kept(store: Store) -> list[str]:
    found = store.setting(_KEY)
    return [uid for uid in found if isinstance(uid, str)] if isinstance(found, list) else []


def _keep(store: Store, uids: list[str]) -> None:
    store.set_setting(_KEY, uids or None)
