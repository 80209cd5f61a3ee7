// Making and freeing commands with all that they own.
#include "bridge/engine/command.h"

#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>

static void own_free(struct send_own *own, size_t count)
{
    for (size_t i = 0; own != NULL && i < count; i++) {
        template_values_clear(&own[i].values);
        free(own[i].text);
    }
    free(own);
}

static void clear_send(struct command *command)
{
    struct command_send *send = &command->send;
    own_free(send->own, send->own_count);
    template_wish_free(send->wish);
    free(send->to);
    free(send->text);
    free(send->metadata);
    free(send->callback_url);
    free(send->refused);
    for (size_t i = 0; i < send->message_count; i++)
        message_clear(&send->messages[i]);
    free(send->messages);
}

static void clear_cancel(struct command *command)
{
    message_clear(&command->cancel.message);
}

static void clear_backlog(struct command *command)
{
    free(command->backlog.items);
}

static void clear_device(struct command *command)
{
    struct command_device *device = &command->device;
    device_clear(&device->device);
    free(device->tags);
    secret_clear(device->key, sizeof(device->key));
    secret_clear(device->code, sizeof(device->code));
}

static void clear_phone_code(struct command *command)
{
    secret_clear(command->phone_code.code, sizeof(command->phone_code.code));
}

static void clear_pairing(struct command *command)
{
    struct command_pairing *pairing = &command->pairing;
    device_clear(&pairing->given);
    secret_clear(pairing->code, sizeof(pairing->code));
    secret_clear(pairing->key, sizeof(pairing->key));
}

static void clear_key(struct command *command)
{
    struct command_key *key = &command->key;
    secret_clear(key->secret, sizeof(key->secret));
}

static void clear_schedule(struct command *command)
{
    schedule_clear(&command->schedule.row);
}

static void clear_template(struct command *command)
{
    template_row_clear(&command->template.row);
}

static void clear_suppress(struct command *command)
{
    free(command->suppress.numbers);
}

static void clear_otp(struct command *command)
{
    free(command->otp.wording);
    free(command->otp.values);
    template_wish_free(command->otp.wish);
    secret_clear(command->otp.code, sizeof(command->otp.code));
}

static void clear_webhook(struct command *command)
{
    struct command_webhook *webhook = &command->webhook;
    free(webhook->url);
    secret_clear(webhook->secret, sizeof(webhook->secret));
    secret_clear(&webhook->row, sizeof(webhook->row));
}

static void clear_phone_settings(struct command *command)
{
    phone_settings_clear(&command->phone_settings);
}

static void clear_hook_results(struct command *command)
{
    free(command->hook_results.items);
}

static void clear_pool(struct command *command)
{
    free(command->pool.carriers);
}

static void clear_online(struct command *command)
{
    free(command->online.devices);
}

static void clear_status_report(struct command *command)
{
    wire_status_clear(&command->status_report.status);
    free(command->status_report.text);
}

static void clear_reports(struct command *command)
{
    wire_reports_clear(&command->reports.reports);
}

static void clear_inbound(struct command *command)
{
    wire_inbounds_clear(&command->inbound.inbounds);
}

static void clear_published(struct command *command)
{
    free(command->published.items);
}

