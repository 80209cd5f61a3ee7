"""An app in node that is asked with one line of JSON, and answers with one."""
import json
import os
import pathlib
import subprocess

DEADLINE = 60.0


class NodeApp:
    """script: its file in this folder, which lies beside the packages while the tests run."""

    def __init__(self, script, *arguments):
        command = ["node", pathlib.Path(os.environ["SMSQUITTO_CLIENTS"]) / script, *arguments]
        self.process = subprocess.Popen(command, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True)

    def __enter__(self):
        return self

    def __exit__(self, *_):
        self.process.stdin.close()
        self.process.stdout.close()
        assert self.process.wait(DEADLINE) == 0

    def ask(self, *words):
        self.process.stdin.write(json.dumps(words) + "\n")
        self.process.stdin.flush()
        return json.loads(self.process.stdout.readline())

    def value(self, *words):
        said = self.ask(*words)
        assert "value" in said, said
        return said["value"]
