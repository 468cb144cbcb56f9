"""The seed's autoencoder in PyTorch, for inference traced, frozen and optimised. A server of timings like graft-bench: a
line "time train|infer N" is answered with milliseconds. Run by tools/bench.py, which chooses the BLAS library that
PyTorch's transposed convolutions use."""

import sys
import time

import torch
from torch import nn


class Same(nn.Module):
    """Keras's "same" for a 5x5 kernel and stride 2: one pixel before, two behind."""

    def __init__(self, cin, cout):
        super().__init__()
        self.pad = nn.ZeroPad2d((1, 2, 1, 2))
        self.conv = nn.Conv2d(cin, cout, 5, 2)

    def forward(self, x):
        return self.conv(self.pad(x))


class Transposed(nn.Module):
    """Keras's "same" transposed convolution: the full result (2n + 3) cropped by one before and two behind."""

    def __init__(self, cin, cout):
        super().__init__()
        self.conv = nn.ConvTranspose2d(cin, cout, 5, 2, padding=1)

    def forward(self, x):
        return self.conv(x)[:, :, :-1, :-1]


def autoencoder(dim, size, channels):
    filters = [channels, dim // 16, dim // 8, dim // 4, dim // 2, dim]
    side = size // 32
    layers = []
    for cin, cout in zip(filters, filters[1:]):
        layers += [Same(cin, cout), nn.BatchNorm2d(cout, eps=1e-3, momentum=0.01), nn.LeakyReLU(0.2)]
    layers += [nn.AdaptiveAvgPool2d(1), nn.Flatten(), nn.Linear(dim, side * side * dim), nn.Unflatten(1, (dim, side, side))]
    back = [dim, dim // 2, dim // 4, dim // 8, dim // 16]
    for cin, cout in zip(back, back[1:]):
        layers += [Transposed(cin, cout), nn.BatchNorm2d(cout, eps=1e-3, momentum=0.01), nn.ReLU()]
    layers += [Transposed(dim // 16, channels), nn.Tanh()]
    return nn.Sequential(*layers)


class Peer:
    def __init__(self, dim, size, channels, threads):
        torch.set_num_threads(threads)
        torch.manual_seed(0)
        self.shape = (channels, size, size)
        self.model = autoencoder(dim, size, channels)
        self.optimizer = torch.optim.Adam(self.model.parameters(), lr=1e-3)
        self.traced = {}

    def images(self, batch):
        return torch.rand(batch, *self.shape)

    def train(self, batch):
        """Milliseconds of one step of Adam on the mean squared error."""
        x = self.images(batch)
        self.model.train()
        start = time.perf_counter()
        self.optimizer.zero_grad()
        nn.functional.mse_loss(self.model(x), x).backward()
        self.optimizer.step()
        return (time.perf_counter() - start) * 1e3

    def infer(self, batch):
        """Milliseconds of one forward pass."""
        x = self.images(batch)
        if batch not in self.traced:
            self.model.eval()
            with torch.no_grad():
                self.traced[batch] = torch.jit.optimize_for_inference(torch.jit.trace(self.model, x))
                for _ in range(3):
                    self.traced[batch](x)
        with torch.no_grad():
            start = time.perf_counter()
            self.traced[batch](x)
            return (time.perf_counter() - start) * 1e3


def main():
    dim, threads = int(sys.argv[1]), int(sys.argv[2])
    peer = Peer(dim, 64, 3, threads)
    print(torch.__version__, flush=True)
    for line in sys.stdin:
        _, work, batch = line.split()
        print(getattr(peer, work)(int(batch)), flush=True)


if __name__ == "__main__":
    main()
