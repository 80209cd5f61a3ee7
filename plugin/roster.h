// Who may log in: a table in memory that never changes once it is built.
//
// Lookups take constant time and no memory. Used by the broker's thread only.
#ifndef SMSQUITTO_PLUGIN_ROSTER_H
#define SMSQUITTO_PLUGIN_ROSTER_H

#include "common/secret.h"
#include "common/topic.h"

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

enum role { ROLE_DEVICE, ROLE_BRIDGE, ROLE_OPERATOR };

struct login {
    char name[DEVICE_ID_SIZE]; // user name and client id
    uint8_t role;              // enum role
    bool disabled;
    uint8_t key_hash[SECRET_HASH_BYTES];
};

// More than this is taken for a broken file.
enum { ROSTER_LOGINS_MAX = 2000000 };

struct roster;

// An empty table of a generation, or NULL when out of memory. The caller owns it.
struct roster *roster_new(int64_t generation);

// Frees the table and every login in it; NULL is fine.
void roster_free(struct roster *roster);

// Copies a login with a valid name into a table that is being built. Returns false when out of memory, over
// ROSTER_LOGINS_MAX, or when the name is there already. Moves the logins: earlier lookups end here.
bool roster_add(struct roster *roster, const struct login *login) __attribute__((warn_unused_result));

// The login of a name (any text, or NULL), borrowed while the table lives; NULL when it has none. roster may
// be NULL: nobody is in it.
const struct login *roster_find(const struct roster *roster, const char *name);

// As the file says.
int64_t roster_generation(const struct roster *roster);

size_t roster_count(const struct roster *roster);

// Reads the word of a role ("device", "bridge", "operator"). Returns false for any other.
bool role_parse(enum role *role, const char *word);

#endif
