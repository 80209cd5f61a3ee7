"""Whether programs and libraries are built so that a bug is harder to use: position independent, nothing writable that is
executable, the linker's tables read-only, stack protected; with --fortify checked copies too.

    hardening.py [--fortify] FILE...
"""
import subprocess
import sys


def readelf(*arguments):
    return subprocess.run(["readelf", "-W", *arguments], check=True, capture_output=True, text=True).stdout


def missing(path, fortify):
    """What the file lacks, in words."""
    head, segments, dynamic, symbols = readelf("-h", path), readelf("-l", path), readelf("-d", path), readelf("-s", path)
    stack = next(line for line in segments.splitlines() if "GNU_STACK" in line)
    loaded = [line.split()[6:-1] for line in segments.splitlines() if line.split()[:1] == ["LOAD"]]
    checks = {
        "position independence": "DYN" in head,
        "a stack that is not executable": "RWE" not in stack,
        "segments that are either writable or executable": not any({"W", "E"} <= set("".join(flags)) for flags in loaded),
        "tables that are read-only after the start": "GNU_RELRO" in segments and ("BIND_NOW" in dynamic or "NOW" in dynamic),
        "a protected stack": "__stack_chk_fail" in symbols,
        "checked copies": not fortify or any(name in symbols for name in ("__snprintf_chk", "__memcpy_chk",
                                                                          "__vsnprintf_chk", "__fprintf_chk")),
        "no search path of libraries": "RUNPATH" not in dynamic and "RPATH" not in dynamic,
    }
    return [name for name, found in checks.items() if not found]


def main(arguments):
    fortify = "--fortify" in arguments
    lacks = {path: found for path in arguments if not path.startswith("--") and (found := missing(path, fortify))}
    for path, found in lacks.items():
        print(f"{path} lacks: {', '.join(found)}")
    return 1 if lacks else 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
