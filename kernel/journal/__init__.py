"""The journal: what was asked, decided, intended and done, as one hash-chained sequence of rows."""
