"""Where a test's bridge keeps what it has: a file, or, with SMSQUITTO_TEST_POSTGRES (scripts/with-postgres), a schema of
its own on that server."""
import contextlib
import csv
import os
import sqlite3
import subprocess

import pytest

SERVER = os.environ.get("SMSQUITTO_TEST_POSTGRES")
DEADLINE = 60.0


def sqlite_only(why):
    """Marks tests, or as pytestmark a file of them, that are about SQLite's files; why is printed when they do not run."""
    return pytest.mark.skipif(bool(SERVER), reason=f"SQLite only: {why}")


class Store:
    """Attributes: settings (of the bridge), path (SQLite's file), server, url and schema (PostgreSQL's)."""

    def __init__(self, folder):
        self.path = folder / "smsquitto.db"
        self.server = SERVER
        self.settings = {("store", "path"): self.path}
        if self.server:
            self.schema = "w" + folder.name.encode().hex()
            self._psql(self.server, f"CREATE SCHEMA {self.schema}")
            self.url = f"{self.server}&application_name={self.schema}&options=-csearch_path%3D{self.schema}"
            self.settings[("store", "url")] = self.url

    def sql(self, text):
        """Runs one statement, written for both, beside the bridge; returns its rows, of numbers and texts."""
        if self.server:
            return self._psql(self.url, text)
        with contextlib.closing(sqlite3.connect(self.path, timeout=10)) as db, db:
            return db.execute(text).fetchall()

    def counts(self, tables):
        """How many rows each of the tables has."""
        row, = self.sql("SELECT " + ", ".join(f"(SELECT COUNT(*) FROM {table})" for table in tables))
        return dict(zip(tables, row))

    @contextlib.contextmanager
    def locked(self):
        """Another program keeps the store for itself: it can be read, and not be written."""
        if self.server:
            with self._psql_that_locks():
                yield
            return
        with contextlib.closing(sqlite3.connect(self.path, timeout=DEADLINE, isolation_level=None)) as other:
            other.execute("BEGIN IMMEDIATE")
            yield
            other.execute("ROLLBACK")

    @contextlib.contextmanager
    def _psql_that_locks(self):
        """Keeps every table that a message is written into, from its first answer to the end of its input."""
        with subprocess.Popen(["psql", "-X", "-q", "-t", "-A", "-v", "ON_ERROR_STOP=1", self.url], text=True,
                              stdin=subprocess.PIPE, stdout=subprocess.PIPE) as other:
            other.stdin.write("BEGIN; LOCK TABLE message, event IN EXCLUSIVE MODE; SELECT 'locked';\n")
            other.stdin.flush()
            assert other.stdout.readline() == "locked\n"
            yield
            other.stdin.close()
            assert other.wait(DEADLINE) == 0

    def close(self):
        """Deletes the schema; the file goes with its folder."""
        if self.server:
            self._psql(self.server, f"DROP SCHEMA {self.schema} CASCADE")

    @staticmethod
    def _psql(url, text):
        done = subprocess.run(["psql", "-X", "-q", "--csv", "-t", "-v", "ON_ERROR_STOP=1", url, "-c", text],
                              capture_output=True, text=True, timeout=DEADLINE)
        assert done.returncode == 0, done.stderr
        return [tuple(int(cell) if cell.lstrip("-").isdigit() else cell for cell in row)
                for row in csv.reader(done.stdout.splitlines())]
