// The connection to the broker: connect, subscribe, say hello, telemetry, and what arrives.
#include "device/agent_internal.h"

#include "common/log.h"

#include <stdlib.h>
#include <string.h>

enum {
    RECONNECT_FIRST_MS = 1000,
    REFUSED_FIRST_MS = 1000, // the broker may not have read yet that this device was added
    REFUSED_MAX_MS = 60000,
    HELLO_REPEAT_FIRST_MS = 5000, // the bridge answers a hello; without an answer it was not there
    HELLO_REPEAT_MAX_MS = 60000,
    HELLO_WAIT_MS = 3000, // for the radio, so that the first hello already names its SIMs
};

static const struct {
    enum topic_leaf leaf;
    enum input_kind kind;
} downlinks[AGENT_TOPICS] = {
    {TOPIC_SEND, INPUT_SEND},       {TOPIC_CANCEL, INPUT_CANCEL}, {TOPIC_QUERY, INPUT_QUERY},
    {TOPIC_RECEIPT, INPUT_RECEIPT}, {TOPIC_CONFIG, INPUT_CONFIG}, {TOPIC_INBOX, INPUT_INBOX},
};

void agent_link_topics(struct agent *agent)
{
    for (size_t i = 0; i < AGENT_TOPICS; i++)
        topic_format(agent->topics[i], agent->config->id, downlinks[i].leaf);
    topic_format(agent->report_topic, agent->config->id, TOPIC_REPORT);
    topic_format(agent->inbound_topic, agent->config->id, TOPIC_INBOUND);
    topic_format(agent->status_topic, agent->config->id, TOPIC_STATUS);
    agent->reconnect =
        (struct backoff){.first_ms = RECONNECT_FIRST_MS, .max_ms = agent->config->reconnect_max_ms};
    agent->refused = (struct backoff){.first_ms = REFUSED_FIRST_MS, .max_ms = REFUSED_MAX_MS};
    agent->unheard = (struct backoff){.first_ms = HELLO_REPEAT_FIRST_MS, .max_ms = HELLO_REPEAT_MAX_MS};
    agent->connect_at_ms = agent->mono_ms;
}

static void on_connected(void *context)
{
    struct agent *agent = context;
    char *topics[AGENT_TOPICS];
    for (size_t i = 0; i < AGENT_TOPICS; i++)
        topics[i] = agent->topics[i];
    agent->connected = true;
    mqtt_subscribe(agent->mqtt, topics, AGENT_TOPICS);
}

static void link_down(struct agent *agent, int64_t wait_ms)
{
    agent->connected = agent->subscribed = agent->said_hello = false;
    agent->hello_again_at_ms = 0;
    uplink_offline(&agent->uplink);
    agent->connect_at_ms = agent->mono_ms + wait_ms;
}

static void on_lost(void *context, enum mqtt_loss loss, const char *reason)
{
    struct agent *agent = context;
    int64_t wait_ms = backoff_next(&agent->reconnect, backoff_random());
    if (loss == MQTT_REFUSED) {
        wait_ms = backoff_next(&agent->refused, backoff_random());
        log_event(LOG_ERROR, "the broker refuses this device: check its id and key", "device",
                  agent->config->id, "reason", reason, "retry_in_ms", log_number(wait_ms), NULL);
    } else {
        log_event(LOG_WARNING, "no connection", "host", agent->config->host, "reason", reason, "retry_in_ms",
                  log_number(wait_ms), NULL);
    }
    link_down(agent, wait_ms);
}

static void on_subscribed(void *context, bool granted)
{
    struct agent *agent = context;
    if (!granted) {
        log_event(LOG_ERROR, "the broker refuses the subscription: check the device's rights", "device",
                  agent->config->id, NULL);
        link_down(agent, REFUSED_MAX_MS);
        return;
    }
    agent->subscribed = true;
    agent->subscribed_at_ms = agent->mono_ms;
    backoff_reset(&agent->reconnect);
    backoff_reset(&agent->refused);
    log_event(LOG_INFO, "connected", "device", agent->config->id, "host", agent->config->host, NULL);
}

// A message of QoS 0 stays out of the journal.
static bool take_volatile(struct agent *agent, const char *payload, size_t length)
{
    struct wire_send send;
    struct field_error error;
    if (!wire_send_decode(&send, payload, length, &error))
        return false; // told when it is applied
    bool is_volatile = send.qos == 0;
    if (is_volatile)
        agent_volatile_add(agent, &send);
    wire_send_clear(&send);
    return is_volatile;
}

