// Between columns and structs: 0 and "" in the structs are NULL where the schema has it.
#include "bridge/store/rows.h"

#include "common/text.h"

#include <stdlib.h>
#include <string.h>

void row_text(char *out, size_t size, struct db_statement *statement, int column)
{
    text_copy(out, size, db_text(statement, column));
}

// An owned copy of a text column, NULL for NULL. False when memory runs out.
static bool row_owned(char **out, struct db_statement *statement, int column)
{
    const char *text = db_text(statement, column);
    *out = text != NULL ? strdup(text) : NULL;
    return text == NULL || *out != NULL;
}

int64_t row_number(struct db_statement *statement, int column)
{
    int64_t number = db_int(statement, column);
    return number < 0 ? 0 : number > ROW_NUMBER_MAX ? ROW_NUMBER_MAX : number;
}

static void row_hash(uint8_t out[SECRET_HASH_BYTES], struct db_statement *statement, int column)
{
    size_t length;
    const void *bytes = db_blob(statement, column, &length);
    memset(out, 0, SECRET_HASH_BYTES);
    if (length == SECRET_HASH_BYTES)
        memcpy(out, bytes, length);
}

void row_account(struct account *out, struct db_statement *statement)
{
    out->n = db_int(statement, 0);
    row_text(out->id, sizeof(out->id), statement, 1);
    row_text(out->name, sizeof(out->name), statement, 2);
    out->created_at = row_number(statement, 3);
}

void row_key(struct app_key *out, struct db_statement *statement)
{
    out->n = db_int(statement, 0);
    out->account = db_int(statement, 1);
    row_text(out->id, sizeof(out->id), statement, 2);
    row_text(out->name, sizeof(out->name), statement, 3);
    row_hash(out->hash, statement, 4);
    row_text(out->hint, sizeof(out->hint), statement, 5);
    out->scopes = db_int(statement, 6);
    out->rate_per_minute = db_int(statement, 7);
    out->created_at = row_number(statement, 8);
    out->expires_at = row_number(statement, 9);
    out->revoked_at = row_number(statement, 10);
    out->used_at = row_number(statement, 11);
}

bool row_device(struct device *out, struct db_statement *statement)
{
    out->n = db_int(statement, 0);
    out->account = db_int(statement, 1);
    row_text(out->id, sizeof(out->id), statement, 2);
    row_text(out->name, sizeof(out->name), statement, 3);
    row_hash(out->key_hash, statement, 4);
    out->paused = db_int(statement, 5) != 0;
    out->online = db_int(statement, 6) != 0;
    out->created_at = row_number(statement, 7);
    out->removed_at = row_number(statement, 8);
    out->online_at = row_number(statement, 9);
    out->seen_at = row_number(statement, 10);
    row_text(out->journal, sizeof(out->journal), statement, 11);
    out->up_to = db_int(statement, 12);
    return row_owned(&out->status, statement, 13);
}

bool row_message(struct message *out, struct db_statement *statement)
{
    int column = 0;
    *out = (struct message){.n = db_int(statement, column++)};
    out->account = row_number(statement, column++);
    row_text(out->id, sizeof(out->id), statement, column++);
    row_text(out->batch, sizeof(out->batch), statement, column++);
    out->direction = (enum direction)db_int(statement, column++);
    row_text(out->peer, sizeof(out->peer), statement, column++);
    bool whole = row_owned(&out->text, statement, column++);
    out->encoding = row_number(statement, column++);
    out->parts = row_number(statement, column++);
    out->state = (enum state)db_int(statement, column++);
    row_text(out->reason, sizeof(out->reason), statement, column++);
    row_text(out->detail, sizeof(out->detail), statement, column++);
    out->lane = (enum lane)db_int(statement, column++);
    out->qos = row_number(statement, column++);
    out->want_device = row_number(statement, column++);
    out->want_sim = row_number(statement, column++);
    out->want_report = db_int(statement, column++) != 0;
    out->device = row_number(statement, column++);
    out->sim = row_number(statement, column++);
    out->lease = row_number(statement, column++);
    out->lease_until = row_number(statement, column++);
    out->attempts = row_number(statement, column++);
    out->asked = row_number(statement, column++);
    out->cancelling = db_int(statement, column++) != 0;
    out->parts_sent = db_int(statement, column++);
    out->parts_delivered = db_int(statement, column++);
    out->turn = (enum turn)db_int(statement, column++);
    out->route = db_int(statement, column++);
    out->due_at = row_number(statement, column++);
    out->send_at = row_number(statement, column++);
    out->expires_at = row_number(statement, column++);
    out->created_at = row_number(statement, column++);
    out->updated_at = row_number(statement, column++);
    whole = row_owned(&out->metadata, statement, column++) && whole;
    row_text(out->uid, sizeof(out->uid), statement, column++);
    whole = row_owned(&out->callback_url, statement, column++) && whole;
    out->want_pool = row_number(statement, column++);
    out->purpose = (enum purpose)db_int(statement, column++);
    int64_t redact = db_int(statement, column++);
    out->redact = (enum redact)(redact & ~REDACT_NUMBER_BIT);
    out->hide_number = (redact & REDACT_NUMBER_BIT) != 0;
    out->schedule = row_number(statement, column++);
    return whole;
}

