"""The first schema of records.db, written out so that it never changes with the models."""

from __future__ import annotations

import sqlalchemy as sa
from alembic.operations import Operations

VERSION = 1001


def upgrade(op: Operations) -> None:
    """Make every table of the first version."""
    op.create_table(
        "affiliation",
        sa.Column("person", sa.Text(), nullable=True),
        sa.Column("organization", sa.Text(), nullable=True),
        sa.Column("role", sa.Text(), nullable=True),
        sa.Column("is_contact", sa.Integer(), nullable=True),
        sa.Column("valid_from", sa.Text(), nullable=True),
        sa.Column("valid_to", sa.Text(), nullable=True),
        sa.Column("place", sa.Text(), nullable=True),
        sa.Column("uid", sa.Text(), nullable=False),
        sa.Column("deleted_at", sa.Text(), nullable=True),
        sa.Column("_stamps", sa.Text(), nullable=False),
        sa.Column("_unknown", sa.Text(), nullable=True),
        sa.Column("_sample", sa.Integer(), nullable=True),
        sa.Column("_updated", sa.Integer(), nullable=True),
        sa.PrimaryKeyConstraint("uid"),
    )
    op.create_index("ix_affiliation_organization", "affiliation", ["organization"], unique=False)
    op.create_index("ix_affiliation_person", "affiliation", ["person"], unique=False)
    op.create_table(
        "attachment",
        sa.Column("owner_type", sa.Text(), nullable=True),
        sa.Column("owner", sa.Text(), nullable=True),
        sa.Column("entry", sa.Text(), nullable=True),
        sa.Column("kind", sa.Text(), nullable=True),
        sa.Column("name", sa.Text(), nullable=True),
        sa.Column("caption", sa.Text(), nullable=True),
        sa.Column("hash", sa.Text(), nullable=True),
        sa.Column("size", sa.Integer(), nullable=True),
        sa.Column("mime", sa.Text(), nullable=True),
        sa.Column("width", sa.Integer(), nullable=True),
        sa.Column("height", sa.Integer(), nullable=True),
        sa.Column("taken_at", sa.Text(), nullable=True),
        sa.Column("consent", sa.Text(), nullable=True),
        sa.Column("confidentiality", sa.Text(), nullable=True),
        sa.Column("place", sa.Text(), nullable=True),
        sa.Column("own_id", sa.Text(), nullable=True),
        sa.Column("uid", sa.Text(), nullable=False),
        sa.Column("deleted_at", sa.Text(), nullable=True),
        sa.Column("_stamps", sa.Text(), nullable=False),
        sa.Column("_unknown", sa.Text(), nullable=True),
        sa.Column("_sample", sa.Integer(), nullable=True),
        sa.Column("_updated", sa.Integer(), nullable=True),
        sa.PrimaryKeyConstraint("uid"),
    )
    op.create_index("ix_attachment_entry", "attachment", ["entry"], unique=False)
    op.create_index("ix_attachment_hash", "attachment", ["hash"], unique=False)
    op.create_index("ix_attachment_owner", "attachment", ["owner"], unique=False)
    op.create_table(
        "change",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("dev", sa.Text(), nullable=False),
        sa.Column("seq", sa.Integer(), nullable=False),
        sa.Column("hlc", sa.Text(), nullable=False),
        sa.Column("sv", sa.Integer(), nullable=False),
        sa.Column("tx", sa.Text(), nullable=False),
        sa.Column("type", sa.Text(), nullable=False),
        sa.Column("uid", sa.Text(), nullable=False),
        sa.Column("set", sa.Text(), nullable=False),
        sa.Column("base", sa.Text(), nullable=False),
        sa.Column("before", sa.Text(), nullable=True),
        sa.Column("by", sa.Text(), nullable=False),
        sa.Column("wall", sa.Text(), nullable=False),
        sa.Column("frozen", sa.Integer(), nullable=False),
        sa.Column("chain", sa.LargeBinary(), nullable=True),
        sa.Column("sample", sa.Integer(), nullable=True),
        sa.PrimaryKeyConstraint("id"),
    )
    op.create_index("change_dev_seq", "change", ["dev", "seq"], unique=True)
    op.create_index("change_record", "change", ["type", "uid", "id"], unique=False)
    op.create_index("ix_change_tx", "change", ["tx"], unique=False)
    op.create_table(
        "code_entry",
        sa.Column("list_id", sa.Text(), nullable=True),
        sa.Column("code", sa.Text(), nullable=True),
        sa.Column("name", sa.Text(), nullable=True),
        sa.Column("name_en", sa.Text(), nullable=True),
        sa.Column("parent_code", sa.Text(), nullable=True),
        sa.Column("valid_from", sa.Text(), nullable=True),
        sa.Column("valid_to", sa.Text(), nullable=True),
        sa.Column("uid", sa.Text(), nullable=False),
        sa.Column("deleted_at", sa.Text(), nullable=True),
        sa.Column("_stamps", sa.Text(), nullable=False),
        sa.Column("_unknown", sa.Text(), nullable=True),
        sa.Column("_sample", sa.Integer(), nullable=True),
        sa.Column("_updated", sa.Integer(), nullable=True),
        sa.PrimaryKeyConstraint("uid"),
    )
    op.create_index("ix_code_entry_list_id", "code_entry", ["list_id"], unique=False)
    op.create_table(
        "confirmation",
        sa.Column("consultation", sa.Text(), nullable=True),
        sa.Column("name", sa.Text(), nullable=True),
        sa.Column("role", sa.Text(), nullable=True),
        sa.Column("method", sa.Text(), nullable=True),
        sa.Column("strokes", sa.Text(), nullable=True),
        sa.Column("paper", sa.Text(), nullable=True),
        sa.Column("confirmed_at", sa.Text(), nullable=True),
        sa.Column("content_hash", sa.Text(), nullable=True),
        sa.Column("uid", sa.Text(), nullable=False),
        sa.Column("deleted_at", sa.Text(), nullable=True),
        sa.Column("_stamps", sa.Text(), nullable=False),
        sa.Column("_unknown", sa.Text(), nullable=True),
        sa.Column("_sample", sa.Integer(), nullable=True),
        sa.Column("_updated", sa.Integer(), nullable=True),
        sa.PrimaryKeyConstraint("uid"),
    )
    op.create_index("ix_confirmation_consultation", "confirmation", ["consultation"], unique=False)
    op.create_table(
        "consent",
        sa.Column("consultation", sa.Text(), nullable=True),
        sa.Column("organization", sa.Text(), nullable=True),
        sa.Column("code", sa.Text(), nullable=True),
        sa.Column("given_on", sa.Text(), nullable=True),
        sa.Column("withdrawn_on", sa.Text(), nullable=True),
        sa.Column("uid", sa.Text(), nullable=False),
        sa.Column("deleted_at", sa.Text(), nullable=True),
        sa.Column("_stamps", sa.Text(), nullable=False),
        sa.Column("_unknown", sa.Text(), nullable=True),
        sa.Column("_sample", sa.Integer(), nullable=True),
        sa.Column("_updated", sa.Integer(), nullable=True),
        sa.PrimaryKeyConstraint("uid"),
    )
    op.create_index("ix_consent_consultation", "consent", ["consultation"], unique=False)
    op.create_index("ix_consent_organization", "consent", ["organization"], unique=False)
    op.create_table(
        "consultation",
        sa.Column("reference", sa.Text(), nullable=True),
        sa.Column("organization", sa.Text(), nullable=True),
        sa.Column("programme", sa.Text(), nullable=True),
        sa.Column("held_on", sa.Text(), nullable=True),
        sa.Column("fiscal_year", sa.Integer(), nullable=True),
        sa.Column("planned_at", sa.Text(), nullable=True),
        sa.Column("planned_minutes", sa.Integer(), nullable=True),
        sa.Column("started_at", sa.Text(), nullable=True),
        sa.Column("ended_at", sa.Text(), nullable=True),
        sa.Column("form", sa.Text(), nullable=True),
        sa.Column("category", sa.Text(), nullable=True),
        sa.Column("nth", sa.Integer(), nullable=True),
        sa.Column("place", sa.Text(), nullable=True),
        sa.Column("place_city_code", sa.Text(), nullable=True),
        sa.Column("theme", sa.Text(), nullable=True),
        sa.Column("strategic_industry", sa.Text(), nullable=True),
        sa.Column("summary", sa.Text(), nullable=True),
        sa.Column("situation", sa.Text(), nullable=True),
        sa.Column("advice", sa.Text(), nullable=True),
        sa.Column("direction", sa.Text(), nullable=True),
        sa.Column("next_on", sa.Text(), nullable=True),
        sa.Column("responses", sa.Text(), nullable=True),
        sa.Column("result", sa.Text(), nullable=True),
        sa.Column("measures", sa.Text(), nullable=True),
        sa.Column("confidentiality", sa.Text(), nullable=True),
        sa.Column("visibility", sa.Text(), nullable=True),
        sa.Column("expert", sa.Text(), nullable=True),
        sa.Column("expert_organization", sa.Text(), nullable=True),
        sa.Column("previous", sa.Text(), nullable=True),
        sa.Column("strategy", sa.Text(), nullable=True),
        sa.Column("own_id", sa.Text(), nullable=True),
        sa.Column("uid", sa.Text(), nullable=False),
        sa.Column("deleted_at", sa.Text(), nullable=True),
        sa.Column("_stamps", sa.Text(), nullable=False),
        sa.Column("_unknown", sa.Text(), nullable=True),
        sa.Column("_sample", sa.Integer(), nullable=True),
        sa.Column("_updated", sa.Integer(), nullable=True),
        sa.PrimaryKeyConstraint("uid"),
    )
    op.create_index("consultation_by_day", "consultation", ["deleted_at", "held_on", "uid"], unique=False)
    op.create_index(
        "consultation_of_year", "consultation", ["fiscal_year", "deleted_at", "held_on", "uid"], unique=False)
    op.create_index(
        "consultation_of_organization", "consultation", ["organization", "deleted_at", "held_on", "uid"], unique=False)
    op.create_index("ix_consultation_own_id", "consultation", ["own_id"], unique=False)
    op.create_index("ix_consultation_reference", "consultation", ["reference"], unique=False)
    op.create_table(
        "counter",
        sa.Column("name", sa.Text(), nullable=False),
        sa.Column("value", sa.Integer(), nullable=False),
        sa.PrimaryKeyConstraint("name"),
    )
    op.create_table(
        "device",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("dev", sa.Text(), nullable=False),
        sa.Column("seq", sa.Integer(), nullable=False),
        sa.Column("hlc", sa.Text(), nullable=False),
        sa.Column("part", sa.Text(), nullable=False),
        sa.Column("made_at", sa.Text(), nullable=False),
        sa.PrimaryKeyConstraint("id"),
    )
    op.create_table(
        "draft",
        sa.Column("uid", sa.Text(), nullable=False),
        sa.Column("kind", sa.Text(), nullable=False),
        sa.Column("text", sa.Text(), nullable=False),
        sa.Column("at", sa.Text(), nullable=False),
        sa.PrimaryKeyConstraint("uid"),
    )
    op.create_table(
        "entry",
        sa.Column("consultation", sa.Text(), nullable=True),
        sa.Column("at", sa.Text(), nullable=True),
        sa.Column("kind", sa.Text(), nullable=True),
        sa.Column("text", sa.Text(), nullable=True),
        sa.Column("edited_at", sa.Text(), nullable=True),
        sa.Column("place", sa.Text(), nullable=True),
        sa.Column("uid", sa.Text(), nullable=False),
        sa.Column("deleted_at", sa.Text(), nullable=True),
        sa.Column("_stamps", sa.Text(), nullable=False),
        sa.Column("_unknown", sa.Text(), nullable=True),
        sa.Column("_sample", sa.Integer(), nullable=True),
        sa.Column("_updated", sa.Integer(), nullable=True),
        sa.PrimaryKeyConstraint("uid"),
    )
    op.create_index("ix_entry_consultation", "entry", ["consultation"], unique=False)
    op.create_table(
        "favourite",
        sa.Column("type", sa.Text(), nullable=False),
        sa.Column("uid", sa.Text(), nullable=False),
        sa.PrimaryKeyConstraint("type", "uid"),
    )
    op.create_table(
        "found",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("type", sa.Text(), nullable=False),
        sa.Column("uid", sa.Text(), nullable=False),
        sa.Column("root_type", sa.Text(), nullable=False),
        sa.Column("root", sa.Text(), nullable=False),
        sa.PrimaryKeyConstraint("id"),
    )
    op.create_index("found_record", "found", ["type", "uid"], unique=True)
    op.create_index("ix_found_root", "found", ["root"], unique=False)
    op.create_table(
        "gone",
        sa.Column("type", sa.Text(), nullable=False),
        sa.Column("uid", sa.Text(), nullable=False),
        sa.Column("field", sa.Text(), nullable=False),
        sa.Column("stamp", sa.Text(), nullable=False),
        sa.PrimaryKeyConstraint("type", "uid", "field", "stamp"),
    )
    op.create_table(
        "head",
        sa.Column("type", sa.Text(), nullable=False),
        sa.Column("uid", sa.Text(), nullable=False),
        sa.Column("field", sa.Text(), nullable=False),
        sa.Column("stamp", sa.Text(), nullable=False),
        sa.Column("value", sa.Text(), nullable=True),
        sa.PrimaryKeyConstraint("type", "uid", "field", "stamp"),
    )
    op.create_table(
        "issue",
        sa.Column("consultation", sa.Text(), nullable=True),
        sa.Column("code", sa.Text(), nullable=True),
        sa.Column("primary", sa.Integer(), nullable=True),
        sa.Column("severity", sa.Integer(), nullable=True),
        sa.Column("state", sa.Text(), nullable=True),
        sa.Column("outcome", sa.Text(), nullable=True),
        sa.Column("place", sa.Text(), nullable=True),
        sa.Column("uid", sa.Text(), nullable=False),
        sa.Column("deleted_at", sa.Text(), nullable=True),
        sa.Column("_stamps", sa.Text(), nullable=False),
        sa.Column("_unknown", sa.Text(), nullable=True),
        sa.Column("_sample", sa.Integer(), nullable=True),
        sa.Column("_updated", sa.Integer(), nullable=True),
        sa.PrimaryKeyConstraint("uid"),
    )
    op.create_index("ix_issue_code", "issue", ["code"], unique=False)
    op.create_index("ix_issue_consultation", "issue", ["consultation"], unique=False)
    op.create_table(
        "model_case",
        sa.Column("number", sa.Integer(), nullable=True),
        sa.Column("title", sa.Text(), nullable=True),
        sa.Column("theme", sa.Text(), nullable=True),
        sa.Column("adopted_on", sa.Text(), nullable=True),
        sa.Column("is_strategy_project", sa.Integer(), nullable=True),
        sa.Column("annex", sa.Text(), nullable=True),
        sa.Column("uid", sa.Text(), nullable=False),
        sa.Column("deleted_at", sa.Text(), nullable=True),
        sa.Column("_stamps", sa.Text(), nullable=False),
        sa.Column("_unknown", sa.Text(), nullable=True),
        sa.Column("_sample", sa.Integer(), nullable=True),
        sa.Column("_updated", sa.Integer(), nullable=True),
        sa.PrimaryKeyConstraint("uid"),
    )
    op.create_table(
        "opened",
        sa.Column("type", sa.Text(), nullable=False),
        sa.Column("uid", sa.Text(), nullable=False),
        sa.Column("at", sa.Text(), nullable=False),
        sa.PrimaryKeyConstraint("type", "uid"),
    )
    op.create_index("ix_opened_at", "opened", ["at"], unique=False)
    op.create_table(
        "operation",
        sa.Column("tx", sa.Text(), nullable=False),
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("label", sa.Text(), nullable=False),
        sa.Column("by", sa.Text(), nullable=False),
        sa.Column("at", sa.Text(), nullable=False),
        sa.Column("origin", sa.Text(), nullable=False),
        sa.Column("root_type", sa.Text(), nullable=True),
        sa.Column("root", sa.Text(), nullable=True),
        sa.Column("undoes", sa.Text(), nullable=True),
        sa.Column("reverted_by", sa.Text(), nullable=True),
        sa.Column("undoable", sa.Integer(), nullable=False),
        sa.Column("extend_key", sa.Text(), nullable=True),
        sa.Column("extended_at", sa.Text(), nullable=True),
        sa.Column("import_id", sa.Text(), nullable=True),
        sa.PrimaryKeyConstraint("tx"),
        sa.UniqueConstraint("id"),
    )
    op.create_index("ix_operation_import_id", "operation", ["import_id"], unique=False)
    op.create_index("operation_root", "operation", ["root", "id"], unique=False)
    op.create_table(
        "organization",
        sa.Column("name", sa.Text(), nullable=True),
        sa.Column("kana", sa.Text(), nullable=True),
        sa.Column("name_en", sa.Text(), nullable=True),
        sa.Column("short_name", sa.Text(), nullable=True),
        sa.Column("source_notation", sa.Text(), nullable=True),
        sa.Column("corporate_number", sa.Text(), nullable=True),
        sa.Column("invoice_number", sa.Text(), nullable=True),
        sa.Column("legal_form", sa.Text(), nullable=True),
        sa.Column("kind", sa.Text(), nullable=True),
        sa.Column("size", sa.Text(), nullable=True),
        sa.Column("jsic_section", sa.Text(), nullable=True),
        sa.Column("jsic_division", sa.Text(), nullable=True),
        sa.Column("postal_code", sa.Text(), nullable=True),
        sa.Column("prefecture", sa.Text(), nullable=True),
        sa.Column("city", sa.Text(), nullable=True),
        sa.Column("city_code", sa.Text(), nullable=True),
        sa.Column("address", sa.Text(), nullable=True),
        sa.Column("phone", sa.Text(), nullable=True),
        sa.Column("fax", sa.Text(), nullable=True),
        sa.Column("email", sa.Text(), nullable=True),
        sa.Column("url", sa.Text(), nullable=True),
        sa.Column("representative", sa.Text(), nullable=True),
        sa.Column("representative_kana", sa.Text(), nullable=True),
        sa.Column("representative_role", sa.Text(), nullable=True),
        sa.Column("capital_yen", sa.Integer(), nullable=True),
        sa.Column("employees", sa.Integer(), nullable=True),
        sa.Column("employees_regular", sa.Integer(), nullable=True),
        sa.Column("employees_part_time", sa.Integer(), nullable=True),
        sa.Column("founded", sa.Text(), nullable=True),
        sa.Column("closing_month", sa.Integer(), nullable=True),
        sa.Column("membership", sa.Text(), nullable=True),
        sa.Column("products", sa.Text(), nullable=True),
        sa.Column("strengths", sa.Text(), nullable=True),
        sa.Column("weaknesses", sa.Text(), nullable=True),
        sa.Column("capabilities", sa.Text(), nullable=True),
        sa.Column("equipment", sa.Text(), nullable=True),
        sa.Column("certificates", sa.Text(), nullable=True),
        sa.Column("notes", sa.Text(), nullable=True),
        sa.Column("state", sa.Text(), nullable=True),
        sa.Column("merged_into", sa.Text(), nullable=True),
        sa.Column("own_id", sa.Text(), nullable=True),
        sa.Column("uid", sa.Text(), nullable=False),
        sa.Column("deleted_at", sa.Text(), nullable=True),
        sa.Column("_stamps", sa.Text(), nullable=False),
        sa.Column("_unknown", sa.Text(), nullable=True),
        sa.Column("_sample", sa.Integer(), nullable=True),
        sa.Column("_updated", sa.Integer(), nullable=True),
        sa.PrimaryKeyConstraint("uid"),
    )
    op.create_index("ix_organization_corporate_number", "organization", ["corporate_number"], unique=False)
    op.create_index("ix_organization_jsic_section", "organization", ["jsic_section"], unique=False)
    op.create_index(
        "organization_by_kana", "organization", ["deleted_at", "merged_into", "kana", "name", "uid"], unique=False)
    op.create_index("ix_organization_kind", "organization", ["kind"], unique=False)
    op.create_index("ix_organization_merged_into", "organization", ["merged_into"], unique=False)
    op.create_index("ix_organization_name", "organization", ["name"], unique=False)
    op.create_index("ix_organization_own_id", "organization", ["own_id"], unique=False)
    op.create_index("ix_organization_prefecture", "organization", ["prefecture"], unique=False)
    op.create_table(
        "organization_name",
        sa.Column("organization", sa.Text(), nullable=True),
        sa.Column("name", sa.Text(), nullable=True),
        sa.Column("kana", sa.Text(), nullable=True),
        sa.Column("valid_from", sa.Text(), nullable=True),
        sa.Column("valid_to", sa.Text(), nullable=True),
        sa.Column("reason", sa.Text(), nullable=True),
        sa.Column("successor", sa.Text(), nullable=True),
        sa.Column("uid", sa.Text(), nullable=False),
        sa.Column("deleted_at", sa.Text(), nullable=True),
        sa.Column("_stamps", sa.Text(), nullable=False),
        sa.Column("_unknown", sa.Text(), nullable=True),
        sa.Column("_sample", sa.Integer(), nullable=True),
        sa.Column("_updated", sa.Integer(), nullable=True),
        sa.PrimaryKeyConstraint("uid"),
    )
    op.create_index("ix_organization_name_organization", "organization_name", ["organization"], unique=False)
    op.create_table(
        "participant",
        sa.Column("consultation", sa.Text(), nullable=True),
        sa.Column("person", sa.Text(), nullable=True),
        sa.Column("name", sa.Text(), nullable=True),
        sa.Column("role", sa.Text(), nullable=True),
        sa.Column("side", sa.Text(), nullable=True),
        sa.Column("main", sa.Integer(), nullable=True),
        sa.Column("place", sa.Text(), nullable=True),
        sa.Column("uid", sa.Text(), nullable=False),
        sa.Column("deleted_at", sa.Text(), nullable=True),
        sa.Column("_stamps", sa.Text(), nullable=False),
        sa.Column("_unknown", sa.Text(), nullable=True),
        sa.Column("_sample", sa.Integer(), nullable=True),
        sa.Column("_updated", sa.Integer(), nullable=True),
        sa.PrimaryKeyConstraint("uid"),
    )
    op.create_index("ix_participant_consultation", "participant", ["consultation"], unique=False)
    op.create_table(
        "person",
        sa.Column("name", sa.Text(), nullable=True),
        sa.Column("kana", sa.Text(), nullable=True),
        sa.Column("name_en", sa.Text(), nullable=True),
        sa.Column("kinds", sa.Text(), nullable=True),
        sa.Column("phone", sa.Text(), nullable=True),
        sa.Column("email", sa.Text(), nullable=True),
        sa.Column("note", sa.Text(), nullable=True),
        sa.Column("own_id", sa.Text(), nullable=True),
        sa.Column("uid", sa.Text(), nullable=False),
        sa.Column("deleted_at", sa.Text(), nullable=True),
        sa.Column("_stamps", sa.Text(), nullable=False),
        sa.Column("_unknown", sa.Text(), nullable=True),
        sa.Column("_sample", sa.Integer(), nullable=True),
        sa.Column("_updated", sa.Integer(), nullable=True),
        sa.PrimaryKeyConstraint("uid"),
    )
    op.create_index("ix_person_name", "person", ["name"], unique=False)
    op.create_index("ix_person_own_id", "person", ["own_id"], unique=False)
    op.create_table(
        "programme",
        sa.Column("code", sa.Text(), nullable=True),
        sa.Column("name", sa.Text(), nullable=True),
        sa.Column("name_en", sa.Text(), nullable=True),
        sa.Column("kind", sa.Text(), nullable=True),
        sa.Column("model_case", sa.Text(), nullable=True),
        sa.Column("summary", sa.Text(), nullable=True),
        sa.Column("place", sa.Text(), nullable=True),
        sa.Column("uid", sa.Text(), nullable=False),
        sa.Column("deleted_at", sa.Text(), nullable=True),
        sa.Column("_stamps", sa.Text(), nullable=False),
        sa.Column("_unknown", sa.Text(), nullable=True),
        sa.Column("_sample", sa.Integer(), nullable=True),
        sa.Column("_updated", sa.Integer(), nullable=True),
        sa.PrimaryKeyConstraint("uid"),
    )
    op.create_table(
        "promise",
        sa.Column("consultation", sa.Text(), nullable=True),
        sa.Column("organization", sa.Text(), nullable=True),
        sa.Column("text", sa.Text(), nullable=True),
        sa.Column("side", sa.Text(), nullable=True),
        sa.Column("who", sa.Text(), nullable=True),
        sa.Column("due_on", sa.Text(), nullable=True),
        sa.Column("state", sa.Text(), nullable=True),
        sa.Column("done_on", sa.Text(), nullable=True),
        sa.Column("source", sa.Text(), nullable=True),
        sa.Column("source_hash", sa.Text(), nullable=True),
        sa.Column("place", sa.Text(), nullable=True),
        sa.Column("uid", sa.Text(), nullable=False),
        sa.Column("deleted_at", sa.Text(), nullable=True),
        sa.Column("_stamps", sa.Text(), nullable=False),
        sa.Column("_unknown", sa.Text(), nullable=True),
        sa.Column("_sample", sa.Integer(), nullable=True),
        sa.Column("_updated", sa.Integer(), nullable=True),
        sa.PrimaryKeyConstraint("uid"),
    )
    op.create_index("ix_promise_consultation", "promise", ["consultation"], unique=False)
    op.create_index("ix_promise_organization", "promise", ["organization"], unique=False)
    op.create_index("promise_by_due_day", "promise", ["state", "deleted_at", "due_on", "uid"], unique=False)
    op.create_table(
        "proposer",
        sa.Column("model_case", sa.Text(), nullable=True),
        sa.Column("organization", sa.Text(), nullable=True),
        sa.Column("position", sa.Integer(), nullable=True),
        sa.Column("notation", sa.Text(), nullable=True),
        sa.Column("uid", sa.Text(), nullable=False),
        sa.Column("deleted_at", sa.Text(), nullable=True),
        sa.Column("_stamps", sa.Text(), nullable=False),
        sa.Column("_unknown", sa.Text(), nullable=True),
        sa.Column("_sample", sa.Integer(), nullable=True),
        sa.Column("_updated", sa.Integer(), nullable=True),
        sa.PrimaryKeyConstraint("uid"),
    )
    op.create_index("ix_proposer_model_case", "proposer", ["model_case"], unique=False)
    op.create_index("ix_proposer_organization", "proposer", ["organization"], unique=False)
    op.create_table(
        "referral",
        sa.Column("consultation", sa.Text(), nullable=True),
        sa.Column("organization", sa.Text(), nullable=True),
        sa.Column("name", sa.Text(), nullable=True),
        sa.Column("note", sa.Text(), nullable=True),
        sa.Column("place", sa.Text(), nullable=True),
        sa.Column("uid", sa.Text(), nullable=False),
        sa.Column("deleted_at", sa.Text(), nullable=True),
        sa.Column("_stamps", sa.Text(), nullable=False),
        sa.Column("_unknown", sa.Text(), nullable=True),
        sa.Column("_sample", sa.Integer(), nullable=True),
        sa.Column("_updated", sa.Integer(), nullable=True),
        sa.PrimaryKeyConstraint("uid"),
    )
    op.create_index("ix_referral_consultation", "referral", ["consultation"], unique=False)
    op.create_table(
        "setting",
        sa.Column("key", sa.Text(), nullable=False),
        sa.Column("value", sa.Text(), nullable=False),
        sa.PrimaryKeyConstraint("key"),
    )
    op.create_table(
        "site",
        sa.Column("organization", sa.Text(), nullable=True),
        sa.Column("name", sa.Text(), nullable=True),
        sa.Column("kind", sa.Text(), nullable=True),
        sa.Column("postal_code", sa.Text(), nullable=True),
        sa.Column("prefecture", sa.Text(), nullable=True),
        sa.Column("city", sa.Text(), nullable=True),
        sa.Column("city_code", sa.Text(), nullable=True),
        sa.Column("address", sa.Text(), nullable=True),
        sa.Column("phone", sa.Text(), nullable=True),
        sa.Column("fax", sa.Text(), nullable=True),
        sa.Column("employees", sa.Integer(), nullable=True),
        sa.Column("equipment", sa.Text(), nullable=True),
        sa.Column("place", sa.Text(), nullable=True),
        sa.Column("uid", sa.Text(), nullable=False),
        sa.Column("deleted_at", sa.Text(), nullable=True),
        sa.Column("_stamps", sa.Text(), nullable=False),
        sa.Column("_unknown", sa.Text(), nullable=True),
        sa.Column("_sample", sa.Integer(), nullable=True),
        sa.Column("_updated", sa.Integer(), nullable=True),
        sa.PrimaryKeyConstraint("uid"),
    )
    op.create_index("ix_site_organization", "site", ["organization"], unique=False)
    op.create_table(
        "strategy_node",
        sa.Column("code", sa.Text(), nullable=True),
        sa.Column("parent_code", sa.Text(), nullable=True),
        sa.Column("name", sa.Text(), nullable=True),
        sa.Column("name_en", sa.Text(), nullable=True),
        sa.Column("kind", sa.Text(), nullable=True),
        sa.Column("example", sa.Text(), nullable=True),
        sa.Column("uid", sa.Text(), nullable=False),
        sa.Column("deleted_at", sa.Text(), nullable=True),
        sa.Column("_stamps", sa.Text(), nullable=False),
        sa.Column("_unknown", sa.Text(), nullable=True),
        sa.Column("_sample", sa.Integer(), nullable=True),
        sa.Column("_updated", sa.Integer(), nullable=True),
        sa.PrimaryKeyConstraint("uid"),
    )
    op.create_index("ix_strategy_node_code", "strategy_node", ["code"], unique=False)
    op.create_table(
        "summary_item",
        sa.Column("consultation", sa.Text(), nullable=True),
        sa.Column("section", sa.Text(), nullable=True),
        sa.Column("text", sa.Text(), nullable=True),
        sa.Column("source", sa.Text(), nullable=True),
        sa.Column("source_hash", sa.Text(), nullable=True),
        sa.Column("answers", sa.Text(), nullable=True),
        sa.Column("place", sa.Text(), nullable=True),
        sa.Column("uid", sa.Text(), nullable=False),
        sa.Column("deleted_at", sa.Text(), nullable=True),
        sa.Column("_stamps", sa.Text(), nullable=False),
        sa.Column("_unknown", sa.Text(), nullable=True),
        sa.Column("_sample", sa.Integer(), nullable=True),
        sa.Column("_updated", sa.Integer(), nullable=True),
        sa.PrimaryKeyConstraint("uid"),
    )
    op.create_index("ix_summary_item_consultation", "summary_item", ["consultation"], unique=False)
    op.create_table(
        "transition",
        sa.Column("record_type", sa.Text(), nullable=True),
        sa.Column("record", sa.Text(), nullable=True),
        sa.Column("from_state", sa.Text(), nullable=True),
        sa.Column("to_state", sa.Text(), nullable=True),
        sa.Column("by", sa.Text(), nullable=True),
        sa.Column("role", sa.Text(), nullable=True),
        sa.Column("device", sa.Text(), nullable=True),
        sa.Column("at", sa.Text(), nullable=True),
        sa.Column("reason", sa.Text(), nullable=True),
        sa.Column("facts", sa.Text(), nullable=True),
        sa.Column("uid", sa.Text(), nullable=False),
        sa.Column("deleted_at", sa.Text(), nullable=True),
        sa.Column("_stamps", sa.Text(), nullable=False),
        sa.Column("_unknown", sa.Text(), nullable=True),
        sa.Column("_sample", sa.Integer(), nullable=True),
        sa.Column("_updated", sa.Integer(), nullable=True),
        sa.PrimaryKeyConstraint("uid"),
    )
    op.create_index("ix_transition_record", "transition", ["record"], unique=False)
    op.create_table(
        "version",
        sa.Column("record_type", sa.Text(), nullable=True),
        sa.Column("record", sa.Text(), nullable=True),
        sa.Column("n", sa.Integer(), nullable=True),
        sa.Column("body", sa.Text(), nullable=True),
        sa.Column("sha256", sa.Text(), nullable=True),
        sa.Column("confirmation", sa.Text(), nullable=True),
        sa.Column("pdf", sa.Text(), nullable=True),
        sa.Column("issued_at", sa.Text(), nullable=True),
        sa.Column("issued_by", sa.Text(), nullable=True),
        sa.Column("reason", sa.Text(), nullable=True),
        sa.Column("corrected", sa.Text(), nullable=True),
        sa.Column("uid", sa.Text(), nullable=False),
        sa.Column("deleted_at", sa.Text(), nullable=True),
        sa.Column("_stamps", sa.Text(), nullable=False),
        sa.Column("_unknown", sa.Text(), nullable=True),
        sa.Column("_sample", sa.Integer(), nullable=True),
        sa.Column("_updated", sa.Integer(), nullable=True),
        sa.PrimaryKeyConstraint("uid"),
    )
    op.create_index("ix_version_record", "version", ["record"], unique=False)
    op.execute(
        "CREATE VIRTUAL TABLE record_index USING fts5(g, u, content='', contentless_delete=1, "
        "tokenize=\"ascii tokenchars '&'\")"
    )
