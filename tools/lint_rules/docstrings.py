"""Rules for comments: whatever users see has a docstring, and comments name only what exists."""
import re

from .tree import without_comments

# Names that are not in the tree but that comments may name: those of Python, and of a user's own files.
FOREIGN = {"None", "True", "False", "train.cpp"}
PATH = re.compile(r"(?<![\w/.])((?:core|ops|graph|models|tools|tests|docs|graft)/[\w/.*-]*\w|[\w/]+\.(?:h|cpp|md)\b)")


def declarations(text):
    """(line, name, documented) of the classes, structs and functions of namespaces in a header.

    Declarations that follow each other without an empty line share the docstring of the first."""
    lines, plain = text.splitlines(), without_comments(text).splitlines()
    depth, documented, statement, start = 0, False, "", 0
    for number, (line, code) in enumerate(zip(lines, plain), 1):
        if depth == 0 and not statement:
            if number > 1 and lines[number - 2].endswith("\\"):   # of a macro
                continue
            if not line.strip() or re.match(r"\s*(//(?!/)|#)", line):
                documented = documented and bool(re.match(r"//(?!/)", line))
                continue
            if line.startswith("///"):
                documented = True
                continue
            if re.match(r"(inline )?namespace\b|\}", code):
                documented = False
                continue
            start = number
        if depth == 0:
            statement += " " + code
        depth += code.count("{") - code.count("}")
        if depth == 0 and re.search(r"[;}]\s*$", code):
            if name := declared_name(statement):
                yield start, name, documented or "///<" in line
            statement = ""


def declared_name(statement):
    statement = re.sub(r"template <[^{;(]*?>+ (?=\w)|\[\[\w+\]\]", "", statement.split("{")[0]).strip()
    if found := re.match(r"(?:class|struct)\s+(\w+)(?!.*;)", statement):
        return found[1]
    if re.match(r"(class|struct|enum|using|friend|extern|typedef|static_assert)\b", statement):
        return None
    found = re.search(r"(~?\w+|operator\S+)\(", re.sub(r"<[^<>]*>", "", re.sub(r"<[^<>]*>", "", statement)))
    return found[1] if found and not re.search(r"=|::$", statement[:found.start()]) else None


def check_docstrings(tree):
    for name in tree.public_headers():
        for line, declaration, documented in declarations(tree.files[name]):
            if not documented:
                tree.report(name, line, f"{declaration} has no docstring (///)")


def check_names(tree):
    """The words in backticks, the functions written with () and the paths in comments of public headers exist."""
    words, functions = set(), set()
    for name, text in tree.sources().items():
        code = re.sub(r"//[^\n]*", "", text)
        words |= set(re.findall(r"\w+", code))
        functions |= set(re.findall(r"(\w+)(?=[({<])", code))
    for name in tree.public_headers():
        for number, line in enumerate(tree.files[name].splitlines(), 1):
            comment = re.search(r"(?:^|\s)//(.*)", line)
            for unknown in unknown_names(comment[1], tree, words, functions) if comment else ():
                tree.report(name, number, f"the comment names {unknown}, which the tree does not have")


def unknown_names(comment, tree, words, functions):
    for quoted in re.findall(r"`([^`]+)`", comment):
        for word in re.findall(r"[A-Za-z_]\w*", re.sub(r'".*?"', "", quoted)):   # strings hold the user's own names
            if word not in words | FOREIGN and not re.search(r"[/-]", quoted):
                yield f"`{word}`"
    for called in re.findall(r"(?<![\w'\"(])(?:\w+(?:::|\.))*(\w+)\(\)", comment):
        if called not in functions:
            yield f"{called}()"
    for path in PATH.findall(comment):
        if path not in FOREIGN and not exists(tree, path):
            yield path


def exists(tree, path):
    """Whether the tree has this path, or one that ends with it; NAME, FAMILY and * stand for any word."""
    path = re.sub(r"^graft/(?=\w+[/.])", "", path)
    if (tree.root / path).exists():
        return True
    pattern = re.sub(r"\\\*|NAME|FAMILY", "[^/]*", re.escape(path))
    return any(re.search(rf"(^|/){pattern}($|[/.])", name) for name in tree.files)


CHECKS = (check_docstrings, check_names)
