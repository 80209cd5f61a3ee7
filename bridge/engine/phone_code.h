// Codes of six digits by which phones with SMSGate's app register, in place of a key that nobody wants to
// type.
//
// So few digits are only safe because a code lives for a minute, is used once, and is over after a few wrong
// ones from anywhere. They are in memory alone: a restart ends them. Engine thread only.
#ifndef SMSQUITTO_BRIDGE_ENGINE_PHONE_CODE_H
#define SMSQUITTO_BRIDGE_ENGINE_PHONE_CODE_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

enum {
    PHONE_CODE_SIZE = 7, // six digits and NUL
    PHONE_CODE_TTL_MS = 60000,
    PHONE_CODE_TRIES = 20,      // wrong codes after which those that are open are over
    PHONE_CODES_OF_ACCOUNT = 5, // open at once
    PHONE_CODES_MAX = 100,
};

struct phone_code {
    char code[PHONE_CODE_SIZE];
    int64_t account, tries;
    int64_t expires_at; // 0 = none
};

struct core;
struct command;

void phone_code_add(struct core *core, struct command *command); // COMMAND_PHONE_CODE_ADD
// Uses up the code of COMMAND_DEVICE_ADD, whose account is that of the code then. False, with wrong_code set,
// when there is none.
bool phone_code_use(struct core *core, struct command *command);
// Ends those of an account, as one of its keys was revoked.
void phone_code_forget(struct core *core, int64_t account);

#endif
