// One line an event: time, level, words, then key=value pairs; or the same as JSON.
//
// Programs log, libraries return errors. Never a message text, a full phone number or a secret. Any thread; a
// line is one write(2) to standard error.
#ifndef SMSQUITTO_COMMON_LOG_H
#define SMSQUITTO_COMMON_LOG_H

#include <stdbool.h>

enum log_level {
    LOG_ERROR,   // someone must act
    LOG_WARNING, // we coped
    LOG_INFO,    // a state changed
    LOG_DEBUG,
};

// Sets the lowest level that is written and the form. Call once before the threads start.
void log_setup(enum log_level level, bool json);

// Writes one line. event is plain words ("device online"); pairs are name, value (both const char *), ending
// in NULL:
//   log_event(LOG_INFO, "device online", "device", id, "radio", radio, NULL);
// Values are quoted and escaped as needed.
void log_event(enum log_level level, const char *event, ...) __attribute__((sentinel));

// A number as a value for log_event: a pointer into a small rotating buffer of the thread, good for 8 calls.
const char *log_number(long long value);

// "error", "warning", "info" or "debug" to a level; false for other words.
bool log_level_parse(enum log_level *level, const char *word);

#endif
