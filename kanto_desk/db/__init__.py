"""The local store: records, the one write path, journal, search index, attachments, keys, backups, migrations."""
