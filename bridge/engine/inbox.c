// Requests to devices to read their inboxes again.
#include "bridge/engine/inbox.h"

enum { GAP_MS = 60000, AGAIN_MS = 60000 };

// SMSGate's app never says that it has a request, so that it is told once.
static bool is_open(const struct core *core, const struct fleet_device *device)
{
    const struct inbox_request *request = &device->inbox;
    bool done = device->phone ? request->told_at != 0 : request->taken_at != 0;
    return device->row.removed_at == 0 && request->asked_at != 0 && !done &&
           core->now - request->asked_at < INBOX_ASK_MS;
}

static bool load_one(void *context, const struct inbox_request *row)
{
    struct core *core = context;
    struct fleet_device *device = fleet_device(core->fleet, row->device);
    if (device != NULL)
        device->inbox = *row;
    core->inbox_open = true;
    return true;
}

bool inbox_load(struct core *core)
{
    core->inbox_open = false;
    return store_inbox_requests_each(core->store, load_one, core);
}

static void tell(struct core *core, struct fleet_device *device)
{
    struct inbox_request *request = &device->inbox;
    struct publish *item = effects_publish(&core->effects, device, TOPIC_INBOX, 1);
    if (item == NULL)
        return; // upkeep asks again
    item->inbox.asked_at = request->asked_at;
    item->inbox.from = request->from;
    item->inbox.to = request->to;
    request->told_at = core->now;
    (void)store_inbox_request_put(core->store, request);
}

// How long until the device may be asked again; 0 = now.
static int64_t wait_of(const struct core *core, const struct fleet_device *device)
{
    int64_t since = core->now - device->inbox.asked_at;
    return device->inbox.asked_at != 0 && since >= 0 && since < GAP_MS ? GAP_MS - since : 0;
}

static void ask(struct core *core, struct fleet_device *device, const struct inbox_request *wish)
{
    struct inbox_request *request = &device->inbox;
    struct inbox_request row = {
        .device = device->row.n, .asked_at = core->now, .from = wish->from, .to = wish->to};
    if (is_open(core, device)) { // what was asked before stays asked
        row.from = request->from < row.from ? request->from : row.from;
        row.to = request->to > row.to ? request->to : row.to;
    }
    *request = row;
    (void)store_inbox_request_put(core->store, request);
    core->inbox_open = true;
    inbox_ready(core, device);
}

static void fail_limited(struct command *command, int64_t wait_ms, const char *detail)
{
    command->status = COMMAND_LIMITED;
    command->retry_after_ms = wait_ms;
    field_fail(&command->error, "", "%s", detail);
}

// Asks all devices of the account, if they are few enough for one command; those asked just now are left out.
static void ask_all(struct core *core, struct command *command)
{
    struct fleet_account *account = fleet_account(core->fleet, command->account);
    struct fleet_device *first = account != NULL ? account->devices : NULL;
    size_t count = 0, asked = 0;
    for (const struct fleet_device *device = first; device != NULL; device = device->next_in_account)
        count += device->row.removed_at == 0;
    if (count > INBOX_ALL_MAX) {
        command_fail(command, COMMAND_INVALID, "device", "is needed when there are more than %d",
                     INBOX_ALL_MAX);
        return;
    }
    for (struct fleet_device *device = first; device != NULL; device = device->next_in_account) {
        if (device->row.removed_at != 0 || wait_of(core, device) != 0)
            continue;
        ask(core, device, &command->inbox.row);
        asked++;
    }
    if (count > 0 && asked == 0)
        fail_limited(command, GAP_MS, "all devices were asked less than a minute ago");
}

void inbox_ask(struct core *core, struct command *command)
{
    struct command_inbox *wish = &command->inbox;
    if (wish->device[0] == '\0') {
        ask_all(core, command);
        return;
    }
    struct fleet_device *device = fleet_device_by_id(core->fleet, wish->device);
    if (device == NULL || device->row.account != command->account) {
        command_fail(command, COMMAND_NOT_FOUND, "id", "there is no such device");
        return;
    }
    int64_t wait_ms = wait_of(core, device);
    if (wait_ms != 0) {
        fail_limited(command, wait_ms, "the device was asked less than a minute ago");
        return;
    }
    ask(core, device, &wish->row);
    wish->row = device->inbox;
}

void inbox_ready(struct core *core, struct fleet_device *device)
{
    if (device->ready && is_open(core, device))
        tell(core, device);
}

void inbox_taken(struct core *core, struct fleet_device *device, int64_t asked_at)
{
    struct inbox_request *request = &device->inbox;
    if (asked_at == 0 || asked_at != request->asked_at || request->taken_at != 0)
        return;
    request->taken_at = core->now;
    (void)store_inbox_request_put(core->store, request);
}

// Waits that double, for as long as the request is open.
static bool is_due(const struct core *core, const struct fleet_device *device)
{
    const struct inbox_request *request = &device->inbox;
    int64_t wait = request->told_at - request->asked_at;
    return core->now - request->told_at >= (wait > AGAIN_MS ? wait : AGAIN_MS);
}

void inbox_upkeep(struct core *core)
{
    bool open = false;
    struct fleet_account *account = core->inbox_open ? fleet_first_account(core->fleet) : NULL;
    for (; account != NULL; account = account->next)
        for (struct fleet_device *device = account->devices; device != NULL;
             device = device->next_in_account) {
            if (!is_open(core, device))
                continue;
            open = true;
            if (device->ready && is_due(core, device))
                tell(core, device);
        }
    core->inbox_open = open;
}
