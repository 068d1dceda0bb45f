"""Escapes, attempted from inside a jail: what this machine's jail holds, found by trying."""
