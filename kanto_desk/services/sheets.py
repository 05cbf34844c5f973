"""The consultation sheet: from records to the values that `kanto_desk.report` prints, and the printed page itself.

What may not be seen by the company has no way in: lines are never read here but for the kinds that まとめ shows.
"""

from __future__ import annotations

import re
from collections.abc import Callable
from dataclasses import replace
from datetime import date, datetime

from sqlalchemy import Connection, select

from kanto_desk.clock import JST
from kanto_desk.db.attachments import Blobs
from kanto_desk.db.records.attachments import Attachment
from kanto_desk.db.records.consultations import (
    Consultation,
    Outcome,
    Participant,
    Promise,
    Referral,
)
from kanto_desk.db.records.dossier import Confirmation, Version
from kanto_desk.db.records.masters import Programme
from kanto_desk.db.records.organizations import Organization
from kanto_desk.db.store import Store, read_all, read_one
from kanto_desk.errors import Refused
from kanto_desk.i18n import Language, tr
from kanto_desk.japanese.calendar import wareki_month
from kanto_desk.report import consultation_values as paper
from kanto_desk.services import closing, codes, consents, outcomes, summary
from kanto_desk.services.consultations import issues_in, state_of
from kanto_desk.services.issued_versions import issued_of
from kanto_desk.services.pdf_library import LIBRARY
from kanto_desk.services.timeline import private_lines

Label = Callable[[str, str | None], str]

APPROVALS = ("所長", "課長", "係長", "担当")
"""決裁欄 of the sheet; a setting may name others."""

_APPROVALS_EN = dict(zip(APPROVALS, ("Director", "Manager", "Chief", "Officer"), strict=True))
"""Their English. Not in the catalogue, where 担当 heads a column of promises; other names stay as they were written."""


def sheet(store: Store, blobs: Blobs, consultation: str, *, language: Language = "ja") -> paper.ConsultationSheet:
    """The values of the sheet as the record stands now. Raises Refused when this laptop has no such record."""
    agency = store.setting("organization", "") or ""
    approvals = tuple(store.setting("approvals", list(APPROVALS)))
    with store.read() as conn:
        return sheet_in(conn, blobs, consultation, agency=agency, approvals=approvals, language=language)


def sheet_in(conn: Connection, blobs: Blobs, consultation: str, *, agency: str, approvals: tuple[str, ...],
             language: Language) -> paper.ConsultationSheet:
    """`sheet` inside a snapshot of the caller's."""
    c = read_one(conn, Consultation, consultation)
    if c is None:
        raise Refused(tr("このパソコンに無い記録です。"))
    texts = summary.read_in(conn, consultation)
    issues = issues_in(conn, consultation)
    people = _parts(conn, Participant, consultation)
    programme = read_one(conn, Programme, c.programme) if c.programme else None
    versions = issued_of(conn, consultation)
    state = state_of(conn, consultation)
    confirmation = _confirmation(conn, versions[-1] if versions and state == "final" else None)
    start, end = _local(c.started_at), _local(c.ended_at)
    responses, result = closing.outcome(conn, c) if state != "final" else (c.responses or (), c.result)

    def label(list_id: str, code: str | None) -> str:
        return codes.label_in(conn, list_id, code, language) if code else ""

    return paper.ConsultationSheet(
        reference=c.reference or "", version=(versions[-1].n or 1) if versions else 1, record_uid=c.uid,
        issued=_issued(versions, c), agency=c.expert_organization or agency,
        held_on=c.held_on or _day(start) or date(1970, 1, 1),
        company=_company(conn, c, people, label, language), state=_paper_state(state, versions),
        programme=_named(programme, language), start=start.time() if start else None,
        end=end.time() if end else None,
        duration_minutes=round((end - start).total_seconds() / 60) if start and end and end > start else None,
        form=label("CL01", c.form), kind=label("CL02", c.category), nth=c.nth, place=c.place or "",
        primary_category=label("CL03", issues[0].code) if issues else "",
        other_categories=tuple(label("CL03", i.code) for i in issues[1:]),
        subject=c.theme or "", summary=texts.summary, situation="" if texts.pairs else texts.situation,
        advice="" if texts.pairs else texts.advice,
        points=tuple(paper.Point(pair.issue or tr("全般", language), _one_under_another(pair.advice, language))
                     for pair in texts.pairs),
        promises=tuple(paper.Promise(p.text or "", p.who or "", p.due_on, label("promise_state", p.state))
                       for p in _parts(conn, Promise, consultation)),
        direction=c.direction or "", next_date=c.next_on,
        responses=tuple(label("CL04", r) for r in responses), result=label("CL05", result),
        referred=tuple(_referred(conn, r) for r in _parts(conn, Referral, consultation)),
        outcomes=tuple(outcomes.words(conn, one, language) for one in _parts(conn, Outcome, consultation)),
        programmes_used=tuple(line for line in (c.measures or "").split("\n") if line.strip()),
        supporters=_supporters(c, people, agency),
        consents=tuple(paper.Consent(label("CL41", k.code), consents.in_force(k), k.given_on)
                       for k in consents.each(conn, consultation)),
        photos=_photos(conn, blobs, consultation), approvals=titles(approvals, language), confirmation=confirmation,
        correction=_correction(versions))


