// Making and freeing commands with all that they own.
#include "bridge/engine/command.h"

#include <stdlib.h>

// Only the member of its kind is there behind the common head: reports take kilobytes, most kinds do not.
static size_t command_bytes(enum command_kind kind)
{
    static const size_t MEMBER_BYTES[COMMAND_KINDS] = {
#define MEMBER(kind, member) [kind] = sizeof(((struct command *)0)->member)
        MEMBER(COMMAND_SEND, send),
        MEMBER(COMMAND_CANCEL, cancel),
        MEMBER(COMMAND_RESCHEDULE, reschedule),
        MEMBER(COMMAND_REDACT, erase),
        MEMBER(COMMAND_ERASE, erase),
        MEMBER(COMMAND_FEEDBACK, feedback),
        MEMBER(COMMAND_QUEUE_RELEASE, backlog),
        MEMBER(COMMAND_QUEUE_RETRY, backlog),
        MEMBER(COMMAND_QUEUE_DROP, backlog),
        MEMBER(COMMAND_DEVICE_ADD, device),
        MEMBER(COMMAND_DEVICE_UPDATE, device),
        MEMBER(COMMAND_DEVICE_ROTATE, device),
        MEMBER(COMMAND_DEVICE_REMOVE, device),
        MEMBER(COMMAND_PAIRING_ADD, pairing),
        MEMBER(COMMAND_PAIRING_REMOVE, pairing),
        MEMBER(COMMAND_PAIRING_USE, pairing),
        MEMBER(COMMAND_KEY_CREATE, key),
        MEMBER(COMMAND_KEY_REVOKE, key),
        MEMBER(COMMAND_KEY_USED, key),
        MEMBER(COMMAND_ACCOUNT_ADD, account_add),
        MEMBER(COMMAND_LIMIT_SET, limit),
        MEMBER(COMMAND_INBOX, inbox),
        MEMBER(COMMAND_SCHEDULE_ADD, schedule),
        MEMBER(COMMAND_SCHEDULE_UPDATE, schedule),
        MEMBER(COMMAND_SCHEDULE_RUN, schedule),
        MEMBER(COMMAND_TEMPLATE_PUT, template),
        MEMBER(COMMAND_TEMPLATE_REMOVE, template),
        MEMBER(COMMAND_SUPPRESS, suppress),
        MEMBER(COMMAND_UNSUPPRESS, suppress),
        MEMBER(COMMAND_BACKFILL, backfill),
        MEMBER(COMMAND_QUIET, quiet),
        MEMBER(COMMAND_RETENTION, retention),
        MEMBER(COMMAND_OTP_SEND, otp),
        MEMBER(COMMAND_OTP_CHECK, otp),
        MEMBER(COMMAND_OTP_CANCEL, otp),
        MEMBER(COMMAND_SERVICE_ADD, service),
        MEMBER(COMMAND_SERVICE_UPDATE, service),
        MEMBER(COMMAND_SERVICE_REMOVE, service),
        MEMBER(COMMAND_QUOTA_ADD, quota),
        MEMBER(COMMAND_QUOTA_UPDATE, quota),
        MEMBER(COMMAND_QUOTA_REMOVE, quota),
        MEMBER(COMMAND_BUCKET_ADD, quota),
        MEMBER(COMMAND_BUCKET_UPDATE, quota),
        MEMBER(COMMAND_BUCKET_REMOVE, quota),
        MEMBER(COMMAND_WEBHOOK_ADD, webhook),
        MEMBER(COMMAND_WEBHOOK_UPDATE, webhook),
        MEMBER(COMMAND_WEBHOOK_ROTATE, webhook),
        MEMBER(COMMAND_WEBHOOK_REMOVE, webhook),
        MEMBER(COMMAND_WEBHOOK_TEST, webhook),
        MEMBER(COMMAND_WEBHOOK_REPLAY, webhook),
        MEMBER(COMMAND_PHONE_SETTINGS, phone_settings),
        MEMBER(COMMAND_TOKEN_ADD, token),
        MEMBER(COMMAND_TOKEN_REFRESH, token),
        MEMBER(COMMAND_TOKEN_REVOKE, token),
        MEMBER(COMMAND_HOOK_RESULTS, hook_results),
        MEMBER(COMMAND_POOL_ADD, pool),
        MEMBER(COMMAND_POOL_UPDATE, pool),
        MEMBER(COMMAND_POOL_REMOVE, pool),
        MEMBER(COMMAND_POOL_MEMBER_PUT, pool),
        MEMBER(COMMAND_POOL_MEMBER_REMOVE, pool),
        MEMBER(COMMAND_LINK, link),
        MEMBER(COMMAND_ONLINE, online),
        MEMBER(COMMAND_PRESENCE, presence),
        MEMBER(COMMAND_STATUS, status_report),
        MEMBER(COMMAND_REPORTS, reports),
        MEMBER(COMMAND_INBOUND, inbound),
        MEMBER(COMMAND_PUBLISHED, published),
#undef MEMBER
    };
    return offsetof(struct command, send) + MEMBER_BYTES[kind];
}

struct command *command_new(enum command_kind kind, enum command_origin origin, int64_t account)
{
    struct command *command = calloc(1, command_bytes(kind));
    if (command == NULL)
        return NULL;
    command->kind = kind;
    command->origin = origin;
    command->account = account;
    return command;
}