void bind_int_or_null(struct db_statement *statement, int parameter, int64_t value)
{
    if (value != 0)
        db_bind_int(statement, parameter, value);
    else
        db_bind_null(statement, parameter);
}

void bind_text_or_null(struct db_statement *statement, int parameter, const char *text)
{
    if (text != NULL && text[0] != '\0')
        db_bind_text(statement, parameter, text);
    else
        db_bind_null(statement, parameter);
}

void bind_account(struct db_statement *statement, const struct account *account)
{
    db_bind_int(statement, 1, account->n);
    db_bind_text(statement, 2, account->id);
    db_bind_text(statement, 3, account->name);
    db_bind_int(statement, 4, account->created_at);
}

void bind_key(struct db_statement *statement, const struct app_key *key)
{
    db_bind_int(statement, 1, key->n);
    db_bind_int(statement, 2, key->account);
    db_bind_text(statement, 3, key->id);
    db_bind_text(statement, 4, key->name);
    db_bind_blob(statement, 5, key->hash, sizeof(key->hash));
    db_bind_text(statement, 6, key->hint);
    db_bind_int(statement, 7, key->scopes);
    db_bind_int(statement, 8, key->rate_per_minute);
    db_bind_int(statement, 9, key->created_at);
    bind_int_or_null(statement, 10, key->expires_at);
    bind_int_or_null(statement, 11, key->revoked_at);
    bind_int_or_null(statement, 12, key->used_at);
}

void bind_device(struct db_statement *statement, const struct device *device)
{
    db_bind_int(statement, 1, device->n);
    db_bind_int(statement, 2, device->account);
    db_bind_text(statement, 3, device->id);
    db_bind_text(statement, 4, device->name);
    db_bind_blob(statement, 5, device->key_hash, sizeof(device->key_hash));
    db_bind_int(statement, 6, device->paused);
    db_bind_int(statement, 7, device->online);
    db_bind_int(statement, 8, device->created_at);
    bind_int_or_null(statement, 9, device->removed_at);
    bind_int_or_null(statement, 10, device->online_at);
    bind_int_or_null(statement, 11, device->seen_at);
    bind_text_or_null(statement, 12, device->journal);
    db_bind_int(statement, 13, device->up_to);
    bind_text_or_null(statement, 14, device->status);
}

void bind_device_update(struct db_statement *statement, const struct device *device)
{
    db_bind_int(statement, 1, device->n);
    db_bind_text(statement, 2, device->name);
    db_bind_blob(statement, 3, device->key_hash, sizeof(device->key_hash));
    db_bind_int(statement, 4, device->paused);
    db_bind_int(statement, 5, device->online);
    bind_int_or_null(statement, 6, device->removed_at);
    bind_int_or_null(statement, 7, device->online_at);
    bind_int_or_null(statement, 8, device->seen_at);
    bind_text_or_null(statement, 9, device->journal);
    db_bind_int(statement, 10, device->up_to);
}

static int64_t redact_column(const struct message *message)
{
    return (int64_t)message->redact | (message->hide_number ? REDACT_NUMBER_BIT : 0);
}

