"""Every fault that scripts/prove injects, once and short. SMSQUITTO_PROOF_SEED plays one again.

They mostly wait, so some run at a time, each in a world and a process of its own."""
import concurrent.futures
import os
import random

import pytest

from faults import FAULTS

SEED = int(os.environ.get("SMSQUITTO_PROOF_SEED") or random.SystemRandom().randrange(1 << 32))
AT_A_TIME = 3


def run(name):
    fault = next(fault for fault in FAULTS if fault.name == name)
    return fault.run(random.Random(SEED), **fault.short)


@pytest.fixture(scope="module")
def begun():
    """What each fault will have counted, or why it is not tried, by name."""
    with concurrent.futures.ProcessPoolExecutor(AT_A_TIME) as pool:
        yield {fault.name: fault.why_not() or pool.submit(run, fault.name) for fault in FAULTS}


@pytest.mark.parametrize("name", [fault.name for fault in FAULTS])
def test_promises_hold(begun, name):
    if isinstance(begun[name], str):
        pytest.skip(begun[name])
    print(f"\nSMSQUITTO_PROOF_SEED={SEED} {name}: {begun[name].result()}")
