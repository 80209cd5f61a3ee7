// The device's loop.
#include "device/agent_internal.h"

#include "common/clock.h"
#include "common/log.h"

#include <poll.h>
#include <stdlib.h>

enum { POLL_MQTT, POLL_SIGNAL, POLL_RADIO, POLL_COUNT = POLL_RADIO + RADIO_POLL_COUNT };
enum { WAIT_MAX_MS = 60000, CLOCK_STEP_MS = 2000 };

static void agent_look_at_clocks(struct agent *agent)
{
    int64_t now_ms = clock_wall_ms(), mono_ms = clock_mono_ms();
    // The bridge tells ends of leases in this clock, as it knows it: tell it at once that it was set.
    if (llabs((now_ms - agent->now_ms) - (mono_ms - agent->mono_ms)) >= CLOCK_STEP_MS)
        agent_status_soon(agent);
    agent->now_ms = now_ms;
    agent->mono_ms = mono_ms;
}

struct agent *agent_new(const struct config *config, struct journal *journal, const char *key)
{
    struct agent *agent = calloc(1, sizeof *agent);
    if (agent == NULL)
        return NULL;
    agent->config = config;
    agent->journal = journal;
    agent->state = (struct radio_state){.name = "none", .battery = -1};
    agent_look_at_clocks(agent);
    struct mqtt_options options = {
        .host = config->host,
        .port = config->port,
        .tls = config->tls,
        .ca_file = config->ca_file,
        .websocket = config->websocket,
        .client_id = config->id,
        .password = key,
        .keepalive_s = config->keepalive_ms / 1000,
        .session_expiry_s = config->session_expiry_ms / 1000,
        .connect_timeout_s = config->connect_timeout_ms / 1000,
    };
    agent->mqtt = mqtt_new(&options, &agent_mqtt_handler, agent);
    agent->radio = radio_new(config->radio_command, &agent_radio_handler, agent);
    if (agent->mqtt == NULL || agent->radio == NULL) {
        agent_free(agent);
        return NULL;
    }
    agent_link_topics(agent);
    agent->position = journal_position_next(journal);
    uplink_init(&agent->uplink, journal_uplink_oldest(journal), journal_number(journal, JOURNAL_NEXT_SEQ));
    agent_collect(agent, INPUT_DOUBT, "", 0);
    return agent;
}

void agent_free(struct agent *agent)
{
    if (agent == NULL)
        return;
    mqtt_free(agent->mqtt);
    radio_free(agent->radio);
    agent_volatile_clear(agent);
    for (size_t i = 0; i < agent->input_count; i++)
        free(agent->inputs[i].bytes);
    for (size_t i = 0; i < agent->line_count; i++)
        free(agent->lines[i]);
    free(agent->inputs);
    free(agent->answers);
    free(agent->lines);
    free(agent);
}

static int agent_wait_ms(const struct agent *agent)
{
    const int64_t deadlines[] = {agent_batch_deadline(agent), agent_radio_deadline(agent),
                                 agent_link_deadline(agent)};
    int64_t wait_ms = WAIT_MAX_MS;
    for (size_t i = 0; i < sizeof deadlines / sizeof deadlines[0]; i++) {
        if (deadlines[i] - agent->mono_ms < wait_ms)
            wait_ms = deadlines[i] - agent->mono_ms;
    }
    return wait_ms > 0 ? (int)wait_ms : 0;
}

void agent_run(struct agent *agent, int signal_fd)
{
    struct pollfd polls[POLL_COUNT];
    do {
        polls[POLL_MQTT] = (struct pollfd){.fd = mqtt_fd(agent->mqtt), .events = POLLIN};
        polls[POLL_SIGNAL] = (struct pollfd){.fd = signal_fd, .events = POLLIN};
        radio_polls(agent->radio, &polls[POLL_RADIO]);
        poll(polls, POLL_COUNT, agent_wait_ms(agent));
        agent_look_at_clocks(agent);
        mqtt_step(agent->mqtt);
        radio_step(agent->radio, agent->mono_ms);
        agent_radio_check(agent);
        if (agent_batch_due(agent))
            agent_batch(agent);
        agent_link_step(agent);
        if (agent->said_hello) {
            agent_publish_answers(agent);
            agent_publish_uplinks(agent);
        }
    } while ((polls[POLL_SIGNAL].revents & POLLIN) == 0);
    log_event(LOG_INFO, "stopping", NULL);
}
