"""Writes a CTest file with one test for every test case of a doctest binary, labelled fast or slow (slow.txt).

Usage: discover.py BINARY PREFIX OUTPUT ENVIRONMENT. (doctest's own CMake function stumbles over brackets in names.)
"""
import pathlib
import subprocess
import sys

binary, prefix, output, environment = sys.argv[1:]
slow = pathlib.Path(__file__).with_name("slow.txt").read_text(encoding="utf-8").splitlines()


def names(*options):
    out = subprocess.run([binary, "--list-test-cases", *options], capture_output=True, text=True, check=True).stdout
    return [line for line in out.splitlines() if not line.startswith(("[doctest]", "====="))]


runnable = set(names())  # here: the others want a CPU that can do more


def quoted(text):
    return f"[==[{text}]==]"


lines = []
for name in dict.fromkeys(names("--no-skip")):
    pattern = name.replace("\\", "\\\\").replace(",", "\\,")
    test = quoted(prefix + name)
    lines.append(f"add_test({test} {quoted(binary)} {quoted('--test-case=' + pattern)})")
    # A filter that finds nothing succeeds in doctest; here it must not.
    when_empty = "FAIL" if name in runnable else "SKIP"
    # A slow test has both processors: it computes on both, and oneDNN's threads wait for each other by spinning.
    label, processors = ("slow", 2) if prefix + name in slow else ("fast", 1)
    lines.append(f"set_tests_properties({test} PROPERTIES ENVIRONMENT {quoted(environment)} TIMEOUT 300 LABELS {label} "
                 f"PROCESSORS {processors} {when_empty}_REGULAR_EXPRESSION [==[test cases: +0 ]==])")
pathlib.Path(output).write_text("\n".join(lines) + "\n")
