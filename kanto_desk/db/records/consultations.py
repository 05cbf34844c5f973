"""A consultation and its parts, after the composite sheet 相談記録票 (DOMAIN 2.3)."""

from __future__ import annotations

from datetime import date, datetime, time

from sqlalchemy import Index
from sqlalchemy.orm import Mapped

from kanto_desk.db.schema import Record, field
from kanto_desk.fields import Kind


class Consultation(Record):
    """相談: one visit to one organization. Its state is no column: it is replayed from transitions."""

    __tablename__ = "consultation"
    # Lists walk these and read whole rows only for the block shown: a block at row 90,000 costs one frame at most.
    __table_args__ = (
        Index("consultation_by_day", "deleted_at", "held_on", "uid"),
        Index("consultation_of_year", "fiscal_year", "deleted_at", "held_on", "uid"),
        Index("consultation_of_organization", "organization", "deleted_at", "held_on", "uid"),
    )
    ja, en = "相談", "Consultation"

    reference: Mapped[str | None] = field(Kind.LINE, "受付番号", "Reference number", max_length=24, listed=True,
                                          searched=True, index=True)
    organization: Mapped[str | None] = field(Kind.REFERENCE, "相談企業", "Organization", target="organization",
                                             required=True)
    programme: Mapped[str | None] = field(Kind.REFERENCE, "事業", "Programme", target="programme")
    held_on: Mapped[date | None] = field(Kind.DATE, "相談日", "Date", required=True, listed=True)
    fiscal_year: Mapped[int | None] = field(Kind.INTEGER, "年度", "Fiscal year", bookkeeping=True)
    planned_at: Mapped[time | None] = field(Kind.TIME, "予定時刻", "Planned time", printed=False)
    planned_minutes: Mapped[int | None] = field(Kind.INTEGER, "予定時間", "Planned length", unit="分", least=0,
                                               most=1440, printed=False)
    started_at: Mapped[datetime | None] = field(Kind.MOMENT, "開始時刻", "Started", required=True)
    ended_at: Mapped[datetime | None] = field(Kind.MOMENT, "終了時刻", "Ended", required=True)
    form: Mapped[str | None] = field(Kind.CODE, "相談形態", "Format", codes="CL01", required=True)
    category: Mapped[str | None] = field(Kind.CODE, "相談区分", "New or continued", codes="CL02", required=True)
    nth: Mapped[int | None] = field(Kind.INTEGER, "回数", "Visit number", unit="回", least=1, listed=True)
    place: Mapped[str | None] = field(Kind.LINE, "実施場所", "Place", max_length=80)
    place_city_code: Mapped[str | None] = field(Kind.LINE, "実施場所の市区町村コード", "City code of the place",
                                                max_length=6, bookkeeping=True)
    theme: Mapped[str | None] = field(Kind.LINE, "件名", "Subject", max_length=40, required=True, listed=True,
                                      searched=True)
    strategic_industry: Mapped[str | None] = field(Kind.CODE, "戦略産業", "Strategic industry", codes="CL13",
                                                   printed=False)
    summary: Mapped[str | None] = field(Kind.TEXT, "相談の内容", "What was asked", max_length=1000, required=True,
                                        searched=True)
    situation: Mapped[str | None] = field(Kind.TEXT, "現状・課題", "Present situation", max_length=2000, searched=True)
    advice: Mapped[str | None] = field(Kind.TEXT, "助言・対応内容", "Advice given", max_length=2000, required=True,
                                       searched=True)
    direction: Mapped[str | None] = field(Kind.TEXT, "今後の方針", "Next steps", max_length=600, searched=True)
    next_on: Mapped[date | None] = field(Kind.DATE, "次回の予定日", "Next date")
    responses: Mapped[tuple[str, ...] | None] = field(Kind.CODES, "対応区分", "Responses", codes="CL04", required=True)
    result: Mapped[str | None] = field(Kind.CODE, "結果", "Result", codes="CL05", required=True)
    measures: Mapped[str | None] = field(Kind.TEXT, "活用した施策・補助金", "Measures and subsidies used",
                                         max_length=400, searched=True)
    confidentiality: Mapped[str | None] = field(Kind.CODE, "機密区分", "Confidentiality", codes="CL40b", printed=False)
    visibility: Mapped[str | None] = field(Kind.CODE, "公開範囲", "Visible to", codes="CL37", printed=False)
    expert: Mapped[str | None] = field(Kind.LINE, "相談員", "Expert", max_length=40, searched=True)
    expert_organization: Mapped[str | None] = field(Kind.LINE, "相談員の所属", "Expert's organization", max_length=80)
    previous: Mapped[str | None] = field(Kind.REFERENCE, "前回の相談", "Previous consultation", target="consultation",
                                         bookkeeping=True)
    strategy: Mapped[tuple[str, ...] | None] = field(Kind.CODES, "戦略の項目", "Strategy items", codes="strategy",
                                                     printed=False)
    own_id: Mapped[str | None] = field(Kind.LINE, "取り込み元の番号", "Id in the imported list", bookkeeping=True,
                                       index=True)


