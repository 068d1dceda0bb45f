"""Which resource limits hold in the jail?"""

import os
import resource


def limits(memory_bytes: int, cpu_s: int, file_bytes: int, open_files: int, process_count: int) -> None:
    """Lower the limits of the calling process for good.

    A limit already lower stays. RLIMIT_NPROC counts all tasks of the user, not those of the jail: what
    runs now on the whole machine is added to it, the one number that costs a single read.

    Raises:
        OSError, ValueError: the system refused a limit.
    """
    _lower(resource.RLIMIT_CORE, 0)
    _lower(resource.RLIMIT_AS, memory_bytes)
    _lower(resource.RLIMIT_DATA, memory_bytes)
    _lower(resource.RLIMIT_CPU, cpu_s, grace=1)
    _lower(resource.RLIMIT_FSIZE, file_bytes)
    _lower(resource.RLIMIT_NOFILE, open_files)
    _lower(resource.RLIMIT_NPROC, process_count + _tasks_running())


def _lower(which: int, value: int, grace: int = 0) -> None:
    _, hard = resource.getrlimit(which)
    top = value + grace if hard == resource.RLIM_INFINITY else min(value + grace, hard)
    resource.setrlimit(which, (min(value, top), top))


def _tasks_running() -> int:
    descriptor = os.open("/proc/loadavg", os.O_RDONLY | os.O_CLOEXEC)
    try:
        return int(os.read(descriptor, 100).split()[3].split(b"/")[1])
    finally:
        os.close(descriptor)
