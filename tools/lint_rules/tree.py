"""The files of the tree, read once, and the list of problems that the rules fill."""
import pathlib
import re

SOURCES = {".h", ".cpp"}
TEXTS = SOURCES | {".md", ".py", ".txt", ".cmake", ".in", ".js", ".mjs", ".json", ""}
SKIPPED = {"build", ".git", "__pycache__", "node_modules"}
LIBRARY = ("core", "ops", "graph", "models")


class Tree:
    def __init__(self, root):
        self.root, self.problems, self.files = root, [], {}
        for path in sorted(root.rglob("*")):
            parts = path.relative_to(root).parts
            skipped = any(part in SKIPPED or part.startswith("build-") for part in parts)
            if path.suffix in TEXTS and not skipped and path.is_file() and not path.is_symlink():
                self.files["/".join(parts)] = path.read_text(encoding="utf-8")
        self.plain = {name: without_comments(text) for name, text in self.sources().items()}

    def report(self, name, line, rule):
        self.problems.append(f"{name}:{line}: {rule}" if line else f"{name}: {rule}")

    def sources(self, *folders):
        return {name: text for name, text in self.files.items()
                if pathlib.PurePath(name).suffix in SOURCES and (not folders or name.split("/")[0] in folders)}

    def pages(self):
        return {name: text for name, text in self.files.items() if name.endswith(".md")}

    def includes(self, name):
        """The files of the tree that `name` includes, each with its line."""
        for number, line in enumerate(self.files[name].splitlines(), 1):
            if found := re.match(r'#include "graft/([^"]+)"', line):
                yield number, "models/graft.h" if found[1] == "graft.h" else found[1]

    def public_headers(self):
        """The headers that are installed: those that programs, custom layers and primitives include, and all that these
        reach."""
        listed = re.search(r"set\(pending ([^)]+)\)", self.files.get("tools/cmake/install_headers.cmake", ""))
        faces = listed[1].split() if listed else ["models/graft.h"]
        seen, pending = set(), [name for name in self.files if name in faces or re.match(r"models/zoo/\w+\.h$", name)]
        while pending:
            name = pending.pop()
            if name not in seen and name in self.files:
                seen.add(name)
                pending += [target for _, target in self.includes(name)]
        return sorted(seen)


def stem(name):
    """The name that a header and its .cpp share: ops/lower/layout for layout.h and layout.cpp."""
    return re.sub(r"\.(h|cpp)$", "", name)


def without_comments(text):
    """The text with comments blanked and strings emptied; its lines stay where they are."""
    comments = r"//[^\n]*|/\*.*?\*/"
    strings = r'\bR"(\w*)\(.*?\)\1"|"(?:\\.|[^"\\\n])*"|(?<!\w)\'(?:\\.|[^\'\\\n])+\''

    def blank(found):
        part = found[0]
        return re.sub(r"[^\n]", " ", part) if part[0] == "/" else '""' + "\n" * part.count("\n")

    return re.sub(f"{comments}|{strings}", blank, text, flags=re.S)
