"""Rules for includes: floors, the rooms inside them, circles of files, and foreign headers."""
import re

from .tree import stem

FLOORS = ["core", "ops", "graph", "models", "tools", "tests", "docs"]   # each may include itself and those before it
# The rooms of a folder in their order; rooms of one row are peers, which do not include each other. "." means the files
# of the folder itself; a file that has a row of its own is named.
ROOMS = {
    "ops": [["program"], ["kernels"], ["lower"], ["primitives"], ["passes"], ["compile"], ["run"]],
    "ops/kernels": [["base"], ["product"], [".", "algebra", "attention", "image", "index", "norm", "recurrent", "signal", "winograd"]],
    "models": [["training"], ["step"], ["model"], ["surgery"], ["loop"], ["inspect"], ["io"], ["zoo"], ["graft.h"]],
    "models/io": [["base"], ["architecture"], ["."]],
    "graph": [["."], ["layers"]],
    "graph/layers": [["base"], ["activations", "attention", "convolution", "core", "merging", "normalization", "operations", "pooling",
                               "preprocessing", "recurrent", "regularization", "reshaping"], ["augmentation"], ["."]],
    "tools": [["data"], ["benchmark", "demonstration", "graft"]],
}
OVERVIEWS = {f"graph/layers/operations/math/{name}" for name in ("arithmetic", "nn", "shapes")}   # may include all peers
ONEDNN = re.compile(r"ops/|core/onednn\.|tests/|tools/benchmark/")
NLOHMANN = re.compile(r"models/io/|tools/|tests/")
CIRCLES = {   # the files of each allowed circle, in alphabetical order: the reason
    ("graph/call_arguments", "graph/layer", "graph/layer_impl", "graph/node", "graph/symbolic_tensor"):
        "calling a layer makes a node, whose outputs are tensors; a tensor holds its node, a node its layer and the "
        "arguments of the call, and some of these are tensors",
    ("ops/program/primitive", "ops/program/program"):
        "a Program is printed by the primitives of its instructions; a primitive is asked about its Program",
}


def check_floors(tree):
    for name, text in tree.sources().items():
        floor = name.split("/")[0]
        for number, target in tree.includes(name):
            other = target.split("/")[0]
            if floor in FLOORS and (other not in FLOORS or FLOORS.index(other) > FLOORS.index(floor)):
                tree.report(name, number, f"{floor} may not include {other}")
        for number, line in enumerate(text.splitlines(), 1):
            if re.match(r'#include "(?!graft/|tests/)', line):
                tree.report(name, number, 'includes are written "graft/..." (or "tests/..." in tests)')
            if re.match(r"#include <(one)?dnnl", line) and not ONEDNN.match(name):
                tree.report(name, number, "oneDNN's header is included under ops/ and in core/onednn.* only")
            if "#include <nlohmann" in line and not NLOHMANN.match(name):
                tree.report(name, number,
                            "nlohmann's header is included in models/io/, tools/ and tests/ only")


def room_in(folder, name):
    """The row of ROOMS[folder] that the file is in, and the room's name; None if it is in no room of that folder."""
    rest = name.removeprefix(folder + "/")
    if rest == name:
        return None
    room = rest if "/" not in rest and [rest] in ROOMS[folder] else rest.split("/")[0] if "/" in rest else "."
    for row, rooms in enumerate(ROOMS[folder]):
        if room in rooms:
            return row, room
    return None


def check_rooms(tree):
    for name in tree.sources():
        for number, target in tree.includes(name):
            for folder in ROOMS:
                here, there = room_in(folder, name), room_in(folder, target)
                if not here or not there or here == there or stem(name) in OVERVIEWS:
                    continue
                if there[0] >= here[0]:
                    tree.report(name, number, f"{folder}: {here[1]} may not include {there[1]}")
    for folder, rows in ROOMS.items():
        known = {room for row in rows for room in row}
        for name in tree.sources(folder.split("/")[0]):
            room, _, file = name.removeprefix(folder + "/").partition("/")
            if name.startswith(folder + "/") and file and room not in known:
                tree.report(name, 0, f"{folder}/{room} is a room without a place in tools/lint_rules/rooms.py")


def circles(edges):
    """Groups of nodes that reach each other (Tarjan)."""
    index, low, stack, found = {}, {}, [], []

    def visit(node):
        index[node] = low[node] = len(index)
        stack.append(node)
        for other in sorted(edges.get(node, ())):
            if other not in index:
                visit(other)
            if other in stack:
                low[node] = min(low[node], low[other])
        if low[node] == index[node]:
            group = stack[stack.index(node):]
            del stack[stack.index(node):]
            if len(group) > 1:
                found.append(sorted(group))

    for node in sorted(edges):
        if node not in index:
            visit(node)
    return sorted(found)


def check_circles(tree):
    files = {}
    for name in tree.sources("core", "ops", "graph", "models", "tools"):
        files.setdefault(stem(name), set()).update(
            stem(target) for _, target in tree.includes(name) if stem(target) != stem(name))
    for circle in circles(files):
        if tuple(circle) not in CIRCLES:
            tree.report(circle[0], 0, "a circle of files that include each other: " + ", ".join(circle))


def check_user_headers(tree):
    """The headers that users include must compile without oneDNN's and nlohmann's headers."""
    for name in tree.public_headers():
        if re.search(r"#include <(dnnl|oneapi|nlohmann)", tree.files[name]):
            tree.report(name, 0, "a header that users include needs oneDNN's or nlohmann's")


CHECKS = (check_floors, check_rooms, check_circles, check_user_headers)
