"""The ABI: what can be asked of the machine, and in which words. Imports nothing of ours."""
