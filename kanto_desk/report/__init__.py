"""Printed documents: fonts, Japanese typesetting, tagged pages, one module a document family."""
