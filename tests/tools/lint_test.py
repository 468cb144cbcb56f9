"""Breaks one rule at a time in a small tree, and expects that tools/lint names it."""
import pathlib
import subprocess
import sys
import tempfile

LINT = pathlib.Path(sys.argv[1])
HEADER = "#pragma once\n"
LAYER = 'std::vector<LayerClass> tables() { return {layer_class<ThingImpl>("Thing")}; }\n'
DOCS = "/// A thing.\n///\n/// Input    any\n/// Output   any\n/// Source   none\nclass Thing : public Layer {};\n"
TABLES = "std::vector<LayerClass> tables();\n"
TREE = {
    "graph/layers/core/thing.cpp": LAYER,
    "graph/layers/core/thing.h": HEADER + DOCS + TABLES,
    "tests/graph/thing_test.cpp": "// round trip: Thing\n",
    "core/env.cpp": '{"GRAFT_X", "0", "an effect"},\n',
    "docs/env_vars.md": "| `GRAFT_X` | 0 | an effect |\n",
    "docs/examples/a.cpp": "int main() {\n  int x = 0;\n  return x;\n}\n",
    "docs/page.md": "[flags](env_vars.md)\n\n```cpp\nreturn x;\n```\n",
}


def include(name):
    return HEADER + f'#include "graft/{name}"\n'


def public(text):
    return {"models/graft.h": HEADER + text}