static void own_free(struct send_own *own, size_t count)
{
    for (size_t i = 0; own != NULL && i < count; i++) {
        template_values_clear(&own[i].values);
        free(own[i].text);
    }
    free(own);
}

static void send_clear(struct command_send *send)
{
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

static void key_clear(struct command_key *key)
{
    secret_clear(key->secret, sizeof(key->secret));
}

static void device_command_clear(struct command_device *device)
{
    device_clear(&device->device);
    free(device->tags);
    secret_clear(device->key, sizeof(device->key));
}

static void pairing_clear(struct command_pairing *pairing)
{
    device_clear(&pairing->given);
    secret_clear(pairing->code, sizeof(pairing->code));
    secret_clear(pairing->key, sizeof(pairing->key));
}

static void webhook_clear(struct command_webhook *webhook)
{
    free(webhook->url);
    secret_clear(webhook->secret, sizeof(webhook->secret));
    secret_clear(&webhook->row, sizeof(webhook->row));
}

void command_free(struct command *command)
{
    if (command == NULL)
        return;
    switch (command->kind) {
    case COMMAND_SEND:
        send_clear(&command->send);
        break;
    case COMMAND_CANCEL:
        message_clear(&command->cancel.message);
        break;
    case COMMAND_QUEUE_RELEASE:
    case COMMAND_QUEUE_RETRY:
    case COMMAND_QUEUE_DROP:
        free(command->backlog.items);
        break;
    case COMMAND_DEVICE_ADD:
    case COMMAND_DEVICE_UPDATE:
    case COMMAND_DEVICE_ROTATE:
    case COMMAND_DEVICE_REMOVE:
        device_command_clear(&command->device);
        break;
    case COMMAND_PAIRING_ADD:
    case COMMAND_PAIRING_REMOVE:
    case COMMAND_PAIRING_USE:
        pairing_clear(&command->pairing);
        break;
    case COMMAND_KEY_CREATE:
    case COMMAND_KEY_REVOKE:
    case COMMAND_KEY_USED:
        key_clear(&command->key);
        break;
    case COMMAND_PHONE_SETTINGS:
        phone_settings_clear(&command->phone_settings);
        break;
    case COMMAND_WEBHOOK_ADD:
    case COMMAND_WEBHOOK_UPDATE:
    case COMMAND_WEBHOOK_ROTATE:
    case COMMAND_WEBHOOK_REMOVE:
    case COMMAND_WEBHOOK_TEST:
    case COMMAND_WEBHOOK_REPLAY:
        webhook_clear(&command->webhook);
        break;
    case COMMAND_SCHEDULE_ADD:
    case COMMAND_SCHEDULE_UPDATE:
    case COMMAND_SCHEDULE_RUN:
        schedule_clear(&command->schedule.row);
        break;
    case COMMAND_TEMPLATE_PUT:
    case COMMAND_TEMPLATE_REMOVE:
        template_row_clear(&command->template.row);
        break;
    case COMMAND_SUPPRESS:
    case COMMAND_UNSUPPRESS:
        free(command->suppress.numbers);
        break;
    case COMMAND_OTP_SEND:
    case COMMAND_OTP_CHECK:
    case COMMAND_OTP_CANCEL:
        free(command->otp.wording);
        free(command->otp.values);
        template_wish_free(command->otp.wish);
        secret_clear(command->otp.code, sizeof(command->otp.code));
        break;
    case COMMAND_HOOK_RESULTS:
        free(command->hook_results.items);
        break;
    case COMMAND_POOL_ADD:
    case COMMAND_POOL_UPDATE:
    case COMMAND_POOL_REMOVE:
    case COMMAND_POOL_MEMBER_PUT:
    case COMMAND_POOL_MEMBER_REMOVE:
        free(command->pool.carriers);
        break;
    case COMMAND_ONLINE:
        free(command->online.devices);
        break;
    case COMMAND_STATUS:
        wire_status_clear(&command->status_report.status);
        free(command->status_report.text);
        break;
    case COMMAND_REPORTS:
        wire_reports_clear(&command->reports.reports);
        break;
    case COMMAND_INBOUND:
        wire_inbounds_clear(&command->inbound.inbounds);
        break;
    case COMMAND_PUBLISHED:
        free(command->published.items);
        break;
    case COMMAND_ACCOUNT_ADD:
    case COMMAND_LINK:
    case COMMAND_PRESENCE:
    case COMMAND_RESCHEDULE:
    case COMMAND_REDACT:
    case COMMAND_ERASE:
    case COMMAND_SERVICE_ADD:
    case COMMAND_SERVICE_UPDATE:
    case COMMAND_SERVICE_REMOVE:
    case COMMAND_QUOTA_ADD:
    case COMMAND_QUOTA_UPDATE:
    case COMMAND_QUOTA_REMOVE:
    case COMMAND_BUCKET_ADD:
    case COMMAND_BUCKET_UPDATE:
    case COMMAND_BUCKET_REMOVE:
    case COMMAND_FEEDBACK:
    case COMMAND_TOKEN_ADD:
    case COMMAND_TOKEN_REFRESH:
    case COMMAND_TOKEN_REVOKE:
    case COMMAND_LIMIT_SET:
    case COMMAND_INBOX:
    case COMMAND_BACKFILL:
    case COMMAND_QUIET:
    case COMMAND_RETENTION:
    case COMMAND_KINDS:
        break;
    }
    free(command);
}
