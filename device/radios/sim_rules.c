// How the simulated network treats a message.
#include "device/radios/sim_rules.h"

#include "device/radio_line.h"

#include <fnmatch.h>
#include <stdio.h>
#include <string.h>

#define COUNT(table) (sizeof(table) / sizeof(table)[0])

enum { DELAY_MAX_MS = 3600000 };

void sim_rules_default(struct sim_rules *rules)
{
    *rules = (struct sim_rules){
        .otherwise = {.chance = 1, .sent_ms = {50, 200}, .delivered_ms = {200, 800}},
        .window = 16,
        .battery = 100,
        .charging = true,
        .cards = {{.slot = 1, .signal = 80, .number = "+15550000001", .carrier = "Simulated"}},
        .card_count = 1,
    };
}

// A delay is a number of milliseconds or [from, to].
static bool read_range(struct sim_range *range, const json_t *json, const char *name,
                       struct field_error *error)
{
    if (json == NULL)
        return true;
    const json_t *from = json_is_array(json) ? json_array_get(json, 0) : json;
    const json_t *to = json_is_array(json) ? json_array_get(json, 1) : json;
    struct sim_range read = {json_integer_value(from), json_integer_value(to)};
    if (!json_is_integer(from) || !json_is_integer(to) || read.from < 0 || read.to < read.from ||
        read.to > DELAY_MAX_MS)
        return field_fail(error, name, "must be milliseconds from 0 to %d, or [from, to]", DELAY_MAX_MS);
    *range = read;
    return true;
}

// Copies what a table has checked to fit.
static void copy_word(char *out, size_t size, const char *word)
{
    if (word != NULL)
        snprintf(out, size, "%s", word);
}

static bool read_accident(struct sim_rule *rule, const char *word, struct field_error *error)
{
    static const char *const words[] = {"none", "hang", "crash-before", "crash-after"};
    if (word == NULL)
        return true;
    for (size_t i = 0; i < COUNT(words); i++) {
        if (strcmp(words[i], word) == 0) {
            rule->accident = (enum sim_accident)i;
            return true;
        }
    }
    return field_fail(error, "accident", "must be none, hang, crash-before or crash-after");
}

struct fail_json {
    const char *kind, *code, *text;
};

static bool read_fail(struct sim_rule *rule, const json_t *json, struct field_error *error)
{
    static const struct field table[] = {
        {"kind", FIELD_STRING, offsetof(struct fail_json, kind), true, 1, WIRE_WORD_MAX_BYTES},
        {"code", FIELD_STRING, offsetof(struct fail_json, code), true, 1, WIRE_WORD_MAX_BYTES},
        {"text", FIELD_STRING, offsetof(struct fail_json, text), false, 0, WIRE_ERROR_TEXT_MAX_BYTES},
    };
    struct fail_json fail = {.text = ""};
    if (json == NULL)
        return true;
    if (!fields_decode(&fail, json, table, COUNT(table), "fail", error))
        return false;
    copy_word(rule->code, sizeof rule->code, fail.code);
    copy_word(rule->reason, sizeof rule->reason, fail.text);
    return radio_error_kind_parse(&rule->fail, fail.kind) ||
           field_fail(error, "fail.kind", "must be temporary, permanent or limit");
}

struct rule_json {
    const char *to, *text, *accident;
    json_t *chance, *taken, *sent, *delivered, *fail;
    bool undelivered, lose_delivered, duplicate;
};

static bool read_rule(struct sim_rule *rule, const json_t *json, struct field_error *error)
{
    static const struct field table[] = {
        {"to", FIELD_STRING, offsetof(struct rule_json, to), false, 0, SIM_PATTERN_SIZE - 1},
        {"text", FIELD_STRING, offsetof(struct rule_json, text), false, 0, SIM_PATTERN_SIZE - 1},
        {"chance", FIELD_ANY, offsetof(struct rule_json, chance), false, 0, 0},
        {"taken_ms", FIELD_ANY, offsetof(struct rule_json, taken), false, 0, 0},
        {"sent_ms", FIELD_ANY, offsetof(struct rule_json, sent), false, 0, 0},
        {"delivered_ms", FIELD_ANY, offsetof(struct rule_json, delivered), false, 0, 0},
        {"fail", FIELD_OBJECT, offsetof(struct rule_json, fail), false, 0, 8},
        {"undelivered", FIELD_BOOL, offsetof(struct rule_json, undelivered), false, 0, 0},
        {"lose_delivered", FIELD_BOOL, offsetof(struct rule_json, lose_delivered), false, 0, 0},
        {"duplicate", FIELD_BOOL, offsetof(struct rule_json, duplicate), false, 0, 0},
        {"accident", FIELD_STRING, offsetof(struct rule_json, accident), false, 1, WIRE_WORD_MAX_BYTES},
    };
    struct rule_json members = {.to = NULL};
    if (!fields_decode(&members, json, table, COUNT(table), "", error))
        return false;
    rule->chance = members.chance != NULL ? json_number_value(members.chance) : 1;
    if (members.chance != NULL && (!json_is_number(members.chance) || rule->chance < 0 || rule->chance > 1))
        return field_fail(error, "chance", "must be a number from 0 to 1");
    rule->undelivered = members.undelivered;
    rule->lose_delivered = members.lose_delivered;
    rule->duplicate = members.duplicate;
    copy_word(rule->to, sizeof rule->to, members.to);
    copy_word(rule->text, sizeof rule->text, members.text);
    return read_range(&rule->taken_ms, members.taken, "taken_ms", error) &&
           read_range(&rule->sent_ms, members.sent, "sent_ms", error) &&
           read_range(&rule->delivered_ms, members.delivered, "delivered_ms", error) &&
           read_fail(rule, members.fail, error) && read_accident(rule, members.accident, error);
}

