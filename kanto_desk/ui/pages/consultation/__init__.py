"""相談: the list, the open record with its four tabs, and the start of a new visit."""
