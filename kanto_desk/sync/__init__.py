"""Sync: messages, the client, and what a desk does with what it receives. The merge itself is `kanto_desk.db.apply`."""
