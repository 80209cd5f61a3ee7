// How the simulated network treats a message: rules from JSON, first match wins.
//
// Pure logic; any thread. Delays are milliseconds, random within a range.
#ifndef SMSQUITTO_DEVICE_SIM_RULES_H
#define SMSQUITTO_DEVICE_SIM_RULES_H

#include "common/wire.h"

enum { SIM_RULES_MAX = 64, SIM_PATTERN_SIZE = 128 };

enum sim_accident {
    SIM_NO_ACCIDENT,
    SIM_HANG,         // nothing is ever said about the message
    SIM_CRASH_BEFORE, // the radio dies before the message is on the air
    SIM_CRASH_AFTER,  // the radio dies when it is on the air, before it says so
};

struct sim_range {
    int64_t from, to;
};

struct sim_rule {
    char to[SIM_PATTERN_SIZE], text[SIM_PATTERN_SIZE]; // shell patterns; "" = any
    double chance;                                     // 0 - 1 that the rule holds for what it matches
    struct sim_range taken_ms, sent_ms, delivered_ms;
    enum wire_error_kind fail; // WIRE_ERROR_NONE = it is sent
    char code[WIRE_WORD_MAX_BYTES + 1], reason[WIRE_ERROR_TEXT_MAX_BYTES + 1];
    bool undelivered, lose_delivered, duplicate; // duplicate: everything is said twice
    enum sim_accident accident;
};

struct sim_card {
    int64_t slot, signal;
    char number[NUMBER_SIZE], carrier[WIRE_WORD_MAX_BYTES + 1]; // "" = not known
};

struct sim_rules {
    struct sim_rule rules[SIM_RULES_MAX];
    size_t count;
    struct sim_rule otherwise; // for what no rule matches
    int64_t window, battery, ready_ms;
    bool charging, power_saver, airplane;
    struct sim_card cards[WIRE_SIMS_MAX];
    size_t card_count;
};

// The rules when there is no file: one SIM, sent after 50-200 ms, delivered 200-800 ms later.
void sim_rules_default(struct sim_rules *rules);

// Reads JSON over what *rules holds: members that are missing stay. Returns false with *error set; *rules may
// then be half changed.
bool sim_rules_read(struct sim_rules *rules, const char *json, size_t length, struct field_error *error);

// The rule for a message, borrowed until the rules change. random gives numbers in [0, 1) for chances.
const struct sim_rule *sim_rules_match(const struct sim_rules *rules, const char *to, const char *text,
                                       double (*random)(void *context), void *context);

#endif
