"""Breaks one rule at a time in a small tree, and expects tools/lint to name it."""
import pathlib
import subprocess
import sys
import tempfile

LINT = pathlib.Path(sys.argv[1])
HEADER = "#pragma once\n"
LAYER = ('std::vector<LayerClass> tables() { return {layer_class<ThingImpl>("Thing")}; }\n')
DOCS = "/// A thing.\n///\n/// Input    any\n/// Output   any\n/// Source   none\nclass Thing : public Layer {};\n"
TREE = {
    "graph/layers/thing.cpp": LAYER,
    "graph/layers/thing.h": HEADER + DOCS,
    "tests/graph/thing_test.cpp": "// round trip: Thing\n",
    "core/env.cpp": '{"GRAFT_X", "0", "an effect"},\n',
    "docs/env_vars.md": "| `GRAFT_X` | 0 | an effect |\n",
    "docs/examples/a.cpp": "int main() {\n  return 0;\n}\n",
    "docs/page.md": "[flags](env_vars.md)\n\n```cpp\nreturn 0;\n```\n",
}
BROKEN = [   # a change of the tree, what must be said of it, and in how many problems (one)
    ({"core/a.h": HEADER + '#include "graft/ops/b.h"\n'}, "core may not include ops"),
    ({"graph/a.h": HEADER + '#include "graft/models/b.h"\n'}, "graph may not include models"),
    ({"graph/a.h": HEADER + '#include "layer.h"\n'}, "includes are written"),
    ({"graph/a.cpp": "#include <dnnl.hpp>\n"}, "oneDNN's header"),
    ({"models/a.cpp": "#include <nlohmann/json.hpp>\n"}, "nlohmann's header"),
    ({"models/graft.h": HEADER + '#include "graft/ops/b.h"\n', "ops/b.h": HEADER + "#include <dnnl.hpp>\n"},
     "a header that users include"),
    ({"core/a.cpp": "int x;\n" * 401}, "at most 400"),
    ({"core/a.cpp": "//" + "x" * 140 + "\n"}, "columns"),
    ({"core/a.h": "int x;\n"}, "#pragma once"),
    ({"core/a.cpp": "int x;"}, "does not end"),
    ({"core/a.cpp": "int x; \n"}, "spaces at the end"),
    ({"core/a.cpp": "// TO" + "DO\n"}, "unfinished"),
    ({"core/a.cpp": '"/ho' + 'me/someone/file"\n'}, "one machine"),
    ({"graph/layers/thing.h": HEADER + DOCS.replace("Output", "Result")}, "Thing has no /// comment"),
    ({"graph/layers/thing.h": HEADER + "class Thing : public Layer {};\n"}, "Thing has no /// comment"),
    ({"tests/graph/thing_test.cpp": "// round trip\n"}, "no test names Thing", 2),
    ({"tests/graph/thing_test.cpp": "// Thing\n"}, "round trip names Thing"),
    ({"docs/env_vars.md": "| `GRAFT_X` | 1 | an effect |\n"}, "expected the row"),
    ({"docs/env_vars.md": TREE["docs/env_vars.md"] + "| `GRAFT_Y` | 1 | none |\n"}, "GRAFT_Y is not in"),
    ({"ops/a.cpp": 'getenv("HOME");\n'}, "environment variables are read"),
    ({"docs/page.md": "```cpp\nreturn 1;\n```\n"}, "in no compiled file"),
    ({"docs/page.md": "[x](gone.md)\n"}, "leads nowhere"),
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
    if status != 1 or words not in output or output.count("\n") != 1 + sum(problems or [1]):
        failures += 1
        print(f"expected the problem '{words}' for {list(change)}; received ({status})\n{output}")
print(f"{len(BROKEN) + 1 - failures} of {len(BROKEN) + 1} as expected")
sys.exit(1 if failures else 0)
