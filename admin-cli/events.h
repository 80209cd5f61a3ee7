// Events of messages and devices as lines for people.
#ifndef SMSQUITTO_ADMIN_CLI_EVENTS_H
#define SMSQUITTO_ADMIN_CLI_EVENTS_H

#include <jansson.h>
#include <stdbool.h>
#include <stdio.h>

// What happened, in a few words: "sent by phone-1, part 1", "held: SIM 2 is at its limit". event is an
// element of a timeline or the data of a live event.
void events_put_words(FILE *file, const json_t *event);

// The short name of an event: "sent" of "message.sent". Borrowed from the event.
const char *events_name(const json_t *event);

// One line of the live stream: time, what, number, id and words. Numbers are shortened unless whole_numbers.
void events_put_line(FILE *file, const json_t *event, bool whole_numbers);

#endif
