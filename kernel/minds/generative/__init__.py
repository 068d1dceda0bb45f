"""Minds that write: a language model behind a small port, held to the live menu by a grammar."""
