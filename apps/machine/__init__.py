"""The machine driver: serves `syscalls.sys` from inside a jail."""
