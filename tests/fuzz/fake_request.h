// Requests without HTTP: text of the form of one runs through the handler that the route table names, and
// what the handler does is held against what every handler must do.
#ifndef SMSQUITTO_TESTS_FUZZ_FAKE_REQUEST_H
#define SMSQUITTO_TESTS_FUZZ_FAKE_REQUEST_H

#include "bridge/http/request.h"

// What stands behind the handlers, when it is more than a store.
struct fake_request_peer {
    void *context;
    // Called right before the handler and right after it.
    void (*begin)(void *context);
    void (*end)(void *context);
    // Applies a command (taken) and gives it back; NULL when it was refused.
    struct command *(*apply)(void *context, struct command *command);
    // The answer; text is borrowed, NULL when it could not be built: the connection would end.
    void (*answer)(void *context, int status, const char *text);
};

// The engine of every request from now on, borrowed; NULL, as at first, when no handler that is run needs
// one.
void fake_request_engine(struct engine *behind);

// Runs, in the API of routes[count] or in one of faces (ends with NULL), "METHOD /path?name=value&…\nHeader:
// value\n…\n\nbody" (line ends are \n). False when it is no request, or its handler needs
// more than a store. Ends the program when a handler answers not exactly once, with an unusable problem
// document, or with a command that breaks its limits. peer is borrowed and may be NULL; with one, an answer
// may not be built.
bool fake_request_run(const struct http_route *routes, size_t count, const struct http_face *const *faces,
                      struct query *store, const struct fake_request_peer *peer, const char *text,
                      size_t length);

#endif
