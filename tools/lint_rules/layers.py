"""Every layer has a docstring in the fixed form, a test that names it, and a round trip through JSON."""
import re


def documented(tree, layer):
    """Whether its class, the function that makes it (Slice: slice_op) or its family has a comment that describes it."""
    function = re.sub(r"(?<!^)(?=[A-Z])", "_", layer.removesuffix("Layer")).lower()
    for name, text in tree.files.items():
        if not re.match(r"graph/layers/\w+/\w+\.h$", name):
            continue
        if re.search(rf"^///.*\nclass {layer} : public \w*Layer", text, re.M):
            return all(re.search(rf"^///? {line}  ", text, re.M) for line in ("Input", "Output", "Source"))
        if re.search(rf'^///.*\n[\w:]+ {function}(_op)?\(|^///.*"{layer}"', text, re.M | re.I):
            return True
    return False


def check_layers(tree):
    layers = set()
    for name, text in tree.files.items():
        if re.match(r"graph/layers/\w+/\w+\.cpp$", name):
            layers |= set(re.findall(r'layer_class<[^"]*>\("(\w+)"\)', text))
    tests = {n: t for n, t in tree.files.items() if n.startswith("tests/") and n.endswith(".cpp")}
    round_trips = "".join(t for t in tests.values() if re.search(r"round.trip", t))
    for layer in sorted(layers):
        if not documented(tree, layer):
            tree.report("graph/layers", 0, f"{layer} has no /// comment with Input, Output and Source")
        if not any(re.search(rf"\b{layer}\b", t) for t in tests.values()):
            tree.report("tests", 0, f"no test names {layer}")
        if not re.search(rf"\b{layer}\b", round_trips):
            tree.report("tests", 0, f"no test of the JSON round trip names {layer}")


CHECKS = (check_layers,)
