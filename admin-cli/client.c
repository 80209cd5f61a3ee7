// One libcurl handle, used for calls and streams.
#include "admin-cli/client.h"

#include "common/parse.h"
#include "common/secret.h"

#include <curl/curl.h>
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>

enum { CONNECT_TIMEOUT_MS = 10000, CALL_TIMEOUT_MS = 60000, SILENCE_MAX_S = 60 };

struct client {
    CURL *curl;
    const struct client_target *target;
    char *authorization; // owned header line with the key, or NULL
};

// One exchange under way.
struct exchange {
    struct client *client;
    struct response *response;
    const struct stream_handler *handler; // NULL for a call
    char *text;
    size_t length;
    bool stopped, too_long;
};

struct client *client_open(const struct client_target *target)
{
    struct client *client = calloc(1, sizeof *client);
    if (!client)
        return NULL;
    client->target = target;
    client->curl = curl_easy_init();
    if (client->curl &&
        (!target->key || asprintf(&client->authorization, "Authorization: Bearer %s", target->key) > 0))
        return client;
    client->authorization = target->key ? NULL : client->authorization;
    client_close(client);
    return NULL;
}

void client_close(struct client *client)
{
    if (!client)
        return;
    curl_easy_cleanup(client->curl);
    if (client->authorization)
        secret_clear(client->authorization, strlen(client->authorization));
    free(client->authorization);
    free(client);
}

void response_clear(struct response *response)
{
    json_decref(response->body);
    *response = (struct response){.retry_after_s = -1};
}

static size_t keep_body(struct exchange *exchange, const char *bytes, size_t length)
{
    if (length > CLIENT_BODY_MAX_BYTES - exchange->length) {
        exchange->too_long = true;
        return 0;
    }
    char *text = realloc(exchange->text, exchange->length + length + 1);
    if (!text)
        return 0;
    memcpy(text + exchange->length, bytes, length);
    exchange->text = text;
    exchange->length += length;
    return length;
}

// A stream's bytes go to its handler; everything else is kept.
static size_t on_body(char *bytes, size_t one, size_t length, void *context)
{
    (void)one;
    struct exchange *exchange = context;
    long status = 0;
    curl_easy_getinfo(exchange->client->curl, CURLINFO_RESPONSE_CODE, &status);
    if (!exchange->handler || status != 200)
        return keep_body(exchange, bytes, length);
    if (exchange->handler->data(exchange->handler->context, bytes, length))
        return length;
    exchange->stopped = true;
    return 0;
}

// Copies the value of a header line that has this name; a longer value is cut. The line ends in CR LF.
static bool header_value(const char *line, size_t length, const char *name, char *value, size_t size)
{
    size_t name_length = strlen(name);
    if (length <= name_length || strncasecmp(line, name, name_length) != 0 || line[name_length] != ':')
        return false;
    line += name_length + 1;
    length -= name_length + 1;
    while (length > 0 && *line == ' ') {
        line++;
        length--;
    }
    while (length > 0 && strchr("\r\n ", line[length - 1]))
        length--;
    snprintf(value, size, "%.*s", (int)length, line);
    return true;
}

static bool is_end_of_head(const char *line, size_t length)
{
    return length <= 2 && (length == 0 || line[0] == '\r' || line[0] == '\n');
}

static size_t on_header(char *line, size_t one, size_t length, void *context)
{
    (void)one;
    struct exchange *exchange = context;
    struct response *response = exchange->response;
    char value[64];
    if (header_value(line, length, "Date", value, sizeof value)) {
        time_t at = curl_getdate(value, NULL);
        response->date_ms = at > 0 ? (int64_t)at * 1000 : 0;
    }
    if (header_value(line, length, "Retry-After", value, sizeof value))
        parse_int(&response->retry_after_s, value, strlen(value), 0, 86400);
    const struct stream_handler *handler = exchange->handler;
    long status = 0;
    curl_easy_getinfo(exchange->client->curl, CURLINFO_RESPONSE_CODE, &status);
    if (handler && status == 200 && is_end_of_head(line, length) && !handler->opened(handler->context)) {
        exchange->stopped = true;
        return 0;
    }
    return length;
}

