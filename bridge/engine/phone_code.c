// Codes of phones.
#include "bridge/engine/phone_code.h"

#include "bridge/engine/core.h"

#include <stdio.h>
#include <string.h>

enum { RANGE = 1000000 };

static void drop(struct phone_code *code)
{
    secret_clear(code, sizeof(*code));
}

// The open code of these digits, or NULL.
static struct phone_code *find(struct core *core, const char *digits)
{
    for (size_t i = 0; i < PHONE_CODES_MAX; i++)
        if (core->phone_codes[i].expires_at > core->now && strcmp(core->phone_codes[i].code, digits) == 0)
            return &core->phone_codes[i];
    return NULL;
}

// A place for another code of that account, or NULL when too many are open; those whose time is over go.
static struct phone_code *find_place(struct core *core, int64_t account)
{
    struct phone_code *place = NULL;
    int open = 0;
    for (size_t i = 0; i < PHONE_CODES_MAX; i++) {
        struct phone_code *code = &core->phone_codes[i];
        if (code->expires_at <= core->now)
            drop(place = code);
        else if (code->account == account)
            open++;
    }
    return open < PHONE_CODES_OF_ACCOUNT ? place : NULL;
}

// Writes digits that no open code has. False when the system has no randomness.
static bool choose(struct core *core, char digits[PHONE_CODE_SIZE])
{
    do {
        uint64_t number;
        if (!secret_random(&number, sizeof(number)))
            return false;
        snprintf(digits, PHONE_CODE_SIZE, "%06u", (unsigned int)(number % RANGE));
    } while (find(core, digits) != NULL);
    return true;
}

void phone_code_add(struct core *core, struct command *command)
{
    struct command_phone_code *result = &command->phone_code;
    struct phone_code *place = find_place(core, command->account);
    if (place == NULL) {
        command->status = COMMAND_LIMITED;
        command->retry_after_ms = PHONE_CODE_TTL_MS;
        field_fail(&command->error, "", "too many codes are open already: wait for a minute");
        return;
    }
    if (!choose(core, result->code)) {
        command->status = COMMAND_UNAVAILABLE;
        return;
    }
    result->expires_at = core->now + PHONE_CODE_TTL_MS;
    *place = (struct phone_code){
        .account = command->account, .tries = PHONE_CODE_TRIES, .expires_at = result->expires_at};
    memcpy(place->code, result->code, sizeof(place->code));
}

bool phone_code_use(struct core *core, struct command *command)
{
    struct phone_code *code = find(core, command->device.code);
    if (code != NULL) {
        command->account = code->account;
        drop(code);
        return true;
    }
    command->device.wrong_code = true;
    for (size_t i = 0; i < PHONE_CODES_MAX; i++)
        if (core->phone_codes[i].expires_at != 0 && --core->phone_codes[i].tries <= 0)
            drop(&core->phone_codes[i]);
    return false;
}

void phone_code_forget(struct core *core, int64_t account)
{
    for (size_t i = 0; i < PHONE_CODES_MAX; i++)
        if (core->phone_codes[i].account == account)
            drop(&core->phone_codes[i]);
}
