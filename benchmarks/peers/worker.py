"""One peer with so many threads: python3 -m peers.worker MODULE THREADS

Each line read is a task in JSON: cell, setting, data, seconds; each line written is what was measured. What was
prepared for a task is kept, so that it can be measured again in turn with others.
"""
import importlib
import json
import os
import resource
import subprocess
import sys

from .cells import Cell
from .timing import time_calls


def serve(module, threads):
    answers = os.fdopen(os.dup(1), "w")
    os.dup2(2, 1)  # whatever libraries print is no answer
    peer = importlib.import_module("peers." + module)
    prepared = {}
    for line in sys.stdin:
        task = json.loads(line)
        seconds = task.pop("seconds")
        key = json.dumps(task)
        try:
            if key not in prepared:
                prepared[key] = peer.prepare(Cell(*task["cell"]), threads, task["setting"], task["data"])
            call, steps = prepared[key]
            answer = time_calls(call, seconds, steps)
            answer["memory_mb"] = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024
        except Exception as error:  # a setting that cannot run is a result: the others go on
            answer = dict(error=f"{type(error).__name__}: {error}".splitlines()[0][:120])
        print(json.dumps(answer), file=answers, flush=True)


class Worker:
    """The other end: a process that serves a peer."""

    def __init__(self, module, threads, folder):
        environment = os.environ | {"OMP_NUM_THREADS": str(threads), "JAX_PLATFORMS": "cpu"}
        self.process = subprocess.Popen([sys.executable, "-m", "peers.worker", module, str(threads)], cwd=folder,
                                        env=environment, stdin=subprocess.PIPE, stdout=subprocess.PIPE,
                                        stderr=subprocess.DEVNULL, text=True)

    def ask(self, task):
        try:
            self.process.stdin.write(json.dumps(task) + "\n")
            self.process.stdin.flush()
            line = self.process.stdout.readline()
        except BrokenPipeError:
            line = ""
        return json.loads(line) if line else dict(error=f"its process ended with status {self.process.wait()}")

    def close(self):
        self.process.kill()
        self.process.communicate()


if __name__ == "__main__":
    serve(sys.argv[1], int(sys.argv[2]))
