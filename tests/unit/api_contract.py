"""Holds each REST contract, its route table and its guide against each other: they name the same methods and paths."""
import pathlib
import re
import sys

import yaml

ROOT = pathlib.Path(__file__).resolve().parents[2]
METHODS = ("get", "post", "patch", "delete", "put")
CONTRACTS = (
    ("schemas/openapi.yaml", "bridge/api/routes.c", "docs/api.md"),
    ("schemas/twilio.yaml", "bridge/twilio/routes.c", "docs/twilio.md"),
)


def check(contract, routes, guide):
    """What is wrong, as lines, and how many operations there are."""
    paths = yaml.safe_load((ROOT / contract).read_text())["paths"]
    promised = {(method.upper(), re.sub(r"\{[^}]*\}(\.json)?(?=/|$)", "*", path))
                for path, item in paths.items() for method in item if method in METHODS}
    served = set(re.findall(r'\{"([A-Z]+)",\s*"([^"]+)"', (ROOT / routes).read_text()))
    text = (ROOT / guide).read_text()
    wrong = [f"{method} {path} is served, but not in {contract}" for method, path in sorted(served - promised)]
    wrong += [f"{method} {path} is in {contract}, but not served" for method, path in sorted(promised - served)]
    wrong += [f"{path} is not in {guide}" for path in paths if path not in text]
    return wrong, len(promised)


def main():
    found = [check(*contract) for contract in CONTRACTS]
    wrong = [line for lines, _ in found for line in lines]
    print("\n".join(wrong) or f"{sum(count for _, count in found)} operations agree")
    return bool(wrong) or not all(count for _, count in found)


if __name__ == "__main__":
    sys.exit(main())
