"""What the consultation sheet prints: frozen trees of plain values, already worded for one language.

No records, codes or private lines: what has no place here cannot reach the paper. Photos are the consented ones only.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date, time
from typing import Literal

State = Literal["draft", "final", "corrected"]
Method = Literal["pen", "typed", "paper"]
Stroke = tuple[tuple[float, float], ...]
"""One pen stroke: (x, y) points in a unit box, x to the right, y downwards, both 0–1."""
SIGNED_BOX = 354 / 130
"""Width by height of the box that strokes fill: the pad on the screen and the line on the paper show the same hand."""


@dataclass(frozen=True, slots=True)
class Visitor:
    """A person who spoke for the company; `role` is the post or the relation to the representative."""

    name: str
    role: str = ""


@dataclass(frozen=True, slots=True)
class Company:
    """The company block (DOMAIN 2.3). Capital in thousand yen; `founded` as people say it (1987年4月)."""

    name: str
    kana: str = ""
    corporate_number: str = ""
    representative: str = ""
    visitors: tuple[Visitor, ...] = ()
    postcode: str = ""
    address: str = ""
    phone: str = ""
    fax: str = ""
    email: str = ""
    industry: str = ""
    products: str = ""
    capital_thousand_yen: int | None = None
    employees: int | None = None
    employees_regular: int | None = None
    employees_part_time: int | None = None
    founded: str = ""
    membership: str = ""


@dataclass(frozen=True, slots=True)
class Point:
    """One issue of the consultation and the advice given on it."""

    issue: str
    advice: str = ""


@dataclass(frozen=True, slots=True)
class Promise:
    """Who does what by when; `state` is the worded state of the promise."""

    what: str
    who: str = ""
    by: date | None = None
    state: str = ""


@dataclass(frozen=True, slots=True)
class Supporter:
    """A person of the supporting side who took part."""

    name: str
    affiliation: str = ""
    lead: bool = False


@dataclass(frozen=True, slots=True)
class Consent:
    """One consent of the company: its wording, and whether and when it was given."""

    text: str
    given: bool
    on: date | None = None


@dataclass(frozen=True, slots=True)
class Photo:
    """A photo that may be printed, already scaled when it was attached. `image` is a JPEG file's bytes."""

    image: bytes
    caption: str = ""


@dataclass(frozen=True, slots=True)
class Confirmation:
    """The company's confirmation of the content. `strokes` is the signature, empty when typed or on paper."""

    name: str
    role: str = ""
    on: date | None = None
    method: Method = "pen"
    strokes: tuple[Stroke, ...] = ()


@dataclass(frozen=True, slots=True)
class Correction:
    """Why a final sheet was issued again, and which of its fields changed."""

    reason: str
    fields: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class ConsultationSheet:
    """The whole 相談記録票. Empty optional parts take no room on the paper.

    `issued` dates the file itself: the same sheet gives the same bytes. `duration_minutes` is what was recorded;
    `superseded` is the note printed on a version that a later one replaced. `approvals` names the 決裁欄 boxes.
    """

    reference: str
    version: int
    record_uid: str
    issued: date
    agency: str
    held_on: date
    company: Company
    state: State = "draft"
    programme: str = ""
    form_number: str = ""
    start: time | None = None
    end: time | None = None
    duration_minutes: int | None = None
    form: str = ""
    kind: str = ""
    nth: int | None = None
    place: str = ""
    primary_category: str = ""
    other_categories: tuple[str, ...] = ()
    subject: str = ""
    summary: str = ""
    situation: str = ""
    advice: str = ""
    points: tuple[Point, ...] = ()
    promises: tuple[Promise, ...] = ()
    direction: str = ""
    next_date: date | None = None
    responses: tuple[str, ...] = ()
    result: str = ""
    referred: tuple[str, ...] = ()
    programmes_used: tuple[str, ...] = ()
    outcomes: tuple[str, ...] = ()
    supporters: tuple[Supporter, ...] = ()
    consents: tuple[Consent, ...] = ()
    photos: tuple[Photo, ...] = ()
    approvals: tuple[str, ...] = ()
    confirmation: Confirmation | None = None
    correction: Correction | None = None
    superseded: str = ""


@dataclass(frozen=True, slots=True)
class Printed:
    """A finished document; `missing` lists what no font could show (printed as 〓, or without its variant)."""

    pdf: bytes
    pages: int
    missing: tuple[str, ...]
