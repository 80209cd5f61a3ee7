// Which messages are meant: by the query of a list, or by the body of a request that acts on many.
#include "bridge/api/api_internal.h"

#include "bridge/store/query_pools.h"

#include <stdio.h>
#include <string.h>

struct words {
    const char *state, *direction, *to, *from, *batch, *device, *pool, *lane, *reason, *cursor;
    int64_t created_from, created_to;
};

#define WORD(name, max)                                                                                      \
    {                                                                                                        \
#name, FIELD_STRING, offsetof(struct words, name), false, 1, max                                     \
    }
#define TIME(name)                                                                                           \
    {                                                                                                        \
#name, FIELD_TIME, offsetof(struct words, name), false, 0, INT64_MAX                                 \
    }
static const struct field FIELDS[] = {
    WORD(to, 64),
    WORD(batch, ID_SIZE),
    WORD(device, DEVICE_ID_MAX),
    WORD(pool, FROM_SIZE - 1),
    WORD(lane, 16),
    WORD(reason, REASON_SIZE - 1),
    TIME(created_from),
    TIME(created_to),
    WORD(cursor, ID_SIZE),
    // those that a queue has no use for
    WORD(state, 16),
    WORD(direction, 16),
    WORD(from, PEER_SIZE - 1),
};
enum { QUEUE_FIELDS = 9, LIST_FIELDS = sizeof(FIELDS) / sizeof(FIELDS[0]) };

static bool fail(struct field_error *error, const char *prefix, const char *name, const char *detail)
{
    char path[FIELD_PATH_SIZE];
    snprintf(path, sizeof(path), "%s%s%s", prefix, prefix[0] != '\0' ? "." : "", name);
    return field_fail(error, path, "%s", detail);
}

// Reads to or from: the other side, and which way the messages went.
static bool read_peer(const struct request *request, struct message_filter *filter, const struct words *words,
                      const char *prefix, struct field_error *error)
{
    const char *peer = words->to != NULL ? words->to : words->from;
    int direction = words->to != NULL ? DIRECTION_OUTBOUND : DIRECTION_INBOUND;
    if (peer == NULL)
        return true;
    if (words->to != NULL && words->from != NULL)
        return fail(error, prefix, "from", "excludes to: give one of them");
    if (filter->direction >= 0 && filter->direction != direction)
        return fail(error, prefix, "direction", "does not go with to or from");
    filter->direction = direction;
    enum number_status status =
        number_normalize(filter->peer, peer, strlen(peer), request_options(request)->default_country);
    if (status != NUMBER_OK && words->to != NULL)
        return fail(error, prefix, "to", number_status_text(status));
    if (status != NUMBER_OK)
        api_copy(filter->peer, sizeof(filter->peer), peer); // a sender that is no number
    return true;
}

static bool read_ids(struct message_filter *filter, const struct words *words, const char *prefix,
                     struct field_error *error)
{
    if (words->batch != NULL && !id_valid(words->batch, strlen(words->batch), ID_BATCH))
        return fail(error, prefix, "batch", "is no id of a batch");
    if (words->cursor != NULL && !id_valid(words->cursor, strlen(words->cursor), ID_MESSAGE))
        return fail(error, prefix, "cursor", "is no cursor of this list");
    api_copy(filter->batch, sizeof(filter->batch), words->batch);
    api_copy(filter->before, sizeof(filter->before), words->cursor);
    return true;
}

static bool read_words(struct message_filter *filter, const struct words *words, const char *prefix,
                       struct field_error *error)
{
    const char *state = words->state, *direction = words->direction;
    if (state != NULL && !state_parse(&filter->states[0], state, strlen(state)))
        return fail(error, prefix, "state", "is no state of a message");
    if (direction != NULL && strcmp(direction, "inbound") != 0 && strcmp(direction, "outbound") != 0)
        return fail(error, prefix, "direction", "must be inbound or outbound");
    if (words->lane != NULL && !lane_parse(&filter->lane, words->lane))
        return fail(error, prefix, "lane", "must be otp, high, normal or bulk");
    filter->direction = direction == NULL ? -1 : direction[0] == 'i' ? DIRECTION_INBOUND : DIRECTION_OUTBOUND;
    filter->created_from = words->created_from;
    filter->created_to = words->created_to;
    api_copy(filter->reason, sizeof(filter->reason), words->reason);
    return true;
}

// Replaces the device's id and the pool's name by their numbers. QUERY_NONE with *error set.
static enum query_status find(struct request *request, struct message_filter *filter,
                              const struct words *words, const char *prefix, struct field_error *error)
{
    struct device_view device;
    struct pool_view pool;
    enum query_status status = QUERY_OK;
    if (words->device != NULL)
        status = query_device(request_store(request), &device, filter->account, words->device);
    if (status == QUERY_NONE)
        (void)fail(error, prefix, "device", "there is no such device");
    if (status != QUERY_OK)
        return status;
    if (words->device != NULL) {
        filter->device = device.device.n;
        device_view_clear(&device);
    }
    if (words->pool == NULL)
        return QUERY_OK;
    status = query_pool(request_store(request), &pool, filter->account, words->pool);
    if (status == QUERY_OK)
        filter->pool = pool.pool.n;
    else
        (void)fail(error, prefix, "pool", "there is no such pool");
    return status;
}

// False after replying.
static bool read_filter(struct request *request, struct message_filter *filter, const json_t *object,
                        size_t fields, const char *prefix)
{
    struct field_error error;
    struct words words = {.state = NULL};
    enum query_status status = QUERY_NONE;
    *filter = (struct message_filter){.account = request_principal(request)->account};
    if (fields_decode(&words, object, FIELDS, fields, prefix, &error) &&
        read_words(filter, &words, prefix, &error) && read_ids(filter, &words, prefix, &error) &&
        read_peer(request, filter, &words, prefix, &error))
        status = find(request, filter, &words, prefix, &error);
    if (status == QUERY_NONE)
        request_invalid(request, &error);
    else if (status == QUERY_FAILED)
        request_unavailable(request);
    return status == QUERY_OK;
}

bool api_filter_body(struct request *request, struct message_filter *filter, const json_t *object,
                     const char *prefix)
{
    return read_filter(request, filter, object, QUEUE_FIELDS, prefix);
}

bool api_filter_query(struct request *request, struct message_filter *filter, int64_t *limit, bool queue)
{
    const char *names[LIST_FIELDS + 2] = {"limit"};
    size_t fields = queue ? QUEUE_FIELDS : LIST_FIELDS;
    for (size_t i = 0; i < fields; i++)
        names[i + 1] = FIELDS[i].name;
    if (!request_query_check(request, names) || !api_query_int(request, limit, "limit", 1, API_PAGE_MAX))
        return false;
    json_t *object = json_object();
    for (size_t i = 0; i < fields; i++)
        if (request_query(request, FIELDS[i].name) != NULL)
            json_object_set_new(object, FIELDS[i].name, json_string(request_query(request, FIELDS[i].name)));
    bool done = read_filter(request, filter, object, fields, "");
    json_decref(object);
    return done;
}
