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
    """What identifies this processor."""
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
    """For each comparison of a target: (what, measured, whether it is met); none if it was not measured."""
    ours = row["graft"]
    if target.beside == "time":
        return [(f"at most {time_text(target.bound)}", time_text(ours), ours <= target.bound)]
    if target.beside == "its steps":
        ratio = ours / row["alone"]
        return [(f"at most {target.bound} x the sum of its steps, each timed alone", f"{ratio:.2f} x", ratio <= target.bound)]
    if target.beside == "float32":
        twin = rows.get(case.twin)
        others = {"Graft in float32": twin["graft"]} if twin else {}
    elif target.beside == "the best peer":
        others = {target.beside: min((peer["ms"] for peer in row["peers"].values()), default=ours)}
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

`tools/bench` installs the peers, checks that their results equal Graft's, times all in turns within one run, and writes
this page. A time is the median of {results["rounds"]} rounds; a round takes the best of a few turns, so that none is
slower because the caches hold the data of the others. A ratio is the peer's time divided by Graft's. All use
{results["threads"]} threads.

| | |
| --- | --- |
| processor | {it["processor"]}; {it["cores"]} cores |
| caches | {it["caches"]} |
| memory | {it["memory"]} |
| vectors | {it["vectors"]} |
| versions | {versions} |

The networks come from `models/zoo`: the autoencoder of dim 512 at 64x64x3, ResNet-50 and MobileNetV2 at 224x224x3, a
U-Net at 128x128x3 with 32 filters on the first of five levels, and an MLP 784-128-10. Those for sequences and videos are
in `tools/benchmark/networks.h`: LSTM, bidirectional LSTM and GRU of 128 units over 100 words behind an Embedding, a
Transformer's encoder of four layers over 128 steps of 256 numbers, three Conv1D over 256 steps, and three Conv3D over 16
pictures of 32x32x3. Training is one step of Adam, gradients included. PyTorch runs eagerly or traced and frozen,
whichever is faster, in the fastest of its memory formats and with the fastest of its optimisers; in rows of bf16 it runs
under autocast. ONNX Runtime and OpenVINO run with all their optimisations, in float32 in every row.

{"".join(f"![{title}](pictures/{name})" + chr(10) for title, name in pictures)}
## Times

{times_table(results)}
{"Not measured:" + chr(10) * 2 + problems + chr(10) if problems else ""}## Targets

{targets_table(results)}
## Steps and memory

The columns are: the sum of Graft's steps, each timed repeatedly with its data in the caches (alone), or one after the
other as they run (in pass); the peak of the activations' memory, and its ratio to the largest sum of the values alive
at one step (over bound); the number of steps in every run that only change a layout, and of those that run reference
implementations.

{steps_table(results)}
## Beside the steps

The rows compare the time of a step in `fit`, which shuffles, gathers, and computes metrics and progress, with that of a
bare step; two training plans run as one step with the same run one after the other; the calls per second of several
callers, each with one thread and a Context of its own, with those of one caller; and a run on all threads while another
thread keeps one core busy with a run on one thread of a quiet machine.

{conditions_table(results)}
## Equal results

The table has the largest difference of the outputs, divided by the largest output, or of the losses of three training
steps, divided by the first loss, which itself must be within the limit for outputs. In rows of bf16 it is the
difference from PyTorch in float32, which may be twice that of PyTorch in bfloat16. A run with a difference above the
limit ends without timings.

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
