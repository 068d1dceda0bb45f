"""The jail of a machine without namespaces: Landlock, seccomp, limits, a clean room of descriptors."""
