// Webhooks and their jobs: the readers' side, and their rows.
#include "bridge/store/query_internal.h"
#include "bridge/store/rows.h"
#include "bridge/store/webhook_rows.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

static const char *const SIGNATURES[] = {[HOOK_STANDARD] = "standard",
                                         [HOOK_SMSGATE] = "smsgate",
                                         [HOOK_TWILIO] = "twilio",
                                         [HOOK_TWILIO_FORM] = "twilio-form",
                                         [HOOK_SMSGATE_FORM] = "smsgate-form"};
static const char *const STATES[] = {
    [HOOK_WAITS] = "waiting", [HOOK_DONE] = "delivered", [HOOK_DEAD] = "dead"};

const char *hook_signature_name(enum hook_signature signature)
{
    bool known =
        (size_t)signature < sizeof(SIGNATURES) / sizeof(SIGNATURES[0]) && SIGNATURES[signature] != NULL;
    return known ? SIGNATURES[signature] : "?";
}

bool hook_signature_parse(enum hook_signature *signature, const char *name)
{
    for (int i = HOOK_STANDARD; i <= HOOK_SMSGATE_FORM; i++)
        if (SIGNATURES[i] != NULL && strcmp(SIGNATURES[i], name) == 0) {
            *signature = (enum hook_signature)i;
            return true;
        }
    return false;
}

char *hook_callback_keep(enum hook_signature form, const char *url)
{
    char *kept = NULL;
    if (form == 0)
        return strdup(url);
    return asprintf(&kept, "%s %s", hook_signature_name(form), url) < 0 ? NULL : kept;
}

const char *hook_callback_url(enum hook_signature *form, const char *kept)
{
    char word[32];
    const char *blank = strchr(kept, ' '); // no URL has one
    *form = 0;
    if (blank == NULL)
        return kept;
    snprintf(word, sizeof(word), "%.*s", (int)(blank - kept), kept);
    (void)hook_signature_parse(form, word);
    return blank + 1;
}

const char *hook_state_name(enum hook_state state)
{
    bool known = (size_t)state < sizeof(STATES) / sizeof(STATES[0]) && STATES[state] != NULL;
    return known ? STATES[state] : "?";
}

bool hook_state_parse(enum hook_state *state, const char *name)
{
    for (int i = HOOK_WAITS; i <= HOOK_DEAD; i++)
        if (strcmp(STATES[i], name) == 0) {
            *state = (enum hook_state)i;
            return true;
        }
    return false;
}

void row_webhook(struct webhook *out, struct db_statement *statement)
{
    *out = (struct webhook){.n = db_int(statement, 0),
                            .account = db_int(statement, 1),
                            .events = db_int(statement, 5),
                            .signature = (enum hook_signature)db_int(statement, 6),
                            .old_secret_until = db_int(statement, 9),
                            .disabled = db_int(statement, 10) != 0,
                            .paused_at = db_int(statement, 11),
                            .created_at = db_int(statement, 12),
                            .removed_at = db_int(statement, 13),
                            .device = db_int(statement, 15)};
    row_text(out->id, sizeof(out->id), statement, 2);
    row_text(out->name, sizeof(out->name), statement, 3);
    row_text(out->url, sizeof(out->url), statement, 4);
    row_text(out->secret, sizeof(out->secret), statement, 7);
    row_text(out->old_secret, sizeof(out->old_secret), statement, 8);
    row_text(out->app_id, sizeof(out->app_id), statement, 14);
}

void row_hook_job(struct hook_job *out, struct db_statement *statement)
{
    *out = (struct hook_job){.n = db_int(statement, 0),
                             .webhook = db_int(statement, 1),
                             .event = db_int(statement, 2),
                             .message = db_int(statement, 3),
                             .state = (enum hook_state)db_int(statement, 4),
                             .attempts = db_int(statement, 5),
                             .due_at = db_int(statement, 6),
                             .created_at = db_int(statement, 7),
                             .tried_at = db_int(statement, 8),
                             .ended_at = db_int(statement, 9),
                             .status = db_int(statement, 10),
                             .took_ms = db_int(statement, 12)};
    row_text(out->error, sizeof(out->error), statement, 11);
}

