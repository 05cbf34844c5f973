"""書き直す without a window: another value for a contested field, given as a text and read as an import reads it."""

from __future__ import annotations

from kanto_desk.clock import today
from kanto_desk.db.schema import fields_of, records
from kanto_desk.db.store import Store
from kanto_desk.errors import Refused
from kanto_desk.fields import Json, is_too_long, most_characters, to_wire
from kanto_desk.i18n import language, tr
from kanto_desk.services import added_codes, importing
from kanto_desk.services.contested_sides import Contested
from kanto_desk.services.field_values import Reading


def read(store: Store, one: Contested, text: str) -> Json:
    """The wire value that a text says for the field; None for an empty one.

    Raises Refused for what is no value of the field or too long, and where a record is decided and not a value.
    """
    of = None if one.whole else next((f for f in fields_of(records()[one.type]) if f.name == one.field), None)
    if of is None or of.bookkeeping:
        raise Refused(tr("これは、決め方の1つをえらんで決めます。書き直せません。何も変えていません。"), "choice")
    with store.read() as conn:
        value = Reading(conn, today(store.clock), added=added_codes.of(conn)).value(of, text)
    importing.check_lengths(records()[one.type], {of.name: value})
    wire = to_wire(of, value)
    if is_too_long(wire):
        raise Refused(tr("「{label}」が長すぎます（{n}万字くらいまで）。いくつかに分けて入れます。何も変えていません。",
                         label=of.label(language()), n=most_characters()), of.name)
    return wire
