"""Every fault that scripts/prove injects, once and short. SMSQUITTO_PROOF_SEED plays one again."""
import os
import random

import pytest

import proof_crash
from faults import FAULTS

SEED = int(os.environ.get("SMSQUITTO_PROOF_SEED") or random.SystemRandom().randrange(1 << 32))


@pytest.mark.parametrize("fault", FAULTS, ids=lambda fault: fault.name)
def test_promises_hold(fault):
    if fault.needs_crash_points and not proof_crash.compiled_in():
        pytest.skip("this build has no crash points (presets debug, asan and tsan have them)")
    print(f"\nSMSQUITTO_PROOF_SEED={SEED}")
    print(fault.name, fault.run(random.Random(SEED), **fault.short))
