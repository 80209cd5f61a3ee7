// IncomingPhoneNumbers: the numbers of the SIMs, from which apps let people choose a sender.
#include "bridge/twilio/twilio_internal.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

enum { WINDOW = 100, DEVICES_MAX = 1000, SID_SIZE = 35, SID_BYTES = 16 };

// What is looked for; NULL = anything.
struct wanted {
    const char *number, *sid;
};

// The SID of a number: the same for as long as the account has it.
static void sid_of(char sid[SID_SIZE], const char *account, const char *number)
{
    char text[ID_SIZE + NUMBER_SIZE];
    uint8_t hash[SECRET_HASH_BYTES];
    snprintf(text, sizeof(text), "%s%s", account, number);
    secret_hash(hash, text, strlen(text));
    snprintf(sid, SID_SIZE, "PN");
    for (size_t i = 0; i < SID_BYTES; i++)
        snprintf(sid + 2 + 2 * i, 3, "%02x", hash[i]);
}

static json_t *number_json(const char *account, const char *sid, const struct device *device,
                           const char *number)
{
    char date[TWILIO_DATE_SIZE], uri[sizeof(TWILIO_ROOT) + ID_SIZE + SID_SIZE + 32];
    twilio_date(date, device->created_at);
    snprintf(uri, sizeof(uri), TWILIO_ROOT "%s/IncomingPhoneNumbers/%s.json", account, sid);
    return json_pack("{s:s, s:s, s:s, s:s, s:s, s:s, s:s, s:s, s:s, s:{s:b, s:b, s:b, s:b}}", "sid", sid,
                     "account_sid", account, "friendly_name", device->name, "phone_number", number, "status",
                     "in-use", "api_version", TWILIO_API_VERSION, "date_created", date, "date_updated", date,
                     "uri", uri, "capabilities", "sms", true, "mms", false, "voice", false, "fax", false);
}

// Appends the wanted numbers of one device. Two devices may have told the same one: it is shown once.
static void add_numbers(json_t **list, const char *account, const struct device *device,
                        const struct wanted *wanted)
{
    struct twilio_senders senders = {.store = NULL};
    char sid[SID_SIZE];
    twilio_sims(&senders, device->status);
    for (size_t i = 0; i < senders.count; i++) {
        const char *number = senders.sims[i].number;
        size_t k;
        json_t *other;
        bool fits = wanted->number == NULL || strcmp(wanted->number, number) == 0;
        sid_of(sid, account, number);
        json_array_foreach(*list, k, other) fits =
            fits && strcmp(json_string_value(json_object_get(other, "sid")), sid) != 0;
        if (fits && (wanted->sid == NULL || strcmp(wanted->sid, sid) == 0))
            json_list_add_take(list, number_json(account, sid, device, number));
    }
}

// Those of the account's first devices, as an array; NULL after replying.
static json_t *find(struct request *request, const char *account, const struct wanted *wanted)
{
    struct device_view *views = calloc(WINDOW, sizeof(*views));
    json_t *list = json_array();
    enum query_status status = views != NULL && list != NULL ? QUERY_OK : QUERY_FAILED;
    size_t count = WINDOW;
    int64_t after = 0;
    for (size_t seen = 0; status == QUERY_OK && count == WINDOW && seen < DEVICES_MAX; seen += count) {
        count = 0;
        status = query_devices(request_store(request), views, WINDOW, &count,
                               request_principal(request)->account, after);
        for (size_t i = 0; i < count; i++) {
            add_numbers(&list, account, &views[i].device, wanted);
            after = views[i].device.n;
            device_view_clear(&views[i]);
        }
    }
    free(views);
    if (status != QUERY_FAILED && list != NULL)
        return list;
    json_decref(list);
    request_unavailable(request);
    return NULL;
}

void twilio_numbers_list(struct request *request)
{
    char account[ID_SIZE], uri[sizeof(TWILIO_ROOT) + ID_SIZE + 32];
    struct wanted wanted = {.number = request_query(request, "PhoneNumber")};
    if (!twilio_account(request, account))
        return;
    json_t *list = find(request, account, &wanted);
    if (list == NULL)
        return;
    int size = (int)json_array_size(list);
    snprintf(uri, sizeof(uri), TWILIO_ROOT "%s/IncomingPhoneNumbers.json", account);
    request_reply_json_take(request, 200,
                            json_pack("{s:i, s:i, s:i, s:i, s:s, s:s, s:n, s:n, s:o}", "page", 0, "page_size",
                                      size, "start", 0, "end", size > 0 ? size - 1 : 0, "uri", uri,
                                      "first_page_uri", uri, "next_page_uri", "previous_page_uri",
                                      "incoming_phone_numbers", list));
}

void twilio_numbers_fetch(struct request *request)
{
    char account[ID_SIZE], sid[SID_SIZE];
    struct wanted wanted = {.sid = sid};
    const char *name = request_param(request, 1); // with ".json", as all that ask write it
    if (!twilio_account(request, account))
        return;
    snprintf(sid, sizeof(sid), "%.*s", (int)strcspn(name, "."), name);
    json_t *list = find(request, account, &wanted);
    if (list == NULL)
        return;
    if (json_array_size(list) == 0)
        request_not_found(request, "The requested resource was not found");
    else
        request_reply_json_take(request, 200, json_incref(json_array_get(list, 0)));
    json_decref(list);
}
