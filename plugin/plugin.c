// The Mosquitto plugin of smsquitto: its three entry points and the table of its callbacks.
#include "plugin/batch.h"
#include "plugin/control.h"
#include "plugin/events.h"
#include "plugin/tick.h"

#include <mosquitto.h>
#include <mosquitto_broker.h>
#include <mosquitto_plugin.h>
#include <stdio.h>
#include <stdlib.h>

#define ENTRY __attribute__((visibility("default")))

enum { PLUGIN_VERSION = 5 };

// Events of Mosquitto 2.1, which the headers of 2.0 do not name.
enum { EVENT_CONNECT = 11, EVENT_CLIENT_OFFLINE = 28 };

// The broker drops the callbacks itself when it unloads the plugin.
static const struct {
    int event;
    MOSQ_FUNC_generic_callback callback;
    const char *topic;
    bool newer; // "not supported" is fine
} callbacks[] = {
    {MOSQ_EVT_RELOAD, events_on_reload, NULL, false},
    {MOSQ_EVT_ACL_CHECK, events_on_access, NULL, false},
    {MOSQ_EVT_BASIC_AUTH, events_on_login, NULL, false},
    {MOSQ_EVT_EXT_AUTH_START, events_on_extended_login, NULL, false},
    {MOSQ_EVT_CONTROL, control_on_request, TOPIC_CONTROL, false},
    {MOSQ_EVT_CONTROL, batch_on_publish, TOPIC_BATCH, false},
    {MOSQ_EVT_TICK, tick_on_tick, NULL, false},
    {MOSQ_EVT_DISCONNECT, events_on_disconnect, NULL, false},
    {EVENT_CONNECT, events_on_connect, NULL, true},
    {EVENT_CLIENT_OFFLINE, events_on_disconnect, NULL, true},
};

static int register_callbacks(struct state *state, mosquitto_plugin_id_t *identifier)
{
    for (size_t i = 0; i < sizeof callbacks / sizeof callbacks[0]; i++) {
        int result = mosquitto_callback_register(identifier, callbacks[i].event, callbacks[i].callback,
                                                 callbacks[i].topic, state);
        if (result == MOSQ_ERR_SUCCESS && callbacks[i].event == EVENT_CONNECT)
            state->has_connect_event = true;
        if (result != MOSQ_ERR_SUCCESS && !(callbacks[i].newer && result == MOSQ_ERR_NOT_SUPPORTED)) {
            mosquitto_log_printf(MOSQ_LOG_ERR, "smsquitto: the broker refuses callback event=%d result=%d",
                                 callbacks[i].event, result);
            return result;
        }
    }
    return MOSQ_ERR_SUCCESS;
}

static bool make_boot_id(char boot[BOOT_ID_SIZE])
{
    uint8_t random[(BOOT_ID_SIZE - 1) / 2];
    if (!secret_random(random, sizeof random))
        return false;
    for (size_t i = 0; i < sizeof random; i++)
        snprintf(boot + 2 * i, 3, "%02x", random[i]);
    return true;
}

static void state_free(struct state *state)
{
    if (state == NULL)
        return;
    peers_free(state->peers);
    roster_free(state->roster);
    roster_file_free(state->file);
    options_clear(&state->options);
    free(state);
}

// Takes *options over on success.
static struct state *state_new(struct options *options)
{
    struct state *state = calloc(1, sizeof *state);
    if (state == NULL)
        return NULL;
    state->file = roster_file_new(options->roster);
    state->peers = peers_new();
    if (state->file == NULL || state->peers == NULL || !make_boot_id(state->presence.boot)) {
        state_free(state);
        return NULL;
    }
    state->options = *options;
    state->last_tick_ms = state->seen_ms = state_now_ms();
    return state;
}

ENTRY int mosquitto_plugin_version(int supported_version_count, const int *supported_versions)
{
    for (int i = 0; i < supported_version_count; i++) {
        if (supported_versions[i] == PLUGIN_VERSION)
            return PLUGIN_VERSION;
    }
    return -1;
}

ENTRY int mosquitto_plugin_init(mosquitto_plugin_id_t *identifier, void **userdata,
                                struct mosquitto_opt *options, int option_count)
{
    struct options read;
    struct options_error error;
    if (!options_read(&read, &error, options, option_count)) {
        mosquitto_log_printf(MOSQ_LOG_ERR, "smsquitto: %s", error.text);
        return MOSQ_ERR_INVAL;
    }
    struct state *state = state_new(&read);
    if (state == NULL) {
        mosquitto_log_printf(MOSQ_LOG_ERR, "smsquitto: no memory or no randomness");
        options_clear(&read);
        return MOSQ_ERR_NOMEM;
    }
    int result = register_callbacks(state, identifier);
    if (result != MOSQ_ERR_SUCCESS) {
        state_free(state);
        return result;
    }
    *userdata = state;
    mosquitto_log_printf(MOSQ_LOG_NOTICE, "smsquitto: plugin started version=%s boot=%s", SMSQUITTO_VERSION,
                         state->presence.boot);
    // So that sessions restored from disk, and the first clients, find a table.
    tick_look(state);
    return MOSQ_ERR_SUCCESS;
}

ENTRY int mosquitto_plugin_cleanup(void *userdata, struct mosquitto_opt *options, int option_count)
{
    (void)options;
    (void)option_count;
    state_free(userdata);
    return MOSQ_ERR_SUCCESS;
}
