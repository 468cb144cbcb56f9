"""Prints what tools/test says last: the slowest tests, wrong labels, and every test that was skipped.

Usage: report.py BUILD RESULTS, the latter as `ctest --output-junit` writes it. Exit 1 if slow.txt names no test.
"""
import json
import pathlib
import subprocess
import sys
import xml.etree.ElementTree

SLOWEST, FAST_LIMIT = 20, 3.0   # seconds: a fast test takes below one on an idle machine

build, results = sys.argv[1:]
listed = subprocess.run(["ctest", "--test-dir", build, "--show-only=json-v1"], capture_output=True, text=True, check=True)
labels = {test["name"]: [value for entry in test["properties"] if entry["name"] == "LABELS" for value in entry["value"]]
          for test in json.loads(listed.stdout)["tests"]}
cases = list(xml.etree.ElementTree.parse(results).iter("testcase"))
seconds = {case.get("name"): float(case.get("time")) for case in cases if case.get("status") != "notrun"}

print(f"the {SLOWEST} slowest tests:")
for name in sorted(seconds, key=seconds.get, reverse=True)[:SLOWEST]:
    print(f"{seconds[name]:9.2f} s  {name}")
for name, time in seconds.items():
    if labels.get(name) == ["fast"] and time > FAST_LIMIT:
        print(f"labelled fast, took {time:.2f} s: {name} (slow tests are named in tests/slow.txt)")
for name, label in labels.items():
    if len(label) != 1:
        print(f"not labelled fast, slow or sanitize: {name}")
unknown = [name for name in pathlib.Path(__file__).with_name("slow.txt").read_text(encoding="utf-8").splitlines()
           if name not in labels]
for name in unknown:
    print(f"tests/slow.txt names no test: {name}")
for case in cases:
    if case.find("skipped") is not None:
        print(f"skipped: {case.get('name')}")
sys.exit(1 if unknown else 0)
