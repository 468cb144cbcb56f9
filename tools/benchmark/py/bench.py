"""Asks Graft and its peers for timings in turns, prints medians and ratios, writes the page. tools/bench runs it."""

import argparse
import json
import os
import statistics
import sys
import tempfile

import page
from cases import CASES, CONDITIONS, LIMITS, limit
from peers import Refused, graft, peers

ROOT = os.path.abspath(os.path.join(os.path.dirname(__file__), "..", "..", ".."))
BUILD = os.path.join(ROOT, "build")
PAGE = os.path.join(ROOT, "docs", "performance.md")


def question_of(case, threads, folder):
    return {"model": case.model, "folder": folder, "training": case.training, "batch": case.batch, "threads": threads,
            "precision": case.precision, "calls": 1}


def difference(ours, theirs):
    """The largest difference of losses, divided by the first loss, or of outputs, divided by the largest output."""
    if ours.shape != theirs.shape:
        sys.exit(f"error: shapes differ: {ours.shape} and {theirs.shape}")
    scale = abs(theirs[0]) if ours.ndim == 1 else abs(theirs).max()
    return float(abs(ours - theirs).max() / scale)


def check_rounded(case, question, exact_peer, ours):
    """The difference of Graft in bfloat16 from PyTorch in float32. It ends the run when it is above the limit and more
    than twice the difference between PyTorch in bfloat16 and in float32."""
    exact = exact_peer.check({**question, "precision": "float32"})
    try:
        usual = difference(exact_peer.check(question), exact)
    except Refused:
        usual = 0  # PyTorch cannot run it in bfloat16; checked_peers will report that
    apart = difference(ours, exact)
    allowed = max(LIMITS["bf16"], 2 * usual)
    if not apart <= allowed:
        sys.exit(f"error: {case.name}: {apart:.2g} from float32, the limit is {allowed:.2g}; PyTorch's bf16 differs by "
                 f"{usual:.2g}")
    return apart


def check_equal(case, peer, ours, theirs):
    """The difference of the results. The run ends if it, or that of the losses before the first step, exceeds its limit."""
    bounds = [(difference(ours, theirs), limit(case))]
    if case.training:
        bounds.append((difference(ours[:1], theirs[:1]), LIMITS[case.precision]))
    for apart, allowed in bounds:
        if not apart <= allowed:
            sys.exit(f"error: {case.name}: {peer.name} gives other results: they differ by {apart:.2g}, the limit is "
                     f"{allowed:g}")
    return bounds[0][0]


def calls_for(server, question):
    """The number of calls that take about 20 ms, for one question, and the number of questions in a turn. Of a few
    times the best counts, because in the first call the caches hold the data of the other servers."""
    ms = min(server.ask(question, "time")["ms"] for _ in range(4))
    return max(1, min(int(20 / ms), 5000)), 3 if ms < 300 else 1


def time_in_turns(servers, question, rounds):
    """The median milliseconds of a call, for each server."""
    times = [[] for _ in servers]
    plans = [calls_for(server, question) for server in servers]
    for _ in range(rounds):
        for server, (calls, repeat), own in zip(servers, plans, times):
            if repeat > 1:
                server.ask(question, "time", calls=4 * calls)  # the last server's threads still spin
            own.append(min(server.ask(question, "time", calls=calls)["ms"] for _ in range(repeat)))
    return [statistics.median(own) for own in times]


def checked_peers(case, question, others, ours, problems):
    """The peers that can run the case, with differences and settings. The run ends if the results of one differ."""
    found = []
    rounded = check_rounded(case, question, others[0], ours) if case.precision == "bf16" else None
    for peer in others:
        if case.training and not peer.trains:
            continue
        try:
            theirs = peer.check(question)
            apart = check_equal(case, peer, ours, theirs) if rounded is None else rounded
            found.append((peer, {"difference": apart, "settings": peer.settings(question)}))
        except Refused as refused:
            problems.append(f"{case.name}: {refused}")
    return found


def measure(case, question, us, others, rounds, problems):
    """All that the page reports of a case; Graft's time is None if this machine cannot run it."""
    row = {"name": case.name, "graft": None, "peers": {}}
    question["loss"] = us.ask(question, "save")["loss"]
    try:
        ours = us.check(question)
    except Refused as refused:
        if case.precision == "float32":
            sys.exit(f"error: {case.name}: {refused}")
        problems.append(f"{case.name}: {refused}")
        return row
    found = checked_peers(case, question, others, ours, problems)
    servers = [us] + [peer for peer, _ in found]
    row["graft"], *theirs = time_in_turns(servers, question, rounds)
    for (peer, known), ms in zip(found, theirs):
        row["peers"][peer.name] = {**known, "ms": ms}
    row.update(us.ask(question, "steps"), **us.ask(question, "report"))
    for server in servers:
        server.ask(question, "forget")
    return row


def of_slices(ms):
    """Whether it is a multiple of a slice of the kernel's scheduler, for which another process may hold a core."""
    return ms > 6 and abs(ms / 4 - round(ms / 4)) < 0.01


