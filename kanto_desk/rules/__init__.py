"""Rules of the work, pure: states by replay, roles, levels. No I/O, no SQL, no Qt."""
