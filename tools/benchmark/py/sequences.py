"""PyTorch's modules for the layers of sequences, with Keras's weights."""

import torch
from torch import nn
from torch.nn import functional


class Walk(nn.Module):
    """LSTM, GRU: the output of the last step, or of all."""

    def __init__(self, walk, sequences):
        super().__init__()
        self.walk, self.sequences = walk, sequences

    def forward(self, x):
        outputs, last = self.walk(x)
        if self.sequences:
            return outputs
        h = last[0] if isinstance(last, tuple) else last
        return torch.cat(tuple(h), -1)  # of each direction


class Attention(nn.Module):
    """MultiHeadAttention of a sequence to itself, whose three products are one."""

    def __init__(self, heads, inputs, output):
        super().__init__()
        self.heads, self.inputs, self.output = heads, inputs, output

    def forward(self, x, value):
        if value is not x:
            raise NotImplementedError("attention to another sequence")
        rows, steps, _ = x.shape
        three = self.inputs(x).reshape(rows, steps, 3, self.heads, -1).permute(2, 0, 3, 1, 4)
        attended = functional.scaled_dot_product_attention(three[0], three[1], three[2])
        return self.output(attended.transpose(1, 2).reshape(rows, steps, -1))


class MeanOfSteps(nn.Module):
    def forward(self, x):
        return x.mean(1)


def recurrent(class_name, config, inputs, weights):
    """weights: for each direction (kernel, recurrent kernel, bias), the bias of a GRU in two rows."""
    walk = getattr(nn, class_name)(inputs, config["units"], batch_first=True, bidirectional=len(weights) == 2)
    for (kernel, recurrent_kernel, bias), end in zip(weights, ("", "_reverse")):
        order = gates_of(class_name, config["units"])
        input_bias, recurrent_bias = bias if bias.dim() == 2 else (bias, torch.zeros_like(bias))
        for name, values in (("weight_ih_l0", kernel.T), ("weight_hh_l0", recurrent_kernel.T),
                             ("bias_ih_l0", input_bias), ("bias_hh_l0", recurrent_bias)):
            getattr(walk, name + end).data.copy_(values[order])
    return Walk(walk, config["return_sequences"])


def gates_of(class_name, units):
    """The rows of Keras's gates in PyTorch's order: of a GRU, r comes before z."""
    order = torch.arange((4 if class_name == "LSTM" else 3) * units)
    return order if class_name == "LSTM" else order.reshape(3, units)[[1, 0, 2]].flatten()
