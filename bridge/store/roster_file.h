// roster.db: who may log in to the broker, written for the plugin (schemas/sql/roster/). Engine thread only.
//
// The roster is derived from the store: after a failure it is written anew from there.
#ifndef SMSQUITTO_BRIDGE_STORE_ROSTER_FILE_H
#define SMSQUITTO_BRIDGE_STORE_ROSTER_FILE_H

#include "common/secret.h"

#include <stdbool.h>
#include <stdint.h>

struct roster_file;

// Opens or makes the file at path, readable for others (it holds only hashes; its folder decides who gets
// there). NULL when it cannot be opened, is damaged or of another version.
struct roster_file *roster_file_open(const char *path);
void roster_file_close(struct roster_file *roster);

// One change is a transaction from begin to commit; commit raises the generation. After a failure in between
// commit returns false and nothing has changed.
void roster_file_begin(struct roster_file *roster);
// Forgets every login, before all are put anew.
void roster_file_clear(struct roster_file *roster);
// role: "device", "bridge" or "operator". Replaces a login of that name.
void roster_file_put(struct roster_file *roster, const char *name, const char *role,
                     const uint8_t key_hash[SECRET_HASH_BYTES]);
void roster_file_remove(struct roster_file *roster, const char *name);
bool roster_file_commit(struct roster_file *roster);

#endif
