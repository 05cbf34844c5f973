"""Benchmarks and the generator of their data. Nothing here is part of the installed program."""
