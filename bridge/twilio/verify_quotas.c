// /v2/Services/…/RateLimits and their Buckets.
#include "bridge/twilio/verify_internal.h"
#include "common/parse.h"

#include <ctype.h>
#include <stdio.h>
#include <string.h>

enum { PAGE = 50, URL_SIZE = VERIFY_ROOT_SIZE + 160 };

// What the path names, and where it is.
struct place {
    char account_sid[ID_SIZE];
    struct otp_service service;
    struct otp_quota quota;
    struct otp_bucket bucket;
    char url[URL_SIZE]; // of the service, the limit or the bucket
};

static void add_to_url(struct place *place, const char *folder, const char *id)
{
    size_t used = strlen(place->url);
    snprintf(place->url + used, sizeof(place->url) - used, "/%s/%s", folder, id);
}

static bool not_there(struct request *request, enum query_status status)
{
    if (status == QUERY_FAILED)
        request_unavailable(request);
    else
        request_not_found(request, "The requested resource was not found");
    return false;
}

static bool find_service(struct request *request, struct place *place)
{
    char root[VERIFY_ROOT_SIZE];
    if (!verify_service(request, &place->service) || !verify_account(request, place->account_sid))
        return false;
    verify_root(request, root);
    snprintf(place->url, sizeof(place->url), "%s/%s", root, place->service.id);
    return true;
}

// The limit that the second '*' names. False after replying.
static bool find_quota(struct request *request, struct place *place)
{
    struct otp_quota rows[QUOTAS_MAX];
    size_t count = 0;
    if (!find_service(request, place))
        return false;
    enum query_status status = query_quotas(request_store(request), rows, &count, place->service.n);
    for (size_t i = 0; status == QUERY_OK && i < count; i++)
        if (strcmp(rows[i].id, request_param(request, 1)) == 0) {
            place->quota = rows[i];
            add_to_url(place, "RateLimits", rows[i].id);
            return true;
        }
    return not_there(request, status);
}

// The bucket that the third '*' names. False after replying.
static bool find_bucket(struct request *request, struct place *place)
{
    struct otp_bucket rows[BUCKETS_MAX];
    size_t count = 0;
    if (!find_quota(request, place))
        return false;
    enum query_status status = query_buckets(request_store(request), rows, &count, place->quota.n);
    for (size_t i = 0; status == QUERY_OK && i < count; i++)
        if (strcmp(rows[i].id, request_param(request, 2)) == 0) {
            place->bucket = rows[i];
            add_to_url(place, "Buckets", rows[i].id);
            return true;
        }
    return not_there(request, status);
}

// place->url is that of the service.
static json_t *quota_json(const struct place *place, const struct otp_quota *row)
{
    char url[URL_SIZE + 48], buckets[sizeof(url) + 16];
    snprintf(url, sizeof(url), "%s/RateLimits/%s", place->url, row->id);
    snprintf(buckets, sizeof(buckets), "%s/Buckets", url);
    return json_pack("{s:s, s:s, s:s, s:s, s:s, s:o, s:o, s:s, s:{s:s}}", "sid", row->id, "service_sid",
                     place->service.id, "account_sid", place->account_sid, "unique_name", row->name,
                     "description", row->description, "date_created", verify_time(row->created_at),
                     "date_updated", verify_time(row->updated_at), "url", url, "links", "buckets", buckets);
}

// place->url is that of the limit.
static json_t *bucket_json(const struct place *place, const struct otp_bucket *row)
{
    char url[URL_SIZE + 48];
    snprintf(url, sizeof(url), "%s/Buckets/%s", place->url, row->id);
    return json_pack("{s:s, s:s, s:s, s:s, s:I, s:I, s:o, s:o, s:s}", "sid", row->id, "rate_limit_sid",
                     place->quota.id, "service_sid", place->service.id, "account_sid", place->account_sid,
                     "max", (json_int_t)row->max, "interval", (json_int_t)(row->interval_ms / 1000),
                     "date_created", verify_time(row->created_at), "date_updated",
                     verify_time(row->updated_at), "url", url);
}

// A list that is never longer than a page; rows are taken.
static void reply_list(struct request *request, const char *key, const struct place *place,
                       const char *folder, json_t *rows)
{
    char url[URL_SIZE + 16];
    snprintf(url, sizeof(url), "%s/%s", place->url, folder);
    request_reply_json_take(request, 200,
                            json_pack("{s:o, s:{s:s, s:i, s:i, s:s, s:n, s:n, s:s}}", key, rows, "meta",
                                      "key", key, "page", 0, "page_size", PAGE, "first_page_url", url,
                                      "previous_page_url", "next_page_url", "url", url));
}

static void reply_quota(struct request *request, int status, const struct otp_quota *row)
{
    struct place place;
    if (find_service(request, &place))
        request_reply_json_take(request, status, quota_json(&place, row));
}

static void reply_bucket(struct request *request, int status, const struct otp_bucket *row)
{
    struct place place;
    if (find_quota(request, &place))
        request_reply_json_take(request, status, bucket_json(&place, row));
}

static void quota_created(struct request *request, struct command *command)
{
    reply_quota(request, 201, &command->quota.row);
}

static void quota_updated(struct request *request, struct command *command)
{
    reply_quota(request, 200, &command->quota.row);
}

static void bucket_created(struct request *request, struct command *command)
{
    reply_bucket(request, 201, &command->quota.bucket_row);
}

static void bucket_updated(struct request *request, struct command *command)
{
    reply_bucket(request, 200, &command->quota.bucket_row);
}

static void removed(struct request *request, struct command *command)
{
    (void)command;
    request_reply_empty(request, 204);
}

