"""The record types, one module a topic. Importing this package registers all of them."""

from kanto_desk.db.records import attachments, consultations, dossier, masters, organizations, own, people

__all__ = ["attachments", "consultations", "dossier", "masters", "organizations", "own", "people"]
