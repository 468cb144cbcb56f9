"""Writes docs/performance.md from what tools/bench measured, keeping the notes that a person wrote into it."""

import os
import re
import subprocess

import charts
from cases import CASES, CONDITIONS, limit

NOTES = re.compile(r"<!-- notes -->\n(.*?)<!-- /notes -->\n", re.S)


def field(text, name):
    found = re.search(rf"^{name}\s*:\s*(.+)$", text, re.M)
    return found[1].strip() if found else "unknown"


def machine():
    """What tells this processor from others."""
    cpu = subprocess.run(["lscpu"], capture_output=True, text=True, env={**os.environ, "LC_ALL": "C"}).stdout
    with open("/proc/meminfo") as file:
        memory = round(int(field(file.read(), "MemTotal").split()[0]) / 2**20)
    flags = field(cpu, "Flags").split()
    return {"processor": f"{field(cpu, 'Model name')}, family {field(cpu, 'CPU family')}, model {field(cpu, 'Model')}",
            "cores": field(cpu, r"CPU\(s\)"), "memory": f"{memory} GiB",
            "caches": ", ".join(f"{level} {field(cpu, f'{level} cache')}" for level in ("L1d", "L2", "L3")),
            "vectors": " ".join(flag for flag in flags if re.match(r"avx2$|avx512(f|_bf16|_vnni)$|amx", flag))}


def time_text(ms):
    """Three digits, with the unit that makes them readable."""
    if ms < 1:
        return f"{ms * 1e3:.3g} us"
    return f"{ms:.0f} ms" if ms >= 100 else f"{ms:.3g} ms"


def table(titles, rows):
    lines = [titles, ["---"] + ["---:"] * (len(titles) - 1)] + rows
    return "".join(f"| {' | '.join(line)} |\n" for line in lines)


def peer_names(results):
    return [name for name in results["versions"] if name != "Graft"]


def times_table(results):
    names, rows = peer_names(results), []
    for row in results["rows"]:
        line = [row["name"], "-" if row["graft"] is None else time_text(row["graft"])]
        for name in names:
            peer = row["peers"].get(name)
            line += [time_text(peer["ms"]), f"**{peer['ms'] / row['graft']:.2f}**"] if peer else ["-", "-"]
        rows.append(line)
    return table(["work", "Graft"] + sum(([name, "ratio"] for name in names), []), rows)


def outcome(target, case, row, rows):
    """Each thing that a target compares: (what, measured, is it met), or nothing where it was not measured."""
    ours = row["graft"]
    if target.beside == "time":
        return [(f"at most {time_text(target.bound)}", time_text(ours), ours <= target.bound)]
    if target.beside == "its steps":
        ratio = ours / row["alone"]
        return [(f"at most {target.bound} x the sum of its steps, each timed alone", f"{ratio:.2f} x", ratio <= target.bound)]
    if target.beside == "float32":
        twin = rows.get(case.twin)
        others = {"Graft in float32": twin["graft"]} if twin else {}
    else:
        others = {name: peer["ms"] for name, peer in row["peers"].items() if name.startswith(target.beside)}
    return [(f"{target.bound:g} x {name}", f"{ms / ours:.2f} x", ms / ours >= target.bound) for name, ms in others.items()]


def targets_table(results):
    rows, lines = {row["name"]: row for row in results["rows"]}, []
    for case in CASES:
        row = rows.get(case.name)
        if row and row["graft"] is not None:
            lines += [[case.name, *words, "met" if met else "not met"]
                      for target in case.targets for *words, met in outcome(target, case, row, rows)]
    return table(["work", "at least", "measured", ""], lines)


def checks_table(results):
    cases = {case.name: case for case in CASES}
    names, rows = peer_names(results), []
    for row in results["rows"]:
        case = cases[row["name"]]
        apart = [f"{row['peers'][name]['difference']:.1e}" if name in row["peers"] else "-" for name in names]
        settings = [row["peers"][name]["settings"] for name in names if row["peers"].get(name, {}).get("settings")]
        rows.append([row["name"], *apart, f"{limit(case):.0e}", "; ".join(dict.fromkeys(settings))])
    return table(["work", *names, "limit", "PyTorch's fastest settings"], rows)


