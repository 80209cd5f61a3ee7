// The bridge's configuration: one table of keys, read once.
#ifndef SMSQUITTO_BRIDGE_CONFIG_H
#define SMSQUITTO_BRIDGE_CONFIG_H

#include "bridge/engine/engine.h"
#include "common/settings.h"

typedef char config_text[SETTING_VALUE_SIZE];

struct config {
    config_text http_bind, http_socket, http_socket_mode, http_cors_origins, http_default_country;
    config_text http_tls_certificate, http_tls_key;
    int64_t http_port, http_connections, http_connections_per_address, http_streams;
    int64_t http_idle, http_body;
    bool http_metrics_open;
    config_text phones_host;
    int64_t phones_port;
    bool phones_tls;
    config_text phones_url;
    int64_t pairing_wrong_per_address, pairing_wrong;
    config_text store_path, store_url;
    config_text node_id;
    int64_t store_busy_timeout, store_checkpoint_pages;
    config_text mqtt_socket, mqtt_name, mqtt_key_file, mqtt_roster;
    int64_t mqtt_keepalive;
    config_text otp_countries; // "DE AT", "" = all
    config_text stop_words, start_words, help_words, stop_answer, start_answer, help_answer, suppress_codes;
    config_text otp_key_file;
    config_text hooks_allow, hooks_ca_file, hooks_retries;
    int64_t hooks_timeout;
    bool hooks_follow_redirects;
    struct engine_options engine; // durations and sizes; its paths and names are left alone
    int64_t log_level, log_format;
};

// Reads the file at path (NULL: defaults and environment SMSQUITTO_<SECTION>_<KEY> only). Relative paths in
// it are made relative to its folder. False with *error set.
bool config_load(struct config *config, const char *path, struct setting_error *error);

// Where the store is: the URL when there is one, else the path. Borrowed from config.
const char *config_store(const struct config *config);

// Writes the effective values as a file that config_load takes; instead of a password in [store] url, ***.
void config_print(FILE *file, const struct config *config);

#endif
