"""What SQLite has of what SQLAlchemy's tests ask for: the state of the built-in SQLite dialect on a file."""

from __future__ import annotations

from sqlalchemy.testing import exclusions
from sqlalchemy.testing.requirements import SuiteRequirements

OPEN = ["autocommit", "check_constraint_reflection", "computed_columns", "computed_columns_reflect_persisted", "computed_columns_stored", "computed_columns_virtual", "create_table_as", "create_temp_table_as", "ctes", "ctes_with_values", "date_historic", "datetime_historic", "datetime_literals", "dbapi_lastrowid", "expression_server_defaults", "fetch_expression", "fetch_offset_with_options", "fk_constraint_option_reflection_ondelete_noaction", "fk_constraint_option_reflection_ondelete_restrict", "fk_constraint_option_reflection_onupdate_restrict", "float_or_double_precision_behaves_generically", "foreign_key_constraint_name_reflection", "foreign_key_constraint_option_reflection_ondelete", "foreign_key_constraint_option_reflection_onupdate", "index_ddl_if_exists", "indexes_check_column_order", "indexes_with_expressions", "infinity_floats", "inline_check_constraint_reflection", "isolation_level", "json_array_indexes", "json_type", "legacy_unconditional_json_extract", "nvarchar_types", "order_by_collation", "percent_schema_names", "precision_numerics_retains_significant_digits", "reflect_table_options", "reflects_pk_names", "regexp_match", "repeated_column_foreign_keys", "repeated_remote_col_foreign_keys", "savepoints", "server_defaults", "skip_autocommit_rollback", "supports_bitwise_and", "supports_bitwise_not", "supports_bitwise_or", "supports_bitwise_shift", "supports_bitwise_xor", "table_ddl_if_exists", "tuple_in", "tuple_in_w_empty", "unicode_ddl", "update_from", "view_column_reflection", "view_reflection", "views", "window_functions", "window_range", "window_range_numeric"]
"""Closed by SQLAlchemy's general class, open for SQLite (savepoints: open here only, since our BEGIN is explicit)."""

CLOSED = {
    "foreign_keys": "SQLite enforces them only after a PRAGMA, which our files leave off",
    "implicitly_named_constraints": "SQLite gives no name to an unnamed constraint",
    "independent_connections": "two writers at once: SQLite has one (readers beside it are tested in test_driver.py)",
    "json_index_supplementary_unicode_element": "SQLite's JSON path does not find such an escaped key",
    "nested_aggregates": "SQLite refuses an aggregate of an aggregate",
    "on_update_cascade": "foreign keys are off",
    "parens_in_union_contained_select_w_limit_offset": "SQLite's grammar has no parentheses there",
    "parens_in_union_contained_select_wo_limit_offset": "SQLite's grammar has no parentheses there",
    "temp_table_reflect_indexes": "a temporary table lives in one connection, the inspector of a pool uses several",
    "temp_table_reflection": "a temporary table lives in one connection, the inspector of a pool uses several",
}
"""Open in SQLAlchemy's general class, closed for SQLite, with the reason."""


class KantoRequirements(SuiteRequirements):
    """SQLAlchemy's general requirements with OPEN and CLOSED applied."""

    def get_order_by_collation(self, _config):
        """SQLite's own collation for the test of ORDER BY … COLLATE."""
        return "NOCASE"


for _name in OPEN:
    setattr(KantoRequirements, _name, property(lambda _self: exclusions.open()))
for _name, _reason in CLOSED.items():
    setattr(KantoRequirements, _name, property(lambda _self, reason=_reason: exclusions.closed(reason)))
