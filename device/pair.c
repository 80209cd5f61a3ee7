// Pairing over HTTP with libcurl.
#include "device/pair.h"

#include "common/fields.h"

#include <curl/curl.h>
#include <errno.h>
#include <fcntl.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

enum { ANSWER_MAX = 16 * 1024, TIMEOUT_S = 30, HOST_NAME_SIZE = 65, TEMPORARY_SIZE = 320 };

struct answer {
    char text[ANSWER_MAX];
    size_t length;
    long status, retry_after_s;
};

static bool fail(char error[PAIR_ERROR_SIZE], const char *format, ...) __attribute__((format(printf, 2, 3)));

static bool fail(char error[PAIR_ERROR_SIZE], const char *format, ...)
{
    va_list arguments;
    va_start(arguments, format);
    vsnprintf(error, PAIR_ERROR_SIZE, format, arguments);
    va_end(arguments);
    return false;
}

static size_t on_bytes(char *bytes, size_t size, size_t count, void *context)
{
    struct answer *answer = context;
    if (size * count > sizeof answer->text - answer->length)
        return 0;
    memcpy(answer->text + answer->length, bytes, size * count);
    answer->length += size * count;
    return size * count;
}

// What the device says, with the code out of the URL. Owned, holds the code; NULL when memory runs out.
static char *make_body(const char *code)
{
    char host[HOST_NAME_SIZE] = "";
    if (gethostname(host, sizeof host - 1) != 0)
        host[0] = '\0';
    json_t *json = json_pack("{s:s, s:s, s:s}", "code", code, "name", host, "model",
                             "smsquitto-device/" SMSQUITTO_VERSION);
    char *text = json != NULL ? json_dumps(json, JSON_COMPACT) : NULL;
    json_decref(json);
    return text;
}

static CURLcode post(CURL *easy, struct answer *answer, const char *url, const char *body,
                     const char *ca_file)
{
    struct curl_slist *headers = curl_slist_append(NULL, "Content-Type: application/json");
    curl_off_t wait = 0;
    curl_easy_setopt(easy, CURLOPT_PROTOCOLS_STR, "http,https");
    curl_easy_setopt(easy, CURLOPT_TIMEOUT, (long)TIMEOUT_S);
    curl_easy_setopt(easy, CURLOPT_NOSIGNAL, 1L);
    curl_easy_setopt(easy, CURLOPT_USERAGENT, "smsquitto-device/" SMSQUITTO_VERSION);
    curl_easy_setopt(easy, CURLOPT_HTTPHEADER, headers);
    curl_easy_setopt(easy, CURLOPT_POSTFIELDS, body);
    curl_easy_setopt(easy, CURLOPT_WRITEFUNCTION, on_bytes);
    curl_easy_setopt(easy, CURLOPT_WRITEDATA, answer);
    if (ca_file[0] != '\0')
        curl_easy_setopt(easy, CURLOPT_CAINFO, ca_file);
    curl_easy_setopt(easy, CURLOPT_URL, url); // curl sends nothing of what stands behind '#'
    CURLcode code = headers != NULL ? curl_easy_perform(easy) : CURLE_OUT_OF_MEMORY;
    curl_easy_getinfo(easy, CURLINFO_RESPONSE_CODE, &answer->status);
    curl_easy_getinfo(easy, CURLINFO_RETRY_AFTER, &wait);
    answer->retry_after_s = (long)wait;
    curl_slist_free_all(headers);
    return code;
}

// What an answer other than 200 means to a person.
static bool refuse(const struct answer *answer, char error[PAIR_ERROR_SIZE])
{
    if (answer->status == 404)
        return fail(error, "the code was used already, or its time is over: ask for a new one");
    if (answer->status == 429)
        return fail(error, "too many wrong codes came from here: try again in %ld s", answer->retry_after_s);
    if (answer->status == 409)
        return fail(error, "the id that this device was to have is taken: ask for a new code");
    return fail(error, "the gateway answers with HTTP status %ld", answer->status);
}

static bool exchange(struct answer *answer, const char *url, const char *ca_file, char error[PAIR_ERROR_SIZE])
{
    const char *code = strchr(url, '#');
    if (code == NULL || code[1] == '\0')
        return fail(error, "the URL has no code behind '#': put it in quotes");
    CURL *easy = curl_easy_init();
    char *body = make_body(code + 1);
    CURLcode done =
        easy != NULL && body != NULL ? post(easy, answer, url, body, ca_file) : CURLE_OUT_OF_MEMORY;
    curl_easy_cleanup(easy);
    if (body != NULL)
        secret_clear(body, strlen(body));
    free(body);
    if (done != CURLE_OK)
        return fail(error, "cannot ask the gateway: %s", curl_easy_strerror(done));
    return answer->status == 200 || refuse(answer, error);
}

