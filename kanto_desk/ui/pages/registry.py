"""Which page shows which place or record. Each is imported and built when first opened, never at the start."""

from __future__ import annotations

from importlib import import_module
from typing import Any, Final

from kanto_desk.ui.page import Page, Place, Window

_PLACES: Final[dict[Place, tuple[str, str]]] = {
    "today": ("kanto_desk.ui.pages.home", "HomePage"),
    "visits": ("kanto_desk.ui.pages.consultation.listing", "ConsultationListPage"),
    "companies": ("kanto_desk.ui.pages.organizations.listing", "OrganizationListPage"),
    "match": ("kanto_desk.ui.pages.later", "MatchPage"),
    "figures": ("kanto_desk.ui.pages.figures.page", "FiguresPage"),
    "sync": ("kanto_desk.ui.pages.sync.page", "SyncPage"),
}
_RECORDS: Final[dict[str, tuple[str, str]]] = {
    "consultation": ("kanto_desk.ui.pages.consultation.page", "ConsultationPage"),
    "organization": ("kanto_desk.ui.pages.organizations.profile", "OrganizationPage"),
}
PLACE_OF: Final[dict[str, Place]] = {"consultation": "visits", "organization": "companies"}
"""Record type → the place of the rail it belongs to."""


def place_page(place: Place, desk: Any, window: Window) -> Page:
    """The page of a place, newly built."""
    page: Page = _class(*_PLACES[place])(desk, window)
    return page


def record_page(record_type: str, uid: str, desk: Any, window: Window) -> Page:
    """The page of one record, newly built. Raises KeyError for a type without a page, Refused for an unknown uid."""
    page: Page = _class(*_RECORDS[record_type])(desk, window, uid)
    return page


def _class(module: str, name: str) -> Any:
    return getattr(import_module(module), name)
