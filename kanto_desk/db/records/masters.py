"""Shipped rows of the founding document: programmes, model cases, strategy tree, and code items that users add.
Shipped rows have uids made from their key and stamps of device 0 (ARCHITECTURE.md decision 3)."""

from __future__ import annotations

from datetime import date

from sqlalchemy.orm import Mapped

from kanto_desk.db.schema import Record, field
from kanto_desk.fields import Kind, Level

_P = Level.PUBLIC


class Programme(Record):
    """事業."""

    __tablename__ = "programme"
    ja, en = "事業", "Programme"

    code: Mapped[str | None] = field(Kind.LINE, "略号", "Code", level=_P)
    name: Mapped[str | None] = field(Kind.LINE, "名称", "Name", required=True, listed=True, searched=True, level=_P)
    name_en: Mapped[str | None] = field(Kind.LINE, "英文名", "English name", searched=True, level=_P)
    kind: Mapped[str | None] = field(Kind.LINE, "区分", "Kind", level=_P)
    model_case: Mapped[str | None] = field(Kind.REFERENCE, "モデルケース", "Model case", target="model_case", level=_P)
    summary: Mapped[str | None] = field(Kind.TEXT, "概要", "Outline", searched=True, level=_P)
    place: Mapped[str | None] = field(Kind.LINE, "並び順", "Order", bookkeeping=True)


class ModelCase(Record):
    """地域活性化モデルケース."""

    __tablename__ = "model_case"
    ja, en = "モデルケース", "Model case"

    number: Mapped[int | None] = field(Kind.INTEGER, "番号", "Number", listed=True, level=_P)
    title: Mapped[str | None] = field(Kind.LINE, "タイトル", "Title", required=True, listed=True, searched=True,
                                      level=_P)
    theme: Mapped[str | None] = field(Kind.LINE, "施策テーマ", "Policy theme", level=_P)
    adopted_on: Mapped[date | None] = field(Kind.DATE, "採択日", "Adopted on", level=_P)
    is_strategy_project: Mapped[bool | None] = field(Kind.FLAG, "戦略の実行プロジェクト", "Strategy project", level=_P)
    annex: Mapped[str | None] = field(Kind.LINE, "別紙", "Annex", level=_P)


class Proposer(Record):
    """提案者: an organization's place in the list of a model case, with the notation of the document."""

    __tablename__ = "proposer"
    ja, en = "提案者", "Proposer"
    parent = "model_case"

    model_case: Mapped[str | None] = field(Kind.REFERENCE, "モデルケース", "Model case", target="model_case",
                                             index=True)
    organization: Mapped[str | None] = field(Kind.REFERENCE, "組織", "Organization", target="organization", index=True)
    position: Mapped[int | None] = field(Kind.INTEGER, "掲載順", "Position", level=_P)
    notation: Mapped[str | None] = field(Kind.LINE, "表記", "Notation", level=_P)


class StrategyNode(Record):
    """戦略ツリーの項目."""

    __tablename__ = "strategy_node"
    ja, en = "戦略の項目", "Strategy item"

    code: Mapped[str | None] = field(Kind.LINE, "番号", "Code", listed=True, index=True, level=_P)
    parent_code: Mapped[str | None] = field(Kind.LINE, "上の項目", "Parent", level=_P)
    name: Mapped[str | None] = field(Kind.LINE, "名称", "Name", listed=True, searched=True, level=_P)
    name_en: Mapped[str | None] = field(Kind.LINE, "英文名", "English name", searched=True, level=_P)
    kind: Mapped[str | None] = field(Kind.LINE, "区分", "Kind", level=_P)
    example: Mapped[str | None] = field(Kind.TEXT, "例示", "Example", searched=True, level=_P)


class CodeEntry(Record):
    """A code that users added to a list; shipped codes come from the master data files."""

    __tablename__ = "code_entry"
    ja, en = "追加した区分", "Added code"

    list_id: Mapped[str | None] = field(Kind.LINE, "区分表", "Code list", index=True, level=_P)
    code: Mapped[str | None] = field(Kind.LINE, "コード", "Code", level=_P)
    name: Mapped[str | None] = field(Kind.LINE, "名称", "Name", required=True, level=_P)
    name_en: Mapped[str | None] = field(Kind.LINE, "英文名", "English name", level=_P)
    parent_code: Mapped[str | None] = field(Kind.LINE, "上の区分", "Parent", level=_P)
    valid_from: Mapped[date | None] = field(Kind.DATE, "いつから", "From", level=_P)
    valid_to: Mapped[date | None] = field(Kind.DATE, "いつまで", "Until", level=_P)
