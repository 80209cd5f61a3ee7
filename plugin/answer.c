// Answers to commands and batches.
#include "plugin/answer.h"

#include "plugin/rights.h"

#include <mosquitto.h>
#include <mosquitto_broker.h>

void answer_begin(struct reply *reply, const struct state *state, const struct asker *asker, bool ok)
{
    reply_add(reply, "{\"command\":\"%s\",\"request\":\"%s\",\"boot\":\"%s\",\"ok\":%s", asker->command,
              asker->request, state->presence.boot, ok ? "true" : "false");
}

bool answer_finish(struct reply *reply, const struct asker *asker)
{
    reply_add(reply, "}");
    if (reply_publish(reply, asker->client_id, RIGHTS_RESPONSE_TOPIC, asker->qos))
        return true;
    mosquitto_log_printf(MOSQ_LOG_ERR, "smsquitto: no memory for a reply command=%s", asker->command);
    return false;
}

void answer_error(const struct state *state, const struct asker *asker, const char *error)
{
    struct reply reply = {0};
    answer_begin(&reply, state, asker, false);
    reply_add(&reply, ",\"error\":\"%s\"", error);
    (void)answer_finish(&reply, asker);
}
