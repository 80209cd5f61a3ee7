// The commands, and their replies in pages of bounded size.
#include "plugin/control.h"

#include "plugin/answer.h"
#include "plugin/control_request.h"

#include <mosquitto.h>
#include <mosquitto_broker.h>
#include <string.h>

enum { PAGE_PEERS = 500 };          // at most 100 KB of counters, usually 25 KB of a snapshot
enum { WAITER_PATIENCE_MS = 5000 }; // how long a busy roster file may keep a requester waiting

// Adds one peer to the list of a page; returns false when it does not belong there.
typedef bool (*add_peer)(struct reply *reply, const struct peer *peer, const char *separator);

static bool add_online(struct reply *reply, const struct peer *peer, const char *separator)
{
    if (peer->client == NULL || !peer->announced)
        return false;
    reply_add(reply, "%s{\"device\":\"%s\",\"since\":%lld}", separator, peer->name,
              (long long)peer->since_ms);
    return true;
}

static void add_refusals(struct reply *reply, const uint64_t refused[REFUSAL_COUNT])
{
    for (int i = 0; i < REFUSAL_COUNT; i++)
        reply_add(reply, "%s\"%s\":%llu", i == 0 ? "" : ",", refusal_name((enum refusal)i),
                  (unsigned long long)refused[i]);
}

static bool add_counters(struct reply *reply, const struct peer *peer, const char *separator)
{
    uint64_t refused[REFUSAL_COUNT];
    uint64_t sum = 0;
    for (int i = 0; i < REFUSAL_COUNT; i++) {
        refused[i] = peer->refused[i];
        sum += refused[i];
    }
    if (sum == 0)
        return false;
    reply_add(reply, "%s{\"name\":\"%s\",", separator, peer->name);
    add_refusals(reply, refused);
    reply_add(reply, "}");
    return true;
}

// Sends all peers that add takes, in as many pages as it needs, at once: nothing changes between the pages.
// Behind one that could not be sent there is none, so that who gets the last has all.
static void answer_pages(const struct state *state, const struct asker *asker, const char *list, add_peer add)
{
    size_t place = 0;
    size_t count = peers_count(state->peers);
    int page = 0;
    bool sent;
    do {
        struct reply reply = {0};
        answer_begin(&reply, state, asker, true);
        reply_add(&reply, ",\"page\":%d", page++);
        if (add == add_counters) {
            reply_add(&reply, ",\"totals\":{");
            add_refusals(&reply, state->refused);
            reply_add(&reply, "}");
        }
        reply_add(&reply, ",\"%s\":[", list);
        for (int taken = 0; place < count && taken < PAGE_PEERS; place++)
            taken += add(&reply, peers_at(state->peers, place), taken == 0 ? "" : ",");
        reply_add(&reply, "],\"more\":%s", place < count ? "true" : "false");
        if (add == add_online)
            reply_add(&reply, ",\"batches\":%s", state->has_connect_event ? "false" : "true");
        sent = answer_finish(&reply, asker);
    } while (sent && place < count);
}

static void answer_kick(struct state *state, const struct asker *asker, const char *device)
{
    struct peer *peer = peers_find(state->peers, device);
    bool connected = peer != NULL && peer->client != NULL;
    struct reply reply = {0};
    if (connected)
        state_kick(state, peer);
    answer_begin(&reply, state, asker, true);
    reply_add(&reply, ",\"device\":\"%s\",\"connected\":%s", device, connected ? "true" : "false");
    (void)answer_finish(&reply, asker);
}

static void answer_roster(const struct state *state, const struct asker *asker)
{
    struct reply reply = {0};
    answer_begin(&reply, state, asker, true);
    reply_add(&reply, ",\"generation\":%lld,\"logins\":%zu", (long long)roster_generation(state->roster),
              roster_count(state->roster));
    (void)answer_finish(&reply, asker);
}

static void add_waiter(struct state *state, const struct asker *asker)
{
    if (state->waiter_count == ROSTER_WAITERS_MAX || strlen(asker->client_id) > DEVICE_ID_MAX) {
        answer_error(state, asker, "command: too many roster commands are waiting");
        return;
    }
    struct waiter *waiter = &state->waiters[state->waiter_count++];
    *waiter = (struct waiter){.until_ms = state_now_ms() + WAITER_PATIENCE_MS};
    stpcpy(waiter->client_id, asker->client_id);
    stpcpy(waiter->request, asker->request);
    state->next_look_ms = 0;
}

bool control_answer_waiters(struct state *state, enum roster_look look, int64_t now_ms)
{
    size_t left = 0;
    for (size_t i = 0; i < state->waiter_count; i++) {
        struct waiter *waiter = &state->waiters[i];
        struct asker asker = {waiter->client_id, waiter->request, command_name(COMMAND_ROSTER), 1};
        if (look == ROSTER_SAME || look == ROSTER_READ)
            answer_roster(state, &asker);
        else if (look == ROSTER_FAIL)
            answer_error(state, &asker, "roster: the file cannot be read");
        else if (now_ms >= waiter->until_ms)
            answer_error(state, &asker, "roster: the file stays busy");
        else
            state->waiters[left++] = *waiter;
    }
    state->waiter_count = left;
    return left == 0;
}

int control_on_request(int event, void *event_data, void *userdata)
{
    const struct mosquitto_evt_control *ask = event_data;
    struct state *state = userdata;
    struct control_request request;
    (void)event;
    const char *wrong = control_request_read(&request, ask->payload, ask->payloadlen);
    struct asker asker = {mosquitto_client_id(ask->client), request.request, command_name(request.command),
                          1};
    if (asker.client_id == NULL)
        return MOSQ_ERR_SUCCESS;
    if (wrong != NULL) {
        answer_error(state, &asker, wrong);
        return MOSQ_ERR_SUCCESS;
    }
    switch (request.command) {
    case COMMAND_SNAPSHOT:
        answer_pages(state, &asker, "online", add_online);
        break;
    case COMMAND_KICK:
        answer_kick(state, &asker, request.device);
        break;
    case COMMAND_ROSTER:
        add_waiter(state, &asker);
        break;
    case COMMAND_COUNTERS:
        answer_pages(state, &asker, "logins", add_counters);
        break;
    case COMMAND_COUNT:
        break;
    }
    return MOSQ_ERR_SUCCESS;
}
