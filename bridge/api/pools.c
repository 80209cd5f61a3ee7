// /v1/pools: devices that share work, and who of them takes a message.
#include "bridge/api/api_internal.h"

#include "bridge/store/query_pools.h"
#include "common/parse.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

enum {
    FALLBACK_AFTER_MAX_S = 7 * 86400,
    PRIORITY_MAX = 9,
    WEIGHT_MAX = 100,
    PREFIXES_MAX = 16,
    SIMS = 16, // more than a device has slots: a cursor is device * SIMS + sim
};

struct body {
    const char *name, *policy, *fallback, *tag;
    int64_t priority, fallback_after_s;
    json_t *carriers, *quiet;
};

static const struct field FIELDS[] = {
    {"name", FIELD_STRING, offsetof(struct body, name), false, 1, DEVICE_ID_MAX},
    {"policy", FIELD_STRING, offsetof(struct body, policy), false, 1, 16},
    {"priority", FIELD_INT, offsetof(struct body, priority), false, 0, PRIORITY_MAX},
    {"fallback", FIELD_STRING, offsetof(struct body, fallback), false, 0, FROM_SIZE - 1},
    {"fallback_after_s", FIELD_INT, offsetof(struct body, fallback_after_s), false, 0, FALLBACK_AFTER_MAX_S},
    {"tag", FIELD_STRING, offsetof(struct body, tag), false, 0, TAG_SIZE - 1},
    {"carriers", FIELD_OBJECT, offsetof(struct body, carriers), false, 0, POOL_CARRIERS_MAX},
    {"quiet_hours", FIELD_OBJECT, offsetof(struct body, quiet), false, 0, 4},
};

struct member_body {
    int64_t sim, weight;
    json_t *prefixes;
};

static const struct field MEMBER_FIELDS[] = {
    {"sim", FIELD_INT, offsetof(struct member_body, sim), false, 1, WIRE_SIMS_MAX},
    {"weight", FIELD_INT, offsetof(struct member_body, weight), false, 1, WEIGHT_MAX},
    {"prefixes", FIELD_ARRAY, offsetof(struct member_body, prefixes), false, 0, PREFIXES_MAX},
};

static bool prefix_valid(const char *text)
{
    size_t digits = text[0] == '+' ? strspn(text + 1, "0123456789") : 0;
    return digits >= 1 && digits <= 14 && text[1 + digits] == '\0';
}

static bool read_carriers(struct command_pool *wish, json_t *carriers, struct field_error *error)
{
    const char *prefix;
    json_t *name;
    wish->set_carriers = carriers != NULL;
    if (json_object_size(carriers) == 0)
        return true;
    wish->carriers = calloc(json_object_size(carriers), sizeof(*wish->carriers));
    if (wish->carriers == NULL)
        return field_no_memory(error, "carriers");
    json_object_foreach(carriers, prefix, name)
    {
        struct pool_carrier *carrier = &wish->carriers[wish->carrier_count++];
        if (!prefix_valid(prefix))
            return field_fail(error, "carriers", "has a name that is not '+' and 1 to 14 digits");
        if (!json_is_string(name) || json_string_length(name) < 1 ||
            json_string_length(name) >= sizeof(carrier->carrier))
            return field_fail(error, "carriers", "has a carrier that is not a text of 1 to %d bytes",
                              (int)sizeof(carrier->carrier) - 1);
        api_copy(carrier->prefix, sizeof(carrier->prefix), prefix);
        api_copy(carrier->carrier, sizeof(carrier->carrier), json_string_value(name));
    }
    return true;
}

static bool read_slug(char *out, size_t size, const char *text, const char *path, struct field_error *error)
{
    if (text != NULL && text[0] != '\0' && !device_id_valid(text, strlen(text)))
        return field_fail(error, path, "must be 1 to %d of a-z, 0-9 and -, not - at an end", DEVICE_ID_MAX);
    api_copy(out, size, text);
    return true;
}

// Members that are there but null take away what was set.
static bool read_pool(struct command_pool *wish, const json_t *json, struct field_error *error)
{
    struct body body = {.fallback_after_s = -1, .priority = -1};
    if (!fields_decode(&body, json, FIELDS, sizeof(FIELDS) / sizeof(FIELDS[0]), "", error))
        return false;
    wish->set_policy = body.policy != NULL;
    if (wish->set_policy && !pool_policy_parse(&wish->policy, body.policy))
        return field_fail(error, "policy",
                          "must be least_loaded, round_robin, weighted, sticky, prefix or carrier");
    wish->set_priority = body.priority >= 0;
    wish->priority = body.priority;
    wish->set_fallback = json_object_get(json, "fallback") != NULL;
    api_copy(wish->fallback, sizeof(wish->fallback), body.fallback);
    wish->set_fallback_after = body.fallback_after_s >= 0;
    wish->fallback_after_ms = body.fallback_after_s * 1000;
    wish->set_tag = json_object_get(json, "tag") != NULL;
    wish->set_quiet = json_object_get(json, "quiet_hours") != NULL;
    wish->own_quiet = body.quiet != NULL;
    return read_slug(wish->name, sizeof(wish->name), body.name, "name", error) &&
           read_slug(wish->tag, sizeof(wish->tag), body.tag, "tag", error) &&
           read_carriers(wish, body.carriers, error) &&
           (!wish->own_quiet || api_quiet_read(&wish->quiet, body.quiet, "quiet_hours", error));
}