class Entry(Record):
    """One line of the timeline. `place` orders the lines; `at` is the time it was first written."""

    __tablename__ = "entry"
    ja, en = "記録の行", "Timeline line"
    parent = "consultation"

    consultation: Mapped[str | None] = field(Kind.REFERENCE, "相談", "Consultation", target="consultation", index=True)
    at: Mapped[datetime | None] = field(Kind.MOMENT, "時刻", "Time")
    kind: Mapped[str | None] = field(Kind.CODE, "種類", "Kind", codes="entry_kind")
    text: Mapped[str | None] = field(Kind.TEXT, "内容", "Text", max_length=20_000, searched=True)
    edited_at: Mapped[datetime | None] = field(Kind.MOMENT, "編集した時刻", "Edited", bookkeeping=True)
    place: Mapped[str | None] = field(Kind.LINE, "並び順", "Order", bookkeeping=True)


class Issue(Record):
    """課題分類: one classified issue of a consultation; exactly one should be primary."""

    __tablename__ = "issue"
    ja, en = "課題分類", "Issue"
    parent = "consultation"

    consultation: Mapped[str | None] = field(Kind.REFERENCE, "相談", "Consultation", target="consultation", index=True)
    code: Mapped[str | None] = field(Kind.CODE, "課題", "Issue", codes="CL03", required=True, index=True)
    primary: Mapped[bool | None] = field(Kind.FLAG, "主な課題", "Primary")
    severity: Mapped[int | None] = field(Kind.INTEGER, "深刻度", "Severity", least=1, most=3)
    state: Mapped[str | None] = field(Kind.CODE, "状態", "State", codes="issue_state")
    outcome: Mapped[str | None] = field(Kind.LINE, "成果", "Outcome", max_length=200)
    place: Mapped[str | None] = field(Kind.LINE, "並び順", "Order", bookkeeping=True)


class SummaryItem(Record):
    """One item of まとめ. Without a text of its own it follows its timeline line.

    `answers` of an advice is the uid of an issue's line, or of its item when it has no line; "-" for none.
    """

    __tablename__ = "summary_item"
    ja, en = "まとめの項目", "Summary item"
    parent = "consultation"

    consultation: Mapped[str | None] = field(Kind.REFERENCE, "相談", "Consultation", target="consultation", index=True)
    section: Mapped[str | None] = field(Kind.CODE, "欄", "Section", codes="entry_kind")
    text: Mapped[str | None] = field(Kind.TEXT, "内容", "Text", searched=True)
    source: Mapped[str | None] = field(Kind.REFERENCE, "元の行", "Source line", target="entry", bookkeeping=True)
    source_hash: Mapped[str | None] = field(Kind.HASH, "元の行の内容", "Text of the source line", bookkeeping=True)
    answers: Mapped[str | None] = field(Kind.LINE, "答える課題", "Issue it answers", max_length=36, bookkeeping=True)
    place: Mapped[str | None] = field(Kind.LINE, "並び順", "Order", bookkeeping=True)


class Promise(Record):
    """約束: what was agreed, who does it, by when."""

    __tablename__ = "promise"
    __table_args__ = (Index("promise_by_due_day", "state", "deleted_at", "due_on", "uid"),)
    ja, en = "約束", "Promise"
    parent = "consultation"

    consultation: Mapped[str | None] = field(Kind.REFERENCE, "相談", "Consultation", target="consultation", index=True)
    organization: Mapped[str | None] = field(Kind.REFERENCE, "企業", "Organization", target="organization", index=True)
    text: Mapped[str | None] = field(Kind.LINE, "内容", "What", required=True, max_length=200, listed=True,
                                     searched=True)
    side: Mapped[str | None] = field(Kind.CODE, "担当側", "Side", codes="promise_side")
    who: Mapped[str | None] = field(Kind.LINE, "担当", "Who", max_length=40, listed=True, searched=True)
    due_on: Mapped[date | None] = field(Kind.DATE, "期限", "By when", listed=True)
    state: Mapped[str | None] = field(Kind.CODE, "状態", "State", codes="promise_state")
    done_on: Mapped[date | None] = field(Kind.DATE, "済んだ日", "Done on")
    source: Mapped[str | None] = field(Kind.REFERENCE, "元の行", "Source line", target="entry", bookkeeping=True)
    source_hash: Mapped[str | None] = field(Kind.HASH, "元の行の内容", "Text of the source line", bookkeeping=True)
    place: Mapped[str | None] = field(Kind.LINE, "並び順", "Order", bookkeeping=True)


