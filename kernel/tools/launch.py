"""The last step into a program, inside its jail: streams in place, folder, then the program itself."""

import json
import os


def main(args: list[str]) -> int:
    """Become the program: `args[0]` is JSON with argv, program, cwd, env and the descriptors of 0, 1 and 2."""
    told = json.loads(args[0])
    for number, descriptor in enumerate(told["streams"]):
        if descriptor >= 0:
            os.dup2(descriptor, number)
            os.close(descriptor)
    try:
        os.chdir(told["cwd"])
        os.execve(told["program"], told["argv"], told["env"])
    except OSError as refusal:
        os.write(2, f"{told['program']}: {refusal.strerror}\n".encode())
        return 126 if isinstance(refusal, PermissionError) else 127
