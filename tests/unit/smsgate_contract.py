"""Holds the tables of SMSGate's paths and docs/smsgate.md against each other: every path that is served is described."""
import pathlib
import re
import sys

ROOT = pathlib.Path(__file__).resolve().parents[2]
BASES = {"BASE": "/3rdparty/v1", "PHONE_BASE": "/mobile/v1"}


def served():
    """(table, path below its base) of each route."""
    for name in ("routes.c", "phone_routes.c"):
        text = (ROOT / "bridge/smsgate" / name).read_text()
        for path in re.findall(r'"(?:GET|POST|PUT|PATCH|DELETE)",\s*(?:BASE|PHONE_BASE)?\s*"([^"]+)"', text):
            yield name, path


def main():
    guide = (ROOT / "docs/smsgate.md").read_text()
    apps, phones = guide.split("\n# Phones\n")
    described = {"routes.c": apps, "phone_routes.c": phones}
    described = {name: {re.sub(r"\{[a-z]+\}", "*", path) for path in re.findall(r"(/[a-z/{}]*)[`,]", text)}
                 for name, text in described.items()}
    paths = sorted(set(served()))
    wrong = [f"{path} is served ({name}), but not in docs/smsgate.md" for name, path in paths
             if path not in described[name] and path.replace("/message", "/messages", 1) not in described[name]]
    print("\n".join(wrong) or f"{len(paths)} paths are described")
    return bool(wrong) or not paths


if __name__ == "__main__":
    sys.exit(main())
