// The helpers that callbacks share.
#include "plugin/state.h"

#include <mosquitto.h>
#include <mosquitto_broker.h>
#include <string.h>
#include <time.h>

int64_t state_now_ms(void)
{
    struct timespec now;
    clock_gettime(CLOCK_MONOTONIC_COARSE, &now);
    return (int64_t)now.tv_sec * 1000 + now.tv_nsec / 1000000;
}

const struct login *state_login(const struct state *state, const struct mosquitto *client)
{
    const char *name = mosquitto_client_username(client);
    const char *id = mosquitto_client_id(client);
    if (name == NULL || id == NULL || strcmp(name, id) != 0)
        return NULL;
    const struct login *login = roster_find(state->roster, name);
    if (login != NULL && login->role == ROLE_OPERATOR && !state->options.allow_operator)
        return NULL;
    return login;
}

void state_refuse(struct state *state, enum refusal refusal, const char *name, const char *detail)
{
    const struct login *login = roster_find(state->roster, name);
    struct peer *peer = login == NULL ? NULL : peers_get(state->peers, login->name);
    if (peer != NULL && peer->refused[refusal] < UINT32_MAX)
        peer->refused[refusal]++;
    state->refused[refusal]++;

    uint64_t withheld;
    if (ration_take(&state->refusal_lines, &withheld, state_now_ms()))
        mosquitto_log_printf(MOSQ_LOG_WARNING,
                             "smsquitto: refused kind=%s name=%s reason=\"%s\" withheld=%llu",
                             refusal_name(refusal), login == NULL ? "(not in the roster)" : login->name,
                             detail, (unsigned long long)withheld);
}

void state_kick(struct state *state, struct peer *peer)
{
    bool listed = peer->kick != NULL;
    peer->kick = peer->client;
    if (listed || peer->client == NULL)
        return;
    peer->next_kick = state->kicks;
    state->kicks = peer;
}
