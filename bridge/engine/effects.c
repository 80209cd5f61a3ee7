// Lists of effects, let out after the commit.
#include "bridge/engine/effects.h"

#include <stdio.h>
#include <stdlib.h>

void effects_init(struct effects *effects)
{
    *effects = (struct effects){0};
    effects->answers_end = &effects->answers;
    effects->publishes_end = &effects->publishes;
}

void effects_answer_take(struct effects *effects, struct command *command)
{
    command->next = NULL;
    *effects->answers_end = command;
    effects->answers_end = &command->next;
}

struct publish *effects_publish(struct effects *effects, const char *device, enum topic_leaf leaf, int qos)
{
    struct publish *item = calloc(1, sizeof(*item));
    if (item == NULL)
        return NULL;
    snprintf(item->device, sizeof(item->device), "%s", device);
    item->leaf = leaf;
    item->qos = qos;
    *effects->publishes_end = item;
    effects->publishes_end = &item->next;
    return item;
}

void effects_roster(struct effects *effects, const char *device)
{
    effects->roster_changed = true;
    struct kick *kick = device != NULL ? calloc(1, sizeof(*kick)) : NULL;
    if (kick == NULL)
        return;
    snprintf(kick->device, sizeof(kick->device), "%s", device);
    kick->next = effects->kicks;
    effects->kicks = kick;
}

// Hands the commands that somebody waits for to the outlet, and frees the others.
static void release_answers(struct effects *effects, const struct outlets *outlets)
{
    struct command *http = NULL, **http_end = &http;
    for (struct command *command = effects->answers, *next; command != NULL; command = next) {
        next = command->next;
        command->next = NULL;
        if (command->origin == ORIGIN_HTTP) {
            *http_end = command;
            http_end = &command->next;
        } else {
            command_free(command);
        }
    }
    effects->answers = NULL;
    effects->answers_end = &effects->answers;
    if (http != NULL)
        outlets->answer(outlets->http, http);
}

static void free_kicks(struct effects *effects)
{
    while (effects->kicks != NULL) {
        struct kick *next = effects->kicks->next;
        free(effects->kicks);
        effects->kicks = next;
    }
}

static void release_roster(struct effects *effects, const struct outlets *outlets)
{
    if (!effects->roster_changed)
        return;
    outlets->roster_changed(outlets->link, "");
    for (const struct kick *kick = effects->kicks; kick != NULL; kick = kick->next)
        outlets->roster_changed(outlets->link, kick->device);
    free_kicks(effects);
}

void effects_release(struct effects *effects, const struct outlets *outlets)
{
    if (effects->keys_changed)
        outlets->keys_changed(outlets->feed);
    release_roster(effects, outlets);
    if (effects->publishes != NULL)
        outlets->publish(outlets->link, effects->publishes);
    release_answers(effects, outlets);
    if (effects->last_event != 0)
        outlets->fed(outlets->feed, effects->last_event);
    effects_init(effects);
}

void publish_free(struct publish *item)
{
    if (item == NULL)
        return;
    if (item->leaf == TOPIC_SEND)
        free(item->send.text);
    else if (item->leaf == TOPIC_QUERY)
        free(item->query.ids);
    free(item);
}

void effects_fail(struct effects *effects, enum command_status status)
{
    for (struct command *command = effects->answers; command != NULL; command = command->next)
        command->status = status;
    for (struct publish *item = effects->publishes, *next; item != NULL; item = next) {
        next = item->next;
        publish_free(item);
    }
    effects->publishes = NULL;
    effects->publishes_end = &effects->publishes;
    free_kicks(effects);
    effects->roster_changed = effects->keys_changed = false;
    effects->last_event = 0;
}
