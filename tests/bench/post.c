// Yardstick: what libcurl posts, so many at a time over connections that stay open, and nothing else done.
//
//   bench_post URL COUNT AT-ONCE BYTES
//
// Prints one JSON line when all were answered: posts a second.
#include "tests/bench/samples.h"

#include <curl/curl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

static char *body;

static size_t on_answer(char *text, size_t size, size_t count, void *context)
{
    (void)text, (void)context;
    return size * count;
}

static void begin(CURLM *multi, CURL *easy)
{
    snprintf(body, 32, "t=%lld", (long long)now_ns());
    body[strlen(body)] = ' ';
    curl_easy_setopt(easy, CURLOPT_COPYPOSTFIELDS, body);
    curl_multi_add_handle(multi, easy);
}

static CURL *new_easy(const char *url, long bytes)
{
    CURL *easy = curl_easy_init();
    curl_easy_setopt(easy, CURLOPT_URL, url);
    curl_easy_setopt(easy, CURLOPT_PROXY, "");
    curl_easy_setopt(easy, CURLOPT_POSTFIELDSIZE, bytes);
    curl_easy_setopt(easy, CURLOPT_WRITEFUNCTION, on_answer);
    return easy;
}

int main(int argc, char **argv)
{
    if (argc < 5)
        return 2;
    long count = strtol(argv[2], NULL, 10), left = count, at_once = strtol(argv[3], NULL, 10),
         bytes = strtol(argv[4], NULL, 10);
    long under_way = 0;
    int running, waiting;
    body = bytes >= 32 ? malloc((size_t)bytes) : NULL;
    if (body == NULL)
        return 2;
    memset(body, ' ', (size_t)bytes);
    CURLM *multi = curl_multi_init();
    int64_t start = now_ns();
    for (; under_way < at_once && left > 0; under_way++, left--)
        begin(multi, new_easy(argv[1], bytes));
    while (under_way > 0) {
        curl_multi_perform(multi, &running);
        for (CURLMsg *message; (message = curl_multi_info_read(multi, &waiting)) != NULL;) {
            CURL *easy = message->easy_handle;
            if (message->data.result != CURLE_OK)
                return 1;
            curl_multi_remove_handle(multi, easy);
            if (left-- > 0)
                begin(multi, easy);
            else
                under_way--;
        }
        curl_multi_poll(multi, NULL, 0, 1000, NULL);
    }
    printf("{\"per_s\": %.0f}\n", (double)count * 1e9 / (double)(now_ns() - start));
    return 0;
}
