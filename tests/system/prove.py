"""The long form of the proof: runs the faults with seeds and writes the page with what was counted (scripts/prove)."""
import argparse
import collections
import concurrent.futures
import datetime
import json
import os
import pathlib
import random
import re
import sqlite3
import subprocess
import sys
import time

from broker import BUILD, MOSQUITTO, ROOT
from faults import FAULTS, PROMISES

HEAD = """# What was broken on purpose, and what came of it

`scripts/prove` writes this page. Each fault is injected while texts are sent; afterwards what REST accepted, what the
simulated radios sent and how every message ended are held against each other (`tests/system/reconcile.py`). A run in
which one accepted text is lost, one is on the air twice at QoS 0 or 2, a state falls back, or an end is not told, fails.
`tests/system/test_proof.py` does the same in small at every test run.

"""

CELL_MAX = 120  # of a broken promise the beginning


def options():
    parser = argparse.ArgumentParser(prog="scripts/prove", description=__doc__)
    parser.add_argument("fault", nargs="*", help="only these (all)")
    parser.add_argument("-s", "--seed", type=int, action="append", help="of the random numbers; several for several runs")
    parser.add_argument("-r", "--rounds", type=int, help="instead of each fault's own number")
    parser.add_argument("-o", "--out", type=pathlib.Path, default=ROOT / "docs/proof.md", help="the page (docs/proof.md)")
    parser.add_argument("-j", "--jobs", type=int, default=1, help="faults at a time (1)")
    parser.add_argument("-k", "--keep", type=pathlib.Path, metavar="FILE", help="keep the figures there, and show those that "
                        "are there already: so faults can be run one after the other")
    parser.add_argument("--list", action="store_true", help="show the faults")
    wanted = parser.parse_args()
    unknown = set(wanted.fault) - {fault.name for fault in FAULTS}
    if unknown:
        parser.error(f"no such fault: {', '.join(sorted(unknown))}")
    return wanted


def first_line(*command):
    return subprocess.run([str(word) for word in command], capture_output=True, text=True).stdout.splitlines()[0]


def versions():
    """What was tested, without saying where."""
    commit = subprocess.run(["git", "-C", ROOT, "describe", "--always", "--dirty"], capture_output=True, text=True)
    debian = re.search(r'PRETTY_NAME="(.*)"', pathlib.Path("/etc/os-release").read_text())[1]
    return [first_line(BUILD / "bridge/smsquitto-bridge", "--version") + f" at {commit.stdout.strip() or 'no commit'}",
            first_line(MOSQUITTO, "-h"), f"SQLite {sqlite3.sqlite_version}", f"{debian}, Linux {os.uname().release.split('-')[0]}"]


def run(name, seed, rounds):
    """Returns the figures, or the sentence of the promise that broke."""
    fault = next(fault for fault in FAULTS if fault.name == name)
    size = dict(fault.long)
    if rounds is not None and "rounds" in size:
        size["rounds"] = rounds
    begin = time.monotonic()
    try:
        figures = fault.run(random.Random(seed), **size)
    except AssertionError as broken:
        figures = {"BROKEN": str(broken)}
    figures["seconds"] = round(time.monotonic() - begin)
    print(f"{name} seed {seed}: " + ", ".join(f"{what} {figure}" for what, figure in figures.items()), flush=True)
    return figures


def section(fault, runs):
    """One fault: its figures as rows, a column a seed."""
    names = collections.ChainMap(*reversed([figures for _, figures in runs]))
    lines = [f"## {fault.name}: {fault.promises}", "", fault.what, "",
             "| | " + " | ".join(f"seed {seed}" for seed, _ in runs) + " |", "|---|" + "--:|" * len(runs)]
    for name in names:
        cells = [str(figures.get(name, ""))[:CELL_MAX].replace("|", "/").replace("\n", "; ") for _, figures in runs]
        lines.append(f"| {name} | " + " | ".join(cells) + " |")
    return "\n".join(lines) + "\n"


def page(results, tested):
    total = collections.Counter()
    for _, runs in results:
        for _, figures in runs:
            total.update({name: figures[name] for name in ("accepted", "on the air", "unknown") if name in figures})
            total["broken"] += "BROKEN" in figures
            total["runs"] += 1
    today = datetime.datetime.now(datetime.timezone.utc).strftime("%Y-%m-%d")
    tested = "\n".join(f"- {line}" for line in tested)
    promises = "\n".join(f"| {name} | {words} |" for name, words in PROMISES.items())
    return (f"{HEAD}| | what we promise |\n|---|---|\n{promises}\n\nRun on {today} with\n\n{tested}\n\n**{total['runs']} runs of {len(results)} faults: {total['accepted']} texts "
            f"accepted, {total['unknown']} of them ended as `unknown`, {total['broken']} broken promises.**\n\n" +
            "\n".join(section(fault, runs) for fault, runs in results))


def main():
    wanted = options()
    if wanted.list:
        for fault in FAULTS:
            print(f"{fault.name:16} {fault.what} ({fault.promises})")
        return 0
    faults = [fault for fault in FAULTS if not wanted.fault or fault.name in wanted.fault]
    for fault, why in [(fault, fault.why_not()) for fault in faults]:
        if why:
            print(f"{fault.name} is not tried: {why}")
            faults.remove(fault)
    seeds = wanted.seed or [random.SystemRandom().randrange(1 << 32)]
    tested = versions()
    known = json.loads(wanted.keep.read_text()) if wanted.keep and wanted.keep.exists() else {}
    with concurrent.futures.ProcessPoolExecutor(wanted.jobs) as pool:
        begun = {(fault.name, seed): pool.submit(run, fault.name, seed, wanted.rounds) for fault in faults for seed in seeds}
        for (name, seed), figures in begun.items():
            known.setdefault(name, {})[str(seed)] = figures.result()
    if wanted.keep:
        wanted.keep.write_text(json.dumps(known, indent=1))
    results = [(fault, list(known[fault.name].items())) for fault in FAULTS if fault.name in known]
    wanted.out.write_text(page(results, tested))
    return int(any("BROKEN" in figures for _, runs in results for _, figures in runs))


if __name__ == "__main__":
    sys.exit(main())
