"""Rules for the text of a file: its size, its format, and what it may not contain."""
import collections
import re
import shutil
import subprocess

FILE_CAP, TABLE_CAP, LINE_CAP, FOLDER_CAP = 400, 600, 130, 30
TABLES = set()          # data tables, which may have TABLE_CAP lines
LARGE_FOLDERS = set()   # folders of one file per row of a table, which may have more than FOLDER_CAP files
FORMATTER = "clang-format-19"
UNFINISHED = re.compile(r"\b(TO" r"DO|FIX" r"ME|X" r"XX|for n" r"ow)\b", re.I)
BROKEN_HEADING = re.compile(r"\s*// -{20,}")
MACHINE = re.compile(r"(?<![\w.$}])/(work|home|root|tmp|mnt)/|registry\.\w+\.(org|com)|localhost:\d")


def check_text(tree):
    for name, text in tree.files.items():
        if name == "LICENSE":
            continue
        if text and not text.endswith("\n"):
            tree.report(name, text.count("\n") + 1, "the last line does not end")
        for number, line in enumerate(text.splitlines(), 1):
            if UNFINISHED.search(line):
                tree.report(name, number, "unfinished work: finish it or leave it out")
            if MACHINE.search(line):
                tree.report(name, number, "a path or host of one machine")
            if line != line.rstrip() or "\t" in line:
                tree.report(name, number, "a tab, or spaces at the end")


def check_sizes(tree):
    for name, text in tree.sources().items():
        lines, cap = text.splitlines(), TABLE_CAP if name in TABLES else FILE_CAP
        if len(lines) > cap:
            tree.report(name, 0, f"{len(lines)} lines; a file has at most {cap}")
        for number, line in enumerate(lines, 1):
            if len(line) > LINE_CAP:
                tree.report(name, number, f"{len(line)} columns; a line has at most {LINE_CAP}")
            if BROKEN_HEADING.fullmatch(line):
                tree.report(name, number, "a heading that the formatter broke; it and its dashes stand on one line")
        if name.endswith(".h") and not text.startswith("#pragma once\n"):
            tree.report(name, 1, "a header begins with #pragma once")


def check_folders(tree):
    files = collections.Counter(name.rpartition("/")[0] for name in tree.files if "/" in name)
    for folder, count in files.items():
        if count > FOLDER_CAP and folder not in LARGE_FOLDERS:
            tree.report(folder, 0, f"{count} files; a folder has at most {FOLDER_CAP}")


def check_format(tree):
    """Every source file is as clang-format writes it, where the tree has a .clang-format."""
    if not (tree.root / ".clang-format").exists():
        return
    if not shutil.which(FORMATTER):
        tree.report(".clang-format", 0, f"{FORMATTER} is missing; `tools/setup test` installs it")
        return
    command = [FORMATTER, "--style=file", "--dry-run", *tree.sources()]
    run = subprocess.run(command, cwd=tree.root, capture_output=True, text=True)
    first = {}
    for found in re.finditer(r"^([^\s:]+):(\d+):\d+: warning: code should be clang-formatted", run.stderr, re.M):
        first.setdefault(found[1], found[2])
    for name, line in first.items():
        tree.report(name, line, f"not formatted; `{FORMATTER} -i {name}` formats it")


CHECKS = (check_text, check_sizes, check_folders, check_format)
