// The C side of the contract tests: prints the topics and the samples, then answers lines "kind payload" from
// standard input with "ok" and the payload as C writes it, or with "error", the field and what is wrong.
#include "tests/unit/wire_samples.h"

#include "common/topic.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

static void print_samples(void)
{
    for (size_t i = 0; i < WIRE_KINDS; i++) {
        if (wire_kinds[i].encode == NULL)
            continue;
        char *text = wire_kinds[i].encode();
        printf("%s %s\n", wire_kinds[i].name, text);
        free(text);
    }
    puts("end");
}

// Lines "topic", leaf, address with {device} left open, and who publishes: of every leaf there is.
static void print_topics(void)
{
    for (enum topic_leaf leaf = TOPIC_SEND; leaf <= TOPIC_PRESENCE; leaf++) {
        char topic[TOPIC_SIZE];
        topic_format(topic, "{device}", leaf);
        printf("topic %s %s %s\n", topic_leaf_name(leaf), topic, topic_is_uplink(leaf) ? "receive" : "send");
    }
    printf("topic control %s send\n", TOPIC_CONTROL);
    printf("topic batch %s send\n", TOPIC_BATCH);
}

static void answer(const struct wire_kind *kind, const char *payload)
{
    struct field_error error;
    char *again = NULL;
    if (kind->pass(&again, payload, strlen(payload), &error))
        printf("ok %s\n", again != NULL ? again : "");
    else
        printf("error %s: %s\n", error.path, error.detail);
    free(again);
}

int main(void)
{
    char *line = NULL;
    size_t size = 0;
    setvbuf(stdout, NULL, _IOLBF, 0); // each answer is waited for
    print_topics();
    print_samples();
    while (getline(&line, &size, stdin) > 0) {
        size_t name = strcspn(line, " ");
        line[strcspn(line, "\n")] = '\0';
        for (size_t i = 0; i < WIRE_KINDS; i++) {
            if (strlen(wire_kinds[i].name) == name && memcmp(wire_kinds[i].name, line, name) == 0)
                answer(&wire_kinds[i], line + name + 1);
        }
    }
    free(line);
    return 0;
}
