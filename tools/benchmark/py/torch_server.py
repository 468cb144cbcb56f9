"""PyTorch as a server of timings. It answers the questions of graft-bench (tools/benchmark/server.h) and two more:

export   writes the network for the batch into the folder, as model.onnx, with its input in PyTorch's layout
settings {"settings"}: the memory format and the optimiser that were the fastest of those tried

tools/benchmark/py/bench.py runs it."""

import sys
import time

import numpy
import torch
from torch.nn import functional

import serving
from network import read_network

FORMATS = ("contiguous", "channels_last")
CHANNELS_LAST = {4: torch.channels_last, 5: torch.channels_last_3d}  # for the rank of the data


def autocast(question):
    return torch.autocast("cpu", torch.bfloat16, enabled=question["precision"] == "bf16")


class Work:
    """A network in a memory format, with its input and its target."""

    def __init__(self, folder, form):
        def values(name):
            return self.network.laid_out(torch.from_numpy(numpy.load(f"{folder}/{name}.npy")))
        self.network = read_network(folder)
        self.input, self.target = values("input"), values("target")
        if form == "channels_last" and self.input.dim() in CHANNELS_LAST:
            memory_format = CHANNELS_LAST[self.input.dim()]
            self.network, self.input = self.network.to(memory_format=memory_format), self.input.to(memory_format=memory_format)
        if self.network.reads_words:
            self.input = self.input.long()


def traced(freeze):
    """Traces a network and freezes the trace."""
    return lambda network, sample: freeze(torch.jit.trace(network, sample, check_trace=False))


class Inference:
    """A forward pass: of the network as it is, or traced and frozen."""

    def __init__(self, question, form, optimise):
        work = Work(question["folder"], form)
        self.input = work.input
        with torch.no_grad(), autocast(question):
            self.run = optimise(work.network.eval(), work.input)
            for _ in range(3):
                self.run(self.input)

    def __call__(self):
        with torch.inference_mode():
            return self.run(self.input)


class Training:
    """One step of Adam."""

    def __init__(self, question, form, rate=1e-6):
        self.data, self.question = Work(question["folder"], form), question
        self.network = self.data.network.train()
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
    optimisers = {"optimize_for_inference": traced(torch.jit.optimize_for_inference), "freeze": traced(torch.jit.freeze),
                  "eager": lambda network, sample: network}
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
        path, output = f"{question['folder']}/output_torch.npy", run().float()
        numpy.save(path, output.movedim(1, -1).numpy())
        return {"output": path}

    def export(self, question):
        work = Work(question["folder"], "contiguous")
        torch.onnx.export(work.network.eval(), (work.input,), f"{question['folder']}/model.onnx", opset_version=17,
                          input_names=["input"], output_names=["output"], dynamo=False)
        numpy.save(f"{question['folder']}/input_laid_out.npy", work.input.numpy())
        return {}

    def forget(self, question):
        self.prepared.clear()
        return {}


def main():
    torch.set_num_threads(int(sys.argv[1]))
    serving.serve(torch.__version__, Server, before_each=lambda: torch.manual_seed(0))


if __name__ == "__main__":
    main()
