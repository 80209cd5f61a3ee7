// Writes pairing URIs.
#include "admin-cli/pair.h"

#include <arpa/inet.h>
#include <netinet/in.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

static void put_encoded(FILE *file, const char *text)
{
    static const char plain[] = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-._~:";
    for (; *text; text++) {
        if (strchr(plain, *text))
            fputc(*text, file);
        else
            fprintf(file, "%%%02X", (unsigned)(unsigned char)*text);
    }
}

char *pair_uri(const struct pair *pair)
{
    char *out = NULL;
    size_t size = 0;
    FILE *file = open_memstream(&out, &size);
    if (!file)
        return NULL;
    fputs("smsquitto://pair?h=", file);
    put_encoded(file, pair->host);
    fprintf(file, "&p=%d&t=%d&d=", pair->port, pair->tls);
    put_encoded(file, pair->device);
    fputs("&k=", file);
    put_encoded(file, pair->key);
    if (fclose(file) == 0)
        return out;
    free(out);
    return NULL;
}

// Connecting a UDP socket only asks for a route; 192.0.2.1 is an address of documentation.
static bool route_address(char host[PAIR_HOST_SIZE])
{
    struct sockaddr_in far = {.sin_family = AF_INET, .sin_port = htons(9)}, near = {0};
    socklen_t length = sizeof near;
    inet_pton(AF_INET, "192.0.2.1", &far.sin_addr);
    int fd = socket(AF_INET, SOCK_DGRAM | SOCK_CLOEXEC, 0);
    bool found = fd >= 0 && connect(fd, (struct sockaddr *)&far, sizeof far) == 0 &&
                 getsockname(fd, (struct sockaddr *)&near, &length) == 0 &&
                 inet_ntop(AF_INET, &near.sin_addr, host, PAIR_HOST_SIZE) != NULL;
    if (fd >= 0)
        close(fd);
    return found;
}

void pair_own_host(char host[PAIR_HOST_SIZE])
{
    if (route_address(host))
        return;
    if (gethostname(host, PAIR_HOST_SIZE) != 0)
        snprintf(host, PAIR_HOST_SIZE, "localhost");
    host[PAIR_HOST_SIZE - 1] = '\0';
}
