// Where this API is reached: as configured, as it is bound, or as it was asked.
#include "bridge/http/http_internal.h"

#include <stdio.h>
#include <string.h>

const char *request_scheme(const struct request *request)
{
    return request->server->options.tls != NULL ? "https" : "http";
}

void request_base_url(const struct request *request, char *out, size_t size)
{
    const char *host = request_header(request, "Host"), *said = request_header(request, "X-Forwarded-Proto");
    if (request->server->options.public_url[0] != '\0' || host == NULL || request->connection->local)
        request_public_url(request, out, size);
    else
        snprintf(out, size, "%s://%.255s",
                 said != NULL && strcmp(said, "https") == 0 ? said : request_scheme(request), host);
}

void request_public_url(const struct request *request, char *out, size_t size)
{
    const struct http_options *options = &request->server->options;
    bool any = strcmp(options->bind, "0.0.0.0") == 0 || strcmp(options->bind, "::") == 0;
    const char *host = any ? options->public_host : options->bind;
    out[0] = '\0';
    if (options->public_url[0] != '\0')
        snprintf(out, size, "%s", options->public_url);
    else if (host[0] != '\0')
        snprintf(out, size, strchr(host, ':') != NULL ? "%s://[%s]:%d" : "%s://%s:%d",
                 request_scheme(request), host, request->server->port);
    size_t length = strlen(out);
    while (length > 0 && out[length - 1] == '/')
        out[--length] = '\0';
}