// What each kind of command has behind the common head, and how that is freed (NULL = it owns nothing). Only
// the member of its kind is there: reports take kilobytes, most kinds do not.
static const struct {
    size_t bytes;
    void (*clear)(struct command *command);
} MEMBERS[COMMAND_KINDS] = {
#define MEMBER(kind, member, clear) [kind] = {sizeof(((struct command *)0)->member), clear}
    MEMBER(COMMAND_SEND, send, clear_send),
    MEMBER(COMMAND_CANCEL, cancel, clear_cancel),
    MEMBER(COMMAND_RESCHEDULE, reschedule, NULL),
    MEMBER(COMMAND_REDACT, erase, NULL),
    MEMBER(COMMAND_ERASE, erase, NULL),
    MEMBER(COMMAND_FEEDBACK, feedback, NULL),
    MEMBER(COMMAND_QUEUE_RELEASE, backlog, clear_backlog),
    MEMBER(COMMAND_QUEUE_RETRY, backlog, clear_backlog),
    MEMBER(COMMAND_QUEUE_DROP, backlog, clear_backlog),
    MEMBER(COMMAND_DEVICE_ADD, device, clear_device),
    MEMBER(COMMAND_DEVICE_UPDATE, device, clear_device),
    MEMBER(COMMAND_DEVICE_ROTATE, device, clear_device),
    MEMBER(COMMAND_DEVICE_REMOVE, device, clear_device),
    MEMBER(COMMAND_PAIRING_ADD, pairing, clear_pairing),
    MEMBER(COMMAND_PAIRING_REMOVE, pairing, clear_pairing),
    MEMBER(COMMAND_PAIRING_USE, pairing, clear_pairing),
    MEMBER(COMMAND_PHONE_CODE_ADD, phone_code, clear_phone_code),
    MEMBER(COMMAND_KEY_CREATE, key, clear_key),
    MEMBER(COMMAND_KEY_REVOKE, key, clear_key),
    MEMBER(COMMAND_KEY_USED, key, clear_key),
    MEMBER(COMMAND_ACCOUNT_ADD, account_add, NULL),
    MEMBER(COMMAND_LIMIT_SET, limit, NULL),
    MEMBER(COMMAND_INBOX, inbox, NULL),
    MEMBER(COMMAND_SCHEDULE_ADD, schedule, clear_schedule),
    MEMBER(COMMAND_SCHEDULE_UPDATE, schedule, clear_schedule),
    MEMBER(COMMAND_SCHEDULE_RUN, schedule, clear_schedule),
    MEMBER(COMMAND_TEMPLATE_PUT, template, clear_template),
    MEMBER(COMMAND_TEMPLATE_REMOVE, template, clear_template),
    MEMBER(COMMAND_SUPPRESS, suppress, clear_suppress),
    MEMBER(COMMAND_UNSUPPRESS, suppress, clear_suppress),
    MEMBER(COMMAND_BACKFILL, backfill, NULL),
    MEMBER(COMMAND_QUIET, quiet, NULL),
    MEMBER(COMMAND_RETENTION, retention, NULL),
    MEMBER(COMMAND_OTP_SEND, otp, clear_otp),
    MEMBER(COMMAND_OTP_CHECK, otp, clear_otp),
    MEMBER(COMMAND_OTP_CANCEL, otp, clear_otp),
    MEMBER(COMMAND_OTP_RULE, otp_rule, NULL),
    MEMBER(COMMAND_SERVICE_ADD, service, NULL),
    MEMBER(COMMAND_SERVICE_UPDATE, service, NULL),
    MEMBER(COMMAND_SERVICE_REMOVE, service, NULL),
    MEMBER(COMMAND_QUOTA_ADD, quota, NULL),
    MEMBER(COMMAND_QUOTA_UPDATE, quota, NULL),
    MEMBER(COMMAND_QUOTA_REMOVE, quota, NULL),
    MEMBER(COMMAND_BUCKET_ADD, quota, NULL),
    MEMBER(COMMAND_BUCKET_UPDATE, quota, NULL),
    MEMBER(COMMAND_BUCKET_REMOVE, quota, NULL),
    MEMBER(COMMAND_WEBHOOK_ADD, webhook, clear_webhook),
    MEMBER(COMMAND_WEBHOOK_UPDATE, webhook, clear_webhook),
    MEMBER(COMMAND_WEBHOOK_ROTATE, webhook, clear_webhook),
    MEMBER(COMMAND_WEBHOOK_REMOVE, webhook, clear_webhook),
    MEMBER(COMMAND_WEBHOOK_TEST, webhook, clear_webhook),
    MEMBER(COMMAND_WEBHOOK_REPLAY, webhook, clear_webhook),
    MEMBER(COMMAND_PHONE_SETTINGS, phone_settings, clear_phone_settings),
    MEMBER(COMMAND_TOKEN_ADD, token, NULL),
    MEMBER(COMMAND_TOKEN_REFRESH, token, NULL),
    MEMBER(COMMAND_TOKEN_REVOKE, token, NULL),
    MEMBER(COMMAND_HOOK_RESULTS, hook_results, clear_hook_results),
    MEMBER(COMMAND_POOL_ADD, pool, clear_pool),
    MEMBER(COMMAND_POOL_UPDATE, pool, clear_pool),
    MEMBER(COMMAND_POOL_REMOVE, pool, clear_pool),
    MEMBER(COMMAND_POOL_MEMBER_PUT, pool, clear_pool),
    MEMBER(COMMAND_POOL_MEMBER_REMOVE, pool, clear_pool),
    MEMBER(COMMAND_LINK, link, NULL),
    MEMBER(COMMAND_ONLINE, online, clear_online),
    MEMBER(COMMAND_PRESENCE, presence, NULL),
    MEMBER(COMMAND_STATUS, status_report, clear_status_report),
    MEMBER(COMMAND_REPORTS, reports, clear_reports),
    MEMBER(COMMAND_INBOUND, inbound, clear_inbound),
    MEMBER(COMMAND_PUBLISHED, published, clear_published),
#undef MEMBER
};

struct command *command_new(enum command_kind kind, enum command_origin origin, int64_t account)
{
    struct command *command = calloc(1, offsetof(struct command, send) + MEMBERS[kind].bytes);
    if (command == NULL)
        return NULL;
    command->kind = kind;
    command->origin = origin;
    command->account = account;
    return command;
}

void command_free(struct command *command)
{
    if (command != NULL && MEMBERS[command->kind].clear != NULL)
        MEMBERS[command->kind].clear(command);
    free(command);
}

bool command_fail(struct command *command, enum command_status status, const char *path, const char *format,
                  ...)
{
    char detail[sizeof(command->error.detail)];
    va_list values;
    va_start(values, format);
    vsnprintf(detail, sizeof(detail), format, values);
    va_end(values);
    command->status = status;
    return field_fail(&command->error, path, "%s", detail);
}
