"""Numbers by prefecture equal a plain count; what was merged counts where the one that stands for it is."""

from __future__ import annotations

from kanto_desk.services import consultations, organizations, prefectures, uniting
from kanto_desk.services.desk import Desk


def test_companies_visits_and_issues_by_prefecture(desk: Desk) -> None:
    store = desk.store
    before = prefectures.counts(store, "organizations")
    one = organizations.create(store, {"name": "湖南精工", "prefecture": "20"})
    other = organizations.create(store, {"name": "コナン精工", "prefecture": "13"})
    gone = organizations.create(store, {"name": "消える工業", "prefecture": "13"})
    for company in (one, other, other, gone):
        visit = consultations.create(store, company)
        consultations.set_issues(store, visit, ["100", "200"] if company == one else ["100"])
    organizations.delete(store, gone)

    def more(measure: prefectures.Measure, code: str) -> int:
        shipped = before.get(code, 0) if measure == "organizations" else 0
        return prefectures.counts(store, measure).get(code, 0) - shipped
    assert (more("organizations", "20"), more("organizations", "13")) == (1, 1)
    assert (more("visits", "20"), more("visits", "13")) == (1, 2)
    assert (more("issues", "20"), more("issues", "13")) == (2, 2)
    assert prefectures.counts(store, "visits", [one]) == {"20": 1}
    uniting.merge(store, one, other)
    assert (more("organizations", "20"), more("organizations", "13")) == (1, 0)
    assert (more("visits", "20"), more("visits", "13")) == (3, 0)
