// The list of peers whose presence must be published, and its messages.
#include "plugin/presence.h"

#include "plugin/reply.h"

static void note(struct presence *presence, struct peer *peer, const void *client, int64_t wall_ms)
{
    peer->client = client;
    peer->since_ms = wall_ms;
    if (!peer->announced || peer->changed)
        return;
    peer->changed = true;
    peer->next_changed = presence->changed;
    presence->changed = peer;
}

void presence_online(struct presence *presence, struct peer *peer, const void *client, int64_t wall_ms)
{
    note(presence, peer, client, wall_ms);
}

void presence_offline(struct presence *presence, struct peer *peer, const void *client, int64_t wall_ms)
{
    if (peer->client == client)
        note(presence, peer, NULL, wall_ms);
}

static bool publish_one(const struct presence *presence, const struct peer *peer)
{
    char topic[TOPIC_SIZE];
    struct reply reply = {0};
    topic_format(topic, peer->name, TOPIC_PRESENCE);
    reply_add(&reply, "{\"device\":\"%s\",\"state\":\"%s\",\"at\":%lld,\"boot\":\"%s\"}", peer->name,
              peer->client == NULL ? "offline" : "online", (long long)peer->since_ms, presence->boot);
    return reply_publish(&reply, NULL, topic, 1);
}

void presence_publish(struct presence *presence)
{
    while (presence->changed != NULL && publish_one(presence, presence->changed)) {
        struct peer *peer = presence->changed;
        presence->changed = peer->next_changed;
        peer->changed = false;
    }
}
