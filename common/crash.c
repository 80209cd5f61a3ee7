// Ends the program where a test wants it.
#include "common/crash.h"

#include "common/parse.h"

#include <signal.h>
#include <stdatomic.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

void crash_point(const char *name)
{
    static atomic_llong passes;
    const char *wish = getenv("SMSQUITTO_CRASH_AT");
    size_t length = strlen(name);
    int64_t wanted;
    if (wish == NULL || strncmp(wish, name, length) != 0 || wish[length] != ':' ||
        !parse_int(&wanted, wish + length + 1, strlen(wish + length + 1), 1, INT64_MAX))
        return;
    if (atomic_fetch_add(&passes, 1) + 1 == wanted)
        kill(getpid(), SIGKILL);
}
