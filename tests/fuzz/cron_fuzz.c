// Recurring times: what is taken comes after the instant asked for, on a minute that its fields name, and
// does not stand still. The input is a zone, a line end, and the text.
#include "common/cron.h"

#include <stdlib.h>
#include <string.h>

enum { ROUNDS = 20 };

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static void check_times(const struct cron *cron, const char *zone)
{
    int64_t at = 1700000000000;
    for (int i = 0; i < ROUNDS; i++) {
        struct zone_local local;
        int64_t next = cron_next(cron, zone, at);
        if (next == 0)
            return;
        if (next <= at || !zone_to_local(&local, zone, next))
            abort();
        if ((cron->months >> local.month & 1) == 0)
            abort();
        at = next;
    }
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    struct cron cron;
    const char *why = NULL;
    char *text = malloc(size + 1), *end;
    if (text == NULL)
        return 0;
    memcpy(text, data, size);
    text[size] = '\0';
    end = strchr(text, '\n');
    if (end != NULL) {
        *end = '\0';
        if (cron_parse(&cron, end + 1, &why))
            check_times(&cron, zone_known(text) ? text : "Europe/Berlin");
        else if (why == NULL || why[0] == '\0')
            abort();
    }
    free(text);
    return 0;
}
