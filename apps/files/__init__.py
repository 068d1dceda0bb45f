"""The files driver: serves `syscalls.file` from inside a jail."""
