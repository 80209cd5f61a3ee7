// Addresses of web services.
#include "common/url.h"

#include <curl/curl.h>
#include <string.h>

static bool has(CURLU *url, CURLUPart part)
{
    char *value = NULL;
    bool found = curl_url_get(url, part, &value, 0) == CURLUE_OK && value[0] != '\0';
    curl_free(value);
    return found;
}

static bool is_web(CURLU *url)
{
    char *scheme = NULL;
    bool web = curl_url_get(url, CURLUPART_SCHEME, &scheme, 0) == CURLUE_OK &&
               (strcmp(scheme, "http") == 0 || strcmp(scheme, "https") == 0);
    curl_free(scheme);
    return web;
}

static const char *wrong(CURLU *url, const char *text)
{
    for (const char *c = text; *c != '\0'; c++)
        if ((unsigned char)*c <= ' ' || (unsigned char)*c >= 127)
            return "has characters that a URL must escape";
    if (curl_url_set(url, CURLUPART_URL, text, CURLU_NON_SUPPORT_SCHEME) != CURLUE_OK)
        return "is not a URL";
    if (!is_web(url))
        return "must begin with http:// or https://";
    if (!has(url, CURLUPART_HOST))
        return "has no host";
    if (has(url, CURLUPART_USER) || has(url, CURLUPART_PASSWORD))
        return "must not hold a user or password";
    return has(url, CURLUPART_FRAGMENT) ? "must not hold a fragment (#…)" : NULL;
}

bool url_check(const char *text, size_t max, const char **why)
{
    *why = "is too long";
    if (strlen(text) > max)
        return false;
    CURLU *url = curl_url();
    *why = url != NULL ? wrong(url, text) : "cannot be read now";
    curl_url_cleanup(url);
    return *why == NULL;
}
