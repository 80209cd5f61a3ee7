// Batches: each entry becomes a publish of its own.
#include "plugin/batch.h"

#include "plugin/answer.h"
#include "plugin/batch_read.h"

#include <mosquitto.h>
#include <mosquitto_broker.h>
#include <string.h>

static bool is_absent(const struct state *state, const struct batch_entry *entry)
{
    if (entry->leaf != TOPIC_SEND)
        return false;
    const struct peer *peer = peers_find(state->peers, entry->device);
    return peer == NULL || peer->client == NULL;
}

// False when out of memory.
static bool publish_one(const struct batch_entry *entry)
{
    char *payload = mosquitto_malloc(entry->length);
    if (payload == NULL)
        return false;
    memcpy(payload, entry->payload, entry->length);
    if (mosquitto_broker_publish(NULL, entry->topic, (int)entry->length, payload, entry->qos, false, NULL) ==
        MOSQ_ERR_SUCCESS)
        return true;
    mosquitto_free(payload);
    return false;
}

// What memory runs out for ends it, as nothing may overtake it: the bridge is told how far it went.
static void pass_on(const struct state *state, const struct asker *asker, const struct batch *batch)
{
    struct reply reply = {0};
    size_t taken = 0, absent = 0;
    answer_begin(&reply, state, asker, true);
    reply_add(&reply, ",\"absent\":[");
    for (; taken < batch->count; taken++) {
        const struct batch_entry *entry = &batch->entries[taken];
        if (is_absent(state, entry))
            reply_add(&reply, "%s%zu", absent++ == 0 ? "" : ",", taken);
        else if (!publish_one(entry))
            break;
    }
    reply_add(&reply, "],\"taken\":%zu", taken);
    (void)answer_finish(&reply, asker);
}

int batch_on_publish(int event, void *event_data, void *userdata)
{
    const struct mosquitto_evt_control *ask = event_data;
    const struct state *state = userdata;
    struct batch batch;
    (void)event;
    const char *wrong = batch_read(&batch, ask->payload, ask->payloadlen);
    struct asker asker = {mosquitto_client_id(ask->client), batch.number, "batch", 0};
    if (asker.client_id == NULL)
        return MOSQ_ERR_SUCCESS;
    if (wrong != NULL)
        answer_error(state, &asker, wrong);
    else
        pass_on(state, &asker, &batch);
    return MOSQ_ERR_SUCCESS;
}
