"""SQLAlchemy's test plugin, with the product's dialect opening encrypted files."""

from __future__ import annotations

import pytest

pytest.register_assert_rewrite("sqlalchemy.testing.assertions")

from sqlalchemy.dialects import registry  # noqa: E402
from sqlalchemy.testing.plugin.pytestplugin import *  # noqa: E402, F403

from kanto_desk.db.dialect import KantoDialect  # noqa: E402


class SuiteDialect(KantoDialect):
    """The product's dialect; only the key, which the product passes by closure, comes from here."""

    supports_statement_cache = True

    def create_connect_args(self, url):
        return [url.database], {"key": b"suite key suite key suite key 32"}

    @classmethod
    def load_provisioning(cls):
        __import__("sqlalchemy.dialects.sqlite.provision")

    @staticmethod
    def _is_url_file_db(_url):
        return True


registry.register("sqlite.kanto_suite", __name__, "SuiteDialect")