void bind_message(struct db_statement *statement, const struct message *message)
{
    int parameter = 1;
    db_bind_int(statement, parameter++, message->n);
    db_bind_int(statement, parameter++, message->account);
    db_bind_text(statement, parameter++, message->id);
    bind_text_or_null(statement, parameter++, message->batch);
    db_bind_int(statement, parameter++, message->direction);
    db_bind_text(statement, parameter++, message->peer);
    db_bind_text(statement, parameter++, message->text);
    db_bind_int(statement, parameter++, message->encoding);
    db_bind_int(statement, parameter++, message->parts);
    db_bind_int(statement, parameter++, message->state);
    bind_text_or_null(statement, parameter++, message->reason);
    bind_text_or_null(statement, parameter++, message->detail);
    db_bind_int(statement, parameter++, message->lane);
    db_bind_int(statement, parameter++, message->qos);
    bind_int_or_null(statement, parameter++, message->want_device);
    db_bind_int(statement, parameter++, message->want_sim);
    db_bind_int(statement, parameter++, message->want_report);
    bind_int_or_null(statement, parameter++, message->device);
    db_bind_int(statement, parameter++, message->sim);
    db_bind_int(statement, parameter++, message->lease);
    bind_int_or_null(statement, parameter++, message->lease_until);
    db_bind_int(statement, parameter++, message->attempts);
    db_bind_int(statement, parameter++, message->asked);
    db_bind_int(statement, parameter++, message->cancelling);
    db_bind_int(statement, parameter++, message->parts_sent);
    db_bind_int(statement, parameter++, message->parts_delivered);
    db_bind_int(statement, parameter++, message->turn);
    db_bind_int(statement, parameter++, message->route);
    bind_int_or_null(statement, parameter++, message->due_at);
    bind_int_or_null(statement, parameter++, message->send_at);
    bind_int_or_null(statement, parameter++, message->expires_at);
    db_bind_int(statement, parameter++, message->created_at);
    db_bind_int(statement, parameter++, message->updated_at);
    bind_text_or_null(statement, parameter++, message->metadata);
    bind_text_or_null(statement, parameter++, message->uid);
    bind_text_or_null(statement, parameter++, message->callback_url);
    bind_int_or_null(statement, parameter++, message->want_pool);
    db_bind_int(statement, parameter++, message->purpose);
    db_bind_int(statement, parameter++, redact_column(message));
    bind_int_or_null(statement, parameter++, message->schedule);
}

void bind_message_update(struct db_statement *statement, const struct message *message)
{
    int parameter = 1;
    db_bind_int(statement, parameter++, message->n);
    db_bind_int(statement, parameter++, message->state);
    bind_text_or_null(statement, parameter++, message->reason);
    bind_text_or_null(statement, parameter++, message->detail);
    bind_int_or_null(statement, parameter++, message->device);
    db_bind_int(statement, parameter++, message->sim);
    db_bind_int(statement, parameter++, message->lease);
    bind_int_or_null(statement, parameter++, message->lease_until);
    db_bind_int(statement, parameter++, message->attempts);
    db_bind_int(statement, parameter++, message->asked);
    db_bind_int(statement, parameter++, message->cancelling);
    db_bind_int(statement, parameter++, message->parts_sent);
    db_bind_int(statement, parameter++, message->parts_delivered);
    db_bind_int(statement, parameter++, message->turn);
    db_bind_int(statement, parameter++, message->route);
    bind_int_or_null(statement, parameter++, message->due_at);
    db_bind_int(statement, parameter++, message->updated_at);
    db_bind_text(statement, parameter++, message->text);
    db_bind_int(statement, parameter++, redact_column(message));
    db_bind_int(statement, parameter++, message->qos);
}

void bind_event(struct db_statement *statement, const struct event *event)
{
    db_bind_int(statement, 1, event->n);
    db_bind_int(statement, 2, event->account);
    db_bind_int(statement, 3, event->kind);
    bind_int_or_null(statement, 4, event->message);
    bind_int_or_null(statement, 5, event->device);
    db_bind_int(statement, 6, event->at);
    db_bind_int(statement, 7, event->lease);
    db_bind_int(statement, 8, event->part);
    bind_text_or_null(statement, 9, event->reason);
    bind_text_or_null(statement, 10, event->detail);
    bind_text_or_null(statement, 11, event->subject);
}
