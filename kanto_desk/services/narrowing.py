"""The records behind a number that hold certain words, in their order."""

from __future__ import annotations

from kanto_desk.db.store import Store
from kanto_desk.japanese.folding import fold
from kanto_desk.japanese.queries import parse
from kanto_desk.services import consultation_search, organization_search, promises
from kanto_desk.services.figures import Behind


def narrow(store: Store, behind: Behind, query: str) -> Behind:
    """Those of the records in which every word stands somewhere, in any spelling; all of them without a word."""
    parsed = parse(query)
    if not parsed.wanted:
        return behind
    if behind.type == "consultation":
        fits = set(consultation_search.find(store, query))
    elif behind.type == "organization":
        fits = set(organization_search.find(store, organization_search.Wanted(query=query)))
    else:
        wanted, unwanted = [fold(word) for word in parsed.wanted], [fold(word) for word in parsed.unwanted]
        texts = {one.uid: fold(f"{one.text} {one.organization} {one.who}")
                 for one in promises.those(store, behind.uids)}
        fits = {uid for uid, text in texts.items()
                if all(word in text for word in wanted) and not any(word in text for word in unwanted)}
    return Behind(behind.type, tuple(uid for uid in behind.uids if uid in fits))
