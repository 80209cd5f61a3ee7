// One-time codes: COMMAND_OTP_SEND, _CHECK and _CANCEL.
//
// A code is not stored. Each verification has a random seed; the code is what HMAC-SHA256 of the seed under
// the server's key gives, cut to its digits without bias. Who reads the database alone learns nothing, and
// asking again can send the same code again. The text that carries it is emptied as soon as it was sent.
// Engine thread only.
#ifndef SMSQUITTO_BRIDGE_ENGINE_OTP_H
#define SMSQUITTO_BRIDGE_ENGINE_OTP_H

#include "bridge/engine/core.h"

enum { OTP_CODE_SIZE = 11 };

// The code of a seed: digits (4 - 10) decimal digits into code.
void otp_code(char code[OTP_CODE_SIZE], const uint8_t key[SECRET_HASH_BYTES],
              const uint8_t seed[OTP_SEED_BYTES], int64_t digits);

// Sends a code; for a number and purpose that have a live one, the same again. COMMAND_LIMITED: too many to
// that number, of that client or account; COMMAND_COUNTRY; and what send_apply says of the text.
void otp_send(struct core *core, struct command *command);
// Whether the code is right, as result; a right one serves once, and each wrong one uses up a try.
// COMMAND_NOT_FOUND.
void otp_check(struct core *core, struct command *command);
// Ends a verification and withdraws its text, if it is not out. COMMAND_NOT_FOUND; COMMAND_CONFLICT when it
// has ended.
void otp_cancel(struct core *core, struct command *command);
// COMMAND_OTP_RULE: to which countries codes of the account go.
void otp_rule_set(struct core *core, struct command *command);

// Ends codes whose time is over, and forgets what is kept no longer; some of each call.
void otp_upkeep(struct core *core);

#endif
