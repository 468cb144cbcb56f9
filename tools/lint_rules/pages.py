"""Rules for the pages: their flags, code blocks, links and paths exist in the tree."""
import pathlib
import re

from .docstrings import exists


def check_flags(tree):
    table, page = tree.files.get("core/env.cpp", ""), tree.files.get("docs/env_vars.md", "")
    flags = re.findall(r'\{"(GRAFT_\w+)", "([^"]*)", "([^"]*)"\}', table)
    for flag, default, effect in flags:
        if f"| `{flag}` | {default} | {effect} |" not in page:
            tree.report("docs/env_vars.md", 0, f"expected the row | `{flag}` | {default} | {effect} |")
    known = {flag for flag, _, _ in flags}
    for flag in re.findall(r"`(GRAFT_\w+)` \|", page):
        if flag not in known:
            tree.report("docs/env_vars.md", 0, f"{flag} is not in core/env.cpp")
    for name, text in tree.sources("core", "ops", "graph", "models").items():
        if "getenv(" in text and name != "core/env.cpp":
            tree.report(name, 0, "environment variables are read in core/env.cpp only")


def check_code_blocks(tree):
    """Every C++ block of a page is a part of a compiled file, apart from its indentation."""
    def plain(text):
        return "\n".join(line.strip() for line in text.strip().splitlines())
    compiled = [plain(text) for text in tree.sources().values()]
    for name, text in tree.pages().items():
        for block in re.finditer(r"```cpp\n(.*?)```", text, re.S):
            if not any(plain(block[1]) in source for source in compiled):
                line = text[:block.start()].count("\n") + 1
                tree.report(name, line, "this block is in no compiled file (docs/examples)")


def check_links(tree):
    for name, text in tree.pages().items():
        prose = re.sub(r"```.*?```", "", text, flags=re.S)
        for target in re.findall(r"\]\(([^)#:]+)(?:#[^)]*)?\)", prose):
            if not (tree.root / pathlib.Path(name).parent / target).exists():
                tree.report(name, 0, f"the link to {target} leads nowhere")


def check_paths(tree):
    """Paths in backticks that begin with a folder of the tree exist. The change log may name what was removed."""
    for name, text in tree.pages().items():
        if name == "CHANGELOG.md":
            continue
        for number, line in enumerate(text.splitlines(), 1):
            for path in re.findall(r"`(?:graft/)?((?:core|ops|graph|models|tools|tests|docs)/[\w/.*-]*)", line):
                if not exists(tree, path.rstrip("/.")):
                    tree.report(name, number, f"`{path}` does not exist")


CHECKS = (check_flags, check_code_blocks, check_links, check_paths)
