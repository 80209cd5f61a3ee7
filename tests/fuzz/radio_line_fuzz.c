// Lines of radios: any program may write them; what is taken is within the limits of the protocol that it
// goes on with.
#include "device/radio_line.h"

#include "common/parse.h"

#include <stdlib.h>
#include <string.h>

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static void check_text(const char *text, size_t max)
{
    if (text != NULL && (strlen(text) > max || !parse_utf8_valid(text, strlen(text))))
        abort();
}

// An inbound text goes on as an uplink, which its own decoder must take.
static void check_inbound(const struct wire_inbound *inbound)
{
    struct wire_inbound copy = *inbound;
    struct wire_inbounds list, again;
    struct field_error error;
    copy.seq = 1;
    list.journal = "j";
    list.count = 1;
    list.items[0] = copy;
    char *text = wire_inbounds_encode(&list);
    if (text == NULL || !wire_inbounds_decode(&again, text, strlen(text), &error))
        abort();
    wire_inbounds_clear(&again);
    free(text);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    struct radio_event event;
    struct field_error error;
    if (!radio_event_decode(&event, (const char *)data, size, &error)) {
        if (error.detail[0] == '\0')
            abort();
        return 0;
    }
    check_text(event.ref, WIRE_TEXT_MAX_BYTES);
    check_text(event.code, WIRE_WORD_MAX_BYTES);
    check_text(event.text, WIRE_ERROR_TEXT_MAX_BYTES);
    if (event.kind == RADIO_READY && (event.window < 1 || event.window > RADIO_WINDOW_MAX))
        abort();
    if (event.sim_count > WIRE_SIMS_MAX || event.part < 0 || event.parts < 0)
        abort();
    if (event.kind == RADIO_INBOUND)
        check_inbound(&event.inbound);
    radio_event_clear(&event);
    return 0;
}