static bool name_valid(const char *name)
{
    size_t length = name != NULL ? strlen(name) : 0;
    for (size_t i = 0; i < length; i++)
        if (!isalnum((unsigned char)name[i]) && strchr("_-.", name[i]) == NULL)
            return false;
    return length > 0 && length < QUOTA_NAME_SIZE;
}

// False after replying.
static bool read_quota(struct request *request, struct command_quota *wish, const struct form *form,
                       bool whole)
{
    const char *name = form_get(form, "UniqueName"), *description = form_get(form, "Description");
    if (whole && !name_valid(name)) {
        twilio_refuse_field(request, 60209, "UniqueName",
                            "must be 1 to 64 letters, digits, '_', '-' and '.'");
        return false;
    }
    if (description != NULL && strlen(description) >= sizeof(wish->description)) {
        twilio_refuse_field(request, 60200, "Description", "must be at most 128 bytes");
        return false;
    }
    api_copy(wish->name, sizeof(wish->name), whole ? name : NULL);
    api_copy(wish->description, sizeof(wish->description), description);
    wish->set_description = description != NULL;
    return true;
}

// False after replying.
static bool read_number(struct request *request, int64_t *value, const struct form *form, const char *name,
                        int64_t max, bool needed)
{
    const char *text = form_get(form, name);
    if ((text == NULL && !needed) || (text != NULL && parse_int(value, text, strlen(text), 1, max)))
        return true;
    twilio_refuse_field(request, 60200, name, "is no number that it may be");
    return false;
}

static bool read_bucket(struct request *request, struct command_quota *wish, const struct form *form,
                        bool whole)
{
    int64_t seconds = 0;
    if (!read_number(request, &wish->max, form, "Max", BUCKET_MAX, whole) ||
        !read_number(request, &seconds, form, "Interval", BUCKET_INTERVAL_MAX_S, whole))
        return false;
    wish->interval_ms = seconds * 1000;
    return true;
}

typedef void (*done_function)(struct request *request, struct command *command);
typedef bool (*read_function)(struct request *request, struct command_quota *wish, const struct form *form,
                              bool whole);

// Asks the engine about that place for what the form says; read NULL = there is no form.
static void submit(struct request *request, const struct place *place, enum command_kind kind,
                   read_function read, bool whole, done_function done)
{
    struct form form = {.text = NULL};
    if (read != NULL && !twilio_form(request, &form))
        return;
    struct command *command = command_new(kind, ORIGIN_HTTP, request_principal(request)->account);
    if (command == NULL) {
        request_unavailable(request);
    } else if (read == NULL || read(request, &command->quota, &form, whole)) {
        memcpy(command->quota.service, place->service.id, ID_SIZE);
        memcpy(command->quota.id, place->quota.id, ID_SIZE);
        memcpy(command->quota.bucket, place->bucket.id, ID_SIZE);
        request_submit_take(request, command, done);
        command = NULL;
    }
    command_free(command);
    form_clear(&form);
}

void verify_quotas_create(struct request *request)
{
    struct place place = {.url = ""};
    if (find_service(request, &place))
        submit(request, &place, COMMAND_QUOTA_ADD, read_quota, true, quota_created);
}

void verify_quotas_list(struct request *request)
{
    struct place place = {.url = ""};
    struct otp_quota rows[QUOTAS_MAX];
    size_t count;
    if (!find_service(request, &place))
        return;
    if (query_quotas(request_store(request), rows, &count, place.service.n) != QUERY_OK) {
        request_unavailable(request);
        return;
    }
    json_t *list = json_array();
    for (size_t i = 0; i < count; i++)
        json_list_add_take(&list, quota_json(&place, &rows[i]));
    reply_list(request, "rate_limits", &place, "RateLimits", list);
}

void verify_quotas_fetch(struct request *request)
{
    struct place place = {.url = ""};
    if (find_quota(request, &place))
        reply_quota(request, 200, &place.quota);
}

void verify_quotas_update(struct request *request)
{
    struct place place = {.url = ""};
    if (find_quota(request, &place))
        submit(request, &place, COMMAND_QUOTA_UPDATE, read_quota, false, quota_updated);
}

void verify_quotas_remove(struct request *request)
{
    struct place place = {.url = ""};
    if (find_quota(request, &place))
        submit(request, &place, COMMAND_QUOTA_REMOVE, NULL, false, removed);
}

void verify_buckets_create(struct request *request)
{
    struct place place = {.url = ""};
    if (find_quota(request, &place))
        submit(request, &place, COMMAND_BUCKET_ADD, read_bucket, true, bucket_created);
}

void verify_buckets_list(struct request *request)
{
    struct place place = {.url = ""};
    struct otp_bucket rows[BUCKETS_MAX];
    size_t count;
    if (!find_quota(request, &place))
        return;
    if (query_buckets(request_store(request), rows, &count, place.quota.n) != QUERY_OK) {
        request_unavailable(request);
        return;
    }
    json_t *list = json_array();
    for (size_t i = 0; i < count; i++)
        json_list_add_take(&list, bucket_json(&place, &rows[i]));
    reply_list(request, "buckets", &place, "Buckets", list);
}

void verify_buckets_fetch(struct request *request)
{
    struct place place = {.url = ""};
    if (find_bucket(request, &place))
        reply_bucket(request, 200, &place.bucket);
}

void verify_buckets_update(struct request *request)
{
    struct place place = {.url = ""};
    if (find_bucket(request, &place))
        submit(request, &place, COMMAND_BUCKET_UPDATE, read_bucket, false, bucket_updated);
}

void verify_buckets_remove(struct request *request)
{
    struct place place = {.url = ""};
    if (find_bucket(request, &place))
        submit(request, &place, COMMAND_BUCKET_REMOVE, NULL, false, removed);
}
