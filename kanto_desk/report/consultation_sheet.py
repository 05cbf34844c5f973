"""相談記録票: the consultation sheet on paper, drawn from a ConsultationSheet. Reads no records and no clock."""

from __future__ import annotations

from collections.abc import Sequence

from kanto_desk.i18n import Language, tr
from kanto_desk.report import wording
from kanto_desk.report.blocks import (
    BODY,
    CELL,
    CELL_CENTER,
    CELL_RAGGED,
    LABEL_CENTER,
    Block,
    Heading,
    Paragraph,
    PhotoRow,
    Style,
    ragged,
)
from kanto_desk.report.canvas import Canvas
from kanto_desk.report.confirmation import ConfirmationBlock
from kanto_desk.report.consultation_values import (
    Company,
    Confirmation,
    Consent,
    ConsultationSheet,
    Correction,
    Photo,
    Point,
    Printed,
    Promise,
    Stroke,
    Supporter,
    Visitor,
)
from kanto_desk.report.fonts import missing
from kanto_desk.report.frame import Frame, Running
from kanto_desk.report.images import Picture
from kanto_desk.report.masthead import Masthead, Notice
from kanto_desk.report.table import Cell, Table, label
from kanto_desk.report.tagging import Element, Facts

__all__ = ["Company", "Confirmation", "Consent", "ConsultationSheet", "Correction", "Photo", "Point", "Printed",
           "Promise", "Stroke", "Supporter", "Visitor", "missing", "render", "render_all"]

_OWN_INDENT = tuple("・●○■□◆◇※①②③④⑤⑥⑦⑧⑨⑩-*（(　 0123456789０１２３４５６７８９")


def render(sheet: ConsultationSheet, *, language: Language = "ja") -> Printed:
    """The sheet as a PDF. The same sheet gives the same bytes.

    Raises Refused when a photo is no readable JPEG.
    """
    return render_all((sheet,), language=language)


def render_all(sheets: Sequence[ConsultationSheet], *, language: Language = "ja") -> Printed:
    """Several sheets in one file, each with its own page numbers; dated and named after the first."""
    if not sheets:
        raise ValueError("a file needs at least one sheet")
    canvas = Canvas()
    for sheet in sheets:
        part = Element("Sect") if len(sheets) > 1 else canvas.root
        part.placed = part is canvas.root
        with canvas.within(part):
            frame = Frame(canvas, _running(sheet, language))
            frame.place(_Paper(sheet, language).blocks())
            frame.finish()
    first = sheets[0]
    title = f"{tr('相談記録票', language)} {first.reference}".strip()
    subject = wording.listed((first.company.name, first.subject), language)
    pdf = canvas.finish(Facts(title, first.agency, subject, "ja-JP" if language == "ja" else "en-GB", first.issued))
    return Printed(pdf, len(canvas.pages), canvas.missing)


def _running(sheet: ConsultationSheet, language: Language) -> Running:
    watermark = ""
    if sheet.superseded:
        watermark = tr("旧版", language)
    elif sheet.state == "draft":
        watermark = tr("下書き", language)
    number = tr("受付番号", language) + ("　" if language == "ja" else " ") + sheet.reference
    return Running(
        header=(wording.beside(tr("相談記録票", language), sheet.company.name, language), number),
        footer=(sheet.agency, sheet.reference,
                f"kanto-desk  {sheet.record_uid[:13]}  {tr('第{n}版', language, n=sheet.version)}"),
        watermark=watermark)


