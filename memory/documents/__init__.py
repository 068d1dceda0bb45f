"""Files by meaning: passages of files, found by words and by vectors. A cache: everything in it can be read again."""