BROKEN = [   # a change of the tree, the problem expected (None: none), and the number of problems (one)
    ({"core/a.h": HEADER + '#include "graft/ops/b.h"\n'}, "core may not include ops"),
    ({"graph/a.h": HEADER + '#include "graft/models/b.h"\n'}, "graph may not include models"),
    ({"graph/a.h": HEADER + '#include "layer.h"\n'}, "includes are written"),
    ({"graph/a.cpp": "#include <dnnl.hpp>\n"}, "oneDNN's header"),
    ({"models/a.cpp": "#include <nlohmann/json.hpp>\n"}, "nlohmann's header"),
    ({"models/graft.h": HEADER + '#include "graft/ops/run/b.h"\n', "ops/run/b.h": HEADER + "#include <dnnl.hpp>\n"},
     "a header that users include"),
    ({"core/a.cpp": "int x;\n" * 401}, "at most 400"),
    ({"core/a.cpp": "//" + "x" * 140 + "\n"}, "columns"),
    ({"core/a.cpp": "// -- rows\n// " + "-" * 80 + "\n"}, "a heading that the formatter broke"),
    ({"core/a.h": "int x;\n"}, "#pragma once"),
    ({"core/a.cpp": "int x;"}, "does not end"),
    ({"core/a.cpp": "int x; \n"}, "spaces at the end"),
    ({"core/a.cpp": "// TO" + "DO\n"}, "unfinished"),
    ({"core/a.cpp": '"/ho' + 'me/someone/file"\n'}, "one machine"),
    ({"graph/layers/core/thing.h": HEADER + DOCS.replace("Output", "Result") + TABLES}, "Thing has no /// comment"),
    ({"graph/layers/core/thing.h": HEADER + "class Thing : public Layer {};\n" + TABLES}, "Thing has no /// comment"),
    ({"tests/graph/thing_test.cpp": "// round trip\n"}, "no test names Thing", 2),
    ({"tests/graph/thing_test.cpp": "// Thing\n"}, "round trip names Thing"),
    ({"docs/env_vars.md": "| `GRAFT_X` | 1 | an effect |\n"}, "expected the row"),
    ({"docs/env_vars.md": TREE["docs/env_vars.md"] + "| `GRAFT_Y` | 1 | none |\n"}, "GRAFT_Y is not in"),
    ({"ops/run/a.cpp": 'getenv("HOME");\n'}, "environment variables are read"),
    ({"docs/page.md": "```cpp\nreturn 1;\n```\n"}, "in no compiled file"),
    ({"docs/page.md": "[x](gone.md)\n"}, "leads nowhere"),
    ({"docs/page.md": "`tools/gone` is a script\n"}, "`tools/gone` does not exist"),

    # rooms and circles
    ({"ops/lower/a.h": include("ops/run/b.h")}, "ops: lower may not include run"),
    ({"models/training/a.cpp": '#include "graft/models/model/b.h"\n'}, "models: training may not include model"),
    ({"models/io/base/a.h": include("models/io/manifest.h")}, "models/io: base may not include ."),
    ({"models/io/base/a.h": include("models/io/architecture/read.h")}, "models/io: base may not include architecture"),
    ({"graph/a.h": include("graph/layers/core/thing.h")}, "graph: . may not include layers"),
    ({"graph/layers/core/a.h": include("graph/layers/merging/b.h")}, "graph/layers: core may not include merging"),
    ({"graph/layers/core/a.h": include("graph/layers/registry.h")}, "graph/layers: core may not include ."),
    ({"graph/layers/operations/math/arithmetic.h": include("graph/layers/merging/b.h")}, None),
    ({"tools/data/a.h": include("tools/graft/b.h")}, "tools: data may not include graft"),
    ({"ops/attic/a.h": HEADER}, "ops/attic is a room without a place in"),
    ({"core/a.h": include("core/b.h"), "core/b.h": HEADER, "core/b.cpp": '#include "graft/core/a.h"\n'},
     "circle of files that include each other: core/a, core/b"),

    # what x.h declares, x.cpp defines
    ({"core/a.cpp": "int f() { return 1; }\n"}, "f is not declared in core/a.h"),
    ({"core/a.h": HEADER + "int g();\n", "core/a.cpp": "int f() { return g(); }\n"}, "f is not declared in core/a.h"),
    ({"core/a.h": HEADER + "struct A {};\n", "core/a.cpp": "A::A() : x{1} {}\nint A::f(int b) const {\n  return b;\n}\n"},
     "A::A is not declared in core/a.h", 2),
    ({"core/a.h": HEADER + "struct A {\n  int f(int b) const;\n};\nint g();\n",
      "core/a.cpp": "namespace {\nint h() { return 1; }\n}\nstatic int k() { return h(); }\n"
                    "int A::f(int b) const {\n  if (b) return k();\n  return b;\n}\nint g() { return 2; }\n"}, None),
    ({"core/a.h": HEADER + "namespace io {\nint f();\n}\n", "core/a.cpp": "int io::f() { return 1; }\n"}, None),
    ({"ops/program/builder.h": HEADER + "/// One.\nint f();\n", "ops/primitives/a.cpp": "int f() { return 1; }\n"}, None),

    # format and size
    ({".clang-format": "BasedOnStyle: LLVM\n", "core/a.cpp": "int  x;\n"}, "not formatted"),
    ({".clang-format": "BasedOnStyle: LLVM\n", "core/a.cpp": "int x;\n"}, None),
    ({f"docs/folder/page{i}.md": "" for i in range(31)}, "31 files; a folder has at most 30"),

    # docstrings
    (public("struct A {};\n"), "A has no docstring"),
    (public("int f(int a,\n      int b);\n"), "f has no docstring"),
    (public("/// Both.\nint f(int a);\nint g();\n\nint h();\n"), "h has no docstring"),
    (public("/// Adds `a` and `gone`.\nint f(int a);\n"), "the comment names `gone`"),
    (public("/// As gone() does.\nint f(int a);\n"), "the comment names gone()"),
    (public("/// See core/gone.h.\nint f(int a);\n"), "the comment names core/gone.h"),
    (public("/// Adds `a`; see core/env.cpp and f().\nint f(int a);\n"), None),
]


def lint(tree):
    with tempfile.TemporaryDirectory() as folder:
        for name, text in tree.items():
            path = pathlib.Path(folder, name)
            path.parent.mkdir(parents=True, exist_ok=True)
            path.write_text(text)
        run = subprocess.run([sys.executable, LINT, "--root", folder], capture_output=True, text=True)
        return run.returncode, run.stdout


failures = 0
status, output = lint(TREE)
if status != 0:
    failures += 1
    print(f"a clean tree was refused:\n{output}")
for change, words, *problems in BROKEN:
    status, output = lint({**TREE, **change})
    expected = 0 if words is None else sum(problems or [1])
    if status != min(expected, 1) or (words or "") not in output or output.count("\n") != 1 + expected:
        failures += 1
        print(f"expected the problem '{words}' for {list(change)}; received ({status})\n{output}")
print(f"{len(BROKEN) + 1 - failures} of {len(BROKEN) + 1} as expected")
sys.exit(1 if failures else 0)