class Participant(Record):
    """Who sat at the table, on either side. The visitor is often not the representative."""

    __tablename__ = "participant"
    ja, en = "参加者", "Participant"
    parent = "consultation"

    consultation: Mapped[str | None] = field(Kind.REFERENCE, "相談", "Consultation", target="consultation", index=True)
    person: Mapped[str | None] = field(Kind.REFERENCE, "人", "Person", target="person")
    name: Mapped[str | None] = field(Kind.LINE, "氏名", "Name", required=True, max_length=40, searched=True)
    role: Mapped[str | None] = field(Kind.LINE, "役職・続柄", "Title or relation", max_length=40)
    side: Mapped[str | None] = field(Kind.CODE, "どちら側", "Side", codes="promise_side")
    main: Mapped[bool | None] = field(Kind.FLAG, "主", "Main")
    place: Mapped[str | None] = field(Kind.LINE, "並び順", "Order", bookkeeping=True)


class Referral(Record):
    """連携・紹介先機関."""

    __tablename__ = "referral"
    ja, en = "連携・紹介先", "Referral"
    parent = "consultation"

    consultation: Mapped[str | None] = field(Kind.REFERENCE, "相談", "Consultation", target="consultation", index=True)
    organization: Mapped[str | None] = field(Kind.REFERENCE, "紹介先", "Referred to", target="organization")
    name: Mapped[str | None] = field(Kind.LINE, "名称", "Name", max_length=80)
    note: Mapped[str | None] = field(Kind.LINE, "内容", "Note", max_length=200)
    place: Mapped[str | None] = field(Kind.LINE, "並び順", "Order", bookkeeping=True)


class Consent(Record):
    """同意: given or withdrawn by an organization on a day (CL41)."""

    __tablename__ = "consent"
    ja, en = "同意", "Consent"
    parent = "consultation"

    consultation: Mapped[str | None] = field(Kind.REFERENCE, "相談", "Consultation", target="consultation", index=True)
    organization: Mapped[str | None] = field(Kind.REFERENCE, "企業", "Organization", target="organization", index=True)
    code: Mapped[str | None] = field(Kind.CODE, "同意の種類", "Consent", codes="CL41", required=True)
    given_on: Mapped[date | None] = field(Kind.DATE, "同意日", "Given on")
    withdrawn_on: Mapped[date | None] = field(Kind.DATE, "撤回日", "Withdrawn on")


class Outcome(Record):
    """効果確認: what became of a consultation some months later (DOMAIN 2.3); noted also after signing."""

    __tablename__ = "outcome"
    ja, en = "効果確認", "Outcome"
    parent = "consultation"

    consultation: Mapped[str | None] = field(Kind.REFERENCE, "相談", "Consultation", target="consultation",
                                             required=True, index=True)
    step: Mapped[str | None] = field(Kind.CODE, "時点", "When", codes="outcome_step", required=True, listed=True)
    checked_on: Mapped[date | None] = field(Kind.DATE, "確認日", "Checked on", listed=True)
    sales: Mapped[str | None] = field(Kind.CODE, "売上", "Sales", codes="CL06", listed=True)
    sales_yen: Mapped[int | None] = field(Kind.YEN, "売上の差額", "Sales ±", unit="円", least=0,
                                          help_ja="増えた額か減った額。向きは左で選びます",
                                          help_en="How much more or less; the direction is chosen beside it")
    profit: Mapped[str | None] = field(Kind.CODE, "粗利", "Profit", codes="CL06", listed=True)
    profit_yen: Mapped[int | None] = field(Kind.YEN, "粗利の差額", "Profit ±", unit="円", least=0)
    adopted: Mapped[int | None] = field(Kind.INTEGER, "採択", "Grants", unit="件", least=0)
    adopted_yen: Mapped[int | None] = field(Kind.YEN, "採択額", "Grant sum", unit="円", least=0)
    deals: Mapped[int | None] = field(Kind.INTEGER, "成約", "Deals", unit="件", least=0)
    deals_yen: Mapped[int | None] = field(Kind.YEN, "成約額", "Deal sum", unit="円", least=0)
    jobs: Mapped[int | None] = field(Kind.INTEGER, "雇用", "Jobs", unit="名", least=0)
    note: Mapped[str | None] = field(Kind.LINE, "内容", "Note", max_length=200)
    place: Mapped[str | None] = field(Kind.LINE, "並び順", "Order", bookkeeping=True)