def print_row(row, names):
    if row["graft"] is None:
        print(f"{row['name']:30}{'-':>10}", flush=True)
        return
    text = f"{row['name']:30}{row['graft']:10.4g}"
    for name in names:
        peer = row["peers"].get(name)
        text += f"{peer['ms']:18.4g}{peer['ms'] / row['graft']:7.2f}{peer['difference']:9.1e}" if peer else f"{'-':>34}"
    print(text, flush=True)
    if of_slices(row["graft"]):
        print("  (a multiple of 4 ms: another process may have kept a core busy; run it again)")


def print_steps(rows):
    print("\nThe sum of Graft's steps, each timed repeatedly with its data in the caches (alone), or one after the")
    print("other, as they run (in pass); the peak of the activations' memory, and its ratio to the least possible")
    print(f"{'work':30}{'alone ms':>10}{'run/alone':>11}{'in pass ms':>12}{'run/in pass':>13}{'peak MiB':>10}"
          f"{'over bound':>12}{'reorders':>10}{'ref':>5}")
    for row in rows:
        if row["graft"] is not None:
            print(f"{row['name']:30}{row['alone']:10.4g}{row['graft'] / row['alone']:11.2f}{row['in_pass']:12.4g}"
                  f"{row['graft'] / row['in_pass']:13.2f}{row['peak'] / 2**20:10.1f}{row['peak'] / row['bound']:12.3f}"
                  f"{row['reorders']:10}{row['ref']:5}")


def measure_conditions(program, threads, conditions):
    """Measures what a run costs beside its steps, one condition after the other, when the peers have stopped."""
    found = []
    for condition in conditions:
        server = graft(program, spins=1000 if condition.kind == "neighbour" else 20000)
        row = {"name": condition.name, **server.ask(question_of(condition.case, threads, ""), condition.kind)}
        server.stop()
        target = f"at most {condition.most}" if condition.most is not None else f"at least {condition.least}"
        print(f"{condition.name}: {row['ratio']:.3f} x ({target})", flush=True)
        found.append(row)
    return found


def arguments():
    parser = argparse.ArgumentParser(prog="tools/bench")
    parser.add_argument("program", help=argparse.SUPPRESS)
    parser.add_argument("--quick", action="store_true", help="two rounds instead of seven, and no page")
    parser.add_argument("--rounds", type=int, help="the number of rounds, whose medians are reported")
    parser.add_argument("--only", metavar="NAME", help="only the works whose names contain NAME, and no page")
    parser.add_argument("--against", metavar="PROGRAM", help="only compare with another build's graft-bench, no page")
    parser.add_argument("--page", metavar="FILE", help="write the page to this file, also with --quick and --only")
    parser.add_argument("--from", dest="results", metavar="FILE", help="write the page from a run's build/bench.json")
    return parser.parse_args()


def run(args, threads):
    """Measures the cases and the conditions, and returns all that the page needs."""
    cases, conditions = ([one for one in all_of if not args.only or args.only in one.name] for all_of in (CASES, CONDITIONS))
    if not cases and not conditions:
        names = "; ".join(one.name for one in CASES + CONDITIONS)
        sys.exit(f"error: no work is named \"{args.only}\"; there are: {names}")
    rounds = args.rounds or (2 if args.quick else 7)
    us, others = graft(args.program), []
    if cases:
        others = [graft(args.against, name="other build")] if args.against else peers(threads)
    names = [peer.name for peer in others]
    if cases:
        print(f"{threads} threads; medians of {rounds} rounds in turns, ms; peers: ms, ratio to Graft's, difference of results")
        print(f"{'work':30}{'Graft':>10}" + "".join(f"{name:>18}{'ratio':>7}{'apart':>9}" for name in names))
    rows, problems = [], []
    for case in cases:
        with tempfile.TemporaryDirectory(dir=BUILD) as folder:  # holds the network, which all servers read
            rows.append(measure(case, question_of(case, threads, folder), us, others, rounds, problems))
        print_row(rows[-1], names)
    if rows:
        print_steps(rows)
    for server in [us] + others:
        server.stop()
    conditions = [] if args.against else measure_conditions(args.program, threads, conditions)
    return {"rounds": rounds, "threads": threads, "machine": page.machine(), "rows": rows, "problems": problems,
            "conditions": conditions,
            "versions": {"Graft": us.version, **{peer.name: peer.version for peer in others}}}


def main():
    args = arguments()
    if args.results:
        with open(args.results) as file:
            results = json.load(file)
    else:
        results = run(args, len(os.sched_getaffinity(0)))
        with open(os.path.join(BUILD, "bench.json"), "w") as file:
            json.dump(results, file, indent=1)
    for problem in results["problems"]:
        print(f"not measured: {problem}")
    target = args.page or (None if args.quick or args.only or args.against else PAGE)
    if target:
        page.write(target, results)
        print(f"wrote {os.path.relpath(target)}")


if __name__ == "__main__":
    main()
