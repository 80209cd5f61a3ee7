"""The test's side of the preloaded shim (shim.c): a disk that fails, a wall clock that is stepped and a name that takes
long to resolve, on demand.

    shim = Shim(folder / "control", files=folder / "smsquitto.db")
    world.bridge.environment = shim.environment()
    shim.set(write_errno=errno.ENOSPC)
    shim.clear()
"""
import mmap
import struct

from broker import BUILD, sanitizer_environment

FIELDS = ["write_errno", "sync_errno", "read_errno", "open_errno", "write_bytes_left", "clock_offset_ms", "failures",
          "resolve_ms"]


class Shim:
    def __init__(self, path, files=""):
        self.path, self.files = path, files
        path.write_bytes(bytes(8 * len(FIELDS)))
        with open(path, "r+b") as file:
            self._memory = mmap.mmap(file.fileno(), 8 * len(FIELDS))

    def environment(self):
        """What a program needs in order to run under it."""
        sanitizer = sanitizer_environment()
        preload = [*sanitizer.get("LD_PRELOAD", "").split(), str(BUILD / "tests/system/libsystem_shim.so")]
        return {**sanitizer, "LD_PRELOAD": " ".join(preload), "SHIM_CONTROL": str(self.path), "SHIM_FILES": str(self.files)}

    def set(self, **values):
        for name, value in values.items():
            struct.pack_into("=q", self._memory, 8 * FIELDS.index(name), value)

    def get(self, name):
        return struct.unpack_from("=q", self._memory, 8 * FIELDS.index(name))[0]

    def clear(self):
        """The disk works again. The clock stays as it is."""
        self.set(write_errno=0, sync_errno=0, read_errno=0, open_errno=0, write_bytes_left=0)