// The carriers as an object; NULL when the store cannot be read.
static json_t *carriers_json(struct query *store, int64_t pool)
{
    struct pool_carrier *carriers = calloc(POOL_CARRIERS_MAX, sizeof(*carriers));
    size_t count = 0;
    json_t *json = NULL;
    if (carriers != NULL && query_pool_carriers(store, carriers, &count, pool) == QUERY_OK)
        json = json_object();
    for (size_t i = 0; i < count && json != NULL; i++)
        json_object_set_new(json, carriers[i].prefix, json_string(carriers[i].carrier));
    free(carriers);
    return json;
}

static json_t *pool_json(struct query *store, const struct pool_view *view)
{
    const struct pool *pool = &view->pool;
    json_t *carriers = carriers_json(store, pool->n);
    if (carriers == NULL)
        return NULL;
    return json_pack("{s:s, s:s, s:s, s:I, s:o, s:I, s:o, s:o, s:o, s:I, s:I, s:o}", "id", pool->id, "name",
                     pool->name, "policy", pool_policy_name(pool->policy), "priority",
                     (json_int_t)pool->priority, "fallback", api_text(view->fallback), "fallback_after_s",
                     (json_int_t)(pool->fallback_after_ms / 1000), "tag", api_text(pool->tag), "carriers",
                     carriers, "quiet_hours", pool->own_quiet ? api_quiet_json(&pool->quiet) : json_null(),
                     "members", (json_int_t)view->members, "waiting", (json_int_t)view->waiting, "created_at",
                     api_time(pool->created_at));
}

void api_pools_list(struct request *request)
{
    int64_t limit, cursor;
    size_t count;
    if (!api_page(request, &limit, &cursor))
        return;
    struct pool_view *views = calloc((size_t)limit, sizeof(*views));
    if (views == NULL || query_pools(request_store(request), views, (size_t)limit, &count,
                                     request_principal(request)->account, cursor) != QUERY_OK) {
        free(views);
        request_unavailable(request);
        return;
    }
    json_t *pools = json_array();
    for (size_t i = 0; i < count; i++)
        json_list_add_take(&pools, pool_json(request_store(request), &views[i]));
    int64_t last = count == (size_t)limit ? views[count - 1].pool.n : 0;
    free(views);
    api_reply_page_take(request, "pools", pools, last);
}

// The pool of the path; false after replying.
static bool read_view(struct request *request, struct pool_view *view)
{
    enum query_status status = query_pool(request_store(request), view, request_principal(request)->account,
                                          request_param(request, 0));
    if (status == QUERY_NONE)
        request_not_found(request, "there is no such pool");
    else if (status == QUERY_FAILED)
        request_unavailable(request);
    return status == QUERY_OK;
}

static void reply_pool(struct request *request, int status, const struct pool_view *view)
{
    json_t *json = pool_json(request_store(request), view);
    if (json != NULL)
        request_reply_json_take(request, status, json);
    else
        request_unavailable(request);
}

void api_pools_show(struct request *request)
{
    struct pool_view view;
    if (read_view(request, &view))
        reply_pool(request, 200, &view);
}

// The pool of a finished command.
static void show(struct request *request, const struct command *command, int status)
{
    struct pool_view view;
    if (query_pool(request_store(request), &view, command->account, command->pool.row.id) == QUERY_OK)
        reply_pool(request, status, &view);
    else
        request_unavailable(request);
}

static void show_created(struct request *request, struct command *command)
{
    show(request, command, 201);
}

static void show_changed(struct request *request, struct command *command)
{
    show(request, command, 200);
}

static void show_nothing(struct request *request, struct command *command)
{
    (void)command;
    request_reply_empty(request, 204);
}

// A command about the pool of the path; NULL after replying.
static struct command *named(struct request *request, enum command_kind kind)
{
    const char *name = request_param(request, 0);
    if (strlen(name) >= FROM_SIZE) {
        request_not_found(request, "there is no such pool");
        return NULL;
    }
    struct command *command = command_new(kind, ORIGIN_HTTP, request_principal(request)->account);
    if (command == NULL)
        request_unavailable(request);
    else
        api_copy(command->pool.pool, sizeof(command->pool.pool), name);
    return command;
}

