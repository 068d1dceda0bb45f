"""Fetching pages: everything a foreign host sends is parsed here, in a jail without a network."""
