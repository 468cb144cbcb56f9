"""What is measured, and how much faster it is to be."""

import dataclasses


@dataclasses.dataclass(frozen=True)
class Target:
    """Graft is to be so many times as fast as what it stands beside; or, for "its steps" and "time", take at most so many
    times the sum of its steps each timed alone, or so many milliseconds."""
    beside: str
    bound: float


@dataclasses.dataclass(frozen=True)
class Case:
    model: str
    training: bool
    batch: int
    targets: tuple = ()
    precision: str = "float32"

    @property
    def name(self):
        words = [self.model, "training" if self.training else "inference", f"b{self.batch}"]
        return " ".join(words + ([self.precision] if self.precision != "float32" else []))

    @property
    def twin(self):
        """The same in float32."""
        return dataclasses.replace(self, precision="float32").name


def torch(bound):
    return Target("PyTorch", bound)


def ort(bound):
    return Target("ONNX Runtime", bound)


def own_float32(bound):
    return Target("float32", bound)


CASES = [
    Case("autoencoder", True, 32, (torch(8), Target("its steps", 1.05), Target("time", 66))),
    Case("autoencoder", False, 32, (ort(2),)),
    Case("autoencoder", False, 1, (ort(2),)),
    Case("resnet50", False, 1, (ort(1.25), torch(1.8))),
    Case("resnet50", False, 16, (ort(1.25), torch(1.8))),
    Case("resnet50", True, 8, (torch(3.5),)),
    Case("mobilenet_v2", False, 1, (ort(1.2),)),
    Case("mobilenet_v2", False, 16, (ort(1.2),)),
    Case("unet", False, 4, (ort(1.2),)),
    Case("mlp", False, 1, (ort(3.5), Target("time", 0.004))),
    Case("mlp", True, 128, (torch(4.5),)),
    Case("resnet50", False, 1, (ort(2.2), own_float32(1.8)), "bf16"),
    Case("resnet50", False, 16, (ort(2.2), own_float32(1.8)), "bf16"),
    Case("resnet50", True, 8, (own_float32(1.5),), "bf16"),
    Case("autoencoder", False, 32, (), "bf16"),
    Case("autoencoder", True, 32, (own_float32(1.25),), "bf16"),
]

@dataclasses.dataclass(frozen=True)
class Condition:
    """A ratio of two things that Graft does: what it is of, and the most or the least that it is to be."""
    kind: str
    case: Case
    words: str
    most: float = None
    least: float = None

    @property
    def name(self):
        return f"{self.case.name}: {self.words}"

    def met(self, ratio):
        return ratio <= self.most if self.most is not None else ratio >= self.least


CONDITIONS = [
    Condition("fit", Case("autoencoder", True, 32), "a step of fit beside a bare step", most=1.03),
    Condition("fit", Case("mlp", True, 128), "a step of fit beside a bare step", most=1.15),
    Condition("joint", Case("dcgan", True, 64), "two plans as one step beside one after the other", most=0.95),
    Condition("callers", Case("mobilenet_v2", False, 1), "callers of one thread each, a core for each, beside one", least=1.8),
    Condition("callers", Case("mlp", False, 1), "callers of one thread each, a core for each, beside one", least=1.8),
    Condition("neighbour", Case("autoencoder", True, 32), "all threads, one core kept busy by others, beside one thread",
              most=1.3),
    Condition("neighbour", Case("mobilenet_v2", False, 16), "all threads, one core kept busy by others, beside one thread",
              most=1.3),
]

# The largest difference of an output beside the largest output, and of the loss before the first step beside the loss.
LIMITS = {"float32": 1e-4, "bf16": 5e-2}
# The largest difference of the losses of three steps, beside the first. Adam makes whole steps of gradients that are nothing
# but rounding: PyTorch's memory formats are themselves 6e-3 apart in ResNet-50.
TRAINING_LIMITS = {"float32": 2e-2, "bf16": 1e-1}


def limit(case):
    return (TRAINING_LIMITS if case.training else LIMITS)[case.precision]
