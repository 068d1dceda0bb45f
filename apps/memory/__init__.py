"""The memory driver: serves `syscalls.mem` from inside a jail that opens on the memory's own folder alone."""
