// Memory that runs out on demand, for programs that are linked by smsquitto_failing_test.
//
// What our own code allocates can fail, what jansson does for it, and SQLite's; other libraries have what
// they want.
#ifndef SMSQUITTO_TESTS_UNIT_FAILING_H
#define SMSQUITTO_TESTS_UNIT_FAILING_H

#include <stdbool.h>
#include <stdint.h>

enum failing { FAILING_OURS = 1, FAILING_JSON = 2, FAILING_SQLITE = 4 };

// Before anything else: puts itself below jansson and SQLite.
void failing_install(void);

// From now on the n-th allocation (1 = the next one) of these (bits of enum failing) fails, in any thread
// that is not exempt; and with for_good, all behind it.
void failing_begin(unsigned of, int64_t n, bool for_good);
// All works again. Returns whether one has failed.
bool failing_end(void);

// Allocations of this thread do not count and never fail.
void failing_exempt_thread(void);

#endif