def titles(approvals: tuple[str, ...], language: Language) -> tuple[str, ...]:
    """The names of 決裁欄 in a language; names that somebody chose stay as they were written."""
    return approvals if language == "ja" else tuple(_APPROVALS_EN.get(title, title) for title in approvals)


def _one_under_another(advice: tuple[str, ...], language: Language) -> str:
    """Several pieces of advice in one cell, each marked."""
    mark = "・" if language == "ja" else "• "
    return advice[0] if len(advice) == 1 else "\n".join(mark + text for text in advice)


def pdf(values: paper.ConsultationSheet, language: Language = "ja") -> paper.Printed:
    """The printed page of sheet values. Imports the PDF writer only now: the window must not wait for it."""
    from kanto_desk.report import consultation_sheet

    return consultation_sheet.render(values, language=language)


def preview(store: Store, blobs: Blobs, consultation: str, language: Language = "ja") -> paper.Printed:
    """The page of a record as it stands; the issued PDF itself when it is signed and unchanged."""
    with store.read() as conn:
        signed = state_of(conn, consultation) == "final"
        versions = issued_of(conn, consultation)
    if signed and versions and versions[-1].pdf and language == "ja":
        kept = blobs.get(versions[-1].pdf)
        if kept is not None:
            return paper.Printed(kept, _pages(kept), ())
    return pdf(sheet(store, blobs, consultation, language=language), language)


def with_confirmation(values: paper.ConsultationSheet, confirmation: paper.Confirmation,
                      version: int, issued: date, state: paper.State) -> paper.ConsultationSheet:
    """The values of the sheet being signed."""
    return replace(values, confirmation=confirmation, version=version, issued=issued, state=state)


def _pages(content: bytes) -> int:
    import pypdfium2

    with LIBRARY:
        document = pypdfium2.PdfDocument(content)
        try:
            return len(document)
        finally:
            document.close()


def _parts(conn: Connection, record: type, consultation: str) -> list:  # type: ignore[type-arg]
    order = (record.place, record.uid) if hasattr(record, "place") else (record.uid,)  # type: ignore[attr-defined]
    return read_all(conn, record, record.consultation == consultation,  # type: ignore[attr-defined]
                    order_by=order)


def _local(moment: datetime | None) -> datetime | None:
    return moment.astimezone(JST).replace(tzinfo=None) if moment else None


def _day(moment: datetime | None) -> date | None:
    return moment.date() if moment else None


def _issued(versions: list[Version], c: Consultation) -> date:
    """The day that dates the file: of the last version, else of the visit, so that equal drafts give equal bytes."""
    if versions and versions[-1].issued_at:
        return versions[-1].issued_at.astimezone(JST).date()
    return c.held_on or date(1970, 1, 1)


