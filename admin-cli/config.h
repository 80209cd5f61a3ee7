// The few values of the bridge's configuration that this command looks up: where its socket and files are.
#ifndef SMSQUITTO_ADMIN_CLI_CONFIG_H
#define SMSQUITTO_ADMIN_CLI_CONFIG_H

#include <stdbool.h>
#include <stddef.h>

// Where an installed bridge has them.
#define CONFIG_FILE "/etc/smsquitto/smsquitto.conf"
#define CONFIG_SOCKET "/run/smsquitto/bridge.sock"

enum { CONFIG_VALUE_SIZE = 256 };

struct config {
    char http_socket[CONFIG_VALUE_SIZE]; // "" = not set
    char store_path[CONFIG_VALUE_SIZE];
    char store_url[CONFIG_VALUE_SIZE]; // "" = the store is the file
    char roster_path[CONFIG_VALUE_SIZE];
    char broker_socket[CONFIG_VALUE_SIZE];
    char key_file[CONFIG_VALUE_SIZE]; // the bridge's own key at the broker
};

// Reads the file at path; the bridge alone judges the rest of it. Relative paths are made relative to the
// file's folder, as the bridge does. Returns false, with *config empty, when it
// cannot be read; errno says why.
bool config_read(struct config *config, const char *path);

#endif
