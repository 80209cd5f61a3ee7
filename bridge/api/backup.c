// /v1/backup: copies of the store, for local administrators.
#include "bridge/api/api_internal.h"

#include "bridge/store/backup.h"
#include "common/clock.h"

#include <string.h>

struct body {
    const char *path;
};

static const struct field BODY_FIELDS[] = {
    {"path", FIELD_STRING, offsetof(struct body, path), true, 2, BACKUP_PATH_SIZE - 1},
};

static void reply(struct request *request, int status)
{
    static const char *const STATES[] = {"none", "running", "done", "failed"};
    struct backup_report report;
    backup_look(request_options(request)->backup, &report);
    request_reply_json_take(request, status,
                            json_pack("{s:s, s:o, s:o, s:o, s:I, s:o}", "state", STATES[report.state], "path",
                                      api_text(report.path), "began_at", api_time(report.began_at),
                                      "ended_at", api_time(report.ended_at), "bytes",
                                      (json_int_t)report.bytes, "error", api_text(report.error.text)));
}

void api_backup_show(struct request *request)
{
    reply(request, 200);
}

static void start(struct request *request, const char *path)
{
    switch (backup_start(request_options(request)->backup, path, clock_wall_ms())) {
    case BACKUP_STARTED:
        reply(request, 202);
        break;
    case BACKUP_BUSY:
        request_problem(request, 409, "conflict", "Conflict", "", "another backup is being made");
        break;
    case BACKUP_OF_SERVER:
        request_problem(request, 409, "conflict", "Conflict", "",
                        "the store is in PostgreSQL: pg_dump makes its backups");
        break;
    case BACKUP_NO_THREAD:
        request_unavailable(request);
        break;
    }
}

void api_backup_create(struct request *request)
{
    struct body body = {0};
    struct field_error error;
    json_t *json = request_json(request);
    if (json == NULL)
        return;
    if (!fields_decode(&body, json, BODY_FIELDS, 1, "", &error) ||
        (body.path[0] != '/' && !field_fail(&error, "path", "must begin with /")))
        request_invalid(request, &error);
    else
        start(request, body.path);
    json_decref(json);
}
