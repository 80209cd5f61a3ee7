// Which route of the table a request is for. Pure logic; any thread.
#ifndef SMSQUITTO_BRIDGE_HTTP_ROUTE_H
#define SMSQUITTO_BRIDGE_HTTP_ROUTE_H

#include "bridge/http/server.h"

enum { HTTP_PATH_MAX = 256, ROUTE_ALLOWED_SIZE = 64 };

struct route_match {
    const struct http_route *route;                    // borrowed from the table; NULL = none
    char params[HTTP_ROUTE_PARAMS_MAX][HTTP_PATH_MAX]; // what stood for each '*'
    char allowed[ROUTE_ALLOWED_SIZE]; // without a route: the methods of the path ("GET, POST"), "" = no path
};

// Looks for method and path (already decoded) in routes[count]. HEAD finds what GET finds.
void route_find(struct route_match *match, const struct http_route *routes, size_t count, const char *method,
                const char *path);

// The face that the path belongs to, NULL for our own API. *path is then as the face's routes have it.
const struct http_face *route_face(const char **path, const struct http_face *const *faces);

// Decodes %HH in place and returns the new length. %00 and what is no two hexadecimal digits stay as they
// are: a NUL would end the path before its end.
size_t route_unescape(char *text);

#endif