static bool add_header(struct curl_slist **list, const char *line)
{
    struct curl_slist *longer = curl_slist_append(*list, line);
    if (!longer)
        return false;
    *list = longer;
    return true;
}

static bool add_named(struct curl_slist **list, const char *name, const char *value)
{
    char *line = NULL;
    if (!value || !*value)
        return true;
    if (asprintf(&line, "%s: %s", name, value) < 0)
        return false;
    bool added = add_header(list, line);
    free(line);
    return added;
}

// The slist keeps copies of the key: cleared before they are freed.
static void free_headers(struct curl_slist *list)
{
    for (struct curl_slist *at = list; at; at = at->next)
        secret_clear(at->data, strlen(at->data));
    curl_slist_free_all(list);
}

// Sets what calls and streams share. Returns false when memory runs out.
static bool prepare(struct exchange *exchange, const char *path)
{
    struct client *client = exchange->client;
    const char *base = client->target->url ? client->target->url : "http://localhost";
    size_t base_length = strlen(base);
    while (base_length > 0 && base[base_length - 1] == '/')
        base_length--;
    char *url = NULL;
    if (asprintf(&url, "%.*s%s", (int)base_length, base, path) < 0)
        return false;
    curl_easy_reset(client->curl);
    curl_easy_setopt(client->curl, CURLOPT_URL, url);
    free(url);
    if (!client->target->url) {
        curl_easy_setopt(client->curl, CURLOPT_UNIX_SOCKET_PATH, client->target->socket);
        curl_easy_setopt(client->curl, CURLOPT_NOPROXY, "*");
    }
    curl_easy_setopt(client->curl, CURLOPT_PROTOCOLS_STR, "http,https");
    curl_easy_setopt(client->curl, CURLOPT_USERAGENT, "smsquitto/" SMSQUITTO_VERSION);
    curl_easy_setopt(client->curl, CURLOPT_CONNECTTIMEOUT_MS, (long)CONNECT_TIMEOUT_MS);
    curl_easy_setopt(client->curl, CURLOPT_WRITEFUNCTION, on_body);
    curl_easy_setopt(client->curl, CURLOPT_WRITEDATA, exchange);
    curl_easy_setopt(client->curl, CURLOPT_HEADERFUNCTION, on_header);
    curl_easy_setopt(client->curl, CURLOPT_HEADERDATA, exchange);
    return true;
}

// What to say about a connection that was not made: curl's own words, or better ones for the unix socket.
static void explain(struct exchange *exchange, CURLcode code)
{
    struct client *client = exchange->client;
    struct response *response = exchange->response;
    long os_error = 0;
    curl_easy_getinfo(client->curl, CURLINFO_OS_ERRNO, &os_error);
    const char *where = client->target->url ? client->target->url : client->target->socket;
    const char *why = curl_easy_strerror(code), *next = "";
    if (exchange->too_long)
        why = "the answer is too long";
    else if (code == CURLE_COULDNT_CONNECT && os_error != 0)
        why = strerror((int)os_error);
    if (!client->target->url && (os_error == ENOENT || os_error == ECONNREFUSED))
        next = ". Is the bridge running? --socket names its socket, --url a bridge elsewhere";
    else if (!client->target->url && (os_error == EACCES || os_error == EPERM))
        next = ". Run this as root or as the user of the bridge";
    else if (code == CURLE_URL_MALFORMAT || code == CURLE_UNSUPPORTED_PROTOCOL)
        next = ". A URL looks like https://sms.example.org";
    snprintf(response->error, sizeof response->error, "cannot reach the bridge at %.120s: %s%s", where, why,
             next);
}

