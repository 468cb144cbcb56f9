"""What a server of a peer does around its work: questions come in by lines of JSON, answers go out."""
import json
import sys


def serve(version, make_server, before_each=lambda: None):
    """Prints the peer's version, then answers each question by the method that it names in "do"."""
    print(json.dumps({"version": version}), flush=True)
    server = make_server()
    for line in sys.stdin:
        question = json.loads(line)
        before_each()
        try:
            answer = getattr(server, question["do"])(question)
        except Exception as error:  # bench.py reports what a peer cannot do
            answer = {"error": f"{type(error).__name__}: {error}"}
        print(json.dumps(answer), flush=True)
