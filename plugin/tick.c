// The order of a tick: table, kicks (which end connections), presence of what all that changed.
#include "plugin/tick.h"

#include "common/clock.h"
#include "plugin/control.h"

#include <mosquitto.h>
#include <mosquitto_broker.h>
#include <string.h>

enum { TICK_WISH_MS = 100 }; // how often brokers that listen to such wishes should tick
enum { KICK_BUDGET_MS = 5 }; // a kick walks all connections: many of them take turns
enum { BUSY_PATIENCE_MS = 10000, COMPLAIN_AGAIN_MS = 60000 };
enum { REPEAT_LOOK_MS = 50 }; // while the bridge has asked for a look and the file is busy

static bool still_listed(const void *roster, const struct peer *peer)
{
    return roster_find(roster, peer->name) != NULL;
}

// Whether a connection of the old table's login is fine by the new one.
static bool still_welcome(const struct login *before, const struct login *after)
{
    return before != NULL && after != NULL && !after->disabled && before->role == after->role &&
           secret_hash_equal(before->key_hash, after->key_hash);
}

static void swap(struct state *state, struct roster *fresh)
{
    struct roster *old = state->roster;
    state->roster = fresh;
    for (size_t i = 0; i < peers_count(state->peers); i++) {
        struct peer *peer = peers_at(state->peers, i);
        if (peer->client != NULL &&
            !still_welcome(roster_find(old, peer->name), roster_find(fresh, peer->name)))
            state_kick(state, peer);
    }
    peers_prune(state->peers, still_listed, fresh);
    roster_free(old);
}

// A reason is logged when it is new, and once a minute while it lasts.
static void complain(struct state *state, const char *reason, int64_t now_ms)
{
    if (strcmp(reason, state->complaint) == 0 && now_ms - state->complained_ms < COMPLAIN_AGAIN_MS)
        return;
    stpncpy(state->complaint, reason, sizeof state->complaint - 1);
    state->complained_ms = now_ms;
    mosquitto_log_printf(MOSQ_LOG_ERR, "smsquitto: roster not read reason=\"%s\" table=%s", reason,
                         state->roster == NULL ? "none" : "kept");
}

static void log_look(struct state *state, enum roster_look look)
{
    int64_t now_ms = state_now_ms();
    if (look == ROSTER_READ || look == ROSTER_SAME) {
        state->seen_ms = now_ms;
        state->complaint[0] = '\0';
    }
    if (look == ROSTER_READ)
        mosquitto_log_printf(MOSQ_LOG_NOTICE,
                             "smsquitto: roster loaded generation=%lld logins=%zu skipped=%zu",
                             (long long)roster_generation(state->roster), roster_count(state->roster),
                             roster_file_skipped(state->file));
    else if (look == ROSTER_FAIL || (look == ROSTER_BUSY && now_ms - state->seen_ms > BUSY_PATIENCE_MS))
        complain(state, roster_file_error(state->file), now_ms);
}

enum roster_look tick_look(struct state *state)
{
    struct roster *fresh;
    enum roster_look look = roster_file_look(state->file, &fresh);
    if (look == ROSTER_READ)
        swap(state, fresh);
    log_look(state, look);
    return look;
}

// By name and never by id: in 2.0 that would corrupt the expiry of offline sessions.
static void run_kicks(struct state *state)
{
    int64_t end_ms = clock_mono_ms() + KICK_BUDGET_MS;
    while (state->kicks != NULL && clock_mono_ms() <= end_ms) {
        struct peer *peer = state->kicks;
        state->kicks = peer->next_kick;
        bool same = peer->client == peer->kick;
        peer->kick = NULL;
        if (!same) // it went by itself, or came back with what is right now
            continue;
        mosquitto_log_printf(MOSQ_LOG_NOTICE, "smsquitto: kicked name=%s", peer->name);
        mosquitto_kick_client_by_username(peer->name, false);
    }
}

// Says how many refusals went unlogged, when no later one says it.
static void log_withheld(struct state *state, int64_t now_ms)
{
    uint64_t withheld = ration_settle(&state->refusal_lines, now_ms);
    if (withheld > 0)
        mosquitto_log_printf(MOSQ_LOG_WARNING, "smsquitto: more refusals withheld=%llu",
                             (unsigned long long)withheld);
}

int tick_on_tick(int event, void *event_data, void *userdata)
{
    struct mosquitto_evt_tick *tick = event_data;
    struct state *state = userdata;
    int64_t now_ms = state_now_ms();
    (void)event;
    tick->next_ns = TICK_WISH_MS; // milliseconds where it is heeded: 2.1 renamed the field
    state->ticked = true;
    state->last_tick_ms = now_ms;
    state->reloading = false;
    if (now_ms >= state->next_look_ms) {
        enum roster_look look = tick_look(state);
        state->next_look_ms = now_ms + ROSTER_LOOK_MS;
        log_withheld(state, now_ms);
        if (state->waiter_count > 0 && !control_answer_waiters(state, look, now_ms))
            state->next_look_ms = now_ms + REPEAT_LOOK_MS;
    }
    if (state->kicks != NULL)
        run_kicks(state);
    if (state->presence.changed != NULL)
        presence_publish(&state->presence);
    return MOSQ_ERR_SUCCESS;
}
