"""The session's language model as a service of the kernel: `model.*`."""
