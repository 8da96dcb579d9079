"""A KSeF for practice and tests.  ``python -m simulator --port 8199`` starts it."""
