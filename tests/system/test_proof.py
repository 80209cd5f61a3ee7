"""Every fault that scripts/prove injects, once and short. SMSQUITTO_PROOF_SEED plays one again.

They mostly wait, so some run at a time, each in a world and a process of its own."""
import concurrent.futures
import os
import random

import pytest

import proof_crash
from faults import FAULTS
from store import SERVER

SEED = int(os.environ.get("SMSQUITTO_PROOF_SEED") or random.SystemRandom().randrange(1 << 32))
AT_A_TIME = 3


def run(name):
    fault = next(fault for fault in FAULTS if fault.name == name)
    return fault.run(random.Random(SEED), **fault.short)


@pytest.fixture(scope="module")
def begun():
    """What each fault will have counted, by name."""
    with concurrent.futures.ProcessPoolExecutor(AT_A_TIME) as pool:
        yield {fault.name: pool.submit(run, fault.name) for fault in FAULTS
               if (proof_crash.compiled_in() or not fault.needs_crash_points) and not (SERVER and fault.sqlite_only)}


@pytest.mark.parametrize("name", [fault.name for fault in FAULTS])
def test_promises_hold(begun, name):
    why = next(fault.sqlite_only for fault in FAULTS if fault.name == name)
    if SERVER and why:
        pytest.skip(f"SQLite only: {why}")
    if name not in begun:
        pytest.skip("this build has no crash points (presets debug, asan and tsan have them)")
    print(f"\nSMSQUITTO_PROOF_SEED={SEED} {name}: {begun[name].result()}")
