// What a phone says of its messages, as reports of a device. Pure logic; any thread.
#include "bridge/smsgate/phone_internal.h"

#include "common/failure.h"
#include "common/isotime.h"
#include "common/parse.h"

#include <stdio.h>
#include <string.h>

enum { HEX = 32, ERROR_MAX = 512, LEASE_MAX = 999 };

struct item {
    const char *id, *state;
    json_t *recipients, *states;
};

static const struct field FIELDS[] = {
    {"id", FIELD_STRING, offsetof(struct item, id), true, 1, 64},
    {"state", FIELD_STRING, offsetof(struct item, state), true, 1, 16},
    {"recipients", FIELD_ARRAY, offsetof(struct item, recipients), false, 0, 1},
    {"states", FIELD_OBJECT, offsetof(struct item, states), false, 0, 16},
};

struct recipient {
    const char *state, *error;
};

static const struct field RECIPIENT_FIELDS[] = {
    {"state", FIELD_STRING, offsetof(struct recipient, state), false, 1, 16},
    {"error", FIELD_STRING, offsetof(struct recipient, error), false, 0, ERROR_MAX},
};

void phone_message_id(char out[PHONE_MESSAGE_ID_SIZE], const struct message *message)
{
    int64_t lease = message->lease < LEASE_MAX ? message->lease : LEASE_MAX;
    snprintf(out, PHONE_MESSAGE_ID_SIZE, "%.32s-%d", message->id + strlen(ID_MESSAGE), (int)lease);
}

bool phone_message_parse(char id[ID_SIZE], int64_t *lease, const char *text)
{
    size_t length = strlen(text);
    if (length < HEX + 2 || text[HEX] != '-' ||
        !parse_int(lease, text + HEX + 1, length - HEX - 1, 1, LEASE_MAX))
        return false;
    snprintf(id, ID_SIZE, ID_MESSAGE "%.32s", text);
    return id_valid(id, strlen(id), ID_MESSAGE);
}

// Android's word for what went wrong ("RESULT_ERROR_NO_SERVICE"), somewhere in the sentence; NULL = none.
static const char *code_of(const char *error)
{
    for (size_t i = 0; error != NULL && failure_at(i) != NULL; i++)
        if (strncmp(failure_at(i)->code, "RESULT_", 7) == 0 && strstr(error, failure_at(i)->code) != NULL)
            return failure_at(i)->code;
    return NULL;
}

static void read_failure(struct wire_report *report, const char *error)
{
    const char *code = code_of(error);
    report->error_text = error;
    if (code == NULL && error != NULL && strcasestr(error, "expired") != NULL) {
        report->state = STATE_EXPIRED;
        report->error_kind = WIRE_ERROR_TEMPORARY;
        report->error_code = "lease"; // its time to live is that of its lease
        return;
    }
    report->state = STATE_FAILED;
    report->error_kind = code != NULL ? failure_kind(code) : WIRE_ERROR_PERMANENT;
    report->error_code = code != NULL ? code : "smsgate";
}

static bool read_state(struct wire_report *report, const char *word, const char *error)
{
    static const struct {
        enum smsgate_state theirs;
        enum state ours;
    } STATES[] = {
        {SMSGATE_PENDING, STATE_ACCEPTED}, // it is stored on the phone
        {SMSGATE_CANCELLING, STATE_ACCEPTED}, {SMSGATE_PROCESSED, STATE_ACCEPTED},
        {SMSGATE_SENT, STATE_SENT},           {SMSGATE_DELIVERED, STATE_DELIVERED},
        {SMSGATE_CANCELLED, STATE_CANCELLED},
    };
    enum smsgate_state state;
    if (!smsgate_state_parse(&state, word))
        return false;
    if (state == SMSGATE_FAILED)
        read_failure(report, error);
    for (size_t i = 0; i < sizeof(STATES) / sizeof(STATES[0]); i++)
        if (STATES[i].theirs == state)
            report->state = STATES[i].ours;
    return true;
}

// Reads one element into report. Its id goes into ids, so that it lives as long as the reports.
static bool read_item(struct wire_report *report, json_t *ids, const json_t *value, const char *path,
                      int64_t now, struct field_error *error)
{
    struct item item = {.id = NULL};
    struct recipient recipient = {.state = NULL};
    char id[ID_SIZE];
    if (!fields_decode_known(&item, value, FIELDS, 4, path, error) ||
        (json_array_size(item.recipients) > 0 &&
         !fields_decode_known(&recipient, json_array_get(item.recipients, 0), RECIPIENT_FIELDS, 2, path,
                              error)))
        return false;
    if (!phone_message_parse(id, &report->lease, item.id))
        return field_fail(error, path, "names no message of this gateway");
    const char *word = recipient.state != NULL ? recipient.state : item.state;
    if (!read_state(report, word, recipient.error))
        return field_fail(error, path, "has no state that this gateway knows");
    const char *at = json_string_value(json_object_get(item.states, word));
    if (at == NULL || !isotime_parse(&report->at, at, strlen(at)))
        report->at = now;
    json_list_add_take(&ids, json_string(id));
    report->id = json_string_value(json_array_get(ids, json_array_size(ids) - 1));
    return report->id != NULL || field_no_memory(error, path);
}

bool phone_reports_read(struct wire_reports *reports, const json_t *list, int64_t now,
                        struct field_error *error)
{
    char path[32];
    size_t i;
    json_t *value;
    reports->journal = PHONE_JOURNAL;
    if (!json_is_array(list) || json_array_size(list) > WIRE_REPORTS_MAX)
        return field_fail(error, "", "must be a list of at most %d messages", WIRE_REPORTS_MAX);
    json_t *ids = json_array();
    reports->json = json_pack("{s:O, s:o}", "list", list, "ids", ids); // all that the reports borrow
    if (reports->json == NULL)
        return field_no_memory(error, "");
    json_array_foreach(list, i, value)
    {
        snprintf(path, sizeof(path), "[%zu]", i);
        if (!read_item(&reports->items[reports->count], ids, value, path, now, error))
            return false;
        reports->count++;
    }
    return true;
}