void api_pools_create(struct request *request)
{
    struct field_error error;
    json_t *json = request_json(request);
    if (json == NULL)
        return;
    struct command *command = command_new(COMMAND_POOL_ADD, ORIGIN_HTTP, request_principal(request)->account);
    if (command == NULL)
        request_unavailable(request);
    else if (!read_pool(&command->pool, json, &error) ||
             (command->pool.name[0] == '\0' && !field_fail(&error, "name", "is missing")))
        request_invalid(request, &error);
    else {
        request_submit_take(request, command, show_created);
        command = NULL;
    }
    command_free(command);
    json_decref(json);
}

void api_pools_update(struct request *request)
{
    struct field_error error;
    json_t *json = request_json(request);
    struct command *command = json != NULL ? named(request, COMMAND_POOL_UPDATE) : NULL;
    if (command != NULL && !read_pool(&command->pool, json, &error))
        request_invalid(request, &error);
    else if (command != NULL) {
        request_submit_take(request, command, show_changed);
        command = NULL;
    }
    command_free(command);
    json_decref(json);
}

void api_pools_remove(struct request *request)
{
    struct command *command = named(request, COMMAND_POOL_REMOVE);
    if (command != NULL)
        request_submit_take(request, command, show_nothing);
}

static json_t *member_json(const struct pool_member_view *view)
{
    const struct pool_member *member = &view->member;
    json_t *prefixes = json_array();
    for (const char *word = member->prefixes; *word != '\0';) {
        size_t length = strcspn(word, " ");
        json_list_add_take(&prefixes, json_stringn(word, length));
        word += length + (word[length] == ' ');
    }
    return json_pack("{s:s, s:o, s:I, s:o, s:s}", "device", view->device_id, "sim",
                     member->sim != 0 ? json_integer(member->sim) : json_null(), "weight",
                     (json_int_t)member->weight, "prefixes", prefixes, "state",
                     view->paused   ? "paused"
                     : view->online ? "online"
                                    : "offline");
}

void api_pools_members(struct request *request)
{
    int64_t limit, cursor;
    size_t count;
    struct pool_view pool;
    if (!api_page(request, &limit, &cursor) || !read_view(request, &pool))
        return;
    struct pool_member_view *views = calloc((size_t)limit, sizeof(*views));
    if (views == NULL || query_pool_members(request_store(request), views, (size_t)limit, &count, pool.pool.n,
                                            cursor / SIMS, cursor % SIMS - (cursor == 0)) != QUERY_OK) {
        free(views);
        request_unavailable(request);
        return;
    }
    json_t *members = json_array();
    for (size_t i = 0; i < count; i++)
        json_list_add_take(&members, member_json(&views[i]));
    int64_t last =
        count == (size_t)limit ? views[count - 1].member.device * SIMS + views[count - 1].member.sim : 0;
    free(views);
    api_reply_page_take(request, "members", members, last);
}

static bool read_prefixes(struct command_pool *wish, const json_t *prefixes, struct field_error *error)
{
    char path[32];
    size_t i, used = 0;
    json_t *value;
    json_array_foreach(prefixes, i, value)
    {
        snprintf(path, sizeof(path), "prefixes[%zu]", i);
        if (!json_is_string(value) || !prefix_valid(json_string_value(value)))
            return field_fail(error, path, "must be '+' and 1 to 14 digits");
        used += (size_t)snprintf(wish->prefixes + used, sizeof(wish->prefixes) - used, "%s%s",
                                 i > 0 ? " " : "", json_string_value(value));
    }
    return true;
}

// Pool and device of the path; NULL after replying.
static struct command *named_member(struct request *request, enum command_kind kind)
{
    const char *device = request_param(request, 1);
    if (!device_id_valid(device, strlen(device))) {
        request_not_found(request, "there is no such device");
        return NULL;
    }
    struct command *command = named(request, kind);
    if (command != NULL)
        api_copy(command->pool.device, sizeof(command->pool.device), device);
    return command;
}

void api_pools_member_put(struct request *request)
{
    struct member_body body = {.weight = 1};
    struct field_error error;
    json_t *json = request_json(request);
    struct command *command = json != NULL ? named_member(request, COMMAND_POOL_MEMBER_PUT) : NULL;
    if (command != NULL && (!fields_decode(&body, json, MEMBER_FIELDS,
                                           sizeof(MEMBER_FIELDS) / sizeof(MEMBER_FIELDS[0]), "", &error) ||
                            !read_prefixes(&command->pool, body.prefixes, &error)))
        request_invalid(request, &error);
    else if (command != NULL) {
        command->pool.sim = body.sim;
        command->pool.weight = body.weight;
        request_submit_take(request, command, show_changed);
        command = NULL;
    }
    command_free(command);
    json_decref(json);
}

void api_pools_member_remove(struct request *request)
{
    static const char *const NAMES[] = {"sim", NULL};
    int64_t sim = 0;
    if (!request_query_check(request, NAMES) || !api_query_int(request, &sim, "sim", 1, WIRE_SIMS_MAX))
        return;
    struct command *command = named_member(request, COMMAND_POOL_MEMBER_REMOVE);
    if (command == NULL)
        return;
    command->pool.sim = sim;
    request_submit_take(request, command, show_changed);
}