static CURLcode perform(struct exchange *exchange, struct curl_slist *headers)
{
    struct client *client = exchange->client;
    curl_easy_setopt(client->curl, CURLOPT_HTTPHEADER, headers);
    CURLcode code = curl_easy_perform(client->curl);
    curl_easy_getinfo(client->curl, CURLINFO_RESPONSE_CODE, &exchange->response->status);
    long sent_bytes = 0;
    curl_easy_getinfo(client->curl, CURLINFO_REQUEST_SIZE, &sent_bytes);
    exchange->response->sent = sent_bytes > 0;
    if (exchange->length > 0)
        exchange->response->body = json_loadb(exchange->text, exchange->length, 0, NULL);
    if (code != CURLE_OK && !exchange->stopped)
        explain(exchange, code);
    if (exchange->text)
        secret_clear(exchange->text, exchange->length); // may show a new key
    free(exchange->text);
    return code;
}

static bool common_headers(const struct client *client, struct curl_slist **headers)
{
    return (!client->authorization || add_header(headers, client->authorization)) &&
           add_named(headers, "X-Account", client->target->account);
}

bool client_call(struct client *client, struct response *response, const struct request *request)
{
    struct exchange exchange = {.client = client, .response = response};
    struct curl_slist *headers = NULL;
    CURLcode code = CURLE_OUT_OF_MEMORY;
    *response = (struct response){.retry_after_s = -1, .error = "out of memory"};
    char *body = request->body ? json_dumps(request->body, JSON_COMPACT) : NULL;
    if ((request->body && !body) || !prepare(&exchange, request->path) || !common_headers(client, &headers) ||
        !add_named(&headers, "Content-Type", body ? "application/json" : NULL) ||
        !add_named(&headers, "Idempotency-Key", request->idempotency_key))
        goto done;
    curl_easy_setopt(client->curl, CURLOPT_TIMEOUT_MS, (long)CALL_TIMEOUT_MS);
    curl_easy_setopt(client->curl, CURLOPT_CUSTOMREQUEST, request->method);
    if (body) {
        curl_easy_setopt(client->curl, CURLOPT_POSTFIELDS, body);
        add_header(&headers, "Expect:"); // no 100-continue round trip
    } else if (strcmp(request->method, "POST") == 0) {
        curl_easy_setopt(client->curl, CURLOPT_POSTFIELDS, "");
        add_header(&headers, "Content-Type:"); // not the one of forms
    }
    code = perform(&exchange, headers);
done:
    free_headers(headers);
    free(body);
    return code == CURLE_OK;
}

enum stream_end client_stream(struct client *client, struct response *response, const char *path,
                              const char *last_id, int64_t timeout_ms, const struct stream_handler *handler)
{
    struct exchange exchange = {.client = client, .response = response, .handler = handler};
    struct curl_slist *headers = NULL;
    CURLcode code = CURLE_OUT_OF_MEMORY;
    *response = (struct response){.retry_after_s = -1, .error = "out of memory"};
    if (prepare(&exchange, path) && common_headers(client, &headers) &&
        add_header(&headers, "Accept: text/event-stream") && add_named(&headers, "Last-Event-ID", last_id)) {
        curl_easy_setopt(client->curl, CURLOPT_TIMEOUT_MS, (long)timeout_ms);
        curl_easy_setopt(client->curl, CURLOPT_LOW_SPEED_LIMIT, 1L);
        curl_easy_setopt(client->curl, CURLOPT_LOW_SPEED_TIME, (long)SILENCE_MAX_S);
        code = perform(&exchange, headers);
    }
    free_headers(headers);
    if (exchange.stopped)
        return STREAM_STOPPED;
    if (response->status >= 400)
        return STREAM_REFUSED;
    if (code == CURLE_OK)
        snprintf(response->error, sizeof response->error, "the bridge closed the event stream");
    return STREAM_LOST;
}

char *client_encode(const char *text)
{
    char *escaped = curl_easy_escape(NULL, text, 0), *out = NULL;
    if (escaped)
        out = strdup(escaped);
    curl_free(escaped);
    return out;
}
