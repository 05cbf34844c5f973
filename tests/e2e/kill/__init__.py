"""Kill tests of the window: a real window on a real encrypted desk is typed into, killed, and its folder judged."""
