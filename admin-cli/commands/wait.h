// Following messages until each has ended.
#ifndef SMSQUITTO_ADMIN_CLI_COMMANDS_WAIT_H
#define SMSQUITTO_ADMIN_CLI_COMMANDS_WAIT_H

#include "admin-cli/cli.h"

// Follows the messages of the array until each is delivered or has ended otherwise (without a report: until
// it is sent; at QoS 0: until it was given to a device), printing each step unless cli->json, then the
// messages. Waits at most timeout_ms, 0 = as long as it takes. Returns the exit code: EXIT_NOT_DELIVERED when
// one ended otherwise, EXIT_LATER when the time ran out.
int wait_for_messages(struct cli *cli, const json_t *messages, int64_t timeout_ms);

#endif
