// How the commands about devices show one.
#ifndef SMSQUITTO_ADMIN_CLI_COMMANDS_DEVICE_VIEW_H
#define SMSQUITTO_ADMIN_CLI_COMMANDS_DEVICE_VIEW_H

#include "admin-cli/cli.h"

// Prints a device of the API as a card.
void device_print(const struct cli *cli, const json_t *device);

#endif
