// Devices and the keys that they get.
#ifndef SMSQUITTO_ADMIN_CLI_COMMANDS_DEVICE_KEY_H
#define SMSQUITTO_ADMIN_CLI_COMMANDS_DEVICE_KEY_H

#include "admin-cli/cli.h"
#include "admin-cli/command.h"

// Options about where phones connect, for commands that show a key.
#define DEVICE_KEY_OPTIONS                                                                                   \
    {"host", "HOST", "name or address where the phone reaches the broker"},                                  \
        {"port", "N", "port of the broker"}, {"tls", NULL, "the phone connects with TLS"},                   \
        {"no-tls", NULL, "the phone connects without TLS"},                                                  \
    {                                                                                                        \
        "no-qr", NULL, "print no QR code"                                                                    \
    }

// device add --show-key: adds the device and shows its key, once, as words and as a QR code. Returns an exit
// code.
int device_key_add(struct cli *cli);

#endif
