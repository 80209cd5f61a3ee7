// Lists of effects, let out after the commit.
#include "bridge/engine/effects.h"

#include "bridge/engine/fleet.h"
#include "common/crash.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

void effects_init(struct effects *effects)
{
    *effects = (struct effects){0};
    effects->answers_end = &effects->answers;
    effects->publishes_end = &effects->publishes;
    effects->logins_end = &effects->logins;
    effects->posts_end = &effects->posts;
}

void effects_answer_take(struct effects *effects, struct command *command)
{
    command->next = NULL;
    *effects->answers_end = command;
    effects->answers_end = &command->next;
}

struct publish *effects_publish(struct effects *effects, const struct fleet_device *device,
                                enum topic_leaf leaf, int qos)
{
    struct publish *item = calloc(1, sizeof(*item));
    effects->lost |= item == NULL;
    if (item == NULL)
        return NULL;
    memcpy(item->device, device->row.id, sizeof(item->device));
    item->phone = device->phone;
    item->leaf = leaf;
    item->qos = qos;
    *effects->publishes_end = item;
    effects->publishes_end = &item->next;
    return item;
}

bool effects_login(struct effects *effects, const char *name, const uint8_t *key_hash, bool kick)
{
    struct login_change *change = calloc(1, sizeof(*change));
    effects->lost |= change == NULL;
    if (change == NULL)
        return false;
    snprintf(change->name, sizeof(change->name), "%s", name);
    change->removed = key_hash == NULL;
    if (key_hash != NULL)
        memcpy(change->key_hash, key_hash, sizeof(change->key_hash));
    change->kick = kick;
    *effects->logins_end = change;
    effects->logins_end = &change->next;
    return true;
}

struct hook_post *effects_post(struct effects *effects)
{
    struct hook_post *post = calloc(1, sizeof(*post));
    effects->lost |= post == NULL;
    if (post == NULL)
        return NULL;
    *effects->posts_end = post;
    effects->posts_end = &post->next;
    return post;
}

void hook_post_free(struct hook_post *post)
{
    free(post->url);
    hook_content_free(post->content);
    secret_clear(post, sizeof(*post));
    free(post);
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

static void free_logins(struct effects *effects)
{
    while (effects->logins != NULL) {
        struct login_change *next = effects->logins->next;
        free(effects->logins);
        effects->logins = next;
    }
    effects->logins_end = &effects->logins;
}

static void release_logins(struct effects *effects, const struct outlets *outlets)
{
    if (effects->logins == NULL)
        return;
    outlets->roster_changed(outlets->link, "");
    for (const struct login_change *change = effects->logins; change != NULL; change = change->next)
        if (change->kick)
            outlets->roster_changed(outlets->link, change->name);
    free_logins(effects);
}

void effects_release(struct effects *effects, const struct outlets *outlets)
{
    if (effects->keys_changed)
        outlets->keys_changed(outlets->feed);
    release_logins(effects, outlets);
    if (effects->publishes != NULL)
        outlets->publish(outlets->link, effects->publishes);
    if (effects->posts != NULL)
        outlets->post(outlets->hooks, effects->posts);
    crash_point("before-answer");
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
    for (struct hook_post *post = effects->posts, *next; post != NULL; post = next) {
        next = post->next;
        hook_post_free(post);
    }
    effects->posts = NULL;
    effects->posts_end = &effects->posts;
    free_logins(effects);
    effects->keys_changed = false;
    effects->last_event = 0;
    effects->lost = false;
}
