"""The documents driver: serves `syscalls.doc` from a jail that may read the caller's folders and write its own alone."""
