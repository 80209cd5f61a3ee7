// The configuration files that init fills in; written by the build from mosquitto.conf.example and
// smsquitto.conf.in. Borrowed for ever.
#ifndef SMSQUITTO_ADMIN_CLI_TEMPLATES_H
#define SMSQUITTO_ADMIN_CLI_TEMPLATES_H

extern const char templates_mosquitto_conf[];
extern const char templates_smsquitto_conf[];

#endif
