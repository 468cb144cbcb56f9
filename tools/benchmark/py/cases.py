"""The cases that are measured, and the targets for their times."""

import dataclasses


@dataclasses.dataclass(frozen=True)
class Target:
    """Graft should be `bound` times as fast as `beside`. If that is "its steps", it should take at most `bound` times
    the sum of its steps, each timed alone; if it is "time", at most `bound` milliseconds."""
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
        """The name of the same case in float32."""
        return dataclasses.replace(self, precision="float32").name


def torch(bound):
    return Target("PyTorch", bound)


def ort(bound):
    return Target("ONNX Runtime", bound)


def best(bound):
    return Target("the best peer", bound)


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
    Case("lstm", False, 1, (best(1.5),)),
    Case("lstm", False, 32, (best(1.1),)),
    Case("bidirectional_lstm", False, 32, (best(1.15),)),
    Case("gru", False, 32, (best(1.15),)),
    Case("transformer", False, 1, (best(1.2),)),
    Case("transformer", False, 8, (best(1.05),)),
    Case("conv1d", False, 32, (best(1.1),)),
    Case("conv3d", False, 8),
    Case("lstm", True, 32, (torch(1.3),)),
    Case("gru", True, 32, (torch(2),)),
    Case("transformer", True, 8, (torch(1.3),)),
    Case("conv1d", True, 32, (torch(1.6),)),
    Case("resnet50", False, 1, (ort(2.2), own_float32(1.8)), "bf16"),
    Case("resnet50", False, 16, (ort(2.2), own_float32(1.8)), "bf16"),
    Case("resnet50", True, 8, (own_float32(1.5),), "bf16"),
    Case("autoencoder", False, 32, (), "bf16"),
    Case("autoencoder", True, 32, (own_float32(1.25),), "bf16"),
]

@dataclasses.dataclass(frozen=True)
class Condition:
    """A ratio of the times of two things that Graft does, `words` in short, and its upper or lower bound."""
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

# Limits of the largest difference of outputs, relative to the largest output, and of the loss before the first step.
LIMITS = {"float32": 1e-4, "bf16": 5e-2}
# Limits of the largest difference of the losses of three steps, relative to the first. Adam makes full steps even
# from gradients that are only rounding errors: in ResNet-50, PyTorch's own memory formats differ by 6e-3.
TRAINING_LIMITS = {"float32": 2e-2, "bf16": 1e-1}


def limit(case):
    return (TRAINING_LIMITS if case.training else LIMITS)[case.precision]