class _Paper:
    """The blocks of one sheet. Parts without content give no block."""

    def __init__(self, sheet: ConsultationSheet, language: Language) -> None:
        self.sheet, self.language = sheet, language
        self._sections = 0

    def blocks(self) -> list[Block]:
        """The whole sheet from masthead to confirmation."""
        return [self._masthead(), *self._notices(), *self._meeting(), *self._company(), *self._content(),
                *self._text(tr("現状・課題", self.language), self.sheet.situation),
                *self._advice(), *self._future(), *self._outcome(), *self._photos(), *self._consents(),
                *self._confirmation()]

    # head -------------------------------------------------------------------------------------------------------

    def _masthead(self) -> Block:
        sheet, language = self.sheet, self.language
        nth = tr("第{n}回", language, n=sheet.nth) if sheet.nth is not None else ""
        short = ("・" if language == "ja" else ", ").join(part for part in (sheet.form, nth) if part)
        subtitle = (f"（{short}）" if language == "ja" else f"({short})") if short else ""
        return Masthead(lines=(sheet.form_number, sheet.programme), agency=sheet.agency,
                        title=tr("相談記録票", language), subtitle=subtitle, approvals=sheet.approvals,
                        approvals_title=tr("決裁欄", language), tracking=0.1 if language == "ja" else 0.01)

    def _notices(self) -> list[Block]:
        sheet, language = self.sheet, self.language
        notices: list[Block] = []
        if sheet.superseded:
            notices.append(Notice(tr("この版は差し替えられています", language), (sheet.superseded,)))
        if sheet.state == "corrected" and sheet.correction:
            fields = wording.listed(sheet.correction.fields, language)
            notices.append(Notice(tr("訂正（第{n}版）", language, n=sheet.version), (
                tr("理由：{text}", language, text=sheet.correction.reason) if sheet.correction.reason else "",
                tr("訂正した項目：{text}", language, text=fields) if fields else "")))
        return notices

    def _meeting(self) -> list[Block]:
        sheet, language = self.sheet, self.language
        nth = tr("第{n}回", language, n=sheet.nth) if sheet.nth is not None else ""
        several = len(sheet.supporters) > 1
        staff = tuple(wording.beside(one.name + (tr("［主］", language) if one.lead and several else ""),
                                     one.affiliation, language) for one in sheet.supporters)
        return self._facts((
            (tr("受付番号", language), sheet.reference, False),
            (tr("相談日", language), wording.day(sheet.held_on, language, weekday=True), False),
            (tr("相談時間", language), wording.hours(sheet.start, sheet.end, sheet.duration_minutes, language), False),
            (tr("相談形態", language), sheet.form, False),
            (tr("相談区分", language), wording.beside(sheet.kind, nth, language), False),
            (tr("実施場所", language), sheet.place, False),
            (tr("対応者", language), wording.listed(staff, language), True),
        ))

    # company ----------------------------------------------------------------------------------------------------

    def _company(self) -> list[Block]:
        company, language = self.sheet.company, self.language
        people = tuple(wording.beside(one.name, one.role, language) for one in company.visitors)
        visitors = wording.listed(people, language)
        postcode = f"〒{company.postcode}" if company.postcode else ""
        address = ("　" if language == "ja" else "  ").join(part for part in (postcode, company.address) if part)
        capital = company.capital_thousand_yen
        return self._section(tr("相談企業", language), self._facts((
            (tr("事業所名", language), wording.beside(company.name, company.kana, language), True),
            (tr("法人番号", language), wording.corporate_number(company.corporate_number, language), False),
            (tr("代表者", language), company.representative, False),
            (tr("相談者", language), visitors, len(visitors) > 24),
            (tr("所在地", language), address, True),
            (tr("電話", language), company.phone, False),
            (tr("ＦＡＸ", language), company.fax, False),
            (tr("メール", language), company.email, False),
            (tr("業種", language), company.industry, False),
            (tr("主要製品", language), company.products, True),
            (tr("資本金", language), "" if capital is None else wording.money(capital, language), False),
            (tr("従業員数", language), self._employees(), False),
            (tr("創業", language), company.founded, False),
            (tr("会員区分", language), company.membership, False),
        )))

    def _employees(self) -> str:
        company, language = self.sheet.company, self.language
        if company.employees is None:
            return ""
        parts = (
            "" if company.employees_regular is None else tr("常用{n}名", language, n=company.employees_regular),
            "" if company.employees_part_time is None else tr("パート{n}名", language, n=company.employees_part_time))
        detail = wording.listed(parts, language)
        total = tr("{n}名", language, n=f"{company.employees:,}")
        return wording.beside(total, tr("うち{text}", language, text=detail) if detail else "", language)

    # content ----------------------------------------------------------------------------------------------------

    def _content(self) -> list[Block]:
        sheet, language = self.sheet, self.language
        facts = self._facts((
            (tr("件名", language), sheet.subject, True),
            (tr("主な課題", language), sheet.primary_category, False),
            (tr("関連する課題", language), wording.listed(sheet.other_categories, language), False),
        ))
        summary = self._paragraphs(sheet.summary, after_table=bool(facts))
        return self._section(tr("相談内容", language), [*facts, *summary])

    def _advice(self) -> list[Block]:
        sheet, language = self.sheet, self.language
        points: list[Block] = []
        if sheet.points:
            ragged_cell, cell = self._style(CELL_RAGGED), self._style(CELL)
            rows = [[label(words, LABEL_CENTER, "Column") for words in (
                tr("番号", language), tr("課題", language), tr("助言の要旨", language))]]
            rows += [[Cell(str(number), CELL_CENTER), Cell(point.issue, ragged_cell), Cell(point.advice, cell)]
                     for number, point in enumerate(sheet.points, 1)]
            points.append(Table((12, 52, 106), rows, heading_rows=1, top_aligned=True,
                                before=6.0 if sheet.advice.strip() else 0.0))
        title = tr("課題と助言", language) if points and not sheet.advice.strip() else tr("助言・対応内容", language)
        return self._section(title, [*self._paragraphs(sheet.advice), *points])

    def _future(self) -> list[Block]:
        sheet, language = self.sheet, self.language
        blocks = self._paragraphs(sheet.direction)
        if sheet.next_date:
            when = wording.day(sheet.next_date, language, weekday=True)
            blocks += self._facts(((tr("次回予定日", language), when, True),))
        if sheet.promises:
            rows = [[label(words, LABEL_CENTER, "Column") for words in (
                tr("番号", language), tr("約束したこと", language), tr("担当", language), tr("期限", language),
                tr("状況", language))]]
            style = self._style(CELL_RAGGED)
            rows += [[Cell(str(number), CELL_CENTER), Cell(promise.what, style), Cell(promise.who, style),
                      Cell(wording.day(promise.by, language), CELL_CENTER), Cell(promise.state, CELL_CENTER)]
                     for number, promise in enumerate(sheet.promises, 1)]
            blocks.append(Table((12, 68, 38, 34, 18), rows, heading_rows=1, before=6.0 if blocks else 0.0))
        return self._section(tr("今後の方針と約束", language), blocks)

    def _outcome(self) -> list[Block]:
        sheet, language = self.sheet, self.language
        return self._section(tr("対応結果", language), self._facts((
            (tr("対応区分", language), wording.listed(sheet.responses, language), False),
            (tr("結果", language), sheet.result, False),
            (tr("紹介先機関", language), wording.listed(sheet.referred, language), True),
            (tr("活用施策", language), wording.listed(sheet.programmes_used, language), True),
            (tr("効果確認", language), "\n".join(sheet.outcomes), True),
        )))

    def _photos(self) -> list[Block]:
        photos, language = self.sheet.photos, self.language
        if not photos:
            return []
        columns = min(3, max(2, len(photos)))
        numbered = []
        for number, photo in enumerate(photos, 1):
            words = tr("写真{n}", language, n=number)
            caption = f"{words}{'　' if language == 'ja' else '  '}{photo.caption}" if photo.caption else words
            numbered.append((Picture(photo.image), caption))
        rows = [PhotoRow(numbered[at:at + columns], columns, tr("写真", language))
                for at in range(0, len(numbered), columns)]
        return self._section(tr("現場写真", language), rows)

    def _consents(self) -> list[Block]:
        consents, language = self.sheet.consents, self.language
        if not consents:
            return []
        rows = [[label(words, LABEL_CENTER, "Column") for words in (
            tr("内容", language), tr("同意", language), tr("日付", language))]]
        rows += [[Cell(one.text, self._style(CELL_RAGGED)),
                  Cell(tr("同意あり", language) if one.given else tr("同意なし", language), CELL_CENTER),
                  Cell(wording.day(one.on, language), CELL_CENTER)] for one in consents]
        return self._section(tr("同意事項", language), [Table((112, 24, 34), rows, heading_rows=1)])

    def _confirmation(self) -> list[Block]:
        sheet, language = self.sheet, self.language
        given = sheet.confirmation
        words: tuple[str, ...] = (tr("上記の内容を確認しました。", language),)
        if given is not None:
            blank = "　" if language == "ja" else "  "
            how = {"pen": "", "typed": tr("（お名前の入力による確認）", language),
                   "paper": tr("（紙面への署名による確認）", language)}[given.method]
            words += (wording.day(given.on, language), sheet.company.name,
                      blank.join(part for part in (given.role, given.name) if part), how)
        else:
            words += (tr("令和　　　年　　　月　　　日", language), sheet.company.name)
        code = f"kanto-desk:consultation:{sheet.record_uid}:{sheet.version}"
        block = ConfirmationBlock(
            statement=words, code=code, code_text=tr("この記録と版を示す QR コード：{code}", language, code=code),
            signature_label=tr("ご署名", language), typed=given.name if given and given.method == "typed" else "",
            strokes=given.strokes if given and given.method == "pen" else (),
            signature_text=tr("{name} の署名", language, name=given.name if given else ""))
        return self._section(tr("ご確認", language), [block], closes=True)

    # building blocks --------------------------------------------------------------------------------------------

    def _section(self, title: str, content: Sequence[Block], *, closes: bool = False) -> list[Block]:
        if not content:
            return []
        self._sections += 1
        number = wording.section_number(self._sections, self.language)
        return [Heading(f"{number}{'　' if self.language == 'ja' else '   '}{title}", closes=closes), *content]

    def _text(self, title: str, text: str) -> list[Block]:
        return self._section(title, self._paragraphs(text))

    def _paragraphs(self, text: str, *, after_table: bool = False) -> list[Block]:
        blocks: list[Block] = []
        style = self._style(BODY)
        flush = ragged(style) if self.language == "en" else Style(BODY.size, BODY.leading)
        for line in text.strip().splitlines():
            if line.strip():
                own = line.startswith(_OWN_INDENT)
                blocks.append(Paragraph(line.rstrip(), flush if own else style, after=2.5,
                                        before=5.0 if after_table and not blocks else 0.0))
        return blocks

    def _style(self, style: Style) -> Style:
        """Japanese is justified; English is set ragged."""
        return ragged(style) if self.language == "en" else style

    def _facts(self, facts: Sequence[tuple[str, str, bool]]) -> list[Block]:
        """Label–value pairs two a row; wide ones alone, narrow ones close ranks. Empty ones are left out."""
        rows: list[list[Cell]] = []
        style = self._style(CELL)
        filled = [fact for fact in facts if fact[1].strip()]
        while filled:
            words, value, wide = filled.pop(0)
            partner = None if wide else next((fact for fact in filled if not fact[2]), None)
            if partner is None:
                rows.append([label(words), Cell(value, style, span=3)])
            else:
                filled.remove(partner)
                rows.append([label(words), Cell(value, style), label(partner[0]), Cell(partner[1], style)])
        columns = (31, 54, 31, 54) if self.language == "en" else (22, 63, 22, 63)
        return [Table(columns, rows)] if rows else []
