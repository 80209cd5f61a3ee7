"""Holds the REST contract, the route table and the guide against each other: each names the same methods and paths."""
import pathlib
import re
import sys

import yaml

ROOT = pathlib.Path(__file__).resolve().parents[2]
METHODS = ("get", "post", "patch", "delete", "put")


def main():
    contract = yaml.safe_load((ROOT / "schemas/openapi.yaml").read_text())["paths"]
    promised = {(method.upper(), re.sub(r"\{[^}]*\}", "*", path))
                for path, item in contract.items() for method in item if method in METHODS}
    served = set(re.findall(r'\{"([A-Z]+)", "([^"]+)"', (ROOT / "bridge/api/routes.c").read_text()))
    guide = (ROOT / "docs/api.md").read_text()
    wrong = [f"{method} {path} is served, but not in openapi.yaml" for method, path in sorted(served - promised)]
    wrong += [f"{method} {path} is in openapi.yaml, but not served" for method, path in sorted(promised - served)]
    wrong += [f"{path} is not in docs/api.md" for path in contract if path not in guide]
    print("\n".join(wrong) or f"{len(promised)} operations agree")
    return bool(wrong) or not promised


if __name__ == "__main__":
    sys.exit(main())
