// A store whose driver fails on demand, for programs that are linked by smsquitto_failing_test.
#ifndef SMSQUITTO_TESTS_UNIT_FAILING_DRIVER_H
#define SMSQUITTO_TESTS_UNIT_FAILING_DRIVER_H

#include "bridge/store/store.h"

// From now on the n-th call (1 = the next one) that begins, steps or commits anything in a file fails with
// that; and with for_good, all behind it.
void failing_driver_begin(enum store_status status, int64_t n, bool for_good);
// All works again. Returns whether one has failed.
bool failing_driver_end(void);

#endif
