// /settings: what the account's phones are to be like. They are kept for phones that run SMSGate's app; the
// limits of all other devices are set with PUT /v1/devices/{id}/limits. The signing key also signs what our
// webhooks tell in SMSGate's form.
#include "bridge/smsgate/smsgate_internal.h"

#include "common/json_memory.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

enum { MINUTES_MAX = 24 * 60, COUNT_MAX = 1000000, DAYS_MAX = 3650, NAME_MAX_BYTES = 40 };

// One setting. words: what it may say, NULL = a number in [min, max], or true or false where max is 0.
static const struct setting_rule {
    const char *section, *name, *words;
    int64_t min, max;
} RULES[] = {
    {"messages", "send_interval_min", NULL, 0, 86400},
    {"messages", "send_interval_max", NULL, 0, 86400},
    {"messages", "limit_period", "Disabled PerMinute Per30Minutes PerHour PerDay", 0, 0},
    {"messages", "limit_value", NULL, 1, COUNT_MAX},
    {"messages", "sim_selection_mode", "OSDefault RoundRobin Random", 0, 0},
    {"messages", "log_lifetime_days", NULL, 1, DAYS_MAX},
    {"messages", "processing_order", "LIFO FIFO", 0, 0},
    {"messages", "work_hours_enabled", NULL, 0, 0},
    {"messages", "work_hours_start", NULL, 0, MINUTES_MAX},
    {"messages", "work_hours_end", NULL, 0, MINUTES_MAX},
    {"ping", "interval_seconds", NULL, 1, 86400},
    {"logs", "lifetime_days", NULL, 1, DAYS_MAX},
    {"webhooks", "internet_required", NULL, 0, 0},
    {"webhooks", "retry_count", NULL, 0, 1000},
    {"receiver", "content_provider_enabled", NULL, 0, 0},
};

static const struct setting_rule *find_rule(const char *section, const char *name)
{
    for (size_t i = 0; i < sizeof(RULES) / sizeof(RULES[0]); i++)
        if (strcmp(RULES[i].section, section) == 0 && (name == NULL || strcmp(RULES[i].name, name) == 0))
            return &RULES[i];
    return NULL;
}

// A name as the types of SMSGate's package for TypeScript have it ("limitValue"), as its API has it.
static void snake_case(char out[NAME_MAX_BYTES], const char *name)
{
    size_t length = 0;
    for (; *name != '\0' && length + 3 < NAME_MAX_BYTES; name++) {
        bool capital = *name >= 'A' && *name <= 'Z';
        if (capital)
            out[length++] = '_';
        out[length++] = (char)(capital ? *name - 'A' + 'a' : *name);
    }
    out[length] = '\0';
}

static bool is_word(const char *words, const char *value)
{
    size_t length = strlen(value);
    for (const char *word = words; *word != '\0'; word += strspn(word, " ")) {
        size_t word_length = strcspn(word, " ");
        if (word_length == length && memcmp(word, value, length) == 0)
            return true;
        word += word_length;
    }
    return false;
}

static bool fits(const struct setting_rule *rule, const json_t *value)
{
    if (rule->words != NULL)
        return json_is_string(value) && is_word(rule->words, json_string_value(value));
    if (rule->max == 0)
        return json_is_boolean(value);
    return json_is_integer(value) && json_integer_value(value) >= rule->min &&
           json_integer_value(value) <= rule->max;
}

static bool fail_value(const struct setting_rule *rule, const char *path, struct field_error *error)
{
    if (rule->words != NULL)
        return field_fail(error, path, "must be one of %s", rule->words);
    if (rule->max == 0)
        return field_fail(error, path, "must be true or false");
    return field_fail(error, path, "must be a whole number from %lld to %lld", (long long)rule->min,
                      (long long)rule->max);
}

// Takes one setting over into section; null leaves it unset. False with the error set.
static bool take(json_t *section, char *key, const char *section_name, const char *given, json_t *value,
                 struct field_error *error)
{
    char path[FIELD_PATH_SIZE], name[NAME_MAX_BYTES];
    snake_case(name, given);
    const struct setting_rule *rule = find_rule(section_name, name);
    snprintf(path, sizeof(path), "%.40s.%.40s", section_name, name);
    if (strcmp(path, "webhooks.signing_key") == 0 && json_is_string(value)) {
        size_t length = json_string_length(value);
        if (length == 0 || length >= HOOK_SECRET_SIZE || length != strlen(json_string_value(value)))
            return field_fail(error, path, "must be 1 to %d bytes", HOOK_SECRET_SIZE - 1);
        memcpy(key, json_string_value(value), length + 1);
        return true;
    }
    if (rule == NULL)
        return field_fail(error, path, "is no setting that this gateway hands to phones");
    if (json_is_null(value))
        json_object_del(section, name);
    else if (fits(rule, value))
        json_object_set(section, name, value);
    else
        return fail_value(rule, path, error);
    return true;
}

// Merges the body into settings. False with the error set.
static bool merge(json_t *settings, char *key, json_t *body, struct field_error *error)
{
    const char *section_name, *name;
    json_t *given, *value;
    json_object_foreach(body, section_name, given)
    {
        if (json_is_null(given))
            continue;
        if (find_rule(section_name, NULL) == NULL || !json_is_object(given))
            return field_fail(error, section_name,
                              "is no section of settings that this gateway hands to phones");
        json_t *section = json_object_get(settings, section_name);
        if (section == NULL && json_object_set_new(settings, section_name, section = json_object()) != 0)
            return field_no_memory(error, section_name);
        json_object_foreach(given, name,
                            value) if (!take(section, key, section_name, name, value, error)) return false;
    }
    return true;
}

// What is kept now, as an object; NULL after replying.
static json_t *kept(struct request *request)
{
    struct phone_settings row = {.settings = NULL};
    enum query_status status =
        query_phone_settings(request_store(request), &row, request_principal(request)->account);
    json_t *json = status == QUERY_OK ? json_loads(row.settings, 0, NULL) : json_object();
    if (status == QUERY_OK)
        phone_settings_clear(&row);
    if (status != QUERY_FAILED && json_is_object(json))
        return json;
    json_decref(json);
    request_unavailable(request);
    return NULL;
}

void smsgate_settings_show(struct request *request)
{
    json_t *json = kept(request);
    if (json != NULL)
        request_reply_json_take(request, 200, json);
}

static void stored(struct request *request, struct command *command)
{
    (void)command;
    smsgate_settings_show(request);
}

// Keeps settings (taken) with what the body changes.
static void change_take(struct request *request, json_t *settings, json_t *body)
{
    struct field_error error;
    struct command *command =
        command_new(COMMAND_PHONE_SETTINGS, ORIGIN_HTTP, request_principal(request)->account);
    if (command == NULL) {
        request_unavailable(request);
    } else if (!merge(settings, command->phone_settings.signing_key, body, &error)) {
        request_invalid(request, &error);
    } else if ((command->phone_settings.settings = json_text_take(json_incref(settings))) == NULL) {
        request_unavailable(request);
    } else {
        request_submit_take(request, command, stored);
        command = NULL;
    }
    command_free(command);
    json_decref(settings);
}

void smsgate_settings_put(struct request *request)
{
    json_t *body = request_json(request);
    if (body != NULL)
        change_take(request, json_object(), body);
    json_decref(body);
}

void smsgate_settings_patch(struct request *request)
{
    json_t *body = request_json(request);
    json_t *settings = body != NULL ? kept(request) : NULL;
    if (settings != NULL)
        change_take(request, settings, body);
    json_decref(body);
}
