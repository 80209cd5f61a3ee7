// Addresses of webhooks: what is taken is a web address with a host and nothing that hides another one, and
// what names an address as a number is judged as that one, in whatever spelling.
#include "bridge/hooks/guard.h"
#include "common/url.h"

#include <arpa/inet.h>
#include <curl/curl.h>
#include <stdlib.h>
#include <string.h>

enum { URL_MAX = 512 };

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

// The host as libcurl will ask for it, owned by libcurl.
static char *host_of(const char *text)
{
    CURLU *url = curl_url();
    char *host = NULL;
    if (url == NULL || curl_url_set(url, CURLUPART_URL, text, 0) != CURLUE_OK ||
        curl_url_get(url, CURLUPART_HOST, &host, 0) != CURLUE_OK || host[0] == '\0')
        abort();
    curl_url_cleanup(url);
    return host;
}

// Only the ways in which an IPv4 address can be written that libcurl turns into four numbers.
static void check_v4(const char *host)
{
    static const struct guard none = {.count = 0};
    struct sockaddr_in four = {.sin_family = AF_INET};
    struct sockaddr_in6 six = {.sin6_family = AF_INET6};
    if (inet_pton(AF_INET, host, &four.sin_addr) != 1)
        return;
    memset((uint8_t *)&six.sin6_addr + 10, 0xff, 2);
    memcpy((uint8_t *)&six.sin6_addr + 12, &four.sin_addr, 4);
    bool allowed = guard_allows(&none, (const struct sockaddr *)&four);
    if (guard_allows(&none, (const struct sockaddr *)&six) != allowed)
        abort();
    uint8_t first = ((const uint8_t *)&four.sin_addr)[0];
    if (allowed && (first == 0 || first == 10 || first == 127 || first >= 224))
        abort();
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    struct guard guard;
    const char *why = NULL;
    char *text = malloc(size + 1);
    if (text == NULL)
        return 0;
    memcpy(text, data, size);
    text[size] = '\0';
    if (url_check(text, URL_MAX, &why)) {
        char *host = host_of(text);
        if (strlen(text) > URL_MAX || strpbrk(host, "@/\\ ") != NULL)
            abort();
        check_v4(host);
        curl_free(host);
    } else if (why == NULL || why[0] == '\0') {
        abort();
    }
    if (guard_parse(&guard, text) && (guard.count < 0 || guard.count > GUARD_RANGES_MAX))
        abort();
    free(text);
    return 0;
}