def steps_table(results):
    rows = [[row["name"], time_text(row["alone"]), f"{row['graft'] / row['alone']:.2f}", time_text(row["in_pass"]),
             f"{row['graft'] / row['in_pass']:.2f}", f"{row['peak'] / 2**20:.1f}", f"{row['peak'] / row['bound']:.3f}",
             str(row["reorders"]), str(row["ref"])] for row in results["rows"] if row["graft"] is not None]
    return table(["work", "steps alone", "run / alone", "steps in pass", "run / in pass", "peak MiB", "over bound", "reorders",
                  "ref"], rows)


def conditions_table(results):
    known, lines = {condition.name: condition for condition in CONDITIONS}, []
    for row in results.get("conditions", []):
        condition = known[row["name"]]
        bound = f"at most {condition.most}" if condition.most is not None else f"at least {condition.least}"
        lines.append([row["name"], f"{row['ratio']:.2f}", bound, "met" if condition.met(row["ratio"]) else "not met"])
    return table(["work", "ratio", "target", ""], lines)


def notes_of(page):
    if os.path.exists(page):
        with open(page) as file:
            if found := NOTES.search(file.read()):
                return found[1]
    return ""


def text(results, pictures, notes):
    versions = "; ".join(f"{name}: {version}" for name, version in results["versions"].items())
    it = results["machine"]
    problems = "".join(f"- {problem}\n" for problem in results["problems"])
    return f"""# Performance

`tools/bench` installs the peers, checks that each gives what Graft gives, times all in turns within one run, and writes this
page. A time is the median of {results["rounds"]} rounds; a round takes the best of a few turns, so that nobody pays for the
caches that the others filled. A ratio is how many times as long as Graft the peer takes. All use {results["threads"]} threads.

| | |
| --- | --- |
| processor | {it["processor"]}; {it["cores"]} cores |
| caches | {it["caches"]} |
| memory | {it["memory"]} |
| vectors | {it["vectors"]} |
| versions | {versions} |

The networks are those of `models/zoo`: the autoencoder of dim 512 at 64x64x3, ResNet-50 and MobileNetV2 at 224x224x3, a U-Net
at 128x128x3 with 32 filters on its first of five levels, and an MLP 784-128-10. Training is a step of Adam, with gradients.
PyTorch runs traced and frozen networks, in the fastest of the memory formats and optimisers that it offers, with Debian's BLAS
and with OpenBLAS; in rows of bf16 it runs under autocast. ONNX Runtime runs with all its optimisations, in float32 in every row.

{"".join(f"![{title}](pictures/{name})" + chr(10) for title, name in pictures)}
## Times

{times_table(results)}
{"Not measured:" + chr(10) * 2 + problems + chr(10) if problems else ""}## Targets

{targets_table(results)}
## Steps and memory

The sum of Graft's steps, each timed over and over with its data in the caches (alone) and one after the other as they run (in
pass); the memory of activations, and that over the largest sum of values alive at one step; steps in every run that only
change a layout, and steps by reference implementations.

{steps_table(results)}
## Beside the steps

What `fit` adds to bare steps (shuffling, gathering, metrics, progress); what two training plans save as one step; how the calls per second of several callers grow, each
with one thread and a Context of its own; and what a busy neighbour does: another thread keeps one core busy, all of Graft's
threads share what is left, beside one thread on a quiet machine.

{conditions_table(results)}
## Equal results

The largest difference of an output, beside the largest output, or of the losses of three training steps, beside the first,
which must be within the limit of outputs itself. In rows of bf16 it is the difference from PyTorch's float32, which may be
twice what bfloat16 makes of PyTorch itself. A run with a difference above the limit ends without timings.

{checks_table(results)}
## Notes

<!-- notes -->
{notes}<!-- /notes -->
"""


def write(page, results):
    folder = os.path.join(os.path.dirname(os.path.abspath(page)), "pictures")
    os.makedirs(folder, exist_ok=True)
    pictures = charts.draw(folder, results["rows"], peer_names(results))
    content = text(results, pictures, notes_of(page))
    with open(page, "w") as file:
        file.write(content)
