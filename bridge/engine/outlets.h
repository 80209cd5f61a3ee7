// Where the engine's effects go, after the commit and in the order of the batch. main.c plugs these in.
#ifndef SMSQUITTO_BRIDGE_ENGINE_OUTLETS_H
#define SMSQUITTO_BRIDGE_ENGINE_OUTLETS_H

#include "bridge/engine/command.h"

// One downlink payload for the link to encode and publish.
struct publish {
    char device[DEVICE_ID_SIZE];
    bool phone;           // it comes by HTTP, not by MQTT
    enum topic_leaf leaf; // TOPIC_SEND, _CANCEL, _QUERY, _RECEIPT, _CONFIG, _INBOX
    int qos;
    struct publish *next;
    union {
        struct {
            char id[ID_SIZE];
            char to[PEER_SIZE];
            char *text; // owned
            int64_t account, lease, sim, qos, expires_at, lease_until;
            bool report;
            enum lane lane;
        } send; // its acknowledgement comes back as COMMAND_PUBLISHED
        struct {
            char id[ID_SIZE];
            int64_t lease;
        } cancel;
        struct {
            char (*ids)[ID_SIZE]; // owned
            size_t count;
        } query;
        struct {
            char journal[JOURNAL_SIZE];
            int64_t up_to;
        } receipt;
        struct {
            int64_t telemetry_interval_ms, min_gap_ms;
            bool paused;
        } config;
        struct {
            int64_t asked_at, from, to;
        } inbox;
    };
};

// Frees one item and what it owns.
void publish_free(struct publish *item);

enum { WEBHOOK_IN_FLIGHT = 32 }; // deliveries to one webhook at a time

// One delivery for the hooks to make.
struct hook_post {
    int64_t job, webhook;
    int64_t event;      // event.n, 0 = a test
    int64_t created_at; // of the job
    char webhook_id[ID_SIZE], account_id[ID_SIZE];
    char app_id[HOOK_APP_ID_SIZE]; // the app's own id of the webhook, "" = none
    char *url;                     // owned; "" = the message's callback URL
    enum hook_signature signature;
    char secret[HOOK_SECRET_SIZE], old_secret[HOOK_SECRET_SIZE]; // old "" = none
    struct hook_content *content; // what it tells, owned; NULL = is read from the store
    struct hook_post *next;
};

// Frees one post and what it owns.
void hook_post_free(struct hook_post *post);

// Every function is called on the engine's thread and must only queue and wake; the lists are taken.
struct outlets {
    void *http;
    // Commands of ORIGIN_HTTP that are done, linked by next.
    void (*answer)(void *http, struct command *commands);
    void *link;
    // Payloads to publish, or for phones: to tell them to come for, linked by next.
    void (*publish)(void *link, struct publish *items);
    // Something to ask of the plugin: look at the roster file, and kick that device ("" = only the roster).
    void (*roster_changed)(void *link, const char *kick);
    // Memory was read anew, and what is nowhere but there is gone: tell again who is connected.
    void (*states_lost)(void *link);
    void *hooks;
    // Deliveries to make, linked by next.
    void (*post)(void *hooks, struct hook_post *posts);
    void *feed;
    // Events up to last_event are committed.
    void (*fed)(void *feed, int64_t last_event);
    // App keys changed: forget what is cached about them.
    void (*keys_changed)(void *feed);
};

#endif
