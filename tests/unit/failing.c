// The linker sends our allocations here (--wrap), jansson and SQLite are told to come.
#include "tests/unit/failing.h"

#include <errno.h>
#include <jansson.h>
#include <limits.h>
#include <sqlite3.h>
#include <stdarg.h>
#include <stdatomic.h>
#include <stdio.h>
#include <stdlib.h>

static atomic_uint counted;
static _Atomic int64_t left;
static atomic_bool stays, has_failed;
static _Thread_local bool exempt;
static sqlite3_mem_methods sqlite_real;

void failing_begin(unsigned of, int64_t n, bool for_good)
{
    left = n;
    stays = for_good;
    has_failed = false;
    counted = of;
}

bool failing_end(void)
{
    counted = 0;
    return has_failed;
}

void failing_exempt_thread(void)
{
    exempt = true;
}

static bool fails(enum failing whose)
{
    if ((counted & (unsigned)whose) == 0 || exempt)
        return false;
    int64_t before = atomic_fetch_sub(&left, 1);
    if (before > 1 || (before < 1 && !stays))
        return false;
    has_failed = true;
    errno = ENOMEM;
    return true;
}

// The names are the linker's. NOLINTBEGIN(bugprone-reserved-identifier)
#define WRAP(type, name, parameters, arguments, otherwise)                                                   \
    type __real_##name parameters;                                                                           \
    type __wrap_##name parameters;                                                                           \
    type __wrap_##name parameters                                                                            \
    {                                                                                                        \
        return fails(FAILING_OURS) ? (otherwise) : __real_##name arguments;                                  \
    }

WRAP(void *, malloc, (size_t size), (size), NULL)
WRAP(void *, calloc, (size_t count, size_t size), (count, size), NULL)
WRAP(void *, realloc, (void *old, size_t size), (old, size), NULL)
WRAP(char *, strdup, (const char *text), (text), NULL)
WRAP(char *, strndup, (const char *text, size_t length), (text, length), NULL)
WRAP(FILE *, open_memstream, (char **text, size_t *length), (text, length), NULL)

int __wrap_asprintf(char **out, const char *format, ...) __attribute__((format(printf, 2, 3)));

int __wrap_asprintf(char **out, const char *format, ...)
{
    va_list list;
    if (fails(FAILING_OURS))
        return -1;
    va_start(list, format);
    int length = vasprintf(out, format, list);
    va_end(list);
    return length;
}
// NOLINTEND(bugprone-reserved-identifier)

static void *json_malloc(size_t size)
{
    return fails(FAILING_JSON) ? NULL : __real_malloc(size);
}

static void *sqlite_malloc(int size)
{
    return fails(FAILING_SQLITE) ? NULL : sqlite_real.xMalloc(size);
}

static void *sqlite_realloc(void *old, int size)
{
    return fails(FAILING_SQLITE) ? NULL : sqlite_real.xRealloc(old, size);
}

void failing_install(void)
{
    json_set_alloc_funcs(json_malloc, free);
    sqlite3_config(SQLITE_CONFIG_GETMALLOC, &sqlite_real);
    sqlite3_mem_methods ours = sqlite_real;
    ours.xMalloc = sqlite_malloc;
    ours.xRealloc = sqlite_realloc;
    sqlite3_config(SQLITE_CONFIG_MALLOC, &ours);
}