def _paper_state(state: str, versions: list[Version]) -> paper.State:
    if state != "final":
        return "draft"
    return "corrected" if len(versions) > 1 else "final"


def _named(programme: Programme | None, language: Language) -> str:
    if programme is None:
        return ""
    return (programme.name_en if language == "en" else None) or programme.name or ""


def _company(conn: Connection, c: Consultation, people: list[Participant], label: Label,
             language: Language) -> paper.Company:
    o = read_one(conn, Organization, c.organization) if c.organization else None
    if o is None:
        return paper.Company(name="")
    visitors = tuple(paper.Visitor(p.name or "", p.role or "") for p in people if p.side != "support")
    prefecture = codes.label_in(conn, "CL10", o.prefecture, "ja") if o.prefecture else ""   # an address has one script
    where = "".join(filter(None, (prefecture, o.city, o.address)))
    return paper.Company(
        name=o.name or "", kana=o.kana or "", corporate_number=o.corporate_number or "",
        representative=" ".join(filter(None, (o.representative_role, o.representative))), visitors=visitors,
        postcode=o.postal_code or "", address=where, phone=o.phone or "", fax=o.fax or "", email=o.email or "",
        industry=label("CL12", o.jsic_division or o.jsic_section), products=o.products or "",
        capital_thousand_yen=o.capital_yen // 1000 if o.capital_yen is not None else None, employees=o.employees,
        employees_regular=o.employees_regular, employees_part_time=o.employees_part_time,
        founded=_month(o.founded or "", language), membership=o.membership or "")


def _month(text: str, language: Language) -> str:
    """A founding month kept as YYYY-MM, in the calendar of the paper; anything else as people wrote it."""
    found = re.fullmatch(r"(\d{4})-(\d{2})", text)
    if not found or language == "en" or not 1 <= int(found[2]) <= 12:
        return text
    return wareki_month(date(int(found[1]), int(found[2]), 1))


def _supporters(c: Consultation, people: list[Participant], agency: str) -> tuple[paper.Supporter, ...]:
    ours = [p for p in people if p.side == "support"]
    rest = tuple(paper.Supporter(p.name or "", p.role or "", bool(p.main)) for p in ours if p.name != c.expert)
    lead = (paper.Supporter(c.expert, c.expert_organization or agency, True),) if c.expert else ()
    return lead + rest


def _referred(conn: Connection, referral: Referral) -> str:
    known = read_one(conn, Organization, referral.organization) if referral.organization else None
    name = (known.name if known else referral.name) or ""
    return f"{name}（{referral.note}）" if referral.note else name


def _photos(conn: Connection, blobs: Blobs, consultation: str) -> tuple[paper.Photo, ...]:
    a = Attachment
    private = private_lines(conn, consultation)
    rows = conn.execute(select(a.hash, a.caption, a.entry).where(
        a.owner == consultation, a.kind == "photo", a.consent == "yes",
        a.deleted_at.is_(None)).order_by(a.taken_at, a.place, a.uid)).all()
    found = [(blobs.get(r.hash), r.caption or "") for r in rows if r.hash and r.entry not in private]
    return tuple(paper.Photo(image, caption) for image, caption in found if image is not None)


def _confirmation(conn: Connection, version: Version | None) -> paper.Confirmation | None:
    known = read_one(conn, Confirmation, version.confirmation) if version and version.confirmation else None
    return on_paper(known) if known else None


def on_paper(known: Confirmation) -> paper.Confirmation:
    """A confirmation as the sheet prints it."""
    strokes = tuple(tuple((float(x), float(y)) for x, y in stroke) for stroke in known.strokes or ())
    on = known.confirmed_at.astimezone(JST).date() if known.confirmed_at else None
    method: paper.Method = "typed" if known.method == "typed" else "paper" if known.method == "paper" else "pen"
    return paper.Confirmation(known.name or "", known.role or "", on, method, strokes)


def _correction(versions: list[Version]) -> paper.Correction | None:
    if len(versions) < 2:
        return None
    return paper.Correction(versions[-1].reason or "", tuple(versions[-1].corrected or ()))


