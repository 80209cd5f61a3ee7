// What the sources of the link share.
#ifndef SMSQUITTO_BRIDGE_LINK_LINK_INTERNAL_H
#define SMSQUITTO_BRIDGE_LINK_LINK_INTERNAL_H

#include "bridge/link/link.h"
#include "common/batch.h"

#include <mosquitto.h>
#include <pthread.h>

#define LINK_CONTROL_RESPONSE TOPIC_CONTROL "/response"

enum { LINK_MIDS = 65536 };

// A roster command that waits for the link's thread.
struct link_wish {
    char kick[DEVICE_ID_SIZE]; // "" = read the roster
    struct link_wish *next;
};

// A batch that the plugin has not answered.
struct link_batch {
    uint32_t number;
    int64_t due_ms; // monotonic: then something is wrong
    size_t count;
    struct published entries[BATCH_ENTRIES_MAX]; // without id where it is no send
    struct link_batch *next;
};

struct link {
    struct link_options options;
    struct engine *engine;
    pthread_t thread;
    int wake;             // eventfd
    pthread_mutex_t lock; // covers the next five
    bool stop;
    bool states_lost; // the engine wants a new snapshot
    struct publish *queued, **queued_end;
    struct link_wish *wishes;
    // the thread's own
    struct mosquitto *client;
    bool up;                           // subscribed
    bool lost;                         // the connection has ended
    bool state_refused;                // the engine does not know what is no uplink: ask for a new snapshot
    struct published *mids[LINK_MIDS]; // sends that the broker has not acknowledged, by message id of MQTT
    struct published *acknowledged;
    size_t acknowledged_count, acknowledged_room;
    char asked[24];                                // the request of the snapshot that was asked for last
    unsigned asked_count;                          // snapshots
    int64_t next_page;                             // of that one
    int64_t answer_due_ms;                         // monotonic: then it is asked for again; 0 = it is here
    bool batches;                                  // the plugin takes them
    uint32_t batch_count;                          // so far
    struct link_batch *batches_out, **batches_end; // in their order
    char frame[BATCH_BYTES_MAX];
};

// Waits for the broker or the engine, or a tick, and does what there is to do (link.c).
void link_turn(struct link *link);
// Publishes all that has queued up (downlink.c).
void link_drain(struct link *link);
// Sends a command to the plugin; request comes back in the answer, device may be NULL. It can be lost.
void link_control(struct link *link, const char *command, const char *request, const char *device);
// The payload of an item, owned; NULL when memory runs out or it has none.
char *link_encode(const struct publish *item);
// What is remembered of a send until it is acknowledged.
struct published link_remember(const struct publish *item);
// Notes an acknowledgement of the broker; hands all that were noted to the engine.
void link_acknowledge(struct link *link, int mid, bool nobody);
void link_acknowledge_entry(struct link *link, const struct published *entry);
void link_hand_over_acknowledged(struct link *link);
// Forgets what the broker has not acknowledged: the engine asks again.
void link_forget_mids(struct link *link);

// Publishes several of the items, from the first on, at once (batch.c). Returns how many are dealt with; 0
// when there are not two that go together.
size_t link_batch_publish(struct link *link, const struct publish *items);
// Takes the plugin's answer to a batch: whether it was taken, its number, how many of its entries, and the
// places (JSON array) of those whose device is not there.
void link_batch_answered(struct link *link, bool ok, const char *number, int64_t taken, const json_t *absent);
// Gives batches up, until the plugin says again that it takes them, when one stays without an answer.
void link_batch_look(struct link *link);
// Forgets those without an answer: the engine asks again. No more are made until the plugin says again that
// it takes them.
void link_batch_forget(struct link *link);

// Turns one message into a command for the engine (uplink.c).
void link_receive(struct link *link, const struct mosquitto_message *message);
// Counts a payload that breaks the contract, and says so now and then.
void link_refuse(struct link *link, const char *device, const char *what, const struct field_error *error);
// Hands over (takes) a state, which may not be dropped: a new snapshot makes up for one that is refused.
void link_submit_state(struct link *link, struct command *command);

// Asks the plugin who is connected (snapshot.c), and whether it is time to ask again.
void link_ask_snapshot(struct link *link);
bool link_snapshot_late(const struct link *link);
// Takes an answer of the plugin. Only snapshots matter; another one that failed is worth a line.
void link_receive_control(struct link *link, const char *payload, size_t length);
// Tells the engine that the connection came or went.
void link_tell(struct link *link, bool up);

#endif
