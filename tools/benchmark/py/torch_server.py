"""PyTorch as a server of timings. It answers the questions of graft-bench (tools/benchmark/server.h) and two more:

export   writes the network for the batch into the folder, as model.onnx, with the input in ONNX Runtime's layout
settings {"settings"}: the memory format and the optimiser that were the fastest of those tried

tools/benchmark/py/bench.py runs it and chooses the BLAS library that PyTorch's transposed convolutions and dense layers
use."""

import json
import sys
import time

import numpy
import torch
from torch.nn import functional

from network import read_network

FORMATS = {"contiguous": torch.contiguous_format, "channels_last": torch.channels_last}


def channels_first(values):
    return numpy.ascontiguousarray(numpy.moveaxis(values, -1, 1)) if values.ndim == 4 else values


def channels_last(values):
    return numpy.moveaxis(values, 1, -1) if values.ndim == 4 else values


def autocast(question):
    return torch.autocast("cpu", torch.bfloat16, enabled=question["precision"] == "bf16")


class Data:
    """The input and the target of the network, in a memory format."""

    def __init__(self, folder, form):
        def image(name):
            return torch.from_numpy(channels_first(numpy.load(f"{folder}/{name}.npy")).copy())
        self.form = FORMATS[form]
        self.input, self.target = self.laid_out(image("input")), image("target")

    def laid_out(self, x):
        return x.contiguous(memory_format=self.form) if x.dim() == 4 else x


class Inference:
    """A traced and frozen forward pass."""

    def __init__(self, question, form, optimise):
        self.data = Data(question["folder"], form)
        network = read_network(question["folder"]).eval().to(memory_format=self.data.form)
        with torch.no_grad(), autocast(question):
            traced = torch.jit.trace(network, self.data.input, check_trace=False)
            self.run = optimise(traced)
            for _ in range(3):
                self.run(self.data.input)

    def __call__(self):
        with torch.no_grad():
            return self.run(self.data.input)


class Training:
    """One step of Adam."""

    def __init__(self, question, form, rate=1e-6):
        self.data, self.question = Data(question["folder"], form), question
        self.network = read_network(question["folder"]).train().to(memory_format=self.data.form)
        self.optimizer = torch.optim.Adam(self.network.parameters(), lr=rate, eps=1e-7, foreach=True)

    def loss(self):
        if self.question["loss"] == "sparse_categorical_crossentropy":
            return functional.cross_entropy(self.network.logits(self.data.input).float(), self.data.target.long().flatten())
        if self.question["loss"] == "binary_crossentropy":
            return functional.binary_cross_entropy_with_logits(self.network.logits(self.data.input).float(), self.data.target)
        return functional.mse_loss(self.network(self.data.input).float(), self.data.target)

    def as_keras(self, step):
        """Sets epsilon as in Keras, which adds it before it corrects the second moment for its start from zero."""
        for group in self.optimizer.param_groups:
            group["eps"] = 1e-7 / (1 - group["betas"][1] ** step) ** 0.5

    def __call__(self):
        self.optimizer.zero_grad()
        with autocast(self.question):
            loss = self.loss()
        loss.backward()
        self.optimizer.step()
        return loss.item()


def candidates(question):
    """The ways to run it that PyTorch recommends: for each name, a function that prepares it."""
    if question["training"]:
        return {form: lambda form=form: Training(question, form) for form in FORMATS}
    optimisers = {"optimize_for_inference": torch.jit.optimize_for_inference, "freeze": torch.jit.freeze}
    if question["precision"] == "bf16":
        del optimisers["optimize_for_inference"]  # it does not support bfloat16
    return {f"{form}, {name}": lambda form=form, optimise=optimise: Inference(question, form, optimise)
            for form in FORMATS for name, optimise in optimisers.items()}


def trial(run):
    """Milliseconds of a call, the better of two measurements of 20 ms each."""
    run()
    calls = max(1, min(int(20 / milliseconds(run, 1)), 5000))
    return min(milliseconds(run, calls) for _ in range(2))


def milliseconds(run, calls):
    start = time.perf_counter()
    for _ in range(calls):
        run()
    return (time.perf_counter() - start) * 1e3 / calls


class Server:
    def __init__(self):
        self.prepared = {}

    def best(self, question):
        """The fastest candidate, found once for every piece of work: (name, function)."""
        key = tuple(str(question[word]) for word in ("model", "training", "batch", "precision"))
        if key not in self.prepared:
            trials = []
            for name, make in candidates(question).items():
                run = make()
                trials.append((trial(run), name, run))
            self.prepared[key] = min(trials, key=lambda entry: entry[0])[1:]
        return self.prepared[key]

    def time(self, question):
        return {"ms": milliseconds(self.best(question)[1], question["calls"])}

    def settings(self, question):
        return {"settings": self.best(question)[0]}

    def check(self, question):
        name, run = self.best(question)
        if question["training"]:
            training, losses = Training(question, name, rate=1e-4), []
            for step in (1, 2, 3):
                training.as_keras(step)
                losses.append(training())
            return {"losses": losses}
        path = f"{question['folder']}/output_torch.npy"
        numpy.save(path, channels_last(run().float().numpy()))
        return {"output": path}

    def export(self, question):
        folder = question["folder"]
        network, data = read_network(folder).eval(), Data(folder, "contiguous")
        torch.onnx.export(network, data.input, f"{folder}/model.onnx", opset_version=13, input_names=["input"],
                          output_names=["output"])
        data.input.numpy().tofile(f"{folder}/input_channels_first.bin")
        return {"shape": list(data.input.shape)}

    def forget(self, question):
        self.prepared.clear()
        return {}


def main():
    torch.set_num_threads(int(sys.argv[1]))
    print(json.dumps({"version": torch.__version__}), flush=True)
    server = Server()
    for line in sys.stdin:
        question = json.loads(line)
        torch.manual_seed(0)
        try:
            answer = getattr(server, question["do"])(question)
        except Exception as error:  # bench.py reports what a peer cannot do
            answer = {"error": f"{type(error).__name__}: {error}"}
        print(json.dumps(answer), flush=True)


if __name__ == "__main__":
    main()
