// Our side of a message: Twilio names it by number, the store by device and SIM.
#include "bridge/store/query_senders.h"
#include "bridge/twilio/twilio_internal.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

void twilio_sims(struct twilio_senders *senders, const char *text)
{
    struct wire_status status;
    struct field_error error;
    senders->count = 0;
    if (text == NULL || !wire_status_decode(&status, text, strlen(text), &error))
        return;
    for (size_t i = 0; i < status.sim_count; i++) {
        if (status.sims[i].number == NULL || strlen(status.sims[i].number) >= NUMBER_SIZE)
            continue;
        senders->sims[senders->count].slot = status.sims[i].slot;
        snprintf(senders->sims[senders->count++].number, NUMBER_SIZE, "%s", status.sims[i].number);
    }
    wire_status_clear(&status);
}

static void load(struct twilio_senders *senders, int64_t device)
{
    char *status = NULL;
    if (senders->device == device)
        return;
    enum query_status found = query_device_status(senders->store, &status, senders->account, device);
    senders->failed |= found == QUERY_FAILED;
    if (found != QUERY_OK)
        status = NULL;
    twilio_sims(senders, status);
    senders->device = device;
    free(status);
}

void twilio_sender(struct twilio_senders *senders, char out[TWILIO_SENDER_SIZE],
                   const struct message_view *view)
{
    const struct message *message = &view->message;
    bool known = message->device != 0;
    int64_t device = known ? message->device : message->want_device;
    int64_t sim = message->sim != 0 ? message->sim : message->want_sim;
    snprintf(out, TWILIO_SENDER_SIZE, "%s", known ? view->device_id : view->want_device_id);
    if (device == 0)
        return;
    load(senders, device);
    for (size_t i = 0; i < senders->count; i++)
        if (senders->sims[i].slot == sim || (sim == 0 && senders->count == 1))
            snprintf(out, TWILIO_SENDER_SIZE, "%s", senders->sims[i].number);
}

bool twilio_find_sender(struct query *store, int64_t *device, int64_t account, const char *text)
{
    struct twilio_senders senders = {.store = store, .account = account};
    struct device row;
    int64_t after = 0;
    struct device_view view;
    enum query_status status = QUERY_NONE;
    *device = 0;
    if (device_id_valid(text, strlen(text)) &&
        (status = query_device(store, &view, account, text)) == QUERY_OK) {
        *device = view.device.n;
        device_view_clear(&view);
    }
    bool number = text[0] == '+' && strspn(text + 1, "0123456789") == strlen(text + 1);
    while (number && *device == 0 &&
           (status = query_device_naming(store, &row, account, after, text)) == QUERY_OK) {
        after = row.n;
        twilio_sims(&senders, row.status);
        for (size_t i = 0; i < senders.count; i++)
            if (strcmp(senders.sims[i].number, text) == 0)
                *device = after;
        device_clear(&row);
    }
    return status != QUERY_FAILED;
}
