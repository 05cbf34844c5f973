"""Organizations: companies, inns, farms, institutions. Head-office address stands on the organization itself,
because every list and search needs it; further places are sites (DOMAIN 4.1, ARCHITECTURE.md decision 43)."""

from __future__ import annotations

from datetime import date
from typing import Any

from sqlalchemy import Index
from sqlalchemy.orm import Mapped

from kanto_desk.db.schema import Record, field
from kanto_desk.fields import Kind, Level

_P = Level.PUBLIC


class Organization(Record):
    """組織・企業."""

    __tablename__ = "organization"
    __table_args__ = (Index("organization_by_kana", "deleted_at", "merged_into", "kana", "name", "uid"),)
    ja, en = "企業・団体", "Organization"

    name: Mapped[str | None] = field(Kind.LINE, "名称", "Name", required=True, max_length=80, listed=True,
                                     searched=True, index=True, level=_P)
    kana: Mapped[str | None] = field(Kind.KANA, "フリガナ", "Reading", max_length=80, listed=True, searched=True,
                                     level=_P)
    name_en: Mapped[str | None] = field(Kind.LINE, "英文名", "English name", max_length=120, searched=True, level=_P)
    short_name: Mapped[str | None] = field(Kind.LINE, "通称", "Short name", max_length=40, searched=True, level=_P)
    source_notation: Mapped[str | None] = field(Kind.LINE, "原文の表記", "Notation in the source", printed=False,
                                                searched=True, level=_P)
    corporate_number: Mapped[str | None] = field(Kind.CORPORATE_NUMBER, "法人番号", "Corporate number", index=True,
                                                 searched=True, level=_P, help_ja="13桁。個人事業主は空のままです",
                                                 help_en="13 digits. Leave empty for sole proprietors")
    invoice_number: Mapped[str | None] = field(Kind.LINE, "インボイス番号", "Invoice number", max_length=14)
    legal_form: Mapped[str | None] = field(Kind.CODE, "法人格", "Legal form", codes="CL08", level=_P)
    kind: Mapped[str | None] = field(Kind.CODE, "組織の種別", "Kind", codes="CL09", listed=True, index=True, level=_P)
    size: Mapped[str | None] = field(Kind.CODE, "規模", "Size", codes="CL07")
    jsic_section: Mapped[str | None] = field(Kind.CODE, "業種（大分類）", "Industry (section)", codes="CL12",
                                             index=True, level=_P)
    jsic_division: Mapped[str | None] = field(Kind.CODE, "業種（中分類）", "Industry (division)", codes="CL12",
                                              listed=True, level=_P)
    postal_code: Mapped[str | None] = field(Kind.POSTCODE, "郵便番号", "Postcode", max_length=8, level=_P)
    prefecture: Mapped[str | None] = field(Kind.CODE, "都道府県", "Prefecture", codes="CL10", listed=True, index=True,
                                           level=_P)
    city: Mapped[str | None] = field(Kind.LINE, "市区町村", "City", max_length=40, listed=True, searched=True, level=_P)
    city_code: Mapped[str | None] = field(Kind.LINE, "市区町村コード", "City code", max_length=6, bookkeeping=True)
    address: Mapped[str | None] = field(Kind.LINE, "町名・番地", "Street address", max_length=120, searched=True,
                                        level=_P)
    phone: Mapped[str | None] = field(Kind.PHONE, "電話", "Telephone", max_length=16)
    fax: Mapped[str | None] = field(Kind.PHONE, "FAX", "Fax", max_length=16)
    email: Mapped[str | None] = field(Kind.EMAIL, "メール", "E-mail", max_length=120)
    url: Mapped[str | None] = field(Kind.URL, "ウェブサイト", "Web site", max_length=200, level=_P)
    representative: Mapped[str | None] = field(Kind.LINE, "代表者", "Representative", max_length=40, searched=True)
    representative_kana: Mapped[str | None] = field(Kind.KANA, "代表者フリガナ", "Representative's reading")
    representative_role: Mapped[str | None] = field(Kind.LINE, "代表者の役職", "Representative's title", max_length=40)
    capital_yen: Mapped[int | None] = field(Kind.YEN, "資本金", "Capital", unit="円", least=0)
    employees: Mapped[int | None] = field(Kind.INTEGER, "従業員数", "Employees", unit="名", least=0,
                                           listed=True)
    employees_regular: Mapped[int | None] = field(Kind.INTEGER, "うち常用", "of these regular", unit="名",
                                                   least=0)
    employees_part_time: Mapped[int | None] = field(Kind.INTEGER, "うちパート", "of these part-time", unit="名",
                                                     least=0)
    founded: Mapped[str | None] = field(Kind.LINE, "創業年月", "Founded", max_length=10, help_ja="例：昭和47年4月",
                                        help_en="For example 1972-04")
    closing_month: Mapped[int | None] = field(Kind.INTEGER, "決算月", "Closing month", unit="月", least=1, most=12)
    membership: Mapped[str | None] = field(Kind.LINE, "会員区分", "Membership", max_length=40)
    products: Mapped[str | None] = field(Kind.TEXT, "主要製品・サービス", "Products and services", max_length=400,
                                         listed=True, searched=True, level=_P)
    strengths: Mapped[str | None] = field(Kind.TEXT, "強み", "Strengths", max_length=1000, searched=True, level=_P)
    weaknesses: Mapped[str | None] = field(Kind.TEXT, "課題", "Weak points", max_length=1000, searched=True)
    capabilities: Mapped[str | None] = field(Kind.TEXT, "できること（工程・材質・精度）", "Capabilities",
                                             max_length=2000, searched=True, level=_P)
    equipment: Mapped[str | None] = field(Kind.TEXT, "主な設備", "Main equipment", max_length=2000, searched=True,
                                          level=_P)
    certificates: Mapped[str | None] = field(Kind.TEXT, "認証・許可", "Certificates", max_length=600, listed=True,
                                             searched=True, level=_P)
    notes: Mapped[str | None] = field(Kind.TEXT, "メモ", "Notes", max_length=4000, searched=True, printed=False)
    state: Mapped[str | None] = field(Kind.CODE, "状態", "State", codes="organization_state", level=_P)
    merged_into: Mapped[str | None] = field(Kind.REFERENCE, "統合先", "Merged into", target="organization",
                                            bookkeeping=True, index=True)
    own_id: Mapped[str | None] = field(Kind.LINE, "取り込み元の番号", "Id in the imported list", bookkeeping=True,
                                       index=True)


