"""Asks graft-bench and PyTorch for timings in turns and prints medians and ratios. Run it by tools/bench."""

import argparse
import os
import statistics
import subprocess
import sys

CASES = [("train", 32), ("infer", 32), ("infer", 1)]


class Graft:
    def __init__(self, program, dim):
        self.process = subprocess.Popen([program, str(dim)], stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True)

    def ask(self, line):
        self.process.stdin.write(line + "\n")
        self.process.stdin.flush()
        answer = self.process.stdout.readline()
        if not answer:
            sys.exit(f"error: graft-bench stopped at '{line}'")
        return [float(word) for word in answer.split()]


def compare(graft, peer, what, batch, rounds):
    """Median milliseconds of both, taken in turns after a warm-up."""
    times = {"graft": [], "torch": []}
    repeat = 10 if batch == 1 else 1
    for k in range(rounds + 2):
        ours = min(graft.ask(f"time {what} {batch}")[0] for _ in range(repeat))
        theirs = min(getattr(peer, what)(batch) for _ in range(repeat))
        if k >= 2:
            times["graft"].append(ours)
            times["torch"].append(theirs)
    return statistics.median(times["graft"]), statistics.median(times["torch"])


def main():
    parser = argparse.ArgumentParser()
    parser.add_argument("program")
    parser.add_argument("--rounds", type=int, default=15)
    parser.add_argument("--dim", type=int, default=512)
    args = parser.parse_args()

    sys.path.insert(0, os.path.dirname(os.path.abspath(__file__)))
    from bench_torch import Peer, torch

    graft, threads = Graft(args.program, args.dim), os.cpu_count()
    peer = Peer(args.dim, 64, 3, threads)
    print(f"autoencoder, dim {args.dim}, 64x64x3, {threads} threads, PyTorch {torch.__version__}; "
          f"median of {args.rounds} rounds in turns")
    print("steps: the sum of the compiled steps, each timed by itself: over and over with its data in the caches (alone), and")
    print("one after the other, as they run (in pass). peak: memory of activations, and that over the least possible")
    print(f"{'work':10}{'Graft ms':>10}{'PyTorch ms':>12}{'PyTorch/Graft':>15}{'steps alone':>13}{'in pass':>9}"
          f"{'Graft/alone':>13}{'Graft/in pass':>15}{'peak MiB':>10}{'over bound':>12}{'reorders':>10}{'ref':>5}")
    for what, batch in CASES:
        ours, theirs = compare(graft, peer, what, batch, args.rounds)
        alone, in_pass = graft.ask(f"steps {what} {batch}")
        peak, bound, reorders, ref = graft.ask(f"report {what} {batch}")
        print(f"{what + ' b' + str(batch):10}{ours:10.2f}{theirs:12.2f}{theirs / ours:15.2f}{alone:13.2f}{in_pass:9.2f}"
              f"{ours / alone:13.2f}{ours / in_pass:15.2f}{peak / 2**20:10.1f}{peak / bound:12.3f}{int(reorders):10}{int(ref):5}",
              flush=True)
        if ours > 7.5 and abs(ours / 8 - round(ours / 8)) < 0.01:
            print("  (a multiple of 8 ms: a busy neighbour may have held a core; run it again)")


if __name__ == "__main__":
    main()
