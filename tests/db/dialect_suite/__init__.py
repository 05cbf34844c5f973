"""SQLAlchemy's own dialect tests, run against an encrypted file: python -m tests.db.dialect_suite."""
