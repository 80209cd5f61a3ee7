// Logins, rights and presence, as the broker asks about them.
#include "plugin/events.h"

#include "common/clock.h"
#include "plugin/login.h"
#include "plugin/rights.h"
#include "plugin/state.h"

#include <mosquitto.h>
#include <mosquitto_broker.h>
#include <stdint.h>

// Any value but success, AUTH, ACL_DENIED and DEFER: the connection is closed without an answer, and the
// client comes back later.
enum { CLOSE_SILENTLY = MOSQ_ERR_UNKNOWN };

enum { TICK_GAP_MAX_MS = 10000 };

static void note_online(struct state *state, const struct login *login, const void *client)
{
    struct peer *peer = peers_get(state->peers, login->name);
    if (peer == NULL)
        return;
    peer->announced = login->role == ROLE_DEVICE;
    presence_online(&state->presence, peer, client, clock_wall_ms());
}

// Whether the broker asks about a session that it has had all along, and a refusal would do harm or nothing.
// After SIGHUP, 2.0 asks about every session in one go, before the next tick; refusing an offline one
// corrupts its list of expiring sessions. Those who lost their rights lose them in the access checks and are
// kicked, so all may pass. Only websocket clients can log in during that time; they are told apart by their
// connection. A session without an address has no connection at all.
static bool is_standing_session(const struct state *state, const struct mosquitto *client)
{
    if (mosquitto_client_protocol(client) == mp_websockets) {
        const struct peer *peer = peers_find(state->peers, mosquitto_client_id(client));
        return state->reloading && peer != NULL && peer->client == client;
    }
    return state->reloading || mosquitto_client_address(client) == NULL;
}

static int put_off(struct state *state, const char *problem)
{
    uint64_t withheld;
    if (ration_take(&state->login_lines, &withheld, state_now_ms()))
        mosquitto_log_printf(MOSQ_LOG_ERR, "smsquitto: login put off reason=\"%s\" withheld=%llu", problem,
                             (unsigned long long)withheld);
    return CLOSE_SILENTLY;
}

// Whether there is no table, or no ticks that keep it fresh: 2.0 gives none with per_listener_settings. NULL
// when there are both.
static const char *not_ready(const struct state *state)
{
    if (state->roster == NULL)
        return "no roster yet";
    return state_now_ms() - state->last_tick_ms > TICK_GAP_MAX_MS
               ? "the broker does not tick: per_listener_settings must be false"
               : NULL;
}

int events_on_login(int event, void *event_data, void *userdata)
{
    const struct mosquitto_evt_basic_auth *ask = event_data;
    struct state *state = userdata;
    (void)event;
    if (is_standing_session(state, ask->client))
        return MOSQ_ERR_SUCCESS;
    const char *problem = not_ready(state);
    if (problem != NULL)
        return put_off(state, problem);

    struct login_attempt attempt = {.username = ask->username,
                                    .client_id = mosquitto_client_id(ask->client),
                                    .key = ask->password,
                                    .address = mosquitto_client_address(ask->client),
                                    .keepalive_s = mosquitto_client_keepalive(ask->client)};
    enum login_verdict verdict = login_check(state->roster, &state->options, &attempt);
    if (verdict != LOGIN_WELCOME) {
        state_refuse(state, REFUSED_LOGIN, ask->username, login_verdict_text(verdict));
        return MOSQ_ERR_AUTH;
    }
    // Who has no peer could not speak, and nobody would know of it: it comes again when there is memory.
    if (peers_get(state->peers, ask->username) == NULL)
        return put_off(state, "no memory");
    if (!state->has_connect_event)
        note_online(state, roster_find(state->roster, ask->username), ask->client);
    return MOSQ_ERR_SUCCESS;
}

int events_on_extended_login(int event, void *event_data, void *userdata)
{
    (void)event;
    (void)event_data;
    state_refuse(userdata, REFUSED_LOGIN, NULL, "enhanced authentication");
    return MOSQ_ERR_AUTH;
}