class OrganizationName(Record):
    """名称履歴: what an organization was called, and when."""

    __tablename__ = "organization_name"
    ja, en = "名称履歴", "Former name"
    parent = "organization"

    organization: Mapped[str | None] = field(Kind.REFERENCE, "企業", "Organization", target="organization", index=True)
    name: Mapped[str | None] = field(Kind.LINE, "名称", "Name", required=True, max_length=80, searched=True, level=_P)
    kana: Mapped[str | None] = field(Kind.KANA, "フリガナ", "Reading", max_length=80, searched=True, level=_P)
    valid_from: Mapped[date | None] = field(Kind.DATE, "いつから", "From", level=_P)
    valid_to: Mapped[date | None] = field(Kind.DATE, "いつまで", "Until", level=_P)
    reason: Mapped[str | None] = field(Kind.CODE, "事由", "Reason", codes="name_change_reason", level=_P)
    successor: Mapped[str | None] = field(Kind.REFERENCE, "承継先", "Successor", target="organization", level=_P)


class Site(Record):
    """事業所."""

    __tablename__ = "site"
    ja, en = "事業所", "Site"
    parent = "organization"

    organization: Mapped[str | None] = field(Kind.REFERENCE, "企業", "Organization", target="organization", index=True)
    name: Mapped[str | None] = field(Kind.LINE, "名称", "Name", required=True, max_length=80, searched=True, level=_P)
    kind: Mapped[str | None] = field(Kind.CODE, "区分", "Kind", codes="site_kind", level=_P)
    postal_code: Mapped[str | None] = field(Kind.POSTCODE, "郵便番号", "Postcode", max_length=8, level=_P)
    prefecture: Mapped[str | None] = field(Kind.CODE, "都道府県", "Prefecture", codes="CL10", level=_P)
    city: Mapped[str | None] = field(Kind.LINE, "市区町村", "City", max_length=40, searched=True, level=_P)
    city_code: Mapped[str | None] = field(Kind.LINE, "市区町村コード", "City code", max_length=6, bookkeeping=True)
    address: Mapped[str | None] = field(Kind.LINE, "町名・番地", "Street address", max_length=120, searched=True,
                                        level=_P)
    phone: Mapped[str | None] = field(Kind.PHONE, "電話", "Telephone", max_length=16)
    fax: Mapped[str | None] = field(Kind.PHONE, "FAX", "Fax", max_length=16)
    employees: Mapped[int | None] = field(Kind.INTEGER, "従業員数", "Employees", unit="名", least=0)
    equipment: Mapped[str | None] = field(Kind.TEXT, "設備", "Equipment", max_length=2000, searched=True, level=_P)
    place: Mapped[str | None] = field(Kind.LINE, "並び順", "Order", bookkeeping=True)


class OrganizationPair(Record):
    """What somebody decided about two organizations that look alike: 別の企業, or the one was merged into the other.

    Taken back, it has no verdict any more. Two laptops may write the same twice.
    """

    __tablename__ = "organization_pair"
    ja, en = "同じ企業かの判断", "Same or not"
    parent = "organization"

    organization: Mapped[str | None] = field(Kind.REFERENCE, "企業", "Organization", target="organization", index=True)
    other: Mapped[str | None] = field(Kind.REFERENCE, "もう一方", "The other", target="organization", index=True)
    verdict: Mapped[str | None] = field(Kind.LINE, "判断", "Verdict", bookkeeping=True)   # "apart" or "one"
    # What stood on `organization` before a value of the other took its place: {"values": {field: wire value},
    # "names": [uids of other names written then]}. What it holds travels no further than the row.
    kept: Mapped[Any | None] = field(Kind.DATA, "残した値", "Values kept", bookkeeping=True)


class DirectoryFact(Record):
    """What the directory of corporations said of an organization, and the answer: taken in, or left.

    Written once and never changed, so that laptops that answer apart from each other contest nothing; taken back, it is
    deleted. What was answered is asked again only when the directory says something newer.
    """

    __tablename__ = "directory_fact"
    ja, en = "企業ディレクトリの情報", "What the directory says"
    parent = "organization"

    organization: Mapped[str | None] = field(Kind.REFERENCE, "企業", "Organization", target="organization", index=True,
                                             level=_P)
    fact: Mapped[str | None] = field(Kind.LINE, "項目", "Fact", bookkeeping=True, level=_P)   # name, address, state …
    says: Mapped[Any | None] = field(Kind.DATA, "内容", "What it says", bookkeeping=True, level=_P)   # by field
    source: Mapped[str | None] = field(Kind.LINE, "出典", "Source", bookkeeping=True, level=_P)
    updated_on: Mapped[date | None] = field(Kind.DATE, "更新日", "Updated", bookkeeping=True, level=_P)
    answer: Mapped[str | None] = field(Kind.LINE, "答え", "Answer", bookkeeping=True, level=_P)   # "taken" or "left"