enum query_status query_webhook(struct query *query, struct webhook *out, int64_t account, const char *id)
{
    struct db_statement *statement = query_use(query, STATEMENT_VIEW_WEBHOOK);
    db_bind_int(statement, 1, account);
    db_bind_text(statement, 2, id);
    enum query_status status = query_status_of(db_step(statement));
    if (status == QUERY_OK)
        row_webhook(out, statement);
    db_reset(statement);
    return status;
}

enum query_status query_webhooks(struct query *query, struct webhook *out, size_t limit, size_t *count,
                                 int64_t account, int64_t after_n)
{
    struct db_statement *statement = query_use(query, STATEMENT_VIEW_WEBHOOKS);
    enum db_step step = DB_DONE;
    db_bind_int(statement, 1, account);
    db_bind_int(statement, 2, after_n);
    db_bind_int(statement, 3, (int64_t)limit);
    for (*count = 0; *count < limit && (step = db_step(statement)) == DB_ROW; (*count)++)
        row_webhook(&out[*count], statement);
    return query_end_list(statement, step);
}

enum query_status query_webhook_waiting(struct query *query, int64_t *waiting, int64_t *dead, int64_t webhook)
{
    struct db_statement *statement = query_use(query, STATEMENT_VIEW_HOOK_COUNTS);
    db_bind_int(statement, 1, webhook);
    return query_numbers(statement, waiting, dead);
}

enum query_status query_hook_jobs(struct query *query, struct hook_job_view *out, size_t limit, size_t *count,
                                  int64_t webhook, enum hook_state state, int64_t before_n)
{
    struct db_statement *statement =
        query_use(query, state != 0 ? STATEMENT_VIEW_HOOK_JOBS_STATE : STATEMENT_VIEW_HOOK_JOBS);
    enum db_step step = DB_DONE;
    db_bind_int(statement, 1, webhook);
    db_bind_int(statement, 2, before_n != 0 ? before_n : INT64_MAX);
    db_bind_int(statement, 3, (int64_t)limit);
    if (state != 0)
        db_bind_int(statement, 4, state);
    for (*count = 0; *count < limit && (step = db_step(statement)) == DB_ROW; (*count)++) {
        row_hook_job(&out[*count].job, statement);
        out[*count].kind = db_int(statement, ROW_HOOK_JOB_COLUMNS);
        row_text(out[*count].message_id, sizeof(out[*count].message_id), statement, ROW_HOOK_JOB_COLUMNS + 1);
    }
    return query_end_list(statement, step);
}

void hook_content_free(struct hook_content *content)
{
    if (content == NULL)
        return;
    message_view_clear(&content->message);
    free(content);
}

static enum query_status read_message(struct query *query, struct message_view *out, int64_t n)
{
    struct db_statement *statement = query_use(query, STATEMENT_VIEW_MESSAGE_N);
    db_bind_int(statement, 1, n);
    enum query_status status = query_status_of(db_step(statement));
    if (status == QUERY_OK && !query_read_message(out, statement))
        status = QUERY_FAILED;
    db_reset(statement);
    return status;
}

enum query_status query_hook_content(struct query *query, struct hook_content *out, int64_t event)
{
    struct db_statement *statement = query_use(query, STATEMENT_VIEW_HOOK_EVENT);
    *out = (struct hook_content){0};
    db_bind_int(statement, 1, event);
    enum query_status status = query_status_of(db_step(statement));
    if (status == QUERY_OK)
        query_read_event(&out->event, statement);
    db_reset(statement);
    if (status != QUERY_OK || out->event.event.message == 0)
        return status;
    return read_message(query, &out->message, out->event.event.message);
}
