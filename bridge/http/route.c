// Patterns are compared segment by segment.
#include "bridge/http/route.h"

#include <stdio.h>
#include <string.h>

// Copies one segment. False when it is empty or too long.
static bool copy_segment(char out[HTTP_PATH_MAX], const char *segment, size_t length)
{
    if (length == 0 || length >= HTTP_PATH_MAX)
        return false;
    memcpy(out, segment, length);
    out[length] = '\0';
    return true;
}

// Whether the path fits the pattern; fills the parameters.
static bool matches(struct route_match *match, const char *pattern, const char *path)
{
    int param = 0;
    if (path[0] != '/')
        return false;
    while (*pattern != '\0' && *path != '\0') {
        size_t want = strcspn(pattern + 1, "/"), got = strcspn(path + 1, "/");
        if (pattern[1] == '*' && want == 1) {
            if (!copy_segment(match->params[param++], path + 1, got))
                return false;
        } else if (want != got || memcmp(pattern, path, want + 1) != 0) {
            return false;
        }
        pattern += want + 1;
        path += got + 1;
    }
    return *pattern == '\0' && *path == '\0';
}

void route_find(struct route_match *match, const struct http_route *routes, size_t count, const char *method,
                const char *path)
{
    const char *wanted = strcmp(method, "HEAD") == 0 ? "GET" : method;
    match->route = NULL;
    match->allowed[0] = '\0';
    for (size_t i = 0; i < count; i++) {
        if (!matches(match, routes[i].pattern, path))
            continue;
        if (strcmp(routes[i].method, wanted) == 0) {
            match->route = &routes[i];
            return;
        }
        size_t used = strlen(match->allowed);
        snprintf(match->allowed + used, sizeof(match->allowed) - used, "%s%s", used > 0 ? ", " : "",
                 routes[i].method);
    }
}

static bool is_below(const char *path, const char *prefix)
{
    size_t length = strlen(prefix);
    return strncmp(path, prefix, length) == 0 && (path[length] == '/' || path[length] == '\0');
}

const struct http_face *route_face(const char **path, const struct http_face *const *faces)
{
    for (; faces != NULL && *faces != NULL; faces++)
        for (const struct http_base *base = (*faces)->bases; base->prefix != NULL; base++)
            if (is_below(*path, base->prefix)) {
                *path += base->strip;
                return *faces;
            }
    return NULL;
}

static int hex_value(char c)
{
    static const char DIGITS[] = "0123456789abcdef";
    const char *found = c != '\0' ? strchr(DIGITS, c >= 'A' && c <= 'F' ? c - 'A' + 'a' : c) : NULL;
    return found != NULL ? (int)(found - DIGITS) : -1;
}

size_t route_unescape(char *text)
{
    char *out = text;
    for (const char *in = text; *in != '\0';) {
        int high = *in == '%' ? hex_value(in[1]) : -1, low = high >= 0 ? hex_value(in[2]) : -1;
        bool decode = low >= 0 && high * 16 + low != 0;
        *out++ = decode ? (char)(high * 16 + low) : *in;
        in += decode ? 3 : 1;
    }
    *out = '\0';
    return (size_t)(out - text);
}
