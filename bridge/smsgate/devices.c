// GET /devices.
#include "bridge/smsgate/smsgate_internal.h"

#include <stdlib.h>

static json_t *sim_json(const json_t *sim)
{
    json_int_t slot = json_integer_value(json_object_get(sim, "slot"));
    return json_pack("{s:I, s:I, s:O*, s:O*}", "slotIndex", slot - 1, "simNumber", slot, "phoneNumber",
                     json_object_get(sim, "number"), "carrierName", json_object_get(sim, "carrier"));
}

static json_t *sims_json(const struct device *device)
{
    json_t *status = device->status != NULL ? json_loads(device->status, 0, NULL) : NULL;
    json_t *list = json_array(), *sim;
    size_t i;
    json_array_foreach(json_object_get(status, "sims"), i, sim)
    {
        json_list_add_take(&list, sim_json(sim));
    }
    json_decref(status);
    return list;
}

json_t *smsgate_device_json(const struct device *device)
{
    int64_t seen = device->seen_at != 0 ? device->seen_at : device->created_at;
    return json_pack("{s:s, s:s, s:o, s:o, s:o, s:o}", "id", device->id, "name", device->name, "createdAt",
                     api_time(device->created_at), "updatedAt", api_time(seen), "lastSeen", api_time(seen),
                     "simCards", sims_json(device));
}

bool smsgate_query_device(struct request *request, int64_t *n)
{
    const char *id = request_query(request, "deviceId");
    struct device_view view;
    if (id == NULL)
        return true;
    enum query_status status =
        query_device(request_store(request), &view, request_principal(request)->account, id);
    if (status == QUERY_OK) {
        *n = view.device.n;
        device_view_clear(&view);
    } else if (status == QUERY_NONE) {
        smsgate_invalid(request, "deviceId", "there is no such device");
    } else {
        request_unavailable(request);
    }
    return status == QUERY_OK;
}

void smsgate_devices_list(struct request *request)
{
    size_t count;
    struct device_view *views = calloc(SMSGATE_DEVICES_MAX, sizeof(*views));
    if (views == NULL || query_devices(request_store(request), views, SMSGATE_DEVICES_MAX, &count,
                                       request_principal(request)->account, 0) != QUERY_OK) {
        free(views);
        request_unavailable(request);
        return;
    }
    json_t *list = json_array();
    for (size_t i = 0; i < count; i++) {
        json_list_add_take(&list, smsgate_device_json(&views[i].device));
        device_view_clear(&views[i]);
    }
    free(views);
    request_reply_json_take(request, 200, list);
}
