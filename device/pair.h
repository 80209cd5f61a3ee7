// Pairing: the device exchanges a code, as it stands in a URL behind '#', for its credentials, and keeps them
// in its key file.
//
// Call from one thread, before anything else is started. Errors are one sentence without secrets.
#ifndef SMSQUITTO_DEVICE_PAIR_H
#define SMSQUITTO_DEVICE_PAIR_H

#include "common/secret.h"
#include "common/topic.h"

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

enum { PAIR_ERROR_SIZE = 320, PAIR_HOST_SIZE = 254 };

struct pair_credentials {
    char id[DEVICE_ID_SIZE];
    char key[SECRET_SIZE];
    char host[PAIR_HOST_SIZE]; // of the broker
    int64_t port;
    bool tls;
};

// Asks at url for credentials and writes them into key_file (mode 0600, replacing what is there), whose
// folder must take a new file; that is tried before the code is used up. ca_file: trusted authorities for
// https, "" = the system's. False with error set.
bool pair_run(const char *url, const char *key_file, const char *ca_file, char error[PAIR_ERROR_SIZE]);

// Reads the answer of an exchange; url is where it came from. False with error set.
bool pair_read_answer(struct pair_credentials *out, const char *answer, size_t length, const char *url,
                      char error[PAIR_ERROR_SIZE]);

#endif
