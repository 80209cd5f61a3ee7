// Addresses of web services, read by libcurl.
#ifndef SMSQUITTO_COMMON_URL_H
#define SMSQUITTO_COMMON_URL_H

#include <stdbool.h>
#include <stddef.h>

// Whether text is an absolute http or https URL with a host, without user, password and fragment, and not
// longer than max bytes. Otherwise false, and *why is a clause for people ("has no host"), borrowed for ever.
bool url_check(const char *text, size_t max, const char **why);

#endif
