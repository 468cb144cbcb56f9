"""Graft and its peers as servers of timings: programs that answer a line of JSON with a line of JSON."""

import json
import os
import subprocess
import sys

import numpy

HERE = os.path.dirname(os.path.abspath(__file__))
LIBRARIES = "/usr/lib/x86_64-linux-gnu"
NPM = os.path.join(HERE, "..", "..", "..", "build", "npm-bench")


class Refused(Exception):
    """A server answered that it cannot do what it was asked."""


class Server:
    """A process with its name and its version, which it sends first; it answers questions."""

    trains = True

    def __init__(self, name, command, **environment):
        self.name = name
        env = {k: v for k, v in os.environ.items() if not k.startswith("OPENBLAS_")}
        self.process = subprocess.Popen(command, stdin=subprocess.PIPE, stdout=subprocess.PIPE, stderr=subprocess.DEVNULL,
                                        text=True, env={**env, **environment})
        self.version = self.answer()["version"]

    def answer(self):
        line = self.process.stdout.readline()
        if not line:
            sys.exit(f"error: {self.name} stopped")
        return json.loads(line)

    def ask(self, question, what, **more):
        self.process.stdin.write(json.dumps({**question, "do": what, **more}) + "\n")
        self.process.stdin.flush()
        answer = self.answer()
        if "error" in answer:
            lines = answer["error"].strip().splitlines()  # a traceback ends with the error, Graft's errors with a hint
            rule = lines[0] if lines[-1].lstrip().startswith("Hint:") else lines[-1]
            raise Refused(f"{self.name}: {rule}")
        return answer

    def check(self, question):
        """The losses of three training steps, or the outputs, channels last."""
        answer = self.ask(question, "check")
        return numpy.array(answer["losses"]) if "losses" in answer else self.read(answer)

    def read(self, answer):
        return numpy.load(answer["output"])

    def settings(self, question):
        return ""

    def stop(self):
        self.process.stdin.close()
        self.process.wait()


class Torch(Server):
    def __init__(self, name, blas, threads):
        super().__init__(name, [sys.executable, os.path.join(HERE, "torch_server.py"), str(threads)], LD_LIBRARY_PATH=blas)

    def settings(self, question):
        return self.ask(question, "settings")["settings"]


class Ort(Server):
    """ONNX Runtime, which runs what PyTorch exports."""

    trains = False

    def __init__(self, exporter, threads):
        super().__init__("ONNX Runtime", ["node", os.path.join(HERE, "ort_server.mjs"), NPM, str(threads)])
        self.exporter = exporter

    def check(self, question):
        self.exporter.ask(question, "export")
        return super().check(question)

    def read(self, answer):
        values = numpy.fromfile(answer["output"], numpy.float32).reshape(answer["shape"])
        return numpy.moveaxis(values, 1, -1) if values.ndim == 4 else values


def graft(program, spins=20000, name="Graft"):
    """Graft's server. Its threads spin for some microseconds between steps (the peers' spin longer), because a sleeping
    thread may wake on a core that is busy, and stay there for many runs. Beside a busy neighbour, 1000 are better."""
    return Server(name, [program, "serve"], GOMP_SPINCOUNT=str(spins))


def peers(threads):
    """PyTorch as Debian installs it, PyTorch with OpenBLAS, since it computes transposed convolutions and dense layers
    as matrix products of the BLAS, and ONNX Runtime."""
    found = [Torch(name, os.path.join(LIBRARIES, folder), threads)
             for name, folder in (("PyTorch", "blas"), ("PyTorch+OpenBLAS", "openblas-openmp"))
             if os.path.isdir(os.path.join(LIBRARIES, folder))]
    return found + [Ort(found[0], threads)]
