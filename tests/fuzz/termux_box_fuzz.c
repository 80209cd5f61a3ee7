// Lists of Android's message boxes as Termux prints them: the texts in them come from anybody. What is told
// of them is within the limits of the protocol that it goes on with, and no text of ours is answered twice.
#include "device/radios/termux_box.h"

#include "common/parse.h"

#include <stdlib.h>
#include <string.h>

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static void on_answer(void *context, const char *ref)
{
    int *answers = context;
    if (strcmp(ref, "ref") != 0 || ++*answers > 1)
        abort();
}

static void check_text(const char *text, size_t max)
{
    if (strlen(text) > max || !parse_utf8_valid(text, strlen(text)))
        abort();
}

static void on_inbound(void *context, const struct wire_inbound *inbound)
{
    (void)context;
    check_text(inbound->uid, WIRE_UID_MAX_BYTES);
    check_text(inbound->from, WIRE_WORD_MAX_BYTES);
    check_text(inbound->text, WIRE_TEXT_MAX_BYTES);
    if (inbound->uid[0] == '\0' || inbound->received_at < 0)
        abort();
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    static const struct box_handler handler = {.sent = on_answer, .failed = on_answer, .inbound = on_inbound};
    static struct box box;
    int answers = 0;
    json_t *rows = json_loadb((const char *)data, size, 0, NULL);
    box = (struct box){.newest = 0};
    if (!box_add(&box, "ref", "+15551234567", " hello ", 0))
        abort();
    box_handed(&box, box_next(&box), 0);
    box_listen(&box, 0);
    for (size_t limit = BOX_ROWS_FIRST; !box_read(&box, rows, limit, &handler, &answers); limit *= 2) {
        if (limit >= BOX_ROWS_MOST || answers > 0)
            abort();
    }
    if (!box_read(&box, rows, BOX_ROWS_MOST, &handler, &answers))
        abort();
    json_decref(rows);
    return 0;
}
