"""Verbs of the desk, one module a topic. Functions that take the store first; no Qt, no printing of PDF primitives."""