static bool read_cards(struct sim_rules *rules, const json_t *cards, struct field_error *error)
{
    size_t i;
    json_t *value;
    json_array_foreach(cards, i, value)
    {
        struct wire_sim sim = {.signal = -1};
        if (!fields_decode(&sim, value, RADIO_SIM_FIELDS, RADIO_SIM_FIELD_COUNT, "sims", error))
            return false;
        rules->cards[i] = (struct sim_card){.slot = sim.slot, .signal = sim.signal};
        copy_word(rules->cards[i].number, NUMBER_SIZE, sim.number);
        copy_word(rules->cards[i].carrier, sizeof rules->cards[i].carrier, sim.carrier);
    }
    rules->card_count = json_array_size(cards);
    return true;
}

// The members of the whole file.
struct file_json {
    json_t *rule_list, *otherwise, *sims;
    int64_t window, battery, ready_ms;
    bool charging, power_saver, airplane;
};

// Every rule begins as a copy of "otherwise" and changes what it names.
static bool read_rules(struct sim_rules *rules, const struct file_json *file, struct field_error *error)
{
    size_t i;
    json_t *value;
    if (file->otherwise != NULL && !read_rule(&rules->otherwise, file->otherwise, error))
        return false;
    if (file->rule_list != NULL)
        rules->count = 0;
    json_array_foreach(file->rule_list, i, value)
    {
        struct field_error inner;
        rules->rules[i] = rules->otherwise;
        if (!json_is_object(value))
            return field_fail(error, "rules", "must be a list of objects");
        if (!read_rule(&rules->rules[i], value, &inner))
            return field_fail(error, "rules", "number %zu: %.40s %.80s", i + 1, inner.path, inner.detail);
        rules->count = i + 1;
    }
    return file->sims == NULL || read_cards(rules, file->sims, error);
}

#define AT(member) offsetof(struct file_json, member)

bool sim_rules_read(struct sim_rules *rules, const char *json, size_t length, struct field_error *error)
{
    static const struct field table[] = {
        {"rules", FIELD_ARRAY, AT(rule_list), false, 0, SIM_RULES_MAX},
        {"otherwise", FIELD_OBJECT, AT(otherwise), false, 0, 16},
        {"sims", FIELD_ARRAY, AT(sims), false, 0, WIRE_SIMS_MAX},
        {"window", FIELD_INT, AT(window), false, 1, RADIO_WINDOW_MAX},
        {"battery", FIELD_INT, AT(battery), false, -1, 100},
        {"ready_ms", FIELD_INT, AT(ready_ms), false, 0, DELAY_MAX_MS},
        {"charging", FIELD_BOOL, AT(charging), false, 0, 0},
        {"power_saver", FIELD_BOOL, AT(power_saver), false, 0, 0},
        {"airplane", FIELD_BOOL, AT(airplane), false, 0, 0},
    };
    struct file_json file = {
        .window = rules->window,
        .battery = rules->battery,
        .ready_ms = rules->ready_ms,
        .charging = rules->charging,
        .power_saver = rules->power_saver,
        .airplane = rules->airplane,
    };
    json_t *tree = fields_parse(json, length, error);
    if (tree == NULL)
        return false;
    bool good = fields_decode(&file, tree, table, COUNT(table), "", error) && read_rules(rules, &file, error);
    json_decref(tree);
    if (good) {
        rules->window = file.window;
        rules->battery = file.battery;
        rules->ready_ms = file.ready_ms;
        rules->charging = file.charging;
        rules->power_saver = file.power_saver;
        rules->airplane = file.airplane;
    }
    return good;
}

static bool pattern_matches(const char *pattern, const char *text)
{
    return pattern[0] == '\0' || fnmatch(pattern, text, 0) == 0;
}

const struct sim_rule *sim_rules_match(const struct sim_rules *rules, const char *to, const char *text,
                                       double (*random)(void *context), void *context)
{
    for (size_t i = 0; i < rules->count; i++) {
        const struct sim_rule *rule = &rules->rules[i];
        if (pattern_matches(rule->to, to) && pattern_matches(rule->text, text) &&
            (rule->chance >= 1 || random(context) < rule->chance))
            return rule;
    }
    return &rules->otherwise;
}
