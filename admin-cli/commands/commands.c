// The table of commands.
#include "admin-cli/commands/commands.h"

static const struct option_spec globals[] = {
    {"json", NULL, "print what the bridge answers as JSON"},
    {"socket", "FILE", "unix socket of a bridge on this machine (or SMSQUITTO_SOCKET)"},
    {"config", "FILE", "configuration of that bridge, where its socket is named (or SMSQUITTO_CONFIG)"},
    {"url", "URL", "address of a bridge elsewhere, such as https://sms.example.org (or SMSQUITTO_URL)"},
    {"key-file", "FILE", "file with the app key for --url"},
    {"key", "KEY",
     "the app key itself; everybody on this machine can see it: prefer --key-file or SMSQUITTO_KEY"},
    {"account", "ID",
     "act for this account (over the socket; or SMSQUITTO_ACCOUNT); the first one otherwise"},
    {"no-color", NULL, "no colours (or NO_COLOR)"},
    {"help", NULL, "show help (-h)"},
    {"version", NULL, "show the version"},
};

static const struct command *const commands[] = {
    &command_init,
    &command_send,
    &command_messages_list,
    &command_messages_show,
    &command_messages_cancel,
    &command_messages_tail,
    &command_device_add,
    &command_device_list,
    &command_device_show,
    &command_device_pause,
    &command_device_resume,
    &command_device_rotate,
    &command_device_remove,
    &command_device_tag,
    &command_pool_create,
    &command_pool_list,
    &command_pool_show,
    &command_pool_change,
    &command_pool_add,
    &command_pool_drop,
    &command_pool_remove,
    &command_key_create,
    &command_key_list,
    &command_key_revoke,
    &command_account_create,
    &command_account_list,
    &command_status,
    &command_doctor,
    &command_completion,
};

const struct command_table commands_table = {
    .commands = commands,
    .command_count = sizeof commands / sizeof *commands,
    .globals = globals,
    .global_count = sizeof globals / sizeof *globals,
};
