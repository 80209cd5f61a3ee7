#include "tests/bench/order.h"

#include <stdbool.h>
#include <stdio.h>
#include <string.h>

enum { ID_LENGTH = 34 }; // of a verification

static const char *const names[] = {
    [ORDER_MESSAGE] = "message", [ORDER_KANNEL] = "kannel", [ORDER_OTP] = "otp"};

int order_api_of(const char *name)
{
    for (size_t i = 0; i < sizeof(names) / sizeof(names[0]); i++)
        if (strcmp(names[i], name) == 0)
            return (int)i;
    return -1;
}

static size_t post(char *out, size_t size, const struct order *order, const char *path, const char *body)
{
    return (size_t)snprintf(out, size,
                            "POST %s HTTP/1.1\r\nHost: b\r\nAuthorization: Bearer %s\r\n"
                            "Content-Type: application/json\r\nContent-Length: %zu\r\n\r\n%s",
                            path, order->key, strlen(body), body);
}

static size_t kannel(char *out, size_t size, const struct order *order)
{
    char report[128] = "";
    if (order->report_port != 0)
        snprintf(report, sizeof(report),
                 "&dlr-mask=8&dlr-url=http%%3A%%2F%%2F127.0.0.1%%3A%d%%2F%%3Ft%%3D%lld", order->report_port,
                 (long long)order->now_ns);
    return (size_t)snprintf(
        out, size,
        "GET /cgi-bin/sendsms?username=bench&password=%s&to=%%2B49151%08llu"
        "&text=t%%3D%lld+Your+appointment+is+at+10:30+tomorrow.%s HTTP/1.1\r\nHost: b\r\n\r\n",
        order->key, (unsigned long long)order->receiver, (long long)order->now_ns, report);
}

size_t order_begin(char *out, size_t size, const struct order *order)
{
    char body[256];
    if (order->api == ORDER_KANNEL)
        return kannel(out, size, order);
    bool code = order->api == ORDER_OTP;
    if (code)
        snprintf(body, sizeof(body), "{\"to\":\"+49151%08llu\",\"app\":\"Shop\"}",
                 (unsigned long long)order->receiver);
    else
        snprintf(body, sizeof(body),
                 "{\"to\":\"+49151%08llu\",\"text\":\"t=%lld Your appointment is at 10:30 tomorrow.\"}",
                 (unsigned long long)order->receiver, (long long)order->now_ns);
    return post(out, size, order, code ? "/v1/otp" : "/v1/messages", body);
}

size_t order_follow(char *out, size_t size, const struct order *order, const char *answer)
{
    // The load does not know the code. A wrong one is looked up and counted, in the same way as a right one.
    const char *id = order->api == ORDER_OTP ? strstr(answer, "\"VE") : NULL;
    char path[128];
    if (id == NULL || strstr(answer, "\"valid\"") != NULL)
        return 0;
    snprintf(path, sizeof(path), "/v1/otp/%.*s/check", ID_LENGTH, id + 1);
    return post(out, size, order, path, "{\"code\":\"000000\"}");
}
