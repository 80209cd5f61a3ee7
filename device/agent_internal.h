// What the sources of the agent share. One thread.
#ifndef SMSQUITTO_DEVICE_AGENT_INTERNAL_H
#define SMSQUITTO_DEVICE_AGENT_INTERNAL_H

#include "common/topic.h"
#include "device/agent.h"
#include "device/backoff.h"
#include "device/mqtt.h"
#include "device/radio.h"
#include "device/radio_line.h"
#include "device/uplink.h"

enum { AGENT_VOLATILE_MAX = 1000 }; // QoS 0 messages in memory
enum { AGENT_TOPICS = 6 };

// Something that happened and has not been committed yet. Kept, and applied again, when a commit fails.
enum input_kind {
    INPUT_SEND,
    INPUT_CANCEL,
    INPUT_QUERY,
    INPUT_RECEIPT,
    INPUT_CONFIG,
    INPUT_INBOX,
    INPUT_RADIO, // one line of the radio
    INPUT_DOUBT, // what is in the radio is in doubt: it died, or the device starts
};

struct input {
    enum input_kind kind;
    size_t length;
    char *bytes; // owned, NUL behind it
};

// An answer under seq 0, with its own strings.
struct answer {
    struct wire_report report;
    char id[ID_SIZE], code[WIRE_WORD_MAX_BYTES + 1], text[WIRE_ERROR_TEXT_MAX_BYTES + 1];
};

// A message that is in the radio.
struct slot {
    char ref[ID_SIZE]; // "" = free
    bool taken;
    int64_t since_ms; // mono: given, or taken
};

// A QoS 0 message: in memory only.
struct volatile_message {
    struct volatile_message *next;
    struct journal_message row;
};

// What the radio has said about itself, with its own strings.
struct radio_state {
    bool ready;
    char name[RADIO_NAME_MAX_BYTES + 1];
    int64_t window, battery;
    bool charging, power_saver, airplane;
    struct wire_sim sims[WIRE_SIMS_MAX];
    char numbers[WIRE_SIMS_MAX][NUMBER_SIZE];
    char carriers[WIRE_SIMS_MAX][WIRE_WORD_MAX_BYTES + 1];
    size_t sim_count;
};

struct agent {
    const struct config *config;
    struct journal *journal;
    struct mqtt *mqtt;
    struct radio *radio;
    struct uplink uplink;
    int64_t now_ms, mono_ms; // of this turn of the loop

    // Collected for the next transaction, and its effects.
    struct input *inputs;
    size_t input_count, input_room;
    struct answer *answers;
    size_t answer_count, answer_room;
    char **lines; // for the radio, after the commit
    size_t line_count, line_room;
    struct slot given[RADIO_WINDOW_MAX]; // slots that fill after the commit
    size_t given_count;
    int64_t retry_at_ms; // mono: a commit failed, not before this time
    int64_t position;    // of the next message
    int64_t waiting;     // messages in the journal that wait
    int64_t overdue_at;  // wall: when the next of them runs out
    int64_t prune_at_ms; // mono

    // The radio.
    int64_t inbox_told_ms; // mono: the radio was asked for its inbox; 0 = not in this run
    struct radio_state state;
    struct slot slots[RADIO_WINDOW_MAX];
    int64_t next_entry_ms;                   // mono: min_gap allows the next message
    struct volatile_message *volatile_first; // in the order of their positions
    size_t volatile_count;

    // The link.
    bool connected, subscribed, said_hello;
    int64_t subscribed_at_ms, connect_at_ms, telemetry_at_ms; // mono
    int64_t hello_again_at_ms; // mono: without an answer until then, the bridge was not there; 0 = answered
    bool nobody_there; // the broker knew no subscriber since the last hello: what comes is no answer to it
    struct backoff refused; // waits behind refusals of the broker
    struct backoff reconnect, unheard;
    char topics[AGENT_TOPICS][TOPIC_SIZE];
    char report_topic[TOPIC_SIZE], inbound_topic[TOPIC_SIZE], status_topic[TOPIC_SIZE];
};

// agent_batch.c: one transaction for all that is collected.
void agent_collect(struct agent *agent, enum input_kind kind, const char *bytes, size_t length);
bool agent_batch_due(const struct agent *agent);
int64_t agent_batch_deadline(const struct agent *agent);
void agent_batch(struct agent *agent);
void agent_answer(struct agent *agent, const struct wire_report *report);
void agent_line_take(struct agent *agent, char *line);
void agent_report(struct agent *agent, struct journal_message *row, int64_t part);

// agent_apply.c: what one input changes, inside the transaction.
void agent_apply(struct agent *agent, const struct input *input);

// agent_words.c: what the radio says, inside the transaction.
void agent_apply_radio(struct agent *agent, const char *line, size_t length);
void agent_apply_doubt(struct agent *agent);

// agent_inbox.c: what came in, and requests to read the inbox again; inside the transaction.
void agent_inbox_ready(struct agent *agent);  // the radio can be asked
void agent_inbox_settle(struct agent *agent); // now and then: a request that was carried out is closed
void agent_apply_inbox(struct agent *agent, const struct input *input);
void agent_inbox_text(struct agent *agent, const struct wire_inbound *inbound);

// agent_slots.c: what is in the radio, and who goes next.
extern const struct radio_handler agent_radio_handler;
struct slot *agent_slot(struct agent *agent, const char *ref);
bool agent_radio_may_take(const struct agent *agent);
void agent_feed_radio(struct agent *agent);
void agent_radio_check(struct agent *agent);
int64_t agent_radio_deadline(const struct agent *agent);
void agent_volatile_add(struct agent *agent, const struct wire_send *send);
void agent_volatile_clear(struct agent *agent);
int64_t agent_min_gap_ms(const struct agent *agent);

// agent_link.c: connection, status; agent_uplink.c: reports and inbound texts.
extern const struct mqtt_handler agent_mqtt_handler;
void agent_link_topics(struct agent *agent);
void agent_link_step(struct agent *agent);
int64_t agent_link_deadline(const struct agent *agent);
void agent_hello_again(struct agent *agent);
void agent_status_soon(struct agent *agent);
void agent_publish_answers(struct agent *agent);
void agent_publish_uplinks(struct agent *agent);

#endif
