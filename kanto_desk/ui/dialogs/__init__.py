"""Boxes above the window: settings, keys, history. None opens by itself during a visit."""
