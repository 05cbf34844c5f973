"""Merged companies: what opens one and what counts its visits agree on who stands for it, circles included."""

from __future__ import annotations

import pytest

from kanto_desk.errors import Refused
from kanto_desk.services import merging, organizations
from kanto_desk.services.desk import Desk


@pytest.mark.parametrize("into", [
    {"a": "b"}, {"a": "b", "b": "c"}, {"a": "a"}, {"a": "b", "b": "a"},
    {"c": "a", "a": "b", "b": "a"},              # a way that ends in a circle
    {"a": "c", "c": "d", "d": "b", "b": "c"},    # the lowest of all leads there and does not belong to it
    {"d": "c", "c": "b", "b": "c", "a": "d"},
])
def test_the_profile_and_the_figures_name_the_same_one(desk: Desk, into: dict[str, str]) -> None:
    uids = dict(zip("abcd", sorted(organizations.create(desk.store, {"name": f"見本{n}製作所"}) for n in range(4)),
                    strict=True))
    for one, other in into.items():
        organizations.edit(desk.store, uids[one], {"merged_into": uids[other]})
    with desk.store.read() as conn:
        roots = merging.roots(conn)
    for uid in uids.values():
        assert organizations.get(desk.store, uid).uid == roots.get(uid, uid)


def test_a_circle_breaks_at_its_lowest_and_not_at_what_leads_there() -> None:
    into = {"a": "c", "c": "d", "d": "b", "b": "c"}
    assert merging.resolve(into) == {"a": "b", "c": "b", "d": "b"}
    assert merging.end_of("a", into.get) == merging.end_of("d", into.get) == "b"


def test_one_that_is_merged_into_a_company_not_here_says_so(desk: Desk) -> None:
    here = organizations.create(desk.store, {"name": "見本製作所"})
    organizations.edit(desk.store, here, {"merged_into": "0" * 32})
    with pytest.raises(Refused, match="このパソコンに無い企業"):
        organizations.get(desk.store, here)
