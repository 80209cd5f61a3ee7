// Requests without HTTP: text of the form of one runs through the handler that the route table names, and
// what the handler does is held against what every handler must do.
#ifndef SMSQUITTO_TESTS_FUZZ_FAKE_REQUEST_H
#define SMSQUITTO_TESTS_FUZZ_FAKE_REQUEST_H

#include "bridge/http/request.h"

// Runs, in the API of routes[count] or in one of faces (ends with NULL), "METHOD /path?name=value&…\nHeader:
// value\n…\n\nbody" (no decoding of %, line ends are \n). False when it is no request, or its handler needs
// more than a store. Ends the program when a handler answers not exactly once, with an unusable problem
// document, or with a command that breaks its limits.
bool fake_request_run(const struct http_route *routes, size_t count, const struct http_face *const *faces,
                      struct query *store, const char *text, size_t length);

#endif