static void on_message(void *context, const char *topic, const char *payload, size_t length)
{
    struct agent *agent = context;
    if (!agent->nobody_there) {
        agent->hello_again_at_ms = 0;
        backoff_reset(&agent->unheard);
    }
    for (size_t i = 0; i < AGENT_TOPICS; i++) {
        if (strcmp(topic, agent->topics[i]) != 0)
            continue;
        if (downlinks[i].kind != INPUT_SEND || !take_volatile(agent, payload, length))
            agent_collect(agent, downlinks[i].kind, payload, length);
        return;
    }
}

static void repeat_hello(struct agent *agent)
{
    agent->hello_again_at_ms = agent->mono_ms + backoff_next(&agent->unheard, backoff_random());
}

// Downlinks that were under way to this device may still come while the bridge is gone, and look like an
// answer.
static void no_subscribers(struct agent *agent)
{
    agent->nobody_there = true;
    if (agent->said_hello && agent->hello_again_at_ms == 0)
        repeat_hello(agent);
}

static void on_published(void *context, bool accepted, int reason)
{
    struct agent *agent = context;
    if (reason == MQTT_REASON_NO_SUBSCRIBERS)
        no_subscribers(agent);
    if (accepted)
        return;
    log_event(LOG_WARNING, "the broker refused an uplink", "reason", log_number(reason), NULL);
    uplink_refused(&agent->uplink, agent->mono_ms, backoff_random());
}

const struct mqtt_handler agent_mqtt_handler = {
    .connected = on_connected,
    .lost = on_lost,
    .subscribed = on_subscribed,
    .message = on_message,
    .published = on_published,
};

void agent_hello_again(struct agent *agent)
{
    agent->said_hello = false;
    uplink_offline(&agent->uplink);
}

void agent_status_soon(struct agent *agent)
{
    agent->telemetry_at_ms = agent->mono_ms;
}

static int64_t telemetry_interval_ms(const struct agent *agent)
{
    int64_t set = journal_number(agent->journal, JOURNAL_TELEMETRY_MS);
    return set > 0 ? set : agent->config->telemetry_ms;
}

static void publish_status(struct agent *agent, bool hello)
{
    struct wire_status status = {
        .hello = hello,
        .journal = journal_id(agent->journal),
        .oldest = agent->uplink.acked + 1,
        .next = agent->uplink.next,
        .software = "smsquitto-device/" SMSQUITTO_VERSION,
        .radio = agent->state.name,
        .battery = agent->state.battery,
        .charging = agent->state.charging,
        .power_saver = agent->state.power_saver,
        .airplane = agent->state.airplane,
        .queue = agent->waiting + (int64_t)agent->volatile_count,
        .inbox = journal_number(agent->journal, JOURNAL_INBOX_ASKED),
        .at = agent->now_ms,
        .sim_count = agent->state.sim_count,
    };
    memcpy(status.sims, agent->state.sims, sizeof status.sims);
    char *payload = wire_status_encode(&status);
    if (payload != NULL)
        mqtt_publish(agent->mqtt, agent->status_topic, payload, strlen(payload), 1);
    free(payload);
    agent->telemetry_at_ms = agent->mono_ms + telemetry_interval_ms(agent);
}

static void say_hello(struct agent *agent)
{
    agent->nobody_there = false;
    publish_status(agent, true);
    repeat_hello(agent);
}

static bool hello_due(const struct agent *agent)
{
    return agent->subscribed && !agent->said_hello &&
           (agent->state.ready || agent->mono_ms >= agent->subscribed_at_ms + HELLO_WAIT_MS);
}

void agent_link_step(struct agent *agent)
{
    if (agent->mono_ms >= agent->connect_at_ms && agent->connect_at_ms != 0) {
        agent->connect_at_ms = 0;
        mqtt_connect(agent->mqtt);
    }
    if (hello_due(agent)) {
        say_hello(agent);
        agent->said_hello = true;
        uplink_online(&agent->uplink, agent->mono_ms);
    } else if (agent->hello_again_at_ms != 0 && agent->mono_ms >= agent->hello_again_at_ms) {
        say_hello(agent);
    }
    if (agent->said_hello && agent->mono_ms >= agent->telemetry_at_ms) {
        publish_status(agent, false);
        if (agent->state.ready)
            radio_write_take(agent->radio, radio_info_encode()); // for the next one
    }
}

int64_t agent_link_deadline(const struct agent *agent)
{
    if (agent->connect_at_ms != 0)
        return agent->connect_at_ms;
    if (agent->subscribed && !agent->said_hello)
        return agent->subscribed_at_ms + HELLO_WAIT_MS;
    if (!agent->said_hello)
        return INT64_MAX;
    int64_t deadline = uplink_deadline(&agent->uplink);
    if (agent->telemetry_at_ms < deadline)
        deadline = agent->telemetry_at_ms;
    if (agent->hello_again_at_ms != 0 && agent->hello_again_at_ms < deadline)
        deadline = agent->hello_again_at_ms;
    return deadline;
}
