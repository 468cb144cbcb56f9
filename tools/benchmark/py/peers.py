"""Graft and its peers as servers of timings: programs that answer a line of JSON with a line of JSON."""

import json
import os
import subprocess
import sys

import numpy

HERE = os.path.dirname(os.path.abspath(__file__))


class Refused(Exception):
    """A server answered that it cannot do what it was asked."""


class Server:
    """A process with its name and its version, which it sends first; it answers questions."""

    trains = True

    def __init__(self, name, command, **environment):
        self.name = name
        self.process = subprocess.Popen(command, stdin=subprocess.PIPE, stdout=subprocess.PIPE, stderr=subprocess.DEVNULL,
                                        text=True, env={**os.environ, **environment})
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
        return numpy.array(answer["losses"]) if "losses" in answer else numpy.load(answer["output"])

    def settings(self, question):
        return ""

    def stop(self):
        self.process.stdin.close()
        self.process.wait()


class Torch(Server):
    def __init__(self, threads):
        super().__init__("PyTorch", [sys.executable, os.path.join(HERE, "torch_server.py"), str(threads)])

    def settings(self, question):
        return self.ask(question, "settings")["settings"]


class Onnx(Server):
    """A runtime for what PyTorch exports."""

    trains = False

    def __init__(self, name, exporter, threads):
        module = name.replace(" ", "").lower()
        super().__init__(name, [sys.executable, os.path.join(HERE, "onnx_server.py"), module, str(threads)])
        self.exporter = exporter

    def check(self, question):
        self.exporter.ask(question, "export")
        return super().check(question)


def graft(program, spins=20000, name="Graft"):
    """Graft's server. Its threads spin for some microseconds between steps (the peers' spin longer), because a sleeping
    thread may wake on a core that is busy, and stay there for many runs. Beside a busy neighbour, 1000 are better."""
    return Server(name, [program, "serve"], GOMP_SPINCOUNT=str(spins))


def peers(threads):
    torch = Torch(threads)
    return [torch, Onnx("ONNX Runtime", torch, threads), Onnx("OpenVINO", torch, threads)]
