"""The kernel: minds, gate, policy, journal, processes. Imports syscalls and nothing else of ours."""
