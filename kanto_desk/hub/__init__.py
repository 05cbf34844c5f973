"""The hub: what the secretariat runs and every laptop syncs with. The same records and the same merge as on a desk.

SQLite for one office, PostgreSQL when outgrown; nothing here may know which, but `opening`.
"""
