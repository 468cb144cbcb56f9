"""Rule 1: what x.h declares, x.cpp defines; everything else in x.cpp is static or in an unnamed namespace."""
import re

from .tree import LIBRARY, stem

# Headers whose functions are defined in other files than their own .cpp, and why.
SHARED = {
    "graph/layers/operations/tables.h": "the list of tables; the file of each family defines its own",
    "ops/program/builder.h": "the instruction set on one page; the file of each primitive defines its functions",
    "models/model/model.h": "the user's interface; each room defines the methods that belong to it",
    "ops/passes/pass.h": "the list of passes; each is defined in a file of its own",
    "tools/graft/command.h": "the list of commands; each is defined in a file of its own",
}


def simplified(head):
    """The text before a function's body or semicolon, without attributes and template arguments."""
    head = re.sub(r"operator\s*([^\s\w(]+|\(\))", lambda found: "operator" + "@" * len(found[1]), head)
    head = re.sub(r"\[\[.*?\]\]|__attribute__\s*\(\(.*?\)\)\)?|^\s*#.*$", " ", head, flags=re.M)
    while (shorter := re.sub(r"<[^<>]*>", "", head)) != head:
        head = shorter
    return head.replace("template ", " ")


def function_name(head):
    """`Class::method` or `function` if the head belongs to a definition that other files see, else None."""
    head = simplified(head)
    if re.match(r"\s*(static|using|typedef|class|struct|enum|union|friend|extern|catch)\b", head):
        return None
    found = re.search(r"((?:\w+::)*(?:~?\w+|operator@+|operator [\w: ]+))\s*\(", head)
    if not found or "=" in head[:found.start()] or found[1] == "main" or re.fullmatch(r"[A-Z_]+", found[1]):
        return None
    return found[1]


def definitions(text):
    """(name, line) of each function that a .cpp defines for others."""
    head, depth, namespaces = 0, 0, []   # head: where the statement begins; depth: of brackets other than namespaces'
    seen = None
    for token in re.finditer(r"[{};()]", text):
        sign, before = token[0], text[head:token.start()]
        named = depth == 0 and all(namespaces) and head != seen   # only once: initialisers of members have braces too
        space = re.search(r"^\s*(?:inline )?namespace\s*([\w:]*)\s*$", before, re.M)
        if sign == "{" and depth == 0 and space:
            namespaces.append(space[1])
            head = token.end()
            continue
        if named and (sign == "{" or sign == ";" and before.rstrip().endswith("= default")):
            if name := function_name(before.removesuffix("= default")):
                yield name, text[:head].count("\n") + before[:len(before) - len(before.lstrip())].count("\n") + 1
                seen = head
        if sign == "}" and depth == 0 and namespaces:
            namespaces.pop()
            head = token.end()
            continue
        depth += {"(": 1, "{": 1, ")": -1, "}": -1, ";": 0}[sign]
        ends = sign == ";" or sign == "}" and not re.match(r"\s*[,{;)(]", text[token.end():token.end() + 40])
        if depth == 0 and ends:
            head = token.end()


def declared(name, texts):
    *scopes, last = name.split("::")
    pattern = re.escape(last).replace("@", ".") if "@" in last else rf"{re.escape(last)}\s*\("
    owner = rf"\b(class|struct|namespace)\b[^;{{}}]*\b{scopes[-1]}\b[^;{{}}]*\{{" if scopes else ""
    return any(re.search(rf"(?<!\w){pattern}", text) and re.search(owner, text) for text in texts)


def check_definitions(tree):
    for name, text in tree.plain.items():
        if not name.endswith(".cpp") or name.split("/")[0] not in (*LIBRARY, "tools"):
            continue
        header = tree.plain.get(stem(name) + ".h", "")
        shared = [tree.plain[other] for other in SHARED if other in tree.plain]
        for function, line in definitions(text):
            classes = [text] if "::" in function else []   # the class may be private to this file
            if not declared(function, [header, *shared, *classes]):
                tree.report(name, line, f"{function.rstrip('@')} is not declared in {stem(name)}.h; if no other "
                            "file calls it, make it static or move it into an unnamed namespace")


CHECKS = (check_definitions,)
