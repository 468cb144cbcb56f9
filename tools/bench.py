"""Asks graft-bench and PyTorch for timings in turns and prints medians and ratios. Run it by tools/bench."""

import argparse
import os
import statistics
import subprocess
import sys

CASES = [("train", 32), ("infer", 32), ("infer", 1)]
LIBRARIES = "/usr/lib/x86_64-linux-gnu"
HERE = os.path.dirname(os.path.abspath(__file__))


class Server:
    """A program that answers a line with numbers."""

    def __init__(self, command, **environment):
        env = {k: v for k, v in os.environ.items() if not k.startswith("OPENBLAS_")}
        self.name = command[0]
        self.process = subprocess.Popen(command, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True,
                                        env={**env, **environment})

    def line(self):
        answer = self.process.stdout.readline()
        if not answer:
            sys.exit(f"error: {self.name} stopped")
        return answer.split()

    def ask(self, question):
        self.process.stdin.write(question + "\n")
        self.process.stdin.flush()
        return [float(word) for word in self.line()]


def peers(dim, threads):
    """PyTorch as Debian installs it, and with OpenBLAS: its transposed convolutions are matrix products of the BLAS."""
    found = []
    for name, folder in (("PyTorch", "blas"), ("PyTorch+OpenBLAS", "openblas-openmp")):
        path = os.path.join(LIBRARIES, folder)
        if not os.path.isdir(path):
            continue
        server = Server([sys.executable, os.path.join(HERE, "bench_torch.py"), str(dim), str(threads)],
                        LD_LIBRARY_PATH=path)
        found.append((name, server, server.line()[0]))
    return found


def time_in_turns(servers, work, batch, rounds):
    """Median milliseconds of each, after a warm-up. A turn is the best of a few runs: the first finds the others' data in
    the caches."""
    times = [[] for _ in servers]
    repeat = 10 if batch == 1 else 3
    for k in range(rounds + 2):
        for server, own in zip(servers, times):
            ms = min(server.ask(f"time {work} {batch}")[0] for _ in range(repeat))
            if k >= 2:
                own.append(ms)
    return [statistics.median(own) for own in times]


def main():
    parser = argparse.ArgumentParser()
    parser.add_argument("program")
    parser.add_argument("--rounds", type=int, default=7)
    parser.add_argument("--dim", type=int, default=512)
    args = parser.parse_args()

    threads = len(os.sched_getaffinity(0))
    graft = Server([args.program, str(args.dim)], GOMP_SPINCOUNT="1000")
    others = peers(args.dim, threads)
    servers = [graft] + [server for _, server, _ in others]
    print(f"autoencoder, dim {args.dim}, 64x64x3, {threads} threads, PyTorch {others[0][2]}; "
          f"medians of {args.rounds} rounds in turns, ms")
    print(f"{'work':10}{'Graft':>9}" + "".join(f"{name:>18}{'ratio':>7}" for name, _, _ in others))
    medians = {}
    for work, batch in CASES:
        medians[work, batch], *theirs = time_in_turns(servers, work, batch, args.rounds)
        ours = medians[work, batch]
        print(f"{work + ' b' + str(batch):10}{ours:9.2f}" + "".join(f"{ms:18.2f}{ms / ours:7.2f}" for ms in theirs),
              flush=True)
        if ours > 7.5 and abs(ours / 8 - round(ours / 8)) < 0.01:
            print("  (a multiple of 8 ms: a busy neighbour may have held a core; run it again)")
    for _, server, _ in others:
        server.process.terminate()

    print("\nGraft's steps, each timed by itself: over and over, its data in the caches (alone), and one after the other, as")
    print("they run (in pass); activation memory, and that over the least possible")
    print(f"{'work':10}{'alone ms':>10}{'run/alone':>11}{'in pass ms':>12}{'run/in pass':>13}{'peak MiB':>10}"
          f"{'over bound':>12}{'reorders':>10}{'ref':>5}")
    for (work, batch), ours in medians.items():
        alone, in_pass = graft.ask(f"steps {work} {batch}")
        peak, bound, reorders, ref = graft.ask(f"report {work} {batch}")
        print(f"{work + ' b' + str(batch):10}{alone:10.2f}{ours / alone:11.2f}{in_pass:12.2f}{ours / in_pass:13.2f}"
              f"{peak / 2**20:10.1f}{peak / bound:12.3f}{int(reorders):10}{int(ref):5}")


if __name__ == "__main__":
    main()
