"""``make test``: the stages, and how each counts what passed and what failed."""
