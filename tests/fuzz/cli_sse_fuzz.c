// Event streams: in one piece or byte by byte, the same events come out, within their limits.
#include "admin-cli/sse.h"

#include <stdint.h>
#include <stdlib.h>
#include <string.h>

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

// A running sum over everything that came out.
static bool on_event(void *context, const struct sse_event *event)
{
    uint64_t *sum = context;
    const char *const texts[] = {event->id, event->type, event->data};
    if (strlen(event->id) >= SSE_ID_SIZE || strlen(event->type) >= SSE_TYPE_SIZE || event->type[0] == '\0' ||
        strlen(event->data) > SSE_DATA_MAX_BYTES)
        abort();
    for (size_t i = 0; i < sizeof texts / sizeof *texts; i++) {
        for (const char *at = texts[i]; *at; at++)
            *sum = *sum * 31 + (unsigned char)*at;
        *sum = *sum * 31 + 256;
    }
    return true;
}

static bool feed(const char *data, size_t size, size_t piece, uint64_t *sum)
{
    struct sse *sse = sse_new(on_event, sum);
    bool taken = sse != NULL;
    for (size_t at = 0; taken && at < size; at += piece)
        taken = sse_feed(sse, data + at, size - at < piece ? size - at : piece);
    sse_free(sse);
    return taken;
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    uint64_t whole = 0, bytes = 0;
    bool taken = feed((const char *)data, size, size > 0 ? size : 1, &whole);
    if (feed((const char *)data, size, 1, &bytes) != taken || whole != bytes)
        abort();
    return 0;
}