// The host of a URL, without the brackets of an IPv6 address.
static bool host_of(char host[PAIR_HOST_SIZE], const char *url)
{
    CURLU *parts = curl_url();
    char *found = NULL;
    bool good = parts != NULL && curl_url_set(parts, CURLUPART_URL, url, 0) == CURLUE_OK &&
                curl_url_get(parts, CURLUPART_HOST, &found, 0) == CURLUE_OK;
    if (good) {
        size_t length = strlen(found), skip = found[0] == '[';
        good = length < PAIR_HOST_SIZE;
        snprintf(host, PAIR_HOST_SIZE, "%.*s", (int)(length - 2 * skip), found + skip);
    }
    curl_free(found);
    curl_url_cleanup(parts);
    return good;
}

struct members {
    const char *device, *key, *host;
    json_t *mqtt;
    int64_t port;
    bool tls;
};

static bool read_members(struct members *out, const json_t *json, struct field_error *error)
{
    static const struct field top[] = {
        {"device", FIELD_STRING, offsetof(struct members, device), true, 1, DEVICE_ID_MAX},
        {"key", FIELD_STRING, offsetof(struct members, key), true, 1, SECRET_SIZE - 1},
        {"mqtt", FIELD_OBJECT, offsetof(struct members, mqtt), true, 0, 100},
    };
    static const struct field mqtt[] = {
        {"host", FIELD_STRING, offsetof(struct members, host), false, 1, PAIR_HOST_SIZE - 1},
        {"port", FIELD_INT, offsetof(struct members, port), true, 1, 65535},
        {"tls", FIELD_BOOL, offsetof(struct members, tls), true, 0, 0},
    };
    return fields_decode_known(out, json, top, sizeof top / sizeof *top, "", error) &&
           fields_decode_known(out, out->mqtt, mqtt, sizeof mqtt / sizeof *mqtt, "mqtt", error);
}

// A word that can stand on a line of the key file.
static bool is_word(const char *text)
{
    for (; *text != '\0'; text++)
        if ((unsigned char)*text <= ' ' || (unsigned char)*text >= 0x7f)
            return false;
    return true;
}

bool pair_read_answer(struct pair_credentials *out, const char *answer, size_t length, const char *url,
                      char error[PAIR_ERROR_SIZE])
{
    struct field_error wrong;
    struct members members = {0};
    json_t *json = fields_parse(answer, length, &wrong);
    bool good = json != NULL && read_members(&members, json, &wrong);
    if (!good) {
        fail(error, "the gateway's answer is not understood: %.90s %.150s", wrong.path, wrong.detail);
    } else if (!device_id_valid(members.device, strlen(members.device)) || !is_word(members.key) ||
               (members.host != NULL && !is_word(members.host))) {
        good = fail(error, "the gateway's answer is not understood: device, key or host");
    } else {
        *out = (struct pair_credentials){.port = members.port, .tls = members.tls};
        snprintf(out->id, sizeof out->id, "%s", members.device);
        snprintf(out->key, sizeof out->key, "%s", members.key);
        good = members.host != NULL ? snprintf(out->host, sizeof out->host, "%s", members.host) > 0
                                    : host_of(out->host, url);
        if (!good)
            fail(error, "the gateway does not say where the broker is");
    }
    json_decref(json);
    return good;
}

static bool write_file(int fd, const struct pair_credentials *credentials)
{
    return dprintf(fd,
                   "%s\n# Written by pairing; goes before the configuration.\nid = %s\nhost = %s\nport = "
                   "%d\ntls = %s\n",
                   credentials->key, credentials->id, credentials->host, (int)credentials->port,
                   credentials->tls ? "yes" : "no") > 0 &&
           fsync(fd) == 0;
}

bool pair_run(const char *url, const char *key_file, const char *ca_file, char error[PAIR_ERROR_SIZE])
{
    static struct answer answer;
    struct pair_credentials credentials;
    char temporary[TEMPORARY_SIZE];
    snprintf(temporary, sizeof temporary, "%s.new", key_file);
    int fd = open(temporary, O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC | O_NOFOLLOW, 0600);
    if (fd < 0)
        return fail(error, "cannot write %.200s: %s", temporary, strerror(errno));
    answer = (struct answer){.length = 0};
    bool done = exchange(&answer, url, ca_file, error) &&
                pair_read_answer(&credentials, answer.text, answer.length, url, error);
    if (done && (!write_file(fd, &credentials) || rename(temporary, key_file) != 0))
        done = fail(error, "cannot write %.200s: %s", key_file, strerror(errno));
    close(fd);
    if (!done)
        unlink(temporary);
    secret_clear(&answer, sizeof answer);
    secret_clear(&credentials, sizeof credentials);
    return done;
}
