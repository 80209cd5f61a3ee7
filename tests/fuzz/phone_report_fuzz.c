// What phones with SMSGate's app upload: it is read into reports within their limits, or refused.
#include "bridge/smsgate/phone_internal.h"

#include <stdint.h>
#include <stdlib.h>
#include <string.h>

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static void check(const struct wire_reports *reports)
{
    if (reports->count > WIRE_REPORTS_MAX)
        abort();
    for (size_t i = 0; i < reports->count; i++) {
        const struct wire_report *report = &reports->items[i];
        if (!id_valid(report->id, strlen(report->id), ID_MESSAGE) || report->lease < 1 || report->at < 0 ||
            report->state < STATE_ACCEPTED || report->state > STATE_UNKNOWN)
            abort();
    }
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    struct wire_reports reports = {.count = 0};
    struct field_error error;
    json_t *list = json_loadb((const char *)data, size, JSON_REJECT_DUPLICATES, NULL);
    if (phone_reports_read(&reports, list, 1000, &error))
        check(&reports);
    else if (error.detail[0] == '\0')
        abort();
    wire_reports_clear(&reports);
    json_decref(list);
    return 0;
}
