// All commands, one line each; each is defined in the file of its group.
#ifndef SMSQUITTO_ADMIN_CLI_COMMANDS_COMMANDS_H
#define SMSQUITTO_ADMIN_CLI_COMMANDS_COMMANDS_H

#include "admin-cli/cli.h"
#include "admin-cli/command.h"

// The members `options` and `option_count` of a command from an array.
#define COMMAND_OPTIONS(array) .options = (array), .option_count = sizeof(array) / sizeof *(array)

extern const struct command command_init;
extern const struct command command_send;
extern const struct command command_messages_list;
extern const struct command command_messages_show;
extern const struct command command_messages_cancel;
extern const struct command command_messages_reply;
extern const struct command command_messages_tail;
extern const struct command command_device_add;
extern const struct command command_device_pair;
extern const struct command command_device_code;
extern const struct command command_device_telemetry;
extern const struct command command_pairing_list;
extern const struct command command_pairing_cancel;
extern const struct command command_device_list;
extern const struct command command_device_show;
extern const struct command command_device_inbox;
extern const struct command command_device_pause;
extern const struct command command_device_resume;
extern const struct command command_device_rotate;
extern const struct command command_device_remove;
extern const struct command command_device_tag;
extern const struct command command_device_limits;
extern const struct command command_pool_create;
extern const struct command command_pool_list;
extern const struct command command_pool_show;
extern const struct command command_pool_change;
extern const struct command command_pool_add;
extern const struct command command_pool_drop;
extern const struct command command_pool_remove;
extern const struct command command_queue_list;
extern const struct command command_queue_show;
extern const struct command command_queue_release;
extern const struct command command_queue_retry;
extern const struct command command_queue_drop;
extern const struct command command_template_list;
extern const struct command command_template_show;
extern const struct command command_template_set;
extern const struct command command_template_remove;
extern const struct command command_template_preview;
extern const struct command command_schedule_list;
extern const struct command command_schedule_show;
extern const struct command command_schedule_create;
extern const struct command command_schedule_change;
extern const struct command command_schedule_pause;
extern const struct command command_schedule_resume;
extern const struct command command_schedule_run;
extern const struct command command_schedule_remove;
extern const struct command command_contacts_block;
extern const struct command command_contacts_unblock;
extern const struct command command_contacts_show;
extern const struct command command_contacts_list;
extern const struct command command_contacts_import;
extern const struct command command_contacts_backfill;
extern const struct command command_contacts_quiet;
extern const struct command command_webhook_add;
extern const struct command command_webhook_list;
extern const struct command command_webhook_show;
extern const struct command command_webhook_change;
extern const struct command command_webhook_enable;
extern const struct command command_webhook_disable;
extern const struct command command_webhook_rotate;
extern const struct command command_webhook_test;
extern const struct command command_webhook_log;
extern const struct command command_webhook_replay;
extern const struct command command_webhook_remove;
extern const struct command command_otp_send;
extern const struct command command_otp_check;
extern const struct command command_otp_show;
extern const struct command command_otp_cancel;
extern const struct command command_otp_stats;
extern const struct command command_otp_countries;
extern const struct command command_key_create;
extern const struct command command_key_list;
extern const struct command command_key_revoke;
extern const struct command command_account_create;
extern const struct command command_account_list;
extern const struct command command_account_retention;
extern const struct command command_backup;
extern const struct command command_restore;
extern const struct command command_stats;
extern const struct command command_status;
extern const struct command command_doctor;
extern const struct command command_completion;

// The whole table, with the options of every command.
extern const struct command_table commands_table;

#endif
