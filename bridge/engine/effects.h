// What a batch lets out once it is committed, gathered in order; or forgets, when the commit failed.
#ifndef SMSQUITTO_BRIDGE_ENGINE_EFFECTS_H
#define SMSQUITTO_BRIDGE_ENGINE_EFFECTS_H

#include "bridge/engine/outlets.h"

struct fleet_device;

struct effects {
    struct command *answers, **answers_end;
    struct publish *publishes, **publishes_end;
    struct login_change {
        char name[DEVICE_ID_SIZE];
        uint8_t key_hash[SECRET_HASH_BYTES];
        bool removed, kick; // kick: throw its present connection out of the broker
        struct login_change *next;
    } * logins, **logins_end; // what the roster file must learn
    struct hook_post *posts, **posts_end;
    bool keys_changed;
    int64_t last_event; // 0 = no event in this batch
    bool lost;          // memory ran out for one of them: the batch must not be committed
};

// An empty set. The struct must not move afterwards.
void effects_init(struct effects *effects);

// Takes a command that is done: it is answered on release, or freed when nobody waits for it.
void effects_answer_take(struct effects *effects, struct command *command);

// A zeroed item at the end of the list, to be filled in; borrowed. NULL when memory runs out (the deadlines
// of the messages ask again).
struct publish *effects_publish(struct effects *effects, const struct fleet_device *device,
                                enum topic_leaf leaf, int qos);

// A device may log in with that key from now on, or no longer (key_hash NULL); kick when an older key was in
// use. False when memory runs out.
bool effects_login(struct effects *effects, const char *name, const uint8_t *key_hash, bool kick);

// A zeroed delivery at the end of the list, to be filled in; borrowed. NULL when memory runs out.
struct hook_post *effects_post(struct effects *effects);

// Lets everything out through the outlets and empties the set.
void effects_release(struct effects *effects, const struct outlets *outlets);

// Drops publishes, kicks and flags; answers stay, each with that status.
void effects_fail(struct effects *effects, enum command_status status);

#endif