// The limits of a device's publish on a topic of its own. What is no longer, or not yet, its connection
// speaks only as its will, and that may be nothing but its status.
static bool uplink_allow(struct state *state, const struct login *login,
                         const struct mosquitto_evt_acl_check *ask)
{
    char device[DEVICE_ID_SIZE];
    enum topic_leaf leaf;
    struct peer *peer = peers_get(state->peers, login->name);
    enum refusal refusal;
    const char *detail;
    if (ask->retain) {
        refusal = REFUSED_RETAIN;
        detail = "retained publish";
    } else if (ask->payloadlen > state->options.uplink_max_bytes) {
        refusal = REFUSED_SIZE;
        detail = "payload too large";
    } else if (peer == NULL || (peer->client != ask->client &&
                                (!topic_parse(device, &leaf, ask->topic) || leaf != TOPIC_STATUS))) {
        refusal = REFUSED_WRITE;
        detail = "will outside the status topic";
    } else if (!bucket_take(&peer->bucket, state->options.uplink_rate, state->options.uplink_burst,
                            state_now_ms())) {
        refusal = REFUSED_RATE;
        detail = "too many publishes";
    } else {
        return true;
    }
    state_refuse(state, refusal, login->name, detail);
    return false;
}

static void refuse_access(struct state *state, const struct mosquitto_evt_acl_check *ask)
{
    // Nobody asked for a delivery, so one that is withheld is nobody's refusal.
    if (ask->access == ACCESS_READ)
        return;
    state_refuse(state, ask->access == ACCESS_WRITE ? REFUSED_WRITE : REFUSED_SUBSCRIBE,
                 mosquitto_client_username(ask->client), "not its topic");
}

int events_on_access(int event, void *event_data, void *userdata)
{
    const struct mosquitto_evt_acl_check *ask = event_data;
    struct state *state = userdata;
    (void)event;
    const struct login *login = state_login(state, ask->client);
    if (!rights_allow(login, ask->access, ask->topic)) {
        refuse_access(state, ask);
        return MOSQ_ERR_ACL_DENIED;
    }
    if (ask->access != ACCESS_WRITE || login->role == ROLE_OPERATOR)
        return MOSQ_ERR_SUCCESS;
    if (login->role == ROLE_DEVICE)
        return uplink_allow(state, login, ask) ? MOSQ_ERR_SUCCESS : MOSQ_ERR_ACL_DENIED;
    if (ask->retain) {
        state_refuse(state, REFUSED_RETAIN, login->name, "retained publish");
        return MOSQ_ERR_ACL_DENIED;
    }
    return MOSQ_ERR_SUCCESS;
}

int events_on_connect(int event, void *event_data, void *userdata)
{
    // The structure of this event is not in the headers of 2.0; it begins like that of a disconnect.
    const struct mosquitto_evt_disconnect *news = event_data;
    struct state *state = userdata;
    (void)event;
    const struct login *login = state_login(state, news->client);
    if (login != NULL)
        note_online(state, login, news->client);
    return MOSQ_ERR_SUCCESS;
}

int events_on_disconnect(int event, void *event_data, void *userdata)
{
    const struct mosquitto_evt_disconnect *news = event_data;
    struct state *state = userdata;
    (void)event;
    // Failed logins have no id, and bare connections no name either: they never were anybody's connection.
    struct peer *peer = peers_find(state->peers, mosquitto_client_id(news->client));
    if (peer != NULL)
        presence_offline(&state->presence, peer, news->client, clock_wall_ms());
    return MOSQ_ERR_SUCCESS;
}

int events_on_reload(int event, void *event_data, void *userdata)
{
    struct state *state = userdata;
    (void)event;
    (void)event_data;
    // From 2.1 a refusal does no harm, and ticks may be skipped; and where no ticks arrive this would never
    // end.
    state->reloading = state->ticked && !state->has_connect_event;
    return MOSQ_ERR_SUCCESS;
}
